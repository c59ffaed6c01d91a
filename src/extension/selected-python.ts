import { readFile } from "node:fs/promises";
import * as vscode from "vscode";
import { type PythonApi, interpreterFrom } from "./python-api.js";

/**
 * The environment that makes a study's commands use the interpreter which is selected in VS Code's Python extension. Empty without that
 * extension, for a study without `command(…)`, and where the user has named an interpreter.
 */
export async function pythonEnvironment(studyFile: string): Promise<Readonly<Record<string, string>>> {
  const python = vscode.extensions.getExtension<PythonApi>("ms-python.python");
  if (!python || process.env["TUNELENS_PYTHON"] || !(await usesCommand(studyFile))) return {};
  try {
    const interpreter = await interpreterFrom(await python.activate(), vscode.Uri.file(studyFile));
    return interpreter === undefined ? {} : { TUNELENS_PYTHON: interpreter };
  } catch {
    // Its own trouble is not the study's: a virtual environment or the PATH has a Python too.
    return {};
  }
}

async function usesCommand(studyFile: string): Promise<boolean> {
  return /\bcommand\b/.test(await readFile(studyFile, "utf8").catch(() => ""));
}
