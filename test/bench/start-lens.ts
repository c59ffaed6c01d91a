import * as vscode from "vscode";
import { lensesOf } from "../integration/editor.js";
import { until } from "../wait.js";

/** In the extension host: shows a study file. @returns the command of the lens that starts the study, as soon as there is one. */
export async function startLensOf(file: vscode.Uri): Promise<vscode.Command> {
  const document = await vscode.workspace.openTextDocument(file);
  await vscode.window.showTextDocument(document);
  const command = async () =>
    (await lensesOf(document)).find(({ command }) => command?.title.includes("Start Study"))?.command;
  return until("a lens that starts the study", command, 60);
}
