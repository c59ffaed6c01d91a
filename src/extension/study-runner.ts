import { basename, join, relative } from "node:path";
import * as vscode from "vscode";
import { describeBackend } from "../format/backend-description.js";
import type { Annotation } from "../protocol/annotations.js";
import { RemoteError } from "../protocol/channel.js";
import type { RegisteredRun, RunTask } from "../protocol/run.js";
import {
  DEFAULT_STORAGE,
  type BackendInfo,
  type BackendList,
  type InstallBackendRequest,
  type EnqueueRequest,
  type FixedTrialRequest,
  type EvaluateSummary,
  type LogLine,
  type RetrainRequest,
  type RetrainSummary,
  type RunRequest,
  type RunSummary,
  type StudyStarted,
  type TrainerEvents,
  type TrainerFunctions,
  type TrialFinished,
} from "../protocol/trainer.js";
import type { WireError } from "../protocol/wire.js";
import { findRuntime, type Runtime } from "../supervisor/node-runtime.js";
import {
  type AttachedRun,
  type AttachOptions,
  attachRun,
  newRunId,
  RunLostError,
  startRun,
} from "../supervisor/run-client.js";
import { listRuns, runsStudy } from "../supervisor/run-registry.js";
import { StudyRun, type WorkerStart } from "../supervisor/study-run.js";
import { startTrainer, type TrainerProcess } from "../supervisor/trainer-process.js";
import {
  afterStudyStarted,
  afterTrialFinished,
  afterTrialStarted,
  type LiveRun,
  type RunRequestInfo,
} from "./live-run.js";
import { type DebugRequest, type DebuggedStart, startDebugged } from "./debugging.js";
import type { Output } from "./output.js";
import { commandEnvironment, pythonEnvironment } from "./selected-python.js";
import { readSettings } from "./settings.js";
import { absoluteStorage } from "./storage-url.js";
import { describeTrial, formatBest, formatCount } from "./study-format.js";
import { sameStudy, type StudyId } from "./study-id.js";
import type { RunHandle, StudyStore } from "./study-store.js";
import { toWireError } from "../supervisor/wire-error.js";

/** A study with its code: what can be started. */
export interface StartTarget {
  readonly study: StudyId;
  readonly folder: string;
  readonly file: string;
  readonly exportName: string | null;
  readonly trials: number | null;
}

export interface StartOptions {
  /** Runs a follow-up of the target's study; the target already has the follow-up's name. */
  readonly followUp?: { readonly of: StudyId } & Pick<RunRequest, "freeze" | "learnFrom">;
  /** Total number of finished trials; overrides the file's. */
  readonly trials?: number | undefined;
  /** With VS Code's debugger attached. */
  readonly debug?: boolean;
  /** Runs only this trial's parameters, in memory. */
  readonly fixedTrial?: FixedTrialRequest & { readonly seed: number | null };
  /** The user has confirmed that the study's code may differ from its earlier trials'. */
  readonly codeMayDiffer?: boolean;
}

/** How a run ended. */
export type RunEnd =
  | { readonly kind: "study"; readonly run: LiveRun; readonly summary: RunSummary }
  | { readonly kind: "retrain"; readonly run: LiveRun; readonly summary: RetrainSummary }
  | { readonly kind: "failed"; readonly run: LiveRun; readonly error: WireError };

/** The question to answer before the run can start: the study's code has changed since its earlier trials. */
export function openQuestion(end: RunEnd): string | undefined {
  return end.kind === "failed" && end.error.code === "study-code-changed" ? end.error.message : undefined;
}

/** A run says that it might as well end. */
export interface Advice {
  readonly message: string;
  readonly run: LiveRun;
}

/** A warning about a line of the user's code. */
export interface Mistake {
  readonly warning: LogLine;
  /** The study file. */
  readonly file: string;
}

interface RunnerOptions {
  readonly store: StudyStore;
  readonly output: Output;
  readonly extensionPath: string;
  readonly version: string;
}

interface DebuggedProcess {
  /** Of the debug session. */
  readonly name: string;
  /** The session was ended, and the process lives. */
  readonly onStopped: () => void;
}

interface ProcessOptions {
  readonly runtime: Runtime;
  readonly env?: Readonly<Record<string, string>> | undefined;
  readonly events: TrainerEvents;
  /** Ends the process immediately, even while it starts. */
  readonly signal?: AbortSignal;
  /** Attaches the debugger. */
  readonly debugged?: DebuggedProcess | undefined;
}

/** How this program names itself to the processes that it starts. */
const PARENT = "extension";
/** The longest time that a window takes to reload, on a small and busy machine. */
const RELOAD_MS = 60_000;
/** How much later than its debug session a process may be seen to end. */
const END_OF_PROCESS_MS = 500;

type StartWorker = (worker: WorkerStart) => Promise<TrainerProcess>;

/** Does the work of a run. @param start starts a training process of this window's own. */
type RunWork = (run: ActiveRun, start: StartWorker) => Promise<RunEnd>;

/** A run of a study: in a run process, or of this window's own if it is debugged. */
type SteeredRun = Pick<AttachedRun, "setTrials" | "pause"> & {
  stopTrial(number: number): boolean | Promise<boolean>;
};

interface ActiveRun {
  readonly handle: RunHandle;
  readonly events: TrainerEvents;
  /** The active run; undefined until the first process is about to start. */
  working: Pick<TrainerProcess, "stop" | "dispose"> | undefined;
  /** The same if it runs a study, and not a retraining. */
  study: SteeredRun | undefined;
  /** The same if it outlives this window's process. */
  attached: AttachedRun | undefined;
  /** Whether the terminal started it, so that it is the terminal's to end. */
  isGuest: boolean;
}

interface RunHow {
  readonly debug?: boolean;
  readonly scratch?: boolean;
  readonly isGuest?: boolean;
}

/**
 * Starts a run process for each study that is run and each trial that is retrained, or attaches to one that is there, and feeds its events to the
 * store. What is debugged is this window's own: its training process ends with the window.
 */
export class StudyRunner {
  private readonly active = new Set<ActiveRun>();
  /** The ids of runs that this window has started or taken up. */
  private readonly known = new Set<string>();
  private isDisposed = false;
  private readonly ended = new vscode.EventEmitter<RunEnd>();
  readonly onDidEnd = this.ended.event;
  private readonly advised = new vscode.EventEmitter<Advice>();
  readonly onDidAdvise = this.advised.event;
  private readonly warned = new vscode.EventEmitter<Mistake>();
  /** A run has warned of a line of the user's code. */
  readonly onDidWarn = this.warned.event;

  constructor(private readonly options: RunnerOptions) {}

  /** @returns how it ended. Listeners are notified too, unless there is a question (`openQuestion`). */
  start(
    target: StartTarget,
    { trials, debug = false, codeMayDiffer = false, followUp, fixedTrial }: StartOptions = {},
  ): Promise<RunEnd> {
    const scratch = fixedTrial !== undefined || (debug && isScratch(target));
    // A debugger attaches to only one process.
    const single = debug ? { parallel: 1 } : {};
    const inMemory = scratch ? { storage: "memory:" } : {};
    const { of, ...follows } = followUp ?? {};
    const which = followUp ? follows : fixedTrial ? fixedRequest(fixedTrial) : {};
    const code = of ? { ...target, study: of } : target;
    const request = {
      ...requestOf(code),
      ...which,
      ...(trials === undefined ? {} : { trials }),
      ...single,
      ...inMemory,
      asksOfChangedCode: !codeMayDiffer,
    };
    const whole = { ...runSettings(target), ...request };
    const run = { ...target, trials: trials ?? target.trials, followUpOf: of?.name ?? null };
    if (debug || scratch)
      return this.run("study", run, (active, start) => this.inWindow(active, whole, start), { debug, scratch });
    return this.run("study", run, (active) => this.inRunProcess(active, target, { kind: "study", request: whole }));
  }

  /** Shows a run that another window or the terminal started, unless it is shown already. */
  async takeUp(registered: RegisteredRun): Promise<void> {
    if (this.known.has(registered.id)) return;
    this.known.add(registered.id);
    const { cwd: folder, parent, task, study } = registered;
    const { kind, request } = task;
    const storage = study?.storage ?? request.storage ?? request.defaultStorage ?? DEFAULT_STORAGE;
    const run = {
      ...{ file: request.file, folder, exportName: study?.exportName ?? null },
      trials: (kind === "study" ? task.request.trials : undefined) ?? null,
      study: {
        storage: absoluteStorage(storage, folder),
        name: study?.name ?? request.study ?? basename(request.file),
      },
      followUpOf: study?.followUpOf ?? null,
    };
    const work: RunWork = (active) => {
      const options = this.attachOptions(active);
      // What happened before is shown, but not told in notifications again.
      const log: TrainerEvents["log"] = (event) =>
        active.attached?.isCaughtUp ? active.events.log(event) : this.options.output.trainerLog(event);
      return this.follow(active, attachRun(registered, { ...options, events: { ...options.events, log } }));
    };
    await this.run(kind, run, work, { isGuest: !parent.startsWith(PARENT) });
  }

  /** Runs a study with training processes of this window: a debugger ends with it. */
  private async inWindow(run: ActiveRun, request: RunRequest, start: StartWorker): Promise<RunEnd> {
    const study = new StudyRun({ request, events: run.events, start });
    run.working = study;
    run.study = study;
    return { kind: "study", run: run.handle.state, summary: await study.run() };
  }

  /** Runs a study or a retraining in a process of its own, or attaches to the one that runs the study. */
  private async inRunProcess(run: ActiveRun, { file, folder }: StartTarget, task: RunTask): Promise<RunEnd> {
    const starting = new AbortController();
    run.working = { stop: () => starting.abort(), dispose: () => Promise.resolve(starting.abort()) };
    const [running, runtime, env] = await Promise.all([
      listRuns(folder),
      runtimeOf(file, folder),
      commandEnvironment(file),
    ]);
    if (starting.signal.aborted)
      throw new RemoteError({ code: "stopped", message: "It was stopped before it started." });
    const options = this.attachOptions(run);
    const isSame = (some: RegisteredRun) => task.kind === "study" && runsStudy(some, task.request);
    const same = running.find((some) => !this.known.has(some.id) && isSame(some));
    const id = same?.id ?? newRunId();
    this.known.add(id);
    if (same) return this.follow(run, attachRun(same, options));
    const { extensionPath, version } = this.options;
    const command = `tunelens ${task.kind === "study" ? "run" : "retrain"} ${relative(folder, file)}`;
    const order = {
      id,
      cwd: folder,
      parent: `${PARENT} ${version}`,
      command,
      runtime,
      env: env ?? {},
      execArgv: [],
      task,
    };
    return this.follow(
      run,
      startRun({ order, entry: join(extensionPath, "dist", "supervisor", "main.js"), ...options }),
    );
  }

  private async follow(run: ActiveRun, attached: AttachedRun): Promise<RunEnd> {
    run.working = attached;
    run.study = run.handle.state.kind === "study" ? attached : undefined;
    run.attached = attached;
    const result = await attached.result;
    return { ...result, run: run.handle.state };
  }

  private attachOptions(run: ActiveRun): AttachOptions {
    const { store, output } = this.options;
    const { handle, events } = run;
    return {
      owns: false,
      events: {
        ...events,
        output: ({ text }) => output.print(text),
        processStarted: ({ pid, runtime, node, execPath }) => {
          store.addOwnProcess(pid);
          output.info(describeProcess(pid, { runtime, node, execPath }, handle.state.folder));
        },
        steered: ({ stopping, pausing, trials }) =>
          handle.update((state) => ({ ...state, stopping, pausing, trials: trials ?? state.trials })),
      },
    };
  }

  /** @param which the trial's number, the best one when left out; or a saved model to train further. */
  retrain(target: StartTarget, which: Pick<RetrainRequest, "trial" | "continues" | "epochs"> = {}): Promise<RunEnd> {
    const request = { ...requestOf(target), ...which };
    return this.run("retrain", target, (run) => this.inRunProcess(run, target, { kind: "retrain", request }));
  }

  /** Evaluates a saved model of a study. */
  async evaluate(target: StartTarget, model: string, signal: AbortSignal): Promise<EvaluateSummary> {
    const request = { ...requestOf(target), model };
    return this.callTrainer(target.folder, ({ evaluate }) => evaluate(request), signal);
  }

  /** Asks a run to end; calling it again takes the next rung of the ladder. */
  stop(study: StudyId): void {
    for (const run of this.active) {
      if (!sameStudy(run.handle.state.study, study)) continue;
      this.stopRun(run);
    }
  }

  private stopRun(run: ActiveRun): void {
    run.handle.update((state) => ({ ...state, stopping: true }));
    run.working?.stop();
  }

  /** @returns whether a run that this window shows runs the trial. */
  async stopTrial(study: StudyId, number: number): Promise<boolean> {
    return (await this.steered(study)?.study?.stopTrial(number)) ?? false;
  }

  /** true: a run of this window ends after its running trials; false: it goes on. @returns whether there is a run. */
  async pause(study: StudyId, pausing: boolean): Promise<boolean> {
    const run = this.steered(study);
    if (!run) return false;
    run.handle.update((state) => ({ ...state, pausing }));
    await run.study?.pause(pausing);
    return true;
  }

  /** Changes the total number of finished trials: of the run, or for the next one. */
  async setTrials(study: StudyId, folder: string, trials: number): Promise<void> {
    const run = this.steered(study);
    if (run) {
      await run.study?.setTrials(trials);
      run.handle.update((state) => ({ ...state, trials }));
    } else
      await this.callTrainer(folder, ({ changeTrials }) =>
        changeTrials({ storage: study.storage, study: study.name, trials }),
      );
  }

  /** Queues trials, whether the study runs or not. */
  async enqueue(study: StudyId, folder: string, trials: EnqueueRequest["trials"]): Promise<void> {
    await this.callTrainer(folder, ({ enqueue }) => enqueue({ storage: study.storage, study: study.name, trials }));
  }

  private steered(study: StudyId): ActiveRun | undefined {
    return [...this.active].find(({ handle: { state } }) => state.kind === "study" && sameStudy(state.study, study));
  }

  async delete(study: StudyId, folder: string): Promise<void> {
    await this.callTrainer(folder, ({ deleteStudy }) => deleteStudy({ storage: study.storage, study: study.name }));
  }

  /** Stores a note or tags. */
  async annotate(study: StudyId, folder: string, annotation: Annotation): Promise<void> {
    const request = { storage: study.storage, study: study.name, annotation };
    await this.callTrainer(folder, ({ annotate }) => annotate(request));
  }

  /** Tests every training backend in a folder. */
  async probeBackends(folder: string, signal: AbortSignal): Promise<BackendList> {
    return this.callTrainer(folder, ({ probeBackends }) => probeBackends(), signal);
  }

  /** Builds a training backend and adds it to a folder's packages. */
  async installBackend(folder: string, request: InstallBackendRequest, signal: AbortSignal): Promise<BackendInfo> {
    const env = await pythonEnvironment(folder);
    return this.callTrainer(folder, ({ installBackend }) => installBackend(request), signal, env);
  }

  /** Ends what is this window's own, and leaves the run processes to go on, or to end if no window attaches soon, as the setting says. */
  async dispose(): Promise<void> {
    if (this.isDisposed) return;
    this.isDisposed = true;
    this.ended.dispose();
    this.warned.dispose();
    this.advised.dispose();
    const left = [...this.active].map(async (run) => run.attached?.leave(stopAfter(run)) ?? run.working?.dispose());
    await Promise.all(left);
  }

  /** Starts a training process for one call that runs no study. */
  private async callTrainer<Result>(
    folder: string,
    call: (functions: TrainerFunctions) => Promise<Result>,
    signal?: AbortSignal,
    env?: Readonly<Record<string, string>>,
  ): Promise<Result> {
    const events = silentEvents(this.options.output);
    const runtime = await runtimeOf(folder, folder);
    const trainer = await this.startProcess(folder, folder, { runtime, env, events, signal });
    try {
      return await call(trainer.functions);
    } finally {
      await trainer.dispose();
    }
  }

  private async run(
    kind: LiveRun["kind"],
    target: StartTarget & Pick<RunRequestInfo, "followUpOf">,
    work: RunWork,
    { debug = false, scratch = false, isGuest = false }: RunHow = {},
  ): Promise<RunEnd> {
    const { store } = this.options;
    const handle = store.beginRun({ kind, ...target });
    const run: ActiveRun = {
      handle,
      events: scratch ? this.scratchEventsOf(handle) : this.eventsOf(handle),
      working: undefined,
      study: undefined,
      attached: undefined,
      isGuest,
    };
    this.active.add(run);
    let end: RunEnd;
    try {
      const { study, file, folder } = target;
      const debugged = debug ? { name: `Study ${study.name}`, onStopped: () => this.stopRun(run) } : undefined;
      // Finding Node.js starts processes, and Python may take seconds to find: the run's processes share what was found.
      let found: Promise<[Runtime, Readonly<Record<string, string>> | undefined]> | undefined;
      end = await work(run, async ({ runsStudy, events, signal }) => {
        const [runtime, env] = await (found ??= Promise.all([runtimeOf(file, folder), commandEnvironment(file)]));
        return this.startProcess(file, folder, {
          runtime,
          env,
          events,
          signal,
          debugged: runsStudy ? debugged : undefined,
        });
      });
    } catch (thrown) {
      const error = toWireError(thrown);
      end = { kind: "failed", run: handle.state, error };
      if (this.isDisposed && thrown instanceof RunLostError) return end;
      if (openQuestion(end) === undefined) this.options.output.error(`${handle.state.study.name}:`, error);
    }
    await run.working?.dispose();
    this.active.delete(run);
    const asks = openQuestion(end) !== undefined;
    const error = end.kind === "failed" && !handle.state.stopping && !asks ? end.error : undefined;
    store.endRun(handle, error);
    // Trials debugged in memory are gone; the terminal says itself how its run ended.
    if (!asks && !isGuest && !(scratch && end.kind === "study")) this.ended.fire(end);
    return end;
  }

  private async startProcess(
    file: string,
    folder: string,
    { runtime, env, events, signal, debugged }: ProcessOptions,
  ): Promise<TrainerProcess> {
    const { output, extensionPath, version } = this.options;
    const start = (how?: DebuggedStart) =>
      startTrainer({
        runtime,
        entry: join(extensionPath, "dist", "trainer", "main.js"),
        cwd: folder,
        events,
        parent: `${PARENT} ${version}`,
        env,
        onOutput: (_stream, text) => output.print(text),
        execArgv: how?.execArgv,
        signal: AbortSignal.any([signal, how?.signal].filter((some) => some !== undefined)),
      });
    const trainer = await (debugged
      ? this.startDebugged({ name: debugged.name, file, cwd: folder, extensionPath }, start, debugged.onStopped)
      : start());
    const { pid, node } = trainer.hello;
    this.options.store.addOwnProcess(pid);
    output.info(describeProcess(pid, { runtime: runtime.kind, node, execPath: runtime.execPath }, folder));
    return trainer;
  }

  /** If the process ended its debug session, there is nothing to stop. */
  private async startDebugged(
    request: DebugRequest,
    start: (how: DebuggedStart) => Promise<TrainerProcess>,
    onStopped: () => void,
  ): Promise<TrainerProcess> {
    let sessionEnded = () => {};
    const trainer = await startDebugged(request, start, () => sessionEnded());
    sessionEnded = () => setTimeout(() => isAlive(trainer.pid) && onStopped(), END_OF_PROCESS_MS);
    return trainer;
  }

  /** Events of trials in memory go only to the output: the UI keeps showing what is stored. */
  private scratchEventsOf(handle: RunHandle): TrainerEvents {
    const { output } = this.options;
    return {
      ...this.eventsOf(handle),
      studyStarted: (event) => {
        handle.update((run) => ({ ...run, started: true, exportName: event.exportName, backend: event.backend }));
        output.line(`${describeStart(event)} Debugging in memory. These trials are not kept.`);
      },
      trialFinished: (event) => {
        handle.update((run) => {
          const { best, finished } = run;
          return { ...afterTrialFinished(run, event), best, finished };
        });
        output.line(describeFinished(event, { ...handle.state, finished: event.finished }));
      },
    };
  }

  private eventsOf(handle: RunHandle): TrainerEvents {
    const { store, output } = this.options;
    return {
      studyStarted: (event) => {
        const { folder } = handle.state;
        const study = { storage: absoluteStorage(event.storage, folder), name: event.study };
        handle.update((run) => afterStudyStarted(run, event, study));
        output.line(describeStart(event));
        store.addStorage(study.storage, folder);
        void store.refresh(study.storage);
      },
      trialStarted: (event) => handle.update((run) => afterTrialStarted(run, event)),
      epoch: (event) => handle.epoch(event),
      trialFinished: (event) => {
        handle.update((run) => afterTrialFinished(run, event));
        output.line(describeFinished(event, handle.state));
      },
      log: (event) => {
        output.trainerLog(event);
        if (event.location) this.warned.fire({ warning: event, file: handle.state.file });
        if (event.advice === "stop") this.advised.fire({ message: event.message, run: handle.state });
      },
    };
  }
}

/** Whether a study is debugged in memory, from its first trial, so that its trials are not stored among the real ones. */
export function isScratch({ file }: Pick<StartTarget, "file">): boolean {
  return !readSettings(vscode.Uri.file(file)).debugKeepTrials;
}

/** The Node.js that runs the code of a file. */
function runtimeOf(file: string, folder: string): Promise<Runtime> {
  const { nodePath } = readSettings(vscode.Uri.file(file));
  const fallback = { execPath: process.execPath, version: process.versions.node };
  return findRuntime({ configured: nodePath, fallback, cwd: folder });
}

/** How long a run waits for a window after this one has gone, before it stops; null: it goes on. A reload cannot be told from a close. */
function stopAfter({ handle, isGuest }: ActiveRun): number | null {
  return !isGuest && readSettings(vscode.Uri.file(handle.state.file)).onWindowClose === "stop" ? RELOAD_MS : null;
}

function describeProcess(
  pid: number,
  { runtime, node, execPath }: { readonly runtime: string; readonly node: string; readonly execPath: string },
  folder: string,
): string {
  return `Started training process ${pid} on ${runtime} ${node} (${execPath}) in ${folder}.`;
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** The part that every request for a study's code shares, with the settings for its file. */
function requestOf({ file, exportName, study }: StartTarget) {
  const { storage, backend } = readSettings(vscode.Uri.file(file));
  return {
    file,
    study: exportName ?? study.name,
    defaultStorage: storage,
    ...(backend === undefined ? {} : { defaultBackend: backend }),
  };
}

function fixedRequest({ seed, ...fixedTrial }: NonNullable<StartOptions["fixedTrial"]>) {
  return { fixedTrial, trials: 1, ...(seed === null ? {} : { seed }) };
}

/** The settings for a study's file that only a run needs. */
function runSettings({ file }: StartTarget): Pick<RunRequest, "defaultParallel" | "storesCode"> {
  const { parallel, storeCode } = readSettings(vscode.Uri.file(file));
  return { defaultParallel: parallel, storesCode: storeCode };
}

function silentEvents(output: Output): TrainerEvents {
  const nothing = () => {};
  return {
    studyStarted: nothing,
    trialStarted: nothing,
    epoch: nothing,
    trialFinished: nothing,
    log: (event) => output.trainerLog(event),
  };
}

function describeStart({ study, resumed, retrain, finishedBefore, trials, backend, processes }: StudyStarted): string {
  const doing = retrain ? "retraining" : resumed ? `resumed at ${formatCount(finishedBefore, trials)}` : "started";
  const on = backend ? ` on ${describeBackend(backend)}` : "";
  const workers = processes && processes.parallel > 1 ? `, ${processes.parallel} processes` : "";
  return `── ${study}: ${doing}${on}${workers}, ${new Date().toLocaleString()} ──`;
}

/** The training process itself prints why a trial failed, with the stack. */
function describeFinished(event: TrialFinished, run: LiveRun): string {
  const row = { ...event, lastValue: null, failReason: null };
  const best = event.best ? `, best ${formatBest(event.best)}` : "";
  return `Trial ${event.number}: ${describeTrial(row, undefined)} [${formatCount(run.finished, run.trials)}${best}]`;
}
