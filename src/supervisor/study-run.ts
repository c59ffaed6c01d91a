import { basename } from "node:path";
import {
  type BestTrial,
  fatalCodes,
  type LoadedSource,
  type RunRequest,
  type RunSummary,
  type StudyStarted,
  type TrainerEvents,
  type TrialFinished,
} from "../protocol/trainer.js";
import { fromWire } from "../protocol/wire.js";
import { RemoteError } from "../protocol/channel.js";
import { ChildExitError, describeEnd } from "./child-process.js";
import type { TrainerProcess } from "./trainer-process.js";

/** How a training process of a run is started. */
export interface WorkerStart {
  /** Which of the processes that work at once it is, from 0. One that takes another's place has its index. */
  readonly worker: number;
  /** false: it only stores how others ended, and no debugger need attach to it. */
  readonly runsStudy: boolean;
  readonly events: TrainerEvents;
  /** Ends it at once, also while it starts. */
  readonly signal: AbortSignal;
}

export interface StudyRunOptions {
  readonly request: RunRequest;
  /** What all its processes tell, as if they were one. */
  readonly events: TrainerEvents;
  readonly start: (worker: WorkerStart) => Promise<TrainerProcess>;
}

/** Its processes died, or its trials failed, so often the same way that the run was given up; a resume goes on. */
export class StudyPausedError extends Error {
  override readonly name = "StudyPausedError";
  readonly code = "study-paused";
}

interface Worker {
  readonly index: number;
  readonly starting: AbortController;
  trainer: TrainerProcess | undefined;
  /** Whether it is at the study yet; one that could not start is given up where others work. */
  stage: "starting" | "working" | "given up";
}

/**
 * One run of a study by one or more training processes, which share its storage: the first loads the file and says how many there
 * shall be. A process that dies fails its trial with the reason and is replaced; one whose study wants a process for each trial
 * is followed by the next. An error that is told (the user's code, the storage) ends the run; but one that keeps a process from starting,
 * while others work, only that process.
 */
export class StudyRun {
  private readonly workers = new Set<Worker>();
  /** What each of the processes at work is at; more join while the first runs. */
  private readonly shifts: Promise<void>[] = [];
  private readonly startedAt = performance.now();
  private study: StudyStarted | undefined;
  /** What its processes have loaded, the first of each file and form: later ones run the same code. */
  private readonly code = new Map<string, LoadedSource>();
  /** Files of this code that are known to have changed. */
  private readonly changed = new Set<string>();
  private best: BestTrial | null = null;
  private finished = 0;
  private summary: RunSummary | undefined;
  private error: unknown;
  /** Somebody stopped it, or it failed: no process is started any more, but for the last words of those that died. */
  private over = false;
  /** A process found no trial left to start. */
  private done = false;
  private disposed = false;
  /** Why processes of this run died, by their pid; null: they did not heed a stop, and were ended. */
  private readonly reasons: Record<number, string | null> = {};
  /** Of how many of these the trials are stored as failed. */
  private toldDead = 0;
  /** The last deaths, all for one reason. */
  private deaths: string[] = [];
  /** Why the last trials failed whose objective did it, all for one reason. */
  private failures: string[] = [];
  /** Whether a trial of the study, of this run or before, has got somewhere. */
  private worked = false;

  constructor(private readonly options: StudyRunOptions) {}

  /**
   * @returns the summary of the whole, when the last process is done.
   * @throws what a process threw; StudyPausedError; ChildExitError when the first died before the study began, or all were ended.
   */
  async run(): Promise<RunSummary> {
    this.join(0);
    // The list grows while it is walked.
    for (const shift of this.shifts) await shift;
    await this.lastWords();
    if (this.error !== undefined) throw this.error;
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

  async dispose(): Promise<void> {
    this.over = true;
    this.disposed = true;
    await Promise.all([...this.workers].map(({ trainer, starting }) => trainer?.dispose() ?? starting.abort()));
  }

  private join(index: number): void {
    this.shifts.push(this.work(index));
  }

  /** One process after the other, until the study is done. Never rejects. */
  private async work(index: number): Promise<void> {
    let died = false;
    do {
      const worker = this.newWorker(index);
      try {
        const goesOn = await this.workOnce(worker, died);
        died = false;
        if (!goesOn) return;
      } catch (error) {
        died = this.survive(error, worker);
        if (!died) return;
      } finally {
        await this.end(worker);
      }
    } while (!this.over);
  }

  /** Where no process took the place of those that died, one more stores why their trials failed. It runs none. */
  private async lastWords(): Promise<void> {
    if (!this.study || this.disposed || !this.hasUntoldDead()) return;
    const worker = this.newWorker(0);
    try {
      await this.begin(worker, { runsStudy: false });
    } catch (error) {
      const message = `The trials of processes that died stay RUNNING until the study is run again: ${String(error)}`;
      this.options.events.log({ level: "warn", message });
    } finally {
      await this.end(worker);
    }
  }

  private newWorker(index: number): Worker {
    const worker: Worker = { index, starting: new AbortController(), trainer: undefined, stage: "starting" };
    this.workers.add(worker);
    return worker;
  }

  private async end(worker: Worker): Promise<void> {
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
   * @param died whether the process died whose place this one takes.
   * @returns whether another process shall go on with the study.
   */
  private async workOnce(worker: Worker, died: boolean): Promise<boolean> {
    const trainer = await this.begin(worker, { runsStudy: true });
    if (this.over || (this.done && !died)) return false;
    const summary = await trainer.functions.run(this.requestNow());
    this.summary = this.summary ? combined(this.summary, summary) : summary;
    if (!summary.goesOn) this.done = true;
    return summary.goesOn;
  }

  private requestNow(): RunRequest {
    const { request } = this.options;
    if (!this.study) return request;
    const { backend, processes, study, identity } = this.study;
    const { timeout, parallel } = processes!;
    const left =
      timeout === null ? {} : { timeout: Math.max(0.001, timeout - (performance.now() - this.startedAt) / 1000) };
    const { freeze, trials, ...rest } = request;
    // The first process has made the follow-up, which knows its trials; the others join it by its name.
    const limit = freeze || trials === undefined ? {} : { trials };
    // They all train on the same, what was probed once need not be again, and each knows how many share the cores.
    const same = backend === null ? {} : { backend: backend.backend };
    const code = [...this.code.values()];
    const which = identity === undefined ? {} : { identity };
    return { ...rest, study, ...limit, ...same, ...left, ...which, parallel, code, joins: true };
  }

  /** @returns whether another process shall take its place. */
  private survive(error: unknown, worker: Worker): boolean {
    if (this.canDoWithout(worker)) {
      this.giveUp(worker, error);
      return false;
    }
    const { trainer } = worker;
    const reason = reasonOfDeath(error);
    if (trainer && reason !== undefined) this.reasons[trainer.pid] = reason;
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
    this.options.events.log({ level: "warn", message: `${reason} Another process takes its place.` });
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
    const message = `${which} could not start, and the study goes on without it: ${why}`;
    this.options.events.log({ level: "warn", message });
  }

  /** The first error is the run's; the other processes are asked to stop. */
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
      sourceLoaded: (source) => {
        const key = `${source.path}\n${source.as}`;
        if (!this.code.has(key)) this.code.set(key, source);
      },
      codeChanged: (files) => this.tellChanged(files),
      trialFinished: (event) => {
        if (event.state === "COMPLETE" || event.state === "PRUNED") this.trialWorked();
        else this.trialFailed(event);
        events.trialFinished(this.ordered(event));
      },
    };
  }

  /** Each file once, however many processes notice. */
  private tellChanged(files: readonly string[]): void {
    const news = files.filter((file) => !this.changed.has(file));
    if (news.length === 0) return;
    for (const file of news) this.changed.add(file);
    const names = news.map((file) => basename(file)).join(", ");
    const message = `${names} changed. This run goes on with the code it began with; stop and resume it to use the new code.`;
    this.options.events.log({ level: "warn", message });
  }

  private trialWorked(): void {
    this.deaths = [];
    this.failures = [];
    this.worked = true;
  }

  /** Nothing is learned from trials that all fail alike. */
  private trialFailed({ failReason, failKind }: TrialFinished): void {
    const { pauseAfter } = this.study!.processes!;
    if (this.over || failReason === undefined || failKind === undefined) return;
    // Once a trial has worked, NaN is what some parameters make of a loss.
    if (failKind === "result" && this.worked) {
      this.failures = [];
      return;
    }
    this.failures = this.failures.at(-1) === failReason ? [...this.failures, failReason] : [failReason];
    if (this.failures.length < pauseAfter) return;
    const { study } = this.study!;
    const [reason] = failReason.split("\n");
    const how = pauseAfter === 1 ? "a trial failed" : `its last ${pauseAfter} trials all failed alike`;
    const advice = "If that is to be expected of some parameters, give the study a larger pauseAfter.";
    this.fail(new StudyPausedError(`Study "${study}" is paused: ${how}. ${reason}\n${advice}`));
  }

  /** Processes count what they see; what comes late from one must not take back what another has told. */
  private ordered(event: TrialFinished): TrialFinished {
    this.finished = Math.max(this.finished, event.finished);
    this.best = betterOf(this.best, event.best, this.study?.directions[0] === "maximize");
    return { ...event, finished: this.finished, best: this.best };
  }
}

/** null for a process that we ended; undefined for an error that is told by one that lives and can go on. */
function reasonOfDeath(error: unknown): string | null | undefined {
  if (error instanceof ChildExitError) return error.report.expected ? null : describeEnd(error.what, error.report);
  return error instanceof RemoteError && fatalCodes.includes(error.code) ? error.message : undefined;
}

function betterOf(known: BestTrial | null, told: BestTrial | null, maximize: boolean): BestTrial | null {
  if (!known || !told) return told ?? known;
  const difference = fromWire(told.value) - fromWire(known.value);
  return (maximize ? difference < 0 : difference > 0) ? known : told;
}

/** The process that saw most trials end tells the counts; the study was stopped, or out of time, when any of them was. */
function combined(a: RunSummary, b: RunSummary): RunSummary {
  const ended = ({ counts }: RunSummary) => counts.COMPLETE + counts.PRUNED + counts.FAIL;
  const reason = ([a.reason, b.reason] as const).find((why) => why !== "trials") ?? "trials";
  return { ...(ended(a) > ended(b) ? a : b), reason };
}
