import { readFile } from "node:fs/promises";
import { join } from "node:path";
import * as vscode from "vscode";
import type { InspectorFunctions } from "../protocol/inspector.js";
import type { InstallBackendRequest } from "../protocol/trainer.js";
import { plural } from "../format/plural.js";
import { selectBackend } from "./backend-picker.js";
import { askChangedName } from "./changed-space.js";
import { startStudy } from "./start-study.js";
import type { CodeStudies } from "./code-studies.js";
import type { Command, CommandHandlers } from "./commands.js";
import type { DashboardPanels } from "./dashboard-panel.js";
import { openDatabase } from "./database-editor.js";
import { followed } from "./follow-up-tree.js";
import { planFollowUp } from "./freeze-parameter.js";
import { writeNewStudy } from "./new-study.js";
import type { OlderStorages } from "./older-storages.js";
import type { Output } from "./output.js";
import { notifyError } from "./run-notifications.js";
import type { SavedModels } from "./saved-models.js";
import { showAsCode } from "./show-as-code.js";
import { joinsOthers, trialsToReach } from "./start-questions.js";
import { noSource, startableStudy } from "./startable-study.js";
import { SteeringCommands } from "./steering-commands.js";
import { storageLabel } from "./storage-url.js";
import { describeProcesses } from "./study-format.js";
import type { ScriptStudies } from "./script-studies.js";
import { StudyPicker } from "./study-picker.js";
import { isScratch, type StartOptions, type StartTarget, type StudyRunner } from "./study-runner.js";
import type { StudyStore } from "./study-store.js";
import { pickOne, showMessage, showStatusMessage } from "./surfaces.js";
import { storageOf, type StudyTarget, targetOf } from "./study-target.js";
import type { TrialTree } from "./trial-tree.js";
import { toWireError } from "../supervisor/wire-error.js";
import { ModelCommands } from "./model-commands.js";
import { folderForNewStudy, offerToOpenFolder, workspaceFolder } from "./workspace-folder.js";
import { checkTrust, isTrusted } from "./workspace-trust.js";

export interface CommandContext {
  readonly store: StudyStore;
  readonly studies: CodeStudies;
  readonly scripts: ScriptStudies;
  readonly runner: StudyRunner;
  readonly dashboards: DashboardPanels;
  readonly tree: TrialTree;
  readonly older: OlderStorages;
  readonly models: SavedModels;
  readonly output: Output;
  readonly inspector: InspectorFunctions;
  /** Adds the workspace's storages to the store, for commands that run before anything was shown. */
  readonly prepare: () => Promise<void>;
  /** Reads everything again, including storages that Tunelens gave up on. */
  readonly refresh: () => Promise<void>;
  readonly extensionPath: string;
}

/** What each command does. A command without a study asks for one, unless there is only one. */
export class StudyCommands {
  private readonly picker: StudyPicker;

  constructor(private readonly context: CommandContext) {
    const { store, studies, prepare } = context;
    this.picker = new StudyPicker(store, studies, prepare, () => this.newStudy());
  }

  handlers(): CommandHandlers {
    const { tree, output } = this.context;
    return {
      "tunelens.startStudy": (argument) => this.start(argument),
      "tunelens.debugStudy": (argument) => this.start(argument, { debug: true }),
      "tunelens.resumeStudy": (argument) => this.start(argument),
      "tunelens.stopStudy": (argument) => this.stop(argument),
      "tunelens.debugTrial": (argument) => this.debugTrial(argument),
      ...new SteeringCommands({ ...this.context, picker: this.picker }).handlers(),
      ...new ModelCommands({
        ...this.context,
        picker: this.picker,
        startable: (argument, title) => this.startable(argument, title),
        saysThatItRuns: (target) => this.saysThatItRuns(target),
      }).handlers(),
      "tunelens.retrainBest": (argument) => this.retrain(argument, false),
      "tunelens.retrainTrial": (argument) => this.retrain(argument, true),
      "tunelens.freezeParameter": (argument) => this.freezeParameter(argument),
      "tunelens.continueChanged": (argument) => this.continueChanged(argument),
      "tunelens.openDashboard": (argument) => this.openDashboard(argument),
      "tunelens.openDatabase": openDatabase,
      "tunelens.openSource": (argument) => this.openSource(argument),
      "tunelens.newStudy": () => this.newStudy(),
      "tunelens.tuneScript": (argument) => this.context.scripts.tune(argument),
      "tunelens.deleteStudy": (argument) => this.deleteStudy(argument),
      "tunelens.migrateCopy": (argument) => this.migrateCopy(argument),
      "tunelens.copyParameters": (argument) => this.copyParameters(argument),
      "tunelens.showBestAsCode": (argument) => this.showAsCode(argument, false),
      "tunelens.showTrialAsCode": (argument) => this.showAsCode(argument, true),
      "tunelens.selectBackend": () => this.selectBackend(),
      "tunelens.showOutput": () => output.show(),
      "tunelens.refresh": () => this.context.refresh(),
      "tunelens.sortTrialsByValue": () => this.sortByValue(),
      "tunelens.sortTrialsByNumber": () => tree.setOrder("newest"),
      "tunelens.showMoreTrials": (argument) => {
        const target = targetOf(argument);
        if (target) tree.showMore(target);
      },
    };
  }

  /** In studies with several objectives, by one of them. */
  private async sortByValue(): Promise<void> {
    const { store, tree } = this.context;
    const studies = store.allStorages().flatMap((state) => state.studies);
    const count = Math.max(1, ...studies.map(({ directions }) => directions.length));
    const choices = Array.from({ length: count }, (_, objective) => {
      const names = studies.filter(({ directions }) => directions.length > 1 && directions.length > objective);
      const named = new Set(names.flatMap(({ metricNames }) => metricNames?.[objective] ?? []));
      return { label: `Objective ${objective + 1}`, description: [...named].join(", "), objective };
    });
    const options = { title: "Sort Trials: Best First", placeHolder: "Select the objective to sort by" };
    const chosen = choices.length === 1 ? choices[0] : await pickOne(choices, options);
    if (chosen) tree.setOrder("best", chosen.objective);
  }

  private async start(argument: unknown, options: StartOptions = {}): Promise<void> {
    const given = targetOf(argument);
    // It was to pause, and is not to any more.
    if (given && this.context.store.run(given.study)?.pausing) {
      await this.context.runner.pause(given.study, false);
      return;
    }
    const target = await this.startable(argument, "Select a study to start");
    if (!target) return;
    const { store } = this.context;
    const isRunning = () => {
      const { name } = target.study;
      if (store.run(target.study)) void showMessage("info", `${name} is already running.`);
      return store.run(target.study) !== undefined;
    };
    if (isRunning()) return;
    const scratch = options.debug && isScratch(target);
    const followUp = store.study(target.study)?.followUp;
    if (scratch && followUp) {
      const message = `Cannot debug ${target.study.name} in memory: it is a follow-up study with stored trials. Debug ${followUp.from} instead.`;
      void showMessage("info", message);
      return;
    }
    if (!scratch && !(await joinsOthers(target, store))) return;
    const trials = scratch ? undefined : await trialsToReach(target, store);
    // Asking takes time, in which it may have been started elsewhere.
    if (trials === "canceled" || isRunning()) return;
    if (scratch)
      showStatusMessage("debug-alt", `Debugging ${target.study.name} in memory. Its trials are not kept.`, 10_000);
    void startStudy(target, { ...options, trials }, this.context);
  }

  /** A follow-up's trial is run by the study that its code defines: its parameters have the frozen ones. */
  private async debugTrial(argument: unknown): Promise<void> {
    const target = await this.startable(argument, "Select a study to debug a trial of");
    if (target?.trial === undefined || this.saysThatItRuns(target)) return;
    const { store, runner, inspector } = this.context;
    const { storage, name } = target.study;
    const { number, params } = await inspector.getTrial(storage, name, target.trial);
    const seed = store.study(target.study)?.source?.seed ?? null;
    const defined = followed(name, (study) => store.study({ storage, name: study })?.followUp?.from).at(-1) ?? name;
    const message = `Debugging trial ${number} of ${name} in memory. Nothing is stored.`;
    showStatusMessage("debug-alt", message, 10_000);
    const study = { storage, name: defined };
    void runner.start({ ...target, study }, { debug: true, fixedTrial: { number, params, seed } });
  }

  private async stop(argument: unknown): Promise<void> {
    const target = await this.picker.studyFor(argument, "running", "Select a study to stop");
    if (target) this.context.runner.stop(target.study);
  }

  private async retrain(argument: unknown, thisTrial: boolean): Promise<void> {
    const target = await this.startable(argument, "Select a study to retrain the best trial of");
    if (!target) return;
    const { store, runner } = this.context;
    const { name } = target.study;
    await store.refresh(target.study.storage);
    if (this.saysThatItRuns(target)) return;
    if (!store.best(target.study) && !(thisTrial && target.trial !== undefined)) {
      void showMessage("info", `${name} has no complete trial to retrain yet.`);
    } else void runner.retrain(target, thisTrial && target.trial !== undefined ? { trial: target.trial } : {});
  }

  private saysThatItRuns({ study }: StudyTarget): boolean {
    const runs = this.context.store.run(study) !== undefined;
    if (runs) void showMessage("info", `${study.name} is running. Stop it first, or wait until it finishes.`);
    return runs;
  }

  private async freezeParameter(argument: unknown): Promise<void> {
    const target = await this.startable(argument, "Select a study to freeze a parameter in");
    if (!target) return;
    const { store, runner, dashboards, inspector } = this.context;
    await store.refresh(target.study.storage);
    const summary = store.study(target.study);
    if (!summary || summary.counts.COMPLETE + summary.counts.PRUNED === 0) {
      const message = `${target.study.name} has no finished trial yet. Finish a trial before freezing a parameter.`;
      void showMessage("info", message);
      return;
    }
    if (this.saysThatItRuns(target)) return;
    const plan = await planFollowUp(inspector, target, summary);
    if (!plan) return;
    const { folder, file } = target;
    const followUp = { study: plan.study, folder, file, exportName: null, trials: null };
    if (store.run(plan.study)) void showMessage("info", `${plan.study.name} is already running.`);
    else void runner.start(followUp, { trials: plan.trials, followUp: { of: target.study, freeze: plan.freeze } });
    dashboards.open(followUp);
  }

  private async continueChanged(argument: unknown): Promise<void> {
    const target = await this.startable(argument, "Select a study to continue with a changed space");
    if (!target || this.saysThatItRuns(target)) return;
    const { store, runner, dashboards } = this.context;
    const name = await askChangedName(target, store);
    if (name === undefined) return;
    const { study: of, folder, file } = target;
    const continued = { study: { ...of, name }, folder, file, exportName: null, trials: null };
    void runner.start(continued, { followUp: { of, learnFrom: { studies: [of.name], name } } });
    dashboards.open(continued);
  }

  private async openDashboard(argument: unknown): Promise<void> {
    const target = await this.picker.studyFor(argument, "all", "Select a study to open the dashboard of");
    if (target) this.context.dashboards.open(target);
  }

  private async openSource(argument: unknown): Promise<void> {
    const target = await this.picker.studyFor(argument, "all", "Select a study to go to the source of");
    if (!target) return;
    const study = await this.context.studies.sourceOf(target);
    if (!study) {
      void showMessage("warning", noSource(target));
      return;
    }
    const document = await vscode.workspace.openTextDocument(study.uri);
    const position = document.positionAt(study.found.start);
    const selection = new vscode.Range(position, position);
    await vscode.window.showTextDocument(document, { selection, viewColumn: columnOf(study.uri) });
  }

  private async newStudy(): Promise<void> {
    const folder = await folderForNewStudy();
    if (folder === undefined) return offerToOpenFolder("Open a folder first. Tunelens creates the study in it.");
    const template = await readFile(join(this.context.extensionPath, "dist", "new-study.ts"), "utf8");
    const path = await writeNewStudy(folder, template);
    await vscode.window.showTextDocument(vscode.Uri.file(path));
  }

  private async selectBackend(): Promise<void> {
    if (!(await checkTrust())) return;
    const folder = await workspaceFolder();
    if (folder === undefined)
      return offerToOpenFolder("Open a folder first. The available backends depend on its packages.");
    const probe = (signal: AbortSignal) => this.context.runner.probeBackends(folder, signal);
    const install = (backend: InstallBackendRequest["backend"], signal: AbortSignal) =>
      this.context.runner.installBackend(folder, { backend }, signal);
    await selectBackend({ folder: vscode.Uri.file(folder), probe, install });
  }

  private async deleteStudy(argument: unknown): Promise<void> {
    const { store, runner, dashboards } = this.context;
    const target = await this.picker.studyFor(argument, "stored", "Select a study to delete");
    if (!target || !isTrusted()) return;
    const { study } = target;
    if (store.run(study)) {
      void showMessage("info", `${study.name} is running. Stop it first.`);
      return;
    }
    await store.refresh(study.storage);
    const summary = store.study(study);
    const elsewhere = store.runsElsewhere(study)
      ? `${describeProcesses(summary!.workers.processes)} Its next write will fail. `
      : "";
    const trials = Object.values(summary?.counts ?? {}).reduce((sum, count) => sum + count, 0);
    const confirm = "Delete";
    const detail = `${elsewhere}This deletes the study and its artifacts from ${storageLabel(study.storage, target.folder)} and cannot be undone. Saved models are kept.`;
    const question = `Delete study "${study.name}" and its ${plural(trials, "trial")}?`;
    const chosen = await showMessage("warning", question, [confirm], { detail });
    if (chosen !== confirm) return;
    await runner.delete(study, target.folder);
    dashboards.close(study);
    await store.refresh(study.storage);
  }

  private async migrateCopy(argument: unknown): Promise<void> {
    const { older, store } = this.context;
    const storage = storageOf(argument) ?? (await older.pick());
    const state = storage === undefined ? undefined : store.storage(storage);
    if (state && isTrusted()) await older.migrateCopy(state);
  }

  private async copyParameters(argument: unknown): Promise<void> {
    const target = await this.picker.studyFor(argument, "stored", "Select a study to copy the best parameters of");
    if (!target) return;
    const { study } = target;
    const trial = target.trial ?? this.context.store.best(study)?.number;
    if (trial === undefined) {
      void showMessage("info", `${study.name} has no complete trial yet.`);
      return;
    }
    const { params } = await this.context.inspector.getTrial(study.storage, study.name, trial);
    await vscode.env.clipboard.writeText(JSON.stringify(params, null, 2));
    showStatusMessage("copy", `Copied the parameters of trial ${trial}.`, 4_000);
  }

  private async showAsCode(argument: unknown, thisTrial: boolean): Promise<void> {
    const { store, studies, inspector } = this.context;
    const target = await this.picker.studyFor(argument, "stored", "Select a study to show the best trial of");
    if (!target) return;
    const { storage, name } = target.study;
    await store.refresh(storage);
    const summary = store.study(target.study);
    const number = (thisTrial ? target.trial : undefined) ?? summary?.best?.number;
    if (!summary || number === undefined) {
      void showMessage("info", `${name} has no best trial yet.`);
      return;
    }
    const trial = await inspector.getTrial(storage, name, number);
    const { startedAt, durationMs } = trial;
    const source = await studies.sourceOf(target);
    const shown =
      source &&
      (await showAsCode(studies, source.uri, {
        ...trial,
        study: name,
        exportName: source.found.exportName,
        endedAt: startedAt === null || durationMs === null ? null : startedAt + durationMs,
        paramNames: summary.params.map((param) => param.name),
      }));
    if (!shown) void showMessage("warning", noSource(target));
  }

  /** The study to run, in a trusted workspace; otherwise tells the user what is missing. */
  private async startable(argument: unknown, title: string): Promise<(StartTarget & StudyTarget) | undefined> {
    if (!(await checkTrust())) return undefined;
    const target = await this.picker.studyFor(argument, "code", title);
    return target && startableStudy(target, this.context);
  }
}

/** Registers every command. An error is shown once, with a button that opens the output. */
export function registerCommands(handlers: CommandHandlers, output: Output): vscode.Disposable[] {
  return (Object.keys(handlers) as Command[]).map((command) =>
    vscode.commands.registerCommand(command, async (argument?: unknown) => {
      try {
        await handlers[command](argument);
      } catch (thrown) {
        const error = toWireError(thrown);
        output.error(command, error);
        void notifyError(error.message, error);
      }
    }),
  );
}

/** The column a file is open in already, so that a dashboard is not covered by it. */
function columnOf(uri: vscode.Uri): vscode.ViewColumn | undefined {
  return vscode.window.visibleTextEditors.find(({ document }) => document.uri.toString() === uri.toString())
    ?.viewColumn;
}
