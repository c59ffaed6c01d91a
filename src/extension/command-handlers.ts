import { readFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import * as vscode from "vscode";
import type { InspectorFunctions } from "../protocol/inspector.js";
import { plural } from "../format/plural.js";
import { askCount } from "./ask-count.js";
import { selectBackend } from "./backend-picker.js";
import { startStudy } from "./changed-code.js";
import type { CodeStudies, CodeStudy } from "./code-studies.js";
import type { Command, CommandHandlers } from "./commands.js";
import type { DashboardPanels } from "./dashboard-panel.js";
import { planFollowUp } from "./freeze-parameter.js";
import { writeNewStudy } from "./new-study.js";
import type { OlderStorages } from "./older-storages.js";
import type { Output } from "./output.js";
import { notifyError } from "./run-notifications.js";
import { askEpochs, pickModel, readModel, savedModels } from "./saved-models.js";
import { showAsCode } from "./show-as-code.js";
import { storageLabel } from "./storage-url.js";
import { describeProcesses, formatBest, formatTrials, wantedTrials } from "./study-format.js";
import { isStudyId, sameStudy, type StudyId } from "./study-id.js";
import { isScratch, type StartOptions, type StartTarget, type StudyRunner } from "./study-runner.js";
import type { StudyStore } from "./study-store.js";
import { type Choice, pickOne, showMessage, showStatusMessage } from "./surfaces.js";
import { storageOf, storedTarget, type StudyTarget, targetOf } from "./study-target.js";
import type { TrialTree } from "./trial-tree.js";
import { toWireError } from "./wire-error.js";

export interface CommandContext {
  readonly store: StudyStore;
  readonly studies: CodeStudies;
  readonly runner: StudyRunner;
  readonly dashboards: DashboardPanels;
  readonly tree: TrialTree;
  readonly older: OlderStorages;
  readonly output: Output;
  readonly inspector: () => Promise<InspectorFunctions>;
  /** Adds the workspace's storages to the store, for commands that run before anything was shown. */
  readonly prepare: () => Promise<void>;
  /** Reads everything again, including storages that Tunelens gave up on. */
  readonly refresh: () => Promise<void>;
  readonly extensionPath: string;
}

/** The studies to choose from if a command has no study as its argument. */
type Candidates = "code" | "stored" | "running" | "all";

/** What each command does. A command without a study asks for one, unless there is only one. */
export class StudyCommands {
  constructor(private readonly context: CommandContext) {}

  handlers(): CommandHandlers {
    const { tree, output } = this.context;
    return {
      "tunelens.startStudy": (argument) => this.start(argument),
      "tunelens.debugStudy": (argument) => this.start(argument, { debug: true }),
      "tunelens.resumeStudy": (argument) => this.start(argument),
      "tunelens.stopStudy": (argument) => this.stop(argument),
      "tunelens.retrainBest": (argument) => this.retrain(argument, false),
      "tunelens.retrainTrial": (argument) => this.retrain(argument, true),
      "tunelens.continueTraining": (argument) => this.continueTraining(argument),
      "tunelens.freezeParameter": (argument) => this.freezeParameter(argument),
      "tunelens.openDashboard": (argument) => this.openDashboard(argument),
      "tunelens.openSource": (argument) => this.openSource(argument),
      "tunelens.newStudy": () => this.newStudy(),
      "tunelens.deleteStudy": (argument) => this.deleteStudy(argument),
      "tunelens.migrateCopy": (argument) => this.migrateCopy(argument),
      "tunelens.copyParameters": (argument) => this.copyParameters(argument),
      "tunelens.showBestAsCode": (argument) => this.showAsCode(argument, false),
      "tunelens.showTrialAsCode": (argument) => this.showAsCode(argument, true),
      "tunelens.selectBackend": () => this.selectBackend(),
      "tunelens.showOutput": () => output.show(),
      "tunelens.refresh": () => this.context.refresh(),
      "tunelens.sortTrialsByValue": () => tree.setOrder("best"),
      "tunelens.sortTrialsByNumber": () => tree.setOrder("newest"),
      "tunelens.showMoreTrials": (argument) => {
        const target = targetOf(argument);
        if (target) tree.showMore(target);
      },
    };
  }

  private async start(argument: unknown, options: StartOptions = {}): Promise<void> {
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
    if (!scratch && !(await this.joinsOthers(target))) return;
    const trials = scratch ? undefined : await this.trialsToReach(target);
    // Asking takes time, in which it may have been started elsewhere.
    if (trials === "canceled" || isRunning()) return;
    if (scratch)
      showStatusMessage("debug-alt", `Debugging ${target.study.name} in memory. Its trials are not kept.`, 10_000);
    void startStudy(target, { ...options, trials }, this.context);
  }

  /** Whether to run the study here: asks first if another process is running it. */
  private async joinsOthers({ study }: StartTarget): Promise<boolean> {
    const { store } = this.context;
    await store.refresh(study.storage);
    if (!store.runsElsewhere(study)) return true;
    const { processes } = store.study(study)!.workers;
    const question = `${study.name} is running in another process.`;
    const detail = `${describeProcesses(processes)} If you join, this window runs trials of it too. No trial runs twice, and the total does not change.`;
    return (await showMessage("warning", question, ["Join"], { detail })) === "Join";
  }

  /** Asks how many more trials to run if the study has all of its trials; otherwise it runs as its file says. */
  private async trialsToReach(target: StartTarget): Promise<number | undefined | "canceled"> {
    const summary = this.context.store.study(target.study);
    const wanted = wantedTrials(target.trials, summary);
    const finished = summary?.finished ?? 0;
    // If the text does not say, the training process knows better than the last run.
    if (wanted === null || finished < wanted) return target.trials === null || wanted === null ? undefined : wanted;
    const more = await askCount({
      title: `${target.study.name} has finished ${plural(wanted, "trial")}`,
      prompt: "How many more trials?",
      value: 10,
    });
    return more === undefined ? "canceled" : finished + more;
  }

  private async stop(argument: unknown): Promise<void> {
    const target = await this.target(argument, "running", "Select a study to stop");
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

  /** @param argument a study or a trial with saved models, or a model's `tunelens.json`. */
  private async continueTraining(argument: unknown): Promise<void> {
    const given = argument instanceof vscode.Uri ? await readModel(argument) : undefined;
    if (argument instanceof vscode.Uri && !given) {
      void showMessage("warning", `${argument.fsPath} does not describe a saved model.`);
      return;
    }
    const of = given ? await this.targetNamed(given.study) : argument;
    const target = await this.startable(of, "Select a study to continue training a model of");
    if (!target) return;
    const { name } = target.study;
    const models = given ? [given] : await savedModels(name, target.trial);
    if (models.length === 0) {
      const of = target.trial === undefined ? name : `Trial ${target.trial} of ${name}`;
      void showMessage("info", `${of} has no saved model yet. Retrain it to save one.`);
      return;
    }
    if (this.saysThatItRuns(target)) return;
    const model = await pickModel(models);
    const epochs = model && (await askEpochs(model));
    if (epochs !== undefined && !this.saysThatItRuns(target))
      void this.context.runner.retrain(target, { continues: model!.folder, epochs });
  }

  /** The stored study with this name. */
  private async targetNamed(name: string): Promise<StudyTarget> {
    await this.context.prepare();
    const target = this.storedTargets().find(({ study }) => study.name === name);
    if (!target) throw new Error(`The model's study "${name}" is not in any storage of this workspace.`);
    return target;
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
    const plan = await planFollowUp(await inspector(), target, summary);
    if (!plan) return;
    const { folder, file } = target;
    const followUp = { study: plan.study, folder, file, exportName: null, trials: null };
    if (store.run(plan.study)) void showMessage("info", `${plan.study.name} is already running.`);
    else void runner.start(followUp, { trials: plan.trials, followUp: { of: target.study, freeze: plan.freeze } });
    dashboards.open(followUp);
  }

  private async openDashboard(argument: unknown): Promise<void> {
    const target = await this.target(argument, "all", "Select a study to open the dashboard of");
    if (target) this.context.dashboards.open(target);
  }

  private async openSource(argument: unknown): Promise<void> {
    const target = await this.target(argument, "all", "Select a study to go to the source of");
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
    await selectBackend({ folder: vscode.Uri.file(folder), probe });
  }

  private async deleteStudy(argument: unknown): Promise<void> {
    const { store, runner, dashboards } = this.context;
    const target = await this.target(argument, "stored", "Select a study to delete");
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
    const detail = `${elsewhere}This deletes the study from ${storageLabel(study.storage, target.folder)} and cannot be undone. Saved models are kept.`;
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
    const target = await this.target(argument, "stored", "Select a study to copy the best parameters of");
    if (!target) return;
    const { study } = target;
    const trial = target.trial ?? this.context.store.best(study)?.number;
    if (trial === undefined) {
      void showMessage("info", `${study.name} has no complete trial yet.`);
      return;
    }
    const { params } = await (await this.context.inspector()).getTrial(study.storage, study.name, trial);
    await vscode.env.clipboard.writeText(JSON.stringify(params, null, 2));
    showStatusMessage("copy", `Copied the parameters of trial ${trial}.`, 4_000);
  }

  private async showAsCode(argument: unknown, thisTrial: boolean): Promise<void> {
    const { store, studies, inspector } = this.context;
    const target = await this.target(argument, "stored", "Select a study to show the best trial of");
    if (!target) return;
    const { storage, name } = target.study;
    await store.refresh(storage);
    const summary = store.study(target.study);
    const number = (thisTrial ? target.trial : undefined) ?? summary?.best?.number;
    if (!summary || number === undefined) {
      void showMessage("info", `${name} has no best trial yet.`);
      return;
    }
    const trial = await (await inspector()).getTrial(storage, name, number);
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

  /** A target with its code, saved to disk, in a trusted workspace; otherwise tells the user what is missing. */
  private async startable(argument: unknown, title: string): Promise<(StartTarget & StudyTarget) | undefined> {
    if (!(await checkTrust())) return undefined;
    const target = await this.target(argument, "code", title);
    if (!target) return undefined;
    const source = await this.context.studies.sourceOf(target);
    const file = target.file ?? source?.target?.file;
    if (!file) {
      void showMessage("warning", noSource(target));
      return undefined;
    }
    const document = vscode.workspace.textDocuments.find(({ uri }) => uri.scheme === "file" && uri.fsPath === file);
    if (document?.isDirty && !(await document.save())) return undefined;
    const stored = this.context.store.study(target.study);
    // Its file does not define it: the training process finds it by name, and its storage says how many trials it has.
    if (stored?.followUp) return { ...target, file, exportName: null, trials: stored.source?.trials ?? null };
    const name = source?.found.name ?? null;
    if (stored && name !== null && name !== target.study.name) {
      void showMessage("warning", renamed(target, basename(file), name));
      return undefined;
    }
    const exportName = target.exportName ?? source?.target?.exportName ?? null;
    return { ...target, file, exportName, trials: source?.found.trials ?? target.trials };
  }

  private async target(argument: unknown, from: Candidates, title: string): Promise<StudyTarget | undefined> {
    const given = targetOf(argument);
    if (given) return given;
    if (argument instanceof vscode.Uri)
      return (await this.atCursor(argument)) ?? this.pick(title, await this.codeTargets(argument));
    await this.context.prepare();
    if (isStudyId(argument)) return this.namedTarget(argument);
    return this.pick(title, await this.candidates(from), from);
  }

  private async candidates(from: Candidates): Promise<StudyTarget[]> {
    const running = this.context.store.runs().map((run) => ({ ...run, progress: undefined }));
    if (from === "running") return running;
    const stored = this.storedTargets();
    if (from === "stored") return stored;
    const active = vscode.window.activeTextEditor;
    const here = active ? targetsOf(await this.context.studies.inDocument(active.document)) : [];
    // If the active editor defines exactly one study, the user means that one.
    if (here.length === 1) return here;
    const code = [...here, ...targetsOf(await this.context.studies.inWorkspace())];
    return from === "code" ? code : [...running, ...code, ...stored];
  }

  private namedTarget(named: StudyId): StudyTarget {
    const target = this.storedTargets().find(({ study }) => sameStudy(study, named));
    if (!target) throw new Error(`${named.storage} has no study "${named.name}".`);
    return target;
  }

  private storedTargets(): StudyTarget[] {
    const all = this.context.store.allStorages();
    return all.flatMap((state) => state.studies.map((summary) => storedTarget(state, summary)));
  }

  /** The study the cursor stands in: a menu of the editor means that one. */
  private async atCursor(uri: vscode.Uri): Promise<StudyTarget | undefined> {
    const editor = vscode.window.activeTextEditor;
    if (editor?.document.uri.toString() !== uri.toString()) return undefined;
    const offset = editor.document.offsetAt(editor.selection.active);
    const here = await this.context.studies.inDocument(editor.document);
    const around = here.find(({ found }) => found.start <= offset && offset <= found.end);
    return around?.target ?? undefined;
  }

  private async codeTargets(uri: vscode.Uri): Promise<StudyTarget[]> {
    const open = vscode.workspace.textDocuments.find((document) => document.uri.toString() === uri.toString());
    const { studies } = this.context;
    return targetsOf(await (open ? studies.inDocument(open) : studies.inFile(uri)));
  }

  private async pick(title: string, all: readonly StudyTarget[], from?: Candidates): Promise<StudyTarget | undefined> {
    const targets = all.filter(({ study }, i) => all.findIndex((other) => sameStudy(other.study, study)) === i);
    if (targets.length === 0) {
      await this.nothingToPick(from);
      return undefined;
    }
    if (targets.length === 1) return targets[0];
    const choices = targets.map((target) => ({ ...this.choice(target), target }));
    return (await pickOne(choices, { title, matchOnDescription: true }))?.target;
  }

  private choice({ study, file, trials }: StudyTarget): Choice {
    const { store } = this.context;
    const summary = store.study(study);
    const best = store.best(study);
    const count = summary ? formatTrials(summary.finished, wantedTrials(trials, summary)) : "not started yet";
    const path = file ?? summary?.source?.file;
    return {
      icon: store.run(study) ? "sync~spin" : "beaker",
      label: study.name,
      description: path ? vscode.workspace.asRelativePath(path) : "",
      detail: best ? `${count}, best ${formatBest(best)}` : count,
    };
  }

  private async nothingToPick(from: Candidates | undefined): Promise<void> {
    if (from === "running") {
      void showMessage("info", "No study is running.");
      return;
    }
    const create = "New Study";
    const message = from === "stored" ? "No study has trials yet." : "This workspace has no exported defineStudy(…).";
    const chosen = await showMessage("info", message, [create]);
    if (chosen === create) await this.newStudy();
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

/** Tells the user if the workspace is not trusted. */
async function checkTrust(): Promise<boolean> {
  if (isTrusted()) return true;
  const manage = "Manage Workspace Trust";
  const message = "Tunelens runs studies only in trusted workspaces.";
  const chosen = await showMessage("warning", message, [manage]);
  if (chosen === manage) await vscode.commands.executeCommand("workbench.trust.manage");
  return false;
}

function isTrusted(): boolean {
  return vscode.workspace.isTrusted;
}

function targetsOf(studies: readonly CodeStudy[]): StudyTarget[] {
  return studies.flatMap(({ target }) => (target ? [target] : []));
}

function noSource({ study }: StudyTarget): string {
  return (
    `Cannot find the code of study "${study.name}" in this workspace. ` +
    "Open the folder that it was started from. A study that Tunelens did not start is read-only."
  );
}

function renamed({ study }: StudyTarget, file: string, name: string): string {
  return `${file} no longer defines study "${study.name}": it is now named "${name}".`;
}

/** The column a file is open in already, so that a dashboard is not covered by it. */
function columnOf(uri: vscode.Uri): vscode.ViewColumn | undefined {
  return vscode.window.visibleTextEditors.find(({ document }) => document.uri.toString() === uri.toString())
    ?.viewColumn;
}

/** Next to the code the user is looking at, else the workspace folder. */
async function folderForNewStudy(): Promise<string | undefined> {
  const active = vscode.window.activeTextEditor?.document.uri;
  if (active?.scheme === "file" && vscode.workspace.getWorkspaceFolder(active)) return dirname(active.fsPath);
  return workspaceFolder();
}

async function offerToOpenFolder(why: string): Promise<void> {
  const open = "Open Folder";
  const chosen = await showMessage("info", why, [open]);
  if (chosen === open) await vscode.commands.executeCommand("vscode.openFolder");
}

/** Asks which, if there are several; undefined if there is none. */
async function workspaceFolder(): Promise<string | undefined> {
  const folders = vscode.workspace.workspaceFolders ?? [];
  if (folders.length <= 1) return folders[0]?.uri.fsPath;
  return (await vscode.window.showWorkspaceFolderPick())?.uri.fsPath;
}
