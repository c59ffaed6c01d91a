import { readFile } from "node:fs/promises";
import * as vscode from "vscode";
import { type PythonApi, interpreterFrom } from "./python-api.js";

/** The environment for a study's commands: that of {@link pythonEnvironment}, and empty for a study without `command(…)`. */
export async function commandEnvironment(studyFile: string): Promise<Readonly<Record<string, string>>> {
  return (await usesCommand(studyFile)) ? pythonEnvironment(studyFile) : {};
}

/**
 * The environment that makes a training process use the interpreter which is selected in VS Code's Python extension for a file or folder.
 * Empty without that extension, and where the user has named an interpreter.
 */
export async function pythonEnvironment(path: string): Promise<Readonly<Record<string, string>>> {
  const python = vscode.extensions.getExtension<PythonApi>("ms-python.python");
  if (!python || process.env["TUNELENS_PYTHON"]) return {};
  try {
    const interpreter = await interpreterFrom(await python.activate(), vscode.Uri.file(path));
    return interpreter === undefined ? {} : { TUNELENS_PYTHON: interpreter };
  } catch {
    // Its own trouble is not the study's: a virtual environment or the PATH has a Python too.
    return {};
  }
}

async function usesCommand(studyFile: string): Promise<boolean> {
  return /\bcommand\b/.test(await readFile(studyFile, "utf8").catch(() => ""));
}
