import type * as vscode from "vscode";
import type { TunelensApi } from "./api.js";
import { createTunelens } from "./activation.js";

/** The door: VS Code calls these two. */
export function activate(context: vscode.ExtensionContext): TunelensApi {
  const { api, parts } = createTunelens(context);
  context.subscriptions.push(parts);
  return api;
}
