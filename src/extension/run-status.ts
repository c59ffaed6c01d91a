import { describeBackend } from "../format/backend-description.js";
import * as vscode from "vscode";
import { latestProgress, type LiveRun } from "./live-run.js";
import { describeFound, describeProcesses, formatCount, formatProgress } from "./study-format.js";
import type { StudyStore } from "./study-store.js";
import { storedTarget } from "./study-target.js";
import { StatusItem, type TooltipPart } from "./surfaces.js";

/** The status bar item of running studies, and the badge on the sidebar's icon. */
export class RunStatus {
  private readonly item = new StatusItem("tunelens.running", "Tunelens Studies");

  constructor(
    private readonly store: StudyStore,
    private readonly view: vscode.TreeView<unknown>,
  ) {}

  update(): void {
    const runs = this.store.runs();
    const count = runs.length === 1 ? "1 study is running" : `${runs.length} studies are running`;
    this.view.badge = runs.length > 0 ? { value: runs.length, tooltip: count } : undefined;
    const only = runs[0];
    if (!only) {
      this.showElsewhere();
      return;
    }
    const text = runs.length === 1 ? this.describe(only) : count;
    const target = { study: only.study, folder: only.folder, file: only.file, exportName: only.exportName };
    const command = {
      title: "Open Dashboard",
      command: "tunelens.openDashboard",
      ...(runs.length === 1 ? { arguments: [{ ...target, trials: only.trials }] } : {}),
    };
    this.item.show({ icon: "sync~spin", text, tooltip: this.tooltipOf(runs), command });
  }

  /** The status bar item of studies that other processes run, shown while this window runs none. */
  private showElsewhere(): void {
    const all = this.store.allStorages().flatMap((state) => state.studies.map((summary) => ({ state, summary })));
    const elsewhere = all.filter(({ summary }) => this.store.runsElsewhere(summary));
    const [only] = elsewhere;
    if (!only) {
      this.item.hide();
      return;
    }
    const tooltips = elsewhere.map(
      ({ summary: { name, finished, source, workers } }) =>
        `${name} ${formatCount(finished, source?.trials ?? null)}: ${describeProcesses(workers.processes)}`,
    );
    const text =
      elsewhere.length === 1
        ? `${only.summary.name} is running in another process`
        : `${elsewhere.length} studies are running in other processes`;
    const command = {
      title: "Open Dashboard",
      command: "tunelens.openDashboard",
      ...(elsewhere.length === 1 ? { arguments: [storedTarget(only.state, only.summary)] } : {}),
    };
    this.item.show({ icon: "sync", text, tooltip: tooltips, command });
  }

  dispose(): void {
    this.item.dispose();
  }

  /** `cifar10-cnn 35/80 · best #21: 0.612` */
  private describe(run: LiveRun): string {
    const { name } = run.study;
    if (run.stopping) return `${name} stopping…`;
    if (!run.started) return `${name} starting…`;
    if (run.pausing) return `${name} ${formatCount(run.finished, run.trials)} · pausing…`;
    const progress = latestProgress(run);
    if (run.kind === "retrain") return `${name} retraining${progress ? ` · ${formatProgress(progress)}` : ""}`;
    const found = describeFound(this.store.found(run.study));
    return `${name} ${formatCount(run.finished, run.trials)}${found ? ` · ${found}` : ""}`;
  }

  private tooltipOf(runs: readonly LiveRun[]): TooltipPart[] {
    const parts: TooltipPart[] = [];
    for (const run of runs) {
      parts.push(this.describe(run));
      if (run.backend) parts.push(describeBackend(run.backend));
      for (const progress of run.progress.values())
        if (progress) parts.push(`Trial ${progress.number}: ${formatProgress(progress)}`);
    }
    if (vscode.workspace.isTrusted) parts.push({ link: "tunelens.selectBackend", text: "Select Training Backend" });
    return parts;
  }
}
