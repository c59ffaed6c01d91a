import { ClockWatch } from "../clock-watch.js";
import { systemClock, type Clock } from "../clock.js";
import { TrialFinishedError, TunelensError } from "../errors.js";
import { readHeartbeat, type HeartbeatOptions } from "../heartbeat.js";
import { SeededRng } from "../math/rng.js";
import { readValues, RETURNED_NAN, type TrialOutcome } from "../objective.js";
import type { Pruner } from "../pruners/pruner.js";
import type { Sampler } from "../samplers/sampler.js";
import type { Scheduler } from "../schedulers/scheduler.js";
import type { Space } from "../space.js";
import type { LimitedStart, TrialStart, TrialTemplate } from "../storage.js";
import { SearchedStudy } from "../study/searched-study.js";
import type { StudyListener, StudySettings } from "../study/study-settings.js";
import type { StudyView } from "../study/study-view.js";
import { CHECKPOINT_KEY, checkpointOf, type CheckpointStore } from "./checkpoint.js";
import { FAIL_REASON_KEY, STOPPED_REASON } from "./fail-reason.js";
import { Configurations } from "./configurations.js";
import { continuedTrialNumber, isPaused, PAUSED_KEY, pausedAt, UNTIL_KEY } from "./paused.js";
import { firstOfChain, promotionOf } from "./promotion.js";
import { continuationOf, interruptedTrials, repetitionOf, retryHistory, retryOf } from "./retry.js";
import { StudyTrial } from "./study-trial.js";
import type { TrialSetup } from "./trial.js";
import { warnOfUnusedParts } from "./unused-parts.js";
import { isFinished, lastStep, type TrialSnapshot, type TrialState } from "./trial-snapshot.js";

/** The study whose trials these are. */
interface OwnStudy extends StudyView {
  readonly sampler: Sampler;
  readonly pruner: Pruner;
  readonly scheduler: Scheduler;
  readonly seed: number | undefined;
}

/** What a scheduler, or an interrupted trial, has to be done next: a trial to start, or none. */
export type NextStart = Pick<LimitedStart, "retry" | "systemAttrs"> | "wait" | "end";

/**
 * How the trials of a study start and end: what `Study` and the loop of `optimize` share. Users of `tunelens` see `Study` only.
 */
export class TrialLifecycle<Params = unknown> {
  readonly listener: StudyListener;
  readonly clock: Clock;
  readonly heartbeat: Required<HeartbeatOptions>;
  private readonly clockWatch: ClockWatch;
  /** undefined: what a sampler proposes is trained, as often as it is proposed. */
  private readonly configurations: Configurations | undefined;
  private readonly searched: SearchedStudy;

  constructor(
    readonly study: OwnStudy,
    private readonly settings: StudySettings<Space>,
  ) {
    this.listener = settings.listener ?? {};
    this.clock = settings.clock ?? systemClock;
    this.heartbeat = readHeartbeat(`Study "${study.name}"`, settings.heartbeat);
    this.clockWatch = new ClockWatch(this.clock);
    const { space = {}, repeats } = settings;
    this.configurations = repeats === undefined ? undefined : new Configurations(study, space, repeats);
    this.searched = new SearchedStudy(study);
  }

  /** The study as its sampler and its terminator see it now. */
  get searchedStudy(): StudyView {
    return this.searched.now();
  }

  /** What the study starts with next. @returns its id, for `take`. @throws TunelensError code `nothing-to-try`. */
  startNext(heartbeat: boolean, checkpoints: CheckpointStore | undefined): number {
    for (;;) {
      const next = this.next(true, checkpoints);
      if (typeof next === "string")
        throw new TunelensError(
          "nothing-to-try",
          `Study "${this.study.name}": ${this.study.scheduler.name} waits for running trials. Tell how they ended, then ask again.`,
        );
      const id = this.startWithin(Infinity, { ...next, heartbeat });
      if (id !== undefined) return id;
    }
  }

  private start(start: TrialStart): number {
    const { storage, id } = this.study;
    return storage.claimWaitingTrial(id, start) ?? storage.createTrial(id, undefined, start).id;
  }

  /**
   * Starts the given retry, the oldest enqueued trial, or a new one; but none where the study has `limit` trials that are finished or running
   * in any process.
   * @param start what is stored with it.
   */
  startWithin(limit: number, { heartbeat = true, systemAttrs, retry }: LimitedStart): number | undefined {
    if (limit === Infinity && !retry) return this.start({ heartbeat, systemAttrs });
    return this.study.storage.startTrial(this.study.id, limit, { heartbeat, systemAttrs, retry });
  }

  /** What is to be started next. @param mayTryNew whether there may be a new configuration. */
  next(mayTryNew: boolean, store: CheckpointStore | undefined): NextStart {
    const { study } = this;
    const retry = this.nextContinuation(store, mayTryNew) ?? (mayTryNew ? this.nextRepeat() : undefined);
    if (retry) return { retry };
    const work = study.scheduler.next(study, { mayTryNew });
    if ("continue" in work) return { retry: this.promotion(work.continue, work.until, store) };
    if ("try" in work && mayTryNew) return work.until === undefined ? {} : { systemAttrs: { [UNTIL_KEY]: work.until } };
    return "wait" in work ? "wait" : "end";
  }

  /** What continues the first of the interrupted trials that has its checkpoint still, or repeats it where that is damaged. @param mayTryNew else, one of a configuration that is counted. */
  private nextContinuation(store: CheckpointStore | undefined, mayTryNew: boolean): TrialTemplate | undefined {
    if (!store) return undefined;
    for (const trial of interruptedTrials(this.study.storage.getTrials(this.study.id))) {
      if (!mayTryNew && continuedTrialNumber(trial) === undefined) continue;
      const checkpoint = checkpointOf(trial)!;
      if (store.folderOf(trial, checkpoint.name) !== undefined) return continuationOf(trial, checkpoint);
      if (!store.isDamaged(checkpoint.name)) continue;
      this.listener.warn?.(
        `${this.whereIs(trial)} was interrupted, and its checkpoint is damaged: files are missing or have changed. The trial starts from nothing.`,
      );
      return repetitionOf(trial);
    }
    return undefined;
  }

  /** Another training of a promising configuration, where the study repeats them. */
  nextRepeat(): LimitedStart["retry"] {
    return this.configurations?.nextRepeat();
  }

  /** Whether there is nothing left to propose. */
  get isExhausted(): boolean {
    const { study, configurations } = this;
    return (study.sampler.isExhausted?.(this.searchedStudy) || configurations?.isExhausted) ?? false;
  }

  /** Says why a run ends where there is nothing left to propose, unless the sampler's own order ends, or other trials still run. */
  tellExhausted(): void {
    const { study, configurations } = this;
    if (configurations?.isExhausted && study.getTrials(["RUNNING"]).length === 0)
      this.listener.info?.(configurations.whyExhausted);
  }

  /** @throws TunelensError code `invalid-schedule` */
  private promotion(number: number, until: number | undefined, store: CheckpointStore | undefined): TrialTemplate {
    const { study } = this;
    const paused = study.getTrials()[number];
    if (!paused || !isPaused(paused))
      throw new TunelensError(
        "invalid-schedule",
        `Study "${study.name}": ${study.scheduler.name} wants to continue trial ${number}, which is not paused.`,
      );
    const checkpoint = checkpointOf(paused);
    const isThere = checkpoint && store?.folderOf(paused, checkpoint.name) !== undefined;
    return promotionOf(paused, until, isThere ? checkpoint : undefined);
  }

  /** A trial that was started, to be run. One that continues another draws the random numbers that this one did. */
  take(id: number, options: Pick<TrialSetup, "epochs" | "signal" | "makeFolder" | "checkpoints">): StudyTrial<Params> {
    const { study } = this;
    const snapshot = study.storage.getTrial(id);
    const checkpoint = checkpointOf(snapshot);
    const isContinued = checkpoint !== undefined || continuedTrialNumber(snapshot) !== undefined;
    const first = isContinued ? firstOfChain(study.storage.getTrials(study.id), snapshot) : snapshot.number;
    if (isContinued) this.tellContinued(snapshot, checkpoint?.step);
    return new StudyTrial<Params>(
      this.searchedStudy,
      id,
      study.sampler,
      study.pruner,
      snapshot,
      {
        ...this.setupOf(first),
        number: snapshot.number,
        datetimeStart: snapshot.datetimeStart ?? new Date(),
        ...options,
      },
      this.configurations,
    );
  }

  /** What a trial of this number knows of its study. */
  setupOf(number: number): Omit<TrialSetup, "datetimeStart"> {
    const { name, directions, seed } = this.study;
    return {
      number,
      studyName: name,
      directions,
      directionGiven: this.settings.directionGiven,
      pruneBy: this.settings.pruneBy,
      space: this.settings.space ?? {},
      listener: this.listener,
      seed: seed === undefined ? undefined : trialSeed(seed, number),
    };
  }

  /**
   * Ends a trial that could not be run, as one that does not count. It is continued from its checkpoint; without one, another with its
   * parameters waits to be tried.
   */
  putBack(trial: StudyTrial): TrialSnapshot {
    const { storage } = this.study;
    return this.end(trial, (snapshot) => {
      const retry = checkpointOf(snapshot) ? undefined : retryOf(snapshot);
      storage.setTrialState(trial.id, "FAIL", null, { systemAttrs: { [FAIL_REASON_KEY]: STOPPED_REASON }, retry });
      trial.endCheckpoints(true);
      return storage.getTrial(trial.id);
    });
  }

  /** Ends a trial whose objective has ended. @param interrupted whether it may be continued from its checkpoint. */
  finishOutcome(trial: StudyTrial, outcome: TrialOutcome, interrupted = false): TrialSnapshot {
    const ended = this.end(trial, (snapshot) => this.store(snapshot, outcome, interrupted));
    // Another program may have ended it so that it is continued.
    trial.endCheckpoints(interrupted || checkpointOf(ended) !== undefined);
    if (outcome.type === "result" && ended.state === "COMPLETE") warnOfUnusedParts(trial, ended, this.settings);
    return ended;
  }

  /** Where another program has finished the trial meanwhile, its result stands, and a warning says so. */
  private end(trial: StudyTrial, store: (snapshot: TrialSnapshot) => TrialSnapshot): TrialSnapshot {
    const { storage } = this.study;
    const snapshot = storage.getTrial(trial.id);
    if (isFinished(snapshot.state)) return this.lost(snapshot);
    try {
      return store(snapshot);
    } catch (error) {
      if (!isLost(error, trial)) throw error;
      return this.lost(storage.getTrial(trial.id));
    }
  }

  private store(snapshot: TrialSnapshot, outcome: TrialOutcome, interrupted: boolean): TrialSnapshot {
    switch (outcome.type) {
      case "result":
        return this.finishResult(snapshot, outcome.result);
      case "pruned":
        return this.finishPruned(snapshot);
      case "stopped":
        return this.finish(snapshot, "FAIL", null, STOPPED_REASON, interrupted);
      case "error":
        this.listener.warn?.(`${this.whereIs(snapshot)} failed: ${outcome.reason}`);
        return this.finish(snapshot, "FAIL", null, outcome.reason, interrupted);
    }
  }

  private lost(snapshot: TrialSnapshot): TrialSnapshot {
    this.listener.warn?.(
      `${this.whereIs(snapshot)}: the result is lost, because another program finished the trial as ${snapshot.state} while it ran.`,
    );
    return snapshot;
  }

  /** COMPLETE where the result is one number per direction, else FAIL with a warning. */
  finishResult(snapshot: TrialSnapshot, result: unknown): TrialSnapshot {
    const checked = readValues(result, this.study.directions.length);
    if ("values" in checked) return this.finish(snapshot, "COMPLETE", checked.values);
    const about = checked.problem === RETURNED_NAN ? undefined : "definition";
    this.listener.warn?.(`${this.whereIs(snapshot)} failed: ${checked.problem}`, about);
    return this.finish(snapshot, "FAIL", null, checked.problem);
  }

  /** PRUNED, with the last value that it reported; of several objectives, with none. */
  finishPruned(snapshot: TrialSnapshot): TrialSnapshot {
    const step = lastStep(snapshot);
    const last = step === null ? undefined : snapshot.intermediateValues.get(step);
    const checked = readValues(last, this.study.directions.length);
    const values = "values" in checked ? checked.values : null;
    return this.finish(snapshot, "PRUNED", values, undefined, isPaused({ ...snapshot, state: "PRUNED" }));
  }

  finish(
    snapshot: TrialSnapshot,
    state: TrialState,
    values: readonly number[] | null,
    failReason?: string,
    keepsCheckpoint = false,
  ): TrialSnapshot {
    const { study } = this;
    try {
      study.sampler.afterTrial?.(this.searchedStudy, snapshot, state, values);
    } finally {
      const paused = pausedAt({ ...snapshot, state });
      const systemAttrs = {
        ...(paused === undefined ? {} : { [PAUSED_KEY]: paused }),
        ...(failReason === undefined ? {} : { [FAIL_REASON_KEY]: failReason }),
        ...(keepsCheckpoint || !checkpointOf(snapshot) ? {} : { [CHECKPOINT_KEY]: null }),
      };
      study.storage.setTrialState(snapshot.id, state, values, { systemAttrs });
    }
    return study.storage.getTrial(snapshot.id);
  }

  /**
   * Trials whose process has ended without a word become FAIL, and where the study says so are tried again. When the time of day has just
   * jumped, no heartbeat says that a process has ended: those that live are given the time for another one.
   * @param isKnownToRun as `optimize` has it.
   */
  failStale(isKnownToRun: (trial: TrialSnapshot) => boolean = () => false): void {
    const { storage, id: studyId } = this.study;
    const { retryStale } = this.settings;
    if (this.clockWatch.jumpedWithin(this.heartbeat.grace)) return;
    for (const id of storage.getStaleTrials(studyId, this.heartbeat.grace)) {
      if (isKnownToRun(storage.getTrial(id))) continue;
      try {
        const trial = storage.getTrial(id);
        // One with a checkpoint is continued instead.
        const retry = retryStale && !checkpointOf(trial) ? retryOf(trial, retryStale) : undefined;
        const systemAttrs = { [FAIL_REASON_KEY]: "The process that ran this trial is gone: its heartbeat stopped." };
        storage.setTrialState(id, "FAIL", null, { systemAttrs, retry });
      } catch (error) {
        if (!(error instanceof TrialFinishedError)) throw error; // Another process was faster.
      }
    }
  }

  private tellContinued(trial: TrialSnapshot, step: number | undefined): void {
    const retried = retryHistory(trial).at(-1);
    const continued = retried ?? continuedTrialNumber(trial);
    if (continued === undefined) return;
    const why = retried === undefined ? "paused" : "interrupted";
    const from = step === undefined ? "from the start, because it has no checkpoint" : `after step ${step}`;
    this.listener.info?.(`${this.whereIs(trial)} continues trial ${continued}, which was ${why}, ${from}.`);
  }

  private whereIs({ number }: TrialSnapshot): string {
    return `Study "${this.study.name}", trial ${number}`;
  }
}

/** Somebody else has finished this very trial: a process that took it for stale, or Optuna, whose claims are not atomic. */
export function isLost(error: unknown, trial: StudyTrial): boolean {
  return error instanceof TrialFinishedError && error.trialNumber === trial.number;
}

/** A stream of its own, so that an objective that draws from it does not repeat the sampler's numbers. */
function trialSeed(studySeed: number, trialNumber: number): number {
  const stream = 1;
  return Math.floor(new SeededRng(studySeed, trialNumber, stream).next() * 2 ** 31);
}
