import * as vscode from "vscode";
import { showMessage } from "./surfaces.js";

/** Tells the user if the workspace is not trusted. */
export async function checkTrust(): Promise<boolean> {
  if (isTrusted()) return true;
  const manage = "Manage Workspace Trust";
  const message = "Tunelens runs studies only in trusted workspaces.";
  const chosen = await showMessage("warning", message, [manage]);
  if (chosen === manage) await vscode.commands.executeCommand("workbench.trust.manage");
  return false;
}

export function isTrusted(): boolean {
  return vscode.workspace.isTrusted;
}
