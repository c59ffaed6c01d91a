import { existsSync } from "node:fs";
import { delimiter, dirname, join, relative } from "node:path";

/** The interpreter for commands that start with `python`: what the editor was told, or the user. */
const INTERPRETER = "TUNELENS_PYTHON";

/**
 * The program of a command. `python` is the interpreter that `TUNELENS_PYTHON` names, else that of a virtual environment `.venv` or `venv` in
 * the command's folder or one above it, up to the working directory, else the PATH's, where it may be called `python3` only.
 */
export function findProgram(program: string, cwd: string, env: NodeJS.ProcessEnv = process.env): string {
  if (!/^python3?$/.test(program)) return program;
  const named = env[INTERPRETER];
  if (named) return named;
  for (const folder of foldersUpTo(process.cwd(), cwd)) {
    const found = [".venv", "venv"].map((name) => interpreterIn(join(folder, name))).find((path) => existsSync(path));
    if (found) return found;
  }
  const other = program === "python" ? "python3" : "python";
  return !isOnPath(program, env) && isOnPath(other, env) ? other : program;
}

function interpreterIn(environment: string): string {
  return process.platform === "win32" ? join(environment, "Scripts", "python.exe") : join(environment, "bin", "python");
}

/** From a folder to one above it; outside of that one, the folder alone. */
function foldersUpTo(top: string, folder: string): string[] {
  const path = relative(top, folder);
  if (path.startsWith("..") || path === "" || path === folder) return [folder];
  const folders = [folder];
  while (folders.at(-1) !== top) folders.push(dirname(folders.at(-1)!));
  return folders;
}

function isOnPath(program: string, env: NodeJS.ProcessEnv): boolean {
  const endings = process.platform === "win32" ? [".exe", ".bat", ".cmd"] : [""];
  const folders = (env["PATH"] ?? env["Path"] ?? "").split(delimiter).filter((folder) => folder !== "");
  return folders.some((folder) => endings.some((ending) => existsSync(join(folder, program + ending))));
}
