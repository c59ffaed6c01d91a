import type * as vscode from "vscode";
import { createTunelens } from "./tunelens.js";

/** The door: VS Code calls these two. */
export function activate(context: vscode.ExtensionContext): void {
  context.subscriptions.push(createTunelens(context));
}
