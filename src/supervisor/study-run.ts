import { basename } from "node:path";
import {
  type BestTrial,
  fatalCodes,
  type LoadedSource,
  type RunRequest,
  type RunSummary,
  type StudyEnd,
  type StudyStarted,
  type TrainerEvents,
  type TrialFinished,
} from "../protocol/trainer.js";
import { fromWire } from "../protocol/wire.js";
import { RemoteError } from "../protocol/channel.js";
import { ChildExitError, describeEnd } from "./child-process.js";
import type { TrainerProcess } from "./trainer-process.js";

/** How to start a training process of a run. */
export interface WorkerStart {
  /** Index among the concurrent processes, from 0. A replacement keeps the index. */
  readonly worker: number;
  /** false: it only stores how others ended, so no debugger needs to attach. */
  readonly runsStudy: boolean;
  readonly events: TrainerEvents;
  /** Ends it immediately, even while it starts. */
  readonly signal: AbortSignal;
}

export interface StudyRunOptions {
  readonly request: RunRequest;
  /** The events of all its processes, as if they were one. */
  readonly events: TrainerEvents;
  readonly start: (worker: WorkerStart) => Promise<TrainerProcess>;
}

/** Several crashes or errors of the same kind in a row paused the study. Resuming continues it. */
export class StudyPausedError extends Error {
  override readonly name = "StudyPausedError";
  readonly code = "study-paused";
}

interface Worker {
  readonly index: number;
  readonly starting: AbortController;
  trainer: TrainerProcess | undefined;
  /** The trial that it runs. */
  trial: number | undefined;
  /** Its trial was stopped, and it does not heed that: another process replaces it. */
  replaced: boolean;
  /** When its trial must have heeded a stop. */
  deadline: NodeJS.Timeout | undefined;
  /** Whether it is running the study yet; a process that could not start is given up if others are working. */
  stage: "starting" | "working" | "given up";
}

/** How long a stopped trial has to end before its process is replaced. */
const HEED_MS = 5_000;

/**
 * One run of a study by one or more training processes that share its storage: the first loads the file and determines how many there
 * are. A process that dies fails its trial with the reason and is replaced; with a process per trial, each is followed by the next. A
 * reported error (of the user's code or the storage) ends the run; one that keeps a process from starting while others work ends only that
 * process.
 */
export class StudyRun {
  private readonly workers = new Set<Worker>();
  /** The processes at work and their stages; more join while the first runs. */
  private readonly shifts: Promise<void>[] = [];
  private readonly startedAt = performance.now();
  private study: StudyStarted | undefined;
  /** The code that its processes have loaded, the first of each file and form: later processes run the same code. */
  private readonly code = new Map<string, LoadedSource>();
  /** Files of this code that have changed since. */
  private readonly changed = new Set<string>();
  private best: BestTrial | null = null;
  private finished = 0;
  private summary: RunSummary | undefined;
  private error: unknown;
  /** It was stopped or failed: no more processes start, except to store why others died. */
  private over = false;
  /** A process found no more trials to start. */
  private done = false;
  private pausing = false;
  /** The total number of trials that was asked for since it started. */
  private trials: number | undefined;
  /** The indices of processes that ended because there were no more trials to start, or because the run was to pause. */
  private idle: number[] = [];
  private disposed = false;
  /** Why processes of this run died, by PID; null: they did not heed a stop and were ended. */
  private readonly reasons: Record<number, string | null> = {};
  /** For how many of these the trials have been stored as failed. */
  private toldDead = 0;
  /** The latest crashes, all for the same reason. */
  private deaths: string[] = [];
  /** The latest failures of objectives, all for the same reason. */
  private failures: string[] = [];
  /** Whether any trial of the study, in this run or before, was complete or pruned. */
  private worked = false;

  constructor(private readonly options: StudyRunOptions) {}

  /**
   * @returns the summary of the run, when the last process has finished.
   * @throws what a process threw; StudyPausedError; ChildExitError if the first died before the study started, or if all were ended.
   */
  async run(): Promise<RunSummary> {
    this.join(0);
    // The list grows during the loop.
    for (const shift of this.shifts) await shift;
    this.over = true;
    await this.lastWords();
    if (this.error !== undefined) throw this.error as Error;
    return { ...this.summary!, durationMs: performance.now() - this.startedAt };
  }

  /** Asks every process to stop; asking again takes the next rung of each one's ladder. */
  stop(): void {
    this.over = true;
    for (const { trainer, starting } of this.workers) {
      if (trainer) trainer.stop();
      else starting.abort();
    }
  }

  /**
   * Stops one running trial; the others, and the run, go on. If the trial doesn't heed that, its process is replaced: after 5 s, or when this
   * is called again.
   * @returns whether one of its processes runs the trial.
   */
  stopTrial(number: number): boolean {
    const worker = [...this.workers].find(({ trial }) => trial === number);
    if (!worker?.trainer) return false;
    const isAsked = worker.deadline !== undefined;
    clearTimeout(worker.deadline);
    if (isAsked) this.replace(worker);
    else {
      worker.trainer.functions.stopTrial(number).catch(() => {});
      worker.deadline = setTimeout(() => this.replace(worker), HEED_MS);
    }
    return true;
  }

  /** Changes the total number of finished trials. Running trials are not ended. */
  async setTrials(trials: number): Promise<void> {
    this.trials = trials;
    this.done = false;
    await this.tell(({ functions }) => functions.setTrials(trials));
    this.rejoin();
  }

  /** true: the run ends when its running trials have ended; false: it goes on, if it has not ended yet. */
  async pause(paused: boolean): Promise<void> {
    this.pausing = paused;
    await this.tell(({ functions }) => functions.pause(paused));
    if (paused || this.over) return;
    if (this.summary?.reason === "paused") this.summary = { ...this.summary, reason: "trials" };
    this.rejoin();
  }

  async dispose(): Promise<void> {
    this.over = true;
    this.disposed = true;
    await Promise.all([...this.workers].map(async ({ trainer, starting }) => trainer?.dispose() ?? starting.abort()));
  }

  /** A process that has just ended need not know. */
  private async tell(message: (trainer: TrainerProcess) => Promise<void>): Promise<void> {
    const trainers = [...this.workers].flatMap(({ trainer }) => trainer ?? []);
    await Promise.all(trainers.map((trainer) => message(trainer).catch(() => {})));
  }

  /** Ended processes start again. */
  private rejoin(): void {
    if (this.over || this.pausing) return;
    for (const index of this.idle.splice(0)) this.join(index);
  }

  /** The results of a study in memory would be lost with its process. */
  private replace(worker: Worker): void {
    if (this.study?.storage.startsWith("memory")) return;
    worker.replaced = true;
    worker.trainer?.stop();
  }

  private join(index: number): void {
    this.shifts.push(this.work(index));
  }

  /** Runs one process after another until the study has finished. Never rejects. */
  private async work(index: number): Promise<void> {
    let died = false;
    while (!this.over) {
      if (this.pausing && this.summary) {
        this.idle.push(index);
        return;
      }
      const worker = this.newWorker(index);
      try {
        const goesOn = await this.workOnce(worker, died);
        died = false;
        if (!goesOn) {
          this.idle.push(index);
          return;
        }
      } catch (error) {
        died = this.survive(error, worker);
        if (!died) return;
      } finally {
        await this.end(worker);
      }
    }
  }

  /** If no process replaced those that died, another one stores why their trials failed, and why the run ended, without running any. */
  private async lastWords(): Promise<void> {
    const end = this.untoldEnd();
    if (!this.study || this.disposed || !(this.hasUntoldDead() || end)) return;
    const { storage, study } = this.study;
    const worker = this.newWorker(0);
    try {
      const { functions } = await this.begin(worker, { runsStudy: false });
      if (end) await functions.endStudy({ storage, study, end });
    } catch (error) {
      const message = `Trials of crashed processes remain RUNNING until the study runs again: ${String(error)}`;
      this.options.events.log({ level: "warn", message });
    } finally {
      await this.end(worker);
    }
  }

  /** How the run ended, if no process can have stored it. */
  private untoldEnd(): StudyEnd | undefined {
    const { error } = this;
    if (error instanceof StudyPausedError)
      return { reason: "error", error: { code: error.code, message: error.message } };
    if (!(error instanceof ChildExitError)) return undefined;
    if (error.report.expected) return { reason: "stopped", error: null };
    return { reason: "error", error: { code: error.code, message: error.message } };
  }

  private newWorker(index: number): Worker {
    const worker: Worker = {
      index,
      starting: new AbortController(),
      trainer: undefined,
      trial: undefined,
      replaced: false,
      deadline: undefined,
      stage: "starting",
    };
    this.workers.add(worker);
    return worker;
  }

  private async end(worker: Worker): Promise<void> {
    clearTimeout(worker.deadline);
    await worker.trainer?.dispose();
    this.workers.delete(worker);
  }

  /** Starts the process, and has it fail the trials of those that died. */
  private async begin(worker: Worker, { runsStudy }: Pick<WorkerStart, "runsStudy">): Promise<TrainerProcess> {
    const { index, starting } = worker;
    const events = this.eventsOf(worker);
    const trainer = await this.options.start({ worker: index, runsStudy, events, signal: starting.signal });
    worker.trainer = trainer;
    if (this.study && this.hasUntoldDead()) {
      const { storage, study } = this.study;
      const dead = Object.keys(this.reasons).length;
      await trainer.functions.failTrialsOfDead({ storage, study, reasons: this.reasons });
      this.toldDead = Math.max(this.toldDead, dead);
    }
    return trainer;
  }

  private hasUntoldDead(): boolean {
    return Object.keys(this.reasons).length > this.toldDead;
  }

  /**
   * @param died whether the process that this one replaces died.
   * @returns whether another process should continue the study.
   */
  private async workOnce(worker: Worker, died: boolean): Promise<boolean> {
    const trainer = await this.begin(worker, { runsStudy: true });
    if (this.over || (this.pausing && this.summary) || (this.done && !died)) return false;
    const { trials } = this;
    if (trials !== undefined) await trainer.functions.setTrials(trials);
    if (this.pausing) await trainer.functions.pause(true);
    const summary = await trainer.functions.run(this.requestNow(worker));
    const isReplaced = worker.replaced && summary.reason === "stopped" && !this.over;
    // The pause was taken back before its end was known here.
    const isResumed = summary.reason === "paused" && !this.pausing;
    const goesOn = summary.goesOn || isReplaced || isResumed;
    const own: RunSummary = isReplaced || isResumed ? { ...summary, reason: "trials" } : summary;
    this.summary = this.summary ? combined(this.summary, own) : own;
    // Unless their number has been changed meanwhile.
    if (!goesOn && summary.reason !== "paused" && trials === this.trials) this.done = true;
    return goesOn;
  }

  private requestNow({ index }: Worker): RunRequest {
    const { request } = this.options;
    if (!this.study) return request;
    const { backend, processes, study, identity } = this.study;
    const { timeout, parallel, gpus, adapters } = processes!;
    const left =
      timeout === null ? {} : { timeout: Math.max(0.001, timeout - (performance.now() - this.startedAt) / 1000) };
    const { freeze, trials, ...rest } = request;
    // The first process has created the follow-up, which knows its trials; the others join it by name.
    const limit = freeze || trials === undefined ? {} : { trials };
    // They all train on the same backend, which need not be tested again, and each knows how many share the cores. One that was chosen by
    // time, the study knows, and whether it has failed since.
    const same = backend === null || backend.stepTimes ? {} : { backend: backend.backend };
    const code = [...this.code.values()];
    const which = identity === undefined ? {} : { identity };
    const gpu = gpus.length === 0 ? {} : { gpu: gpus[index % gpus.length]! };
    const adapter = adapters.length === 0 ? {} : { adapter: adapters[index % adapters.length]! };
    return { ...rest, study, ...limit, ...same, ...left, ...which, ...gpu, ...adapter, parallel, code, joins: true };
  }

  /** @returns whether another process should replace it. */
  private survive(error: unknown, worker: Worker): boolean {
    if (this.canDoWithout(worker)) {
      this.giveUp(worker, error);
      return false;
    }
    const { trainer } = worker;
    const reason = reasonOfDeath(error);
    if (trainer && reason !== undefined) this.reasons[trainer.pid] = reason;
    if (worker.replaced && reason === null && !this.over) return true;
    if (!reason || !this.study || this.over) {
      this.fail(error);
      return false;
    }
    this.failures = [];
    this.deaths = this.deaths.at(-1) === reason ? [...this.deaths, reason] : [reason];
    const { pauseAfter } = this.study.processes!;
    if (this.deaths.length >= pauseAfter) {
      const times = pauseAfter === 1 ? "" : ` ${pauseAfter} times in a row`;
      const message = `Study "${this.study.study}" is paused: its training process died${times}. ${reason}`;
      this.fail(new StudyPausedError(message));
      return false;
    }
    this.options.events.log({ level: "warn", message: `${reason} Another process replaces it.` });
    return true;
  }

  private canDoWithout(worker: Worker): boolean {
    const others = [...this.workers].filter((other) => other !== worker && other.stage !== "given up");
    return worker.stage === "starting" && (this.done || others.length > 0);
  }

  private giveUp(worker: Worker, error: unknown): void {
    worker.stage = "given up";
    if (this.over || this.done) return;
    const which = `Training process ${worker.index + 1} of ${this.study!.processes!.parallel}`;
    const why = reasonOfDeath(error) ?? (error instanceof Error ? error.message : String(error));
    const message = `${which} could not start. The study continues without it: ${why}`;
    this.options.events.log({ level: "warn", message });
  }

  /** The first error ends the run; the other processes are asked to stop. */
  private fail(error: unknown): void {
    const stopped = this.over;
    this.error ??= error;
    if (!stopped) this.stop();
  }

  private eventsOf(worker: Worker): TrainerEvents {
    const { events } = this.options;
    return {
      ...events,
      studyStarted: (event) => {
        worker.stage = "working";
        if (this.study) return;
        this.study = event;
        this.best = event.best ?? null;
        this.finished = event.finishedBefore;
        this.worked = event.processes!.worked;
        events.studyStarted(event);
        for (let other = 1; other < event.processes!.parallel; other++) if (other !== worker.index) this.join(other);
      },
      trialStarted: (event) => {
        worker.trial = event.number;
        events.trialStarted(event);
      },
      sourceLoaded: (source) => {
        const key = `${source.path}\n${source.as}`;
        if (!this.code.has(key)) this.code.set(key, source);
      },
      codeChanged: (files) => this.tellChanged(files),
      trialFinished: (event) => {
        if (worker.trial === event.number) {
          worker.trial = undefined;
          clearTimeout(worker.deadline);
          worker.deadline = undefined;
        }
        if (event.state === "COMPLETE" || event.state === "PRUNED") this.trialWorked();
        else this.trialFailed(event);
        events.trialFinished(this.ordered(event));
      },
    };
  }

  /** Reports each file once, however many processes notice. */
  private tellChanged(files: readonly string[]): void {
    const news = files.filter((file) => !this.changed.has(file));
    if (news.length === 0) return;
    for (const file of news) this.changed.add(file);
    const names = news.map((file) => basename(file)).join(", ");
    const message = `${names} changed. This run continues with the code that it started with. To use the new code, stop and resume the study.`;
    this.options.events.log({ level: "warn", message });
  }

  private trialWorked(): void {
    this.deaths = [];
    this.failures = [];
    this.worked = true;
  }

  /** Pauses the study: nothing is learned from trials that all fail with the same error. */
  private trialFailed({ failReason, failKind }: TrialFinished): void {
    const { pauseAfter } = this.study!.processes!;
    if (this.over || failReason === undefined || failKind === undefined) return;
    // Once a trial has succeeded, a NaN loss is due to its parameters.
    if (failKind === "result" && this.worked) {
      this.failures = [];
      return;
    }
    this.failures = this.failures.at(-1) === failReason ? [...this.failures, failReason] : [failReason];
    if (this.failures.length < pauseAfter) return;
    const { study } = this.study!;
    const [reason] = failReason.split("\n");
    const how = pauseAfter === 1 ? "a trial failed" : `its last ${pauseAfter} trials failed with the same error`;
    const advice = "If some parameters are expected to fail, increase the study's pauseAfter.";
    this.fail(new StudyPausedError(`Study "${study}" is paused: ${how}. ${reason}\n${advice}`));
  }

  /** Each process counts what it sees: a late event of one must not undo what another has reported. */
  private ordered(event: TrialFinished): TrialFinished {
    this.finished = Math.max(this.finished, event.finished);
    this.best = betterOf(this.best, event.best, this.study?.directions[0] === "maximize");
    return { ...event, finished: this.finished, best: this.best };
  }
}

/** null for a process that we ended; undefined for an error reported by a process that is alive and can continue. */
function reasonOfDeath(error: unknown): string | null | undefined {
  if (error instanceof ChildExitError) return error.report.expected ? null : describeEnd(error.what, error.report);
  return error instanceof RemoteError && fatalCodes.includes(error.code) ? error.message : undefined;
}

function betterOf(known: BestTrial | null, told: BestTrial | null, maximize: boolean): BestTrial | null {
  if (!known || !told) return told ?? known;
  const difference = fromWire(told.value) - fromWire(known.value);
  return (maximize ? difference < 0 : difference > 0) ? known : told;
}

/** The counts of the process that saw the most trials end; the run was stopped or timed out if any process was. */
function combined(a: RunSummary, b: RunSummary): RunSummary {
  const ended = ({ counts }: RunSummary) => counts.COMPLETE + counts.PRUNED + counts.FAIL;
  const reason = ([a.reason, b.reason] as const).find((why) => why !== "trials") ?? "trials";
  return { ...(ended(a) > ended(b) ? a : b), reason };
}
