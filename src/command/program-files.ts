import { readFileSync, statSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import type { CommandLine } from "./command-line.js";

const CODE = /\.(?:py|[cm]?[jt]s|sh|bash|ps1|bat|cmd|r|jl|lua|rb|pl)$/i;
const OF_PACKAGES = /[\\/](?:node_modules|site-packages)[\\/]/;
/** What is larger is data. */
const MAX_BYTES = 2 ** 20;
/** A program with more is followed so far. */
const MAX_FILES = 200;

/**
 * The code of a command's program, by absolute path: the scripts that the command names (`train.py`, the module of `python -m train`), and
 * what these load of the command's folder or their own. Nothing runs: imports and names of files are found in the text.
 */
export function programFiles({ args, shell }: CommandLine, cwd: string): string[] {
  const plain = args.flatMap((parts) => parts.flatMap((part) => (typeof part === "string" ? [part] : [])));
  const words = shell ? plain.flatMap((text) => text.split(/[\s"'()&|;<>]+/)) : plain;
  const module = words[words.indexOf("-m") + 1];
  const named = [
    ...words.filter((word) => CODE.test(word)).map((word) => resolve(cwd, word)),
    ...(words.includes("-m") && module !== undefined ? moduleFiles(cwd, `${module}.__main__`) : []),
  ];
  const found = new Set(named.filter(isCode));
  // Grows while it is read.
  for (const file of found) {
    if (found.size >= MAX_FILES) break;
    for (const loaded of loadedBy(file, cwd)) found.add(loaded);
  }
  return [...found];
}

function loadedBy(file: string, cwd: string): string[] {
  const folder = dirname(file);
  const text = textOf(file);
  const paths = [
    ...(/\.py$/i.test(file) ? pythonImports(text, folder, [folder, cwd]) : []),
    ...namedIn(text, /\.(?:sh|bash|bat|cmd|ps1)$/i.test(file)).flatMap((name) => [
      ...[folder, cwd].map((from) => resolve(from, name)),
      ...(/^\.\.?\//.test(name) ? endings.map((ending) => resolve(folder, name + ending)) : []),
    ]),
  ];
  return paths.filter((path) => isCode(path) && [folder, cwd].some((root) => isWithin(root, path)));
}

/** What a path in JavaScript may leave out. */
const endings = [".js", ".mjs", ".cjs", ".ts", "/index.js"];

/** Names of code in quotes, as in `import`, `require`, or `open`; in a shell's script, without quotes too. */
function namedIn(text: string, isShell: boolean): string[] {
  const quoted = [...text.matchAll(/["']([\w@./\\-]{1,200})["']/g)].map(([, name]) => name!);
  const bare = isShell ? [...text.matchAll(/[\w@./\\-]{1,200}/g)].map(([name]) => name) : [];
  return [...quoted, ...bare].filter((name) => CODE.test(name) || /^\.\.?\//.test(name));
}

const PYTHON_IMPORT = /^[ \t]*(?:import[ \t]+([\w., \t]+)|from[ \t]+([.\w]+)[ \t]+import[ \t]+(\([^)]*\)|[^\n]*))/gm;

function pythonImports(text: string, folder: string, roots: readonly string[]): string[] {
  return [...text.matchAll(PYTHON_IMPORT)].flatMap(([, modules, from, members]) => {
    if (modules !== undefined) return pythonNames(modules).flatMap((name) => moduleFilesIn(roots, name));
    const [, dots, name] = /^(\.*)(.*)$/.exec(from!)!;
    // A dot is the file's own folder, two are the one above.
    const bases = dots === "" ? roots : [join(folder, ...Array.from({ length: dots!.length - 1 }, () => ".."))];
    const inside = pythonNames(members!).map((member) => [name, member].filter(Boolean).join("."));
    return [name!, ...inside].filter(Boolean).flatMap((module) => moduleFilesIn(bases, module));
  });
}

/** `a.b as c, d` is `a.b` and `d`. */
function pythonNames(list: string): string[] {
  const plain = list.replaceAll(/#[^\n]*|[()]/g, "");
  return plain.split(",").flatMap((item) => /^\s*([\w.]+)/.exec(item)?.[1] ?? []);
}

function moduleFilesIn(roots: readonly string[], module: string): string[] {
  return roots.flatMap((root) => moduleFiles(root, module));
}

/** Where a module and the packages that it is in may be. */
function moduleFiles(root: string, module: string): string[] {
  const names = module.split(".");
  return names.flatMap((_, i) => {
    const path = join(root, ...names.slice(0, i + 1));
    return [`${path}.py`, join(path, "__init__.py")];
  });
}

function isCode(path: string): boolean {
  if (!CODE.test(path) || OF_PACKAGES.test(path)) return false;
  try {
    const found = statSync(path);
    return found.isFile() && found.size <= MAX_BYTES;
  } catch {
    return false; // Nothing is there, or it may not be read.
  }
}

function textOf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

function isWithin(folder: string, path: string): boolean {
  const from = relative(folder, path);
  return from !== ".." && !from.startsWith(`..${sep}`);
}
