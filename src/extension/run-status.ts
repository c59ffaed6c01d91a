import * as vscode from "vscode";
import type { Command } from "./commands.js";
import { latestProgress, type LiveRun } from "./live-run.js";
import { describeFound, formatCount, formatProgress } from "./study-format.js";
import type { StudyStore } from "./study-store.js";

/** The status bar item of running studies, and the badge of the side bar's icon. */
export class RunStatus {
  private readonly item: vscode.StatusBarItem;

  constructor(
    private readonly store: StudyStore,
    private readonly view: vscode.TreeView<unknown>,
  ) {
    this.item = vscode.window.createStatusBarItem("tunelens.running", vscode.StatusBarAlignment.Left, 0);
    this.item.name = "Tunelens Studies";
  }

  update(): void {
    const runs = this.store.runs();
    const count = runs.length === 1 ? "1 study is running" : `${runs.length} studies are running`;
    this.view.badge = runs.length > 0 ? { value: runs.length, tooltip: count } : undefined;
    const only = runs[0];
    if (!only) {
      this.item.hide();
      return;
    }
    const text = runs.length === 1 ? this.describe(only) : count;
    this.item.text = `$(sync~spin) ${text}`;
    this.item.tooltip = this.tooltipOf(runs);
    this.item.accessibilityInformation = { label: `Tunelens: ${text}`, role: "button" };
    const target = { study: only.study, folder: only.folder, file: only.file, exportName: only.exportName };
    this.item.command = {
      title: "Open Dashboard",
      command: "tunelens.openDashboard",
      ...(runs.length === 1 ? { arguments: [{ ...target, trials: only.trials }] } : {}),
    };
    this.item.show();
  }

  dispose(): void {
    this.item.dispose();
  }

  /** `cifar10-cnn 35/80 · best #21: 0.612` */
  private describe(run: LiveRun): string {
    const { name } = run.study;
    if (run.stopping) return `${name} stopping…`;
    if (!run.started) return `${name} starting…`;
    const progress = latestProgress(run);
    if (run.kind === "retrain") return `${name} retraining${progress ? ` · ${formatProgress(progress)}` : ""}`;
    const found = describeFound(this.store.found(run.study));
    return `${name} ${formatCount(run.finished, run.trials)}${found ? ` · ${found}` : ""}`;
  }

  private tooltipOf(runs: readonly LiveRun[]): vscode.MarkdownString {
    const text = new vscode.MarkdownString();
    for (const run of runs) {
      text.appendText(`${this.describe(run)}\n\n`);
      if (run.backend) text.appendText(`${run.backend.backend} on ${run.backend.device}\n\n`);
      for (const progress of run.progress.values())
        if (progress) text.appendText(`Trial ${progress.number}: ${formatProgress(progress)}\n\n`);
    }
    if (vscode.workspace.isTrusted) {
      // What comes from studies was appended as text, so that this is the one link.
      text.isTrusted = { enabledCommands: ["tunelens.selectBackend"] satisfies Command[] };
      text.appendMarkdown("[Select Training Backend](command:tunelens.selectBackend)");
    }
    return text;
  }
}
