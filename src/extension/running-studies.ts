import * as vscode from "vscode";
import { listRuns } from "../supervisor/run-registry.js";
import type { StudyRunner } from "./study-runner.js";
import { isTrusted } from "./workspace-trust.js";

/** Takes up the runs of the workspace that this window did not start: of the window before a reload, of one that was closed, of the terminal. */
export class RunningStudies {
  private watchers: vscode.Disposable[] = [];

  constructor(private readonly runner: StudyRunner) {
    this.look();
  }

  /** For folders that come and go, and for a workspace that is trusted now: until then, nothing in it says where to connect to. */
  look(): void {
    this.dispose();
    if (!isTrusted()) return;
    for (const { uri } of vscode.workspace.workspaceFolders ?? []) {
      if (uri.scheme !== "file") continue;
      const watcher = vscode.workspace.createFileSystemWatcher(
        new vscode.RelativePattern(uri, ".tunelens/runs/*.json"),
        false,
        true,
        true,
      );
      watcher.onDidCreate(() => void this.takeUp(uri.fsPath));
      this.watchers.push(watcher);
      void this.takeUp(uri.fsPath);
    }
  }

  dispose(): void {
    for (const watcher of this.watchers) watcher.dispose();
    this.watchers = [];
  }

  private async takeUp(folder: string): Promise<void> {
    for (const run of await listRuns(folder)) void this.runner.takeUp(run);
  }
}
