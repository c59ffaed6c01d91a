import { existsSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import * as vscode from "vscode";
import type { FixedTrial } from "../source/fixed-study.js";
import type { CodeStudies } from "./code-studies.js";

/**
 * Opens a study file with a trial's parameters as constants in a new, unsaved editor in the same folder, so that its imports resolve.
 * @returns false if the file no longer contains the study.
 */
export async function showAsCode(studies: CodeStudies, file: vscode.Uri, trial: FixedTrial): Promise<boolean> {
  const code = await studies.withConstants(await vscode.workspace.openTextDocument(file), trial);
  if (code === null) return false;
  const document = await vscode.workspace.openTextDocument(untitledBeside(file, trial.number));
  const edit = new vscode.WorkspaceEdit();
  edit.replace(document.uri, new vscode.Range(0, 0, document.lineCount, 0), code);
  await vscode.workspace.applyEdit(edit);
  await vscode.window.showTextDocument(document);
  return true;
}

/** `digits.study.ts` becomes `digits.trial-21.study.ts`, with another number if that exists. */
function untitledBeside({ fsPath }: vscode.Uri, number: number): vscode.Uri {
  const [stem, ...endings] = basename(fsPath).split(".");
  for (let copy = 1; ; copy++) {
    const name = [stem, `trial-${number}${copy === 1 ? "" : `-${copy}`}`, ...endings].join(".");
    const path = join(dirname(fsPath), name);
    if (!existsSync(path)) return vscode.Uri.file(path).with({ scheme: "untitled" });
  }
}
