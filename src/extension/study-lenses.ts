import * as vscode from "vscode";
import type { CodeStudies, CodeStudy } from "./code-studies.js";
import type { LiveRun } from "./live-run.js";
import { idleWords } from "../format/study-state.js";
import { readSettings } from "./settings.js";
import { formatNumber } from "../format/numbers.js";
import {
  describeFound,
  describeProcesses,
  formatBest,
  formatCount,
  hasAllTrials,
  wantedTrials,
} from "./study-format.js";
import type { StudyStore } from "./study-store.js";
import type { StudyTarget } from "./study-target.js";
import { codeLens, type Lens } from "./surfaces.js";

/**
 * The editor waits for a pause before it requests lenses again (250 ms, on a busy machine up to 250² ms), and each new notification
 * restarts the wait. It also forgets a notification when its text loses the focus. So the notification repeats until the editor has asked,
 * at doubling intervals.
 */
const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 64_000;

/** The CodeLens above each study in the code. */
export class StudyLenses implements vscode.CodeLensProvider {
  private readonly changed = new vscode.EventEmitter<void>();
  readonly onDidChangeCodeLenses = this.changed.event;
  /** Each document's latest lenses, so that a change elsewhere does not make them flicker. */
  private readonly shown = new Map<string, { document: vscode.TextDocument; titles: string }>();

  /** Runs while the editor has been notified and has not asked yet. */
  private waiting: NodeJS.Timeout | undefined;
  private waitMs = FIRST_WAIT_MS;

  constructor(
    private readonly studies: CodeStudies,
    private readonly store: StudyStore,
    /** Called for studies whose storage has not been read yet. */
    private readonly seen: (target: StudyTarget) => void,
  ) {}

  async provideCodeLenses(document: vscode.TextDocument): Promise<vscode.CodeLens[]> {
    this.stopWaiting();
    this.waitMs = FIRST_WAIT_MS;
    if (!readSettings(document.uri).codeLens) return [];
    const lenses = this.lensesOfAll(await this.studies.inDocument(document));
    for (const { study } of lenses) if (study.target) this.seen(study.target);
    this.shown.set(document.uri.toString(), { document, titles: titlesOf(lenses) });
    return lenses.flatMap(({ study, lenses: ofStudy }) => {
      const position = document.positionAt(study.found.start);
      const range = new vscode.Range(position, position);
      return ofStudy.map((lens) => codeLens(range, lens, lens.target ?? study.target));
    });
  }

  /** Asks the editor to redraw lenses that changed. */
  refresh(): void {
    if (this.waiting) return;
    for (const [uri, { document, titles }] of this.shown) {
      if (document.isClosed) {
        this.shown.delete(uri);
        continue;
      }
      // While its text is read, the editor waits for the lenses anyway.
      const known = this.studies.knownIn(document);
      if (known && titlesOf(this.lensesOfAll(known)) !== titles) {
        this.redraw();
        return;
      }
    }
  }

  /** Also called when a setting changes. */
  redraw(): void {
    this.stopWaiting();
    this.waiting = setTimeout(() => {
      this.waiting = undefined;
      this.waitMs = Math.min(2 * this.waitMs, LONGEST_WAIT_MS);
      this.refresh();
    }, this.waitMs);
    this.changed.fire();
  }

  dispose(): void {
    this.stopWaiting();
    this.changed.dispose();
  }

  private stopWaiting(): void {
    clearTimeout(this.waiting);
    this.waiting = undefined;
  }

  private lensesOfAll(studies: readonly CodeStudy[]): { study: CodeStudy; lenses: readonly Lens[] }[] {
    return studies.map((study) => ({ study, lenses: this.lensesOf(study) }));
  }

  private lensesOf({ target }: CodeStudy): readonly Lens[] {
    if (!target) {
      const tooltip = "Only exported studies can be started. Add `export` before the study.";
      return [{ icon: "info", title: "Export this study to start it", tooltip, command: "" }];
    }
    const run = this.store.run(target.study);
    const dashboard: Lens = {
      title: "Dashboard",
      tooltip: "Open the study's dashboard",
      command: "tunelens.openDashboard",
    };
    if (run)
      return [
        runningLens(
          run,
          describeFound(this.store.found(target.study), ({ value }) => formatNumber(value)),
        ),
        dashboard,
      ];
    if (this.store.runsElsewhere(target.study)) return [this.elsewhereLens(target), dashboard];
    if (!vscode.workspace.isTrusted) {
      const tooltip = "Tunelens runs studies only in trusted workspaces.";
      const trust = { icon: "shield", title: "Trust this workspace to start", tooltip } as const;
      return [{ ...trust, command: "workbench.trust.manage" }, dashboard];
    }
    const best = this.store.best(target.study);
    const retrain: Lens[] = best
      ? [
          {
            title: `★ Retrain Best (${formatBest(best)})`,
            tooltip: "Train with the best trial's parameters again and save the model",
            command: "tunelens.retrainBest",
          },
        ]
      : [];
    return [...this.followUpLens(target), this.startLens(target), ...retrain, dashboard];
  }

  /** The follow-up that runs, which no code defines. */
  private followUpLens({ study }: StudyTarget): Lens[] {
    const run = this.store.runOfFollowUp(study);
    if (!run) return [];
    const found = describeFound(this.store.found(run.study), ({ value }) => formatNumber(value));
    const lens = runningLens(run, found);
    const target = { study: run.study, folder: run.folder, file: run.file, exportName: null, trials: run.trials };
    return [{ ...lens, title: lens.title.replace("●", `● ${run.study.name}`), target }];
  }

  private elsewhereLens({ study, trials }: StudyTarget): Lens {
    const summary = this.store.study(study)!;
    const count = formatCount(summary.finished, wantedTrials(trials, summary));
    const found = describeFound(summary, ({ value }) => formatNumber(value));
    return {
      title: [`● ${count}`, found, "running in another process"].filter(Boolean).join(" · "),
      tooltip: describeProcesses(summary.workers.processes),
      command: "tunelens.openDashboard",
    };
  }

  private startLens({ study, trials }: StudyTarget): Lens {
    const summary = this.store.study(study);
    const finished = summary ? summary.finished : 0;
    if (!summary || finished === 0)
      return { title: "▶ Start Study", tooltip: `Start ${study.name}`, command: "tunelens.startStudy" };
    const count = formatCount(finished, wantedTrials(trials, summary));
    const idle = this.store.idleState(study);
    const state = [count, idle && idleWords(idle)].filter(Boolean).join(", ");
    if (hasAllTrials(trials, summary)) {
      const tooltip = `${study.name} has all its trials. Click to enter how many more to run.`;
      return { title: `▶ More Trials… (${state})`, tooltip, command: "tunelens.resumeStudy" };
    }
    return { title: `▶ Resume (${state})`, tooltip: `Resume ${study.name}`, command: "tunelens.resumeStudy" };
  }
}

function runningLens(run: LiveRun, found: string | undefined): Lens {
  const state = run.kind === "retrain" ? "Retraining" : formatCount(run.finished, run.trials);
  const best = run.kind === "study" && found ? ` · ${found}` : "";
  if (run.pausing && !run.stopping)
    return {
      title: `● ${state}${best} · Pausing…`,
      tooltip: "It ends after its running trials. Click to go on.",
      command: "tunelens.resumeStudy",
    };
  if (run.stopping)
    return {
      title: `● ${state}${best} · Stopping…`,
      tooltip: "Click again to end it immediately",
      command: "tunelens.stopStudy",
    };
  return {
    title: `● ${state}${best} · Stop`,
    tooltip: "Stop the study. Its finished trials are kept.",
    command: "tunelens.stopStudy",
  };
}

function titlesOf(all: readonly { study: CodeStudy; lenses: readonly Lens[] }[]): string {
  return JSON.stringify(all.map(({ study, lenses }) => [study.target?.study, lenses.map(({ title }) => title)]));
}
