import { dirname } from "node:path";
import * as vscode from "vscode";
import { showMessage } from "./surfaces.js";

/** For a new study: next to the code the user is looking at, else the workspace folder. */
export async function folderForNewStudy(): Promise<string | undefined> {
  const active = vscode.window.activeTextEditor?.document.uri;
  if (active?.scheme === "file" && vscode.workspace.getWorkspaceFolder(active)) return dirname(active.fsPath);
  return workspaceFolder();
}

export async function offerToOpenFolder(why: string): Promise<void> {
  const open = "Open Folder";
  const chosen = await showMessage("info", why, [open]);
  if (chosen === open) await vscode.commands.executeCommand("vscode.openFolder");
}

/** The paths of all. */
export function workspaceFolders(): readonly string[] {
  return (vscode.workspace.workspaceFolders ?? []).map(({ uri }) => uri.fsPath);
}

/** Asks which, if there are several; undefined if there is none. */
export async function workspaceFolder(): Promise<string | undefined> {
  const folders = vscode.workspace.workspaceFolders ?? [];
  if (folders.length <= 1) return folders[0]?.uri.fsPath;
  return (await vscode.window.showWorkspaceFolderPick())?.uri.fsPath;
}
