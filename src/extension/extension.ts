import type * as vscode from "vscode";
import type { TunelensApi } from "./api.js";
import { createTunelens, type Tunelens } from "./activation.js";

let tunelens: Tunelens | undefined;

/** The door: VS Code calls these two. */
export function activate(context: vscode.ExtensionContext): TunelensApi {
  tunelens = createTunelens(context);
  context.subscriptions.push(tunelens.parts);
  return tunelens.api;
}

export async function deactivate(): Promise<void> {
  await tunelens?.leave();
}
