import { watch } from "node:fs";
import type * as vscode from "vscode";
import { Throttle } from "./throttle.js";

/** A build writes several files, each more than once. */
const SETTLE_MS = 200;

/** For those who work on the dashboard's page: renders it anew when its bundle was built again. */
export function reloadWhenBuilt(bundle: vscode.Uri, reload: () => void): vscode.Disposable {
  const throttle = new Throttle(SETTLE_MS, reload);
  const watcher = watch(bundle.fsPath, () => throttle.call());
  return { dispose: () => (watcher.close(), throttle.dispose()) };
}
