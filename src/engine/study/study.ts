import { keepArtifact } from "../artifact.js";
import { checkDistribution, type ParamValue } from "../distribution.js";
import {
  InvalidArgumentError,
  InvalidValuesError,
  NotFoundError,
  TrialFinishedError,
  TunelensError,
} from "../errors.js";
import { checkJson, checkJsonRecord } from "../json-value.js";
import { checkOptions } from "../option-names.js";
import { SeededRng, systemRng, type Rng } from "../math/rng.js";
import { checkCount, checkWhole } from "../number-options.js";
import { readValues, type Objective, type ObjectiveResult, type ResultFor } from "../objective.js";
import { median } from "../pruners/median.js";
import { wrongPruneBy } from "../pruners/several-objectives.js";
import type { Pruner } from "../pruners/pruner.js";
import { nopPruner } from "../pruners/none.js";
import { auto } from "../samplers/auto.js";
import type { Sampler } from "../samplers/sampler.js";
import type { Scheduler } from "../schedulers/scheduler.js";
import { toTheEnd } from "../schedulers/to-the-end.js";
import { flatParams, type EnqueuedParams, type InferParams, type NoSpace, type Space } from "../space.js";
import type { Direction, Storage, StudySnapshot } from "../storage.js";
import { addedTrialTemplate, type AddedTrial } from "../trial/added-trial.js";
import { hasSameParams, waitingTrial } from "../trial/enqueued-trial.js";
import { describeFailure } from "../trial/fail-reason.js";
import { retrainTrial, type RetrainedTrial } from "../trial/retrain-trial.js";
import { retryable, retryOf, type RetryOptions } from "../trial/retry.js";
import { StudyTrial } from "../trial/study-trial.js";
import type { Trial } from "../trial/trial.js";
import { TrialLifecycle } from "../trial/trial-lifecycle.js";
import { trialTable, type TrialAttr, type TrialRow } from "../trial/trial-rows.js";
import { isFinished, type Json, type TrialSnapshot, type TrialState } from "../trial/trial-snapshot.js";
import { askOptionNames, type AskOptions, type TellOptions } from "./ask-and-tell.js";
import { dominatedHypervolume, findParetoFront, requireBestTrial } from "./best-trials.js";
import { checkMetricNames, METRIC_NAMES_KEY, readMetricNames } from "./metric-names.js";
import {
  checkLoopOptions,
  loopOptionNames,
  type OptimizeEnd,
  type RunningTrial,
  runTrials,
  type TrialLoopOptions,
} from "./optimize.js";
import type { StudySettings } from "./study-settings.js";
import type { StudyView } from "./study-view.js";

/** How long `optimize` runs, and what it does with errors. */
export interface OptimizeOptions<S extends Space> extends TrialLoopOptions {
  /** Called after each trial, one after the other. */
  readonly callbacks?: readonly ((study: Study<S>, trial: TrialSnapshot) => void | Promise<void>)[] | undefined;
}

/**
 * A study proposes trials and keeps their results. Its methods follow the rules of Optuna's `Study`. Several processes may work on one
 * study at once.
 */
export class Study<
  S extends Space = NoSpace,
  D extends readonly Direction[] = readonly Direction[],
> implements StudyView {
  /** Its key in the storage. */
  readonly id: number;
  /** Unique in the storage. */
  readonly name: string;
  /** One per objective value. */
  readonly directions: readonly Direction[];
  /** Where it is kept. */
  readonly storage: Storage;
  /** Proposes the parameters of its trials. */
  readonly sampler: Sampler;
  /** Says which trials stop early. */
  readonly pruner: Pruner;
  /** Says whether a new configuration is tried next, or a paused one is continued. */
  readonly scheduler: Scheduler;
  /** What the random numbers of its trials come from; undefined: random. */
  readonly seed: number | undefined;
  private readonly space: Space;
  private readonly lifecycle: TrialLifecycle<InferParams<S>>;
  private optimizing = false;
  private stopRequested = false;
  private wantedTrials: number | undefined;
  private runningTrial: RunningTrial | undefined;

  /** Use `createStudy` or `loadStudy` instead. */
  constructor(snapshot: StudySnapshot, settings: StudySettings<S>) {
    this.id = snapshot.id;
    this.name = snapshot.name;
    this.directions = snapshot.directions;
    this.storage = settings.storage;
    this.sampler = settings.sampler ?? auto();
    this.pruner = settings.pruner ?? (settings.scheduler ? nopPruner() : median());
    if (settings.scheduler && this.directions.length > 1)
      throw new InvalidArgumentError(
        `Study "${snapshot.name}", scheduler: ${settings.scheduler.name} needs one objective, and the study has ${this.directions.length}.`,
      );
    this.scheduler = settings.scheduler ?? toTheEnd;
    if (settings.seed !== undefined) checkWhole(`Study "${snapshot.name}"`, "seed", settings.seed, 0);
    if (settings.repeats !== undefined) checkWhole(`Study "${snapshot.name}"`, "repeats", settings.repeats, 1);
    this.seed = settings.seed;
    const problem = wrongPruneBy(settings.pruneBy, snapshot.directions, settings.pruner);
    if (problem) throw new InvalidArgumentError(`Study "${snapshot.name}", pruneBy: ${problem}.`);
    this.space = settings.space ?? {};
    this.lifecycle = new TrialLifecycle(this, settings);
  }

  /** All trials by number. */
  get trials(): readonly TrialSnapshot[] {
    return this.getTrials();
  }

  /** The feasible COMPLETE trial with the best value. @throws TunelensError code `no-best-trial` if there is none. */
  get bestTrial(): TrialSnapshot {
    return requireBestTrial(this);
  }

  /** The Pareto front: the feasible COMPLETE trials that no other trial dominates, by number. Empty if there are none. */
  get bestTrials(): readonly TrialSnapshot[] {
    return findParetoFront(this.getTrials(["COMPLETE"]), this.directions);
  }

  /**
   * The volume between the feasible COMPLETE trials and a reference point that is worse in every objective. A trial that does not beat that
   * point in every objective adds nothing. It only grows as trials are added.
   * @param referencePoint one value per direction, in the study's own terms.
   * @returns at least 0; Infinity if the volume is unbounded.
   * @throws InvalidArgumentError unless there is one number per direction, none of them NaN.
   */
  hypervolume(referencePoint: readonly number[]): number {
    if (referencePoint.length !== this.directions.length || referencePoint.some(Number.isNaN))
      throw new InvalidArgumentError(
        `Study "${this.name}": the reference point must have one number per direction (${this.directions.length}), ` +
          `not [${referencePoint.join(", ")}].`,
      );
    return dominatedHypervolume(this.getTrials(["COMPLETE"]), this.directions, referencePoint);
  }

  /** The objective value of `bestTrial`. @throws TunelensError code `no-best-trial`. */
  get bestValue(): number {
    return this.bestTrial.values![0]!;
  }

  /** The parameters of `bestTrial`, by flat name, as stored. @throws TunelensError code `no-best-trial`. */
  get bestParams(): Readonly<Record<string, ParamValue>> {
    return this.bestTrial.params;
  }

  /** What `setUserAttr` has kept with it. */
  get userAttrs(): Readonly<Record<string, Json>> {
    return this.storage.getStudy(this.id).userAttrs;
  }

  /**
   * Keeps something with the study, for people and for other programs.
   * @throws InvalidArgumentError naming what JSON cannot represent; NaN and ±Infinity are kept, as in Optuna.
   */
  setUserAttr(key: string, value: Json): void {
    checkJson(`Study "${this.name}"`, key, value);
    this.storage.setStudyUserAttr(this.id, key, value);
  }

  /**
   * Stores a file with the study, as `Trial.artifact` does with a trial.
   * @throws InvalidArgumentError for a name that is a path, or a file that cannot be read.
   * @throws TunelensError code `unsupported-storage` if the storage keeps no files.
   */
  async artifact(name: string, content: string | Uint8Array): Promise<void> {
    const where = `Study "${this.name}"`;
    const register = (key: string, value: string) => this.storage.setStudySystemAttr(this.id, key, value);
    if (!(await keepArtifact(this.storage, where, { name, content }, register)))
      throw new TunelensError("unsupported-storage", `${where}: ${this.storage.url} keeps no artifacts. Use a file.`);
  }

  /** The names of the objective's values, one per direction; `undefined` if none were set. */
  get metricNames(): readonly string[] | undefined {
    return readMetricNames(this.storage.getStudy(this.id));
  }

  /** Names the objective's values for tables and charts. @throws InvalidArgumentError unless there is one name per direction. */
  setMetricNames(names: readonly string[]): void {
    checkMetricNames(this.name, names, this.directions.length);
    this.storage.setStudySystemAttr(this.id, METRIC_NAMES_KEY, names);
  }

  /**
   * The trials as rows for a table, or a CSV or JSON file, with the columns of Optuna's `trials_dataframe`. Each row has all columns.
   * @param attrs the groups of columns to include. Default: all but the intermediate values.
   */
  trialRows(attrs?: readonly TrialAttr[]): readonly TrialRow[] {
    return trialTable(this.storage.getStudy(this.id), this.trials, attrs).rows;
  }

  /** All trials by number; with `states`, only those in one of them. */
  getTrials(states?: readonly TrialState[]): readonly TrialSnapshot[] {
    return this.storage.getTrials(this.id, states);
  }

  /** The running `optimize`'s total number of finished trials, including those of earlier runs. */
  get totalTrials(): number | undefined {
    return this.wantedTrials;
  }

  /** The random numbers of one trial, for samplers and pruners: the same at each run where the study has a seed. */
  rng(trial: TrialSnapshot): Rng {
    return this.seed === undefined ? systemRng : new SeededRng(this.seed, trial.number);
  }

  /** Tells the listener something that is no warning. */
  log(message: string): void {
    this.lifecycle.listener.info?.(message);
  }

  /**
   * Starts the next trial: the oldest enqueued one, else a new one; or where the scheduler says so, one that continues a paused one. Finish it
   * with `tell`.
   * @throws InvalidArgumentError for an unknown option.
   * @throws TunelensError code `nothing-to-try` if the scheduler waits for running trials.
   * @throws InvalidDistributionError before a trial is created; IncompatibleDistributionError if the study already has a parameter of this
   *   name with another class, `log`, or choices. The trial is then FAIL.
   */
  ask(options: AskOptions = {}): StudyTrial<InferParams<S>> {
    checkOptions(`Study "${this.name}", ask`, options, askOptionNames);
    const { heartbeat = false, distributions = {}, ...handed } = options;
    const wanted = Object.entries(distributions).map(
      ([name, given]) => [name, checkDistribution(name, given)] as const,
    );
    const id = this.lifecycle.startNext(heartbeat, handed.checkpoints);
    const trial = this.lifecycle.take(id, handed);
    try {
      trial.suggestAll(Object.fromEntries(wanted));
    } catch (error) {
      this.lifecycle.finish(this.storage.getTrial(id), "FAIL", null, describeFailure(error));
      throw error;
    }
    return trial;
  }

  /**
   * Finishes a trial that `ask` started.
   * @param trial the trial, or its number.
   * @param values the objective's result. A pruned trial's value is the last one reported.
   * @throws TrialFinishedError if the trial has already finished, TunelensError code `trial-waiting` if it has not been asked for.
   * @throws InvalidValuesError for COMPLETE with values that are not one number per direction, and for PRUNED or FAIL with values.
   * @throws NotFoundError code `trial-not-found`.
   */
  tell(trial: Trial | number, values?: ObjectiveResult, options: TellOptions = {}): TrialSnapshot {
    // By its id where that is known: a damaged study may have two trials of one number.
    const snapshot =
      trial instanceof StudyTrial
        ? this.storage.getTrial(trial.id)
        : this.findTrial(typeof trial === "number" ? trial : trial.number);
    const where = `Study "${this.name}", trial ${snapshot.number}`;
    if (isFinished(snapshot.state)) {
      if (options.skipIfFinished) return snapshot;
      throw new TrialFinishedError(snapshot.number, snapshot.state);
    }
    if (snapshot.state === "WAITING")
      throw new TunelensError("trial-waiting", `${where} is queued. Ask for it before you tell its result.`);
    const { state } = options;
    if (state === "PRUNED" || state === "FAIL") {
      if (values !== undefined)
        throw new InvalidValuesError(`${where}: a ${state} trial has no values. Tell it without values.`);
      return state === "PRUNED" ? this.lifecycle.finishPruned(snapshot) : this.lifecycle.finish(snapshot, "FAIL", null);
    }
    const checked = readValues(values, this.directions.length);
    if (state === "COMPLETE" && "problem" in checked) throw new InvalidValuesError(`${where}: ${checked.problem}`);
    return this.lifecycle.finishResult(snapshot, values);
  }

  /**
   * Runs the objective until `options.trials` more trials have run (or the study has `options.totalTrials` finished ones), the time limit
   * is reached, or it is stopped. Without any of these options, it runs until it is stopped.
   *
   * A trial fails, and the reason is stored, if the objective throws or returns anything but one number per direction. Errors are rethrown
   * unless `options.catch` covers them; an invalid result only causes a warning. `TrialPruned` ends a trial as PRUNED.
   * @returns why it ended.
   * @throws TunelensError code `already-optimizing` if this object is already optimizing.
   */
  async optimize(
    objective: Objective<InferParams<S>, ResultFor<D>>,
    options: OptimizeOptions<S> = {},
  ): Promise<OptimizeEnd> {
    if (this.optimizing)
      throw new TunelensError(
        "already-optimizing",
        `Study "${this.name}" is already being optimized. Calls of optimize() cannot be nested.`,
      );
    const where = `Study "${this.name}", optimize`;
    checkOptions(where, options, { ...loopOptionNames, callbacks: true });
    checkLoopOptions(where, options);
    this.optimizing = true;
    this.stopRequested = false;
    this.wantedTrials = options.totalTrials;
    try {
      return await runTrials(this.lifecycle, objective, options, {
        isStopRequested: () => this.stopRequested,
        totalTrials: () => this.wantedTrials ?? Infinity,
        runs: (trial) => (this.runningTrial = trial),
        afterTrial: async (trial) => {
          for (const callback of options.callbacks ?? []) await callback(this, trial);
        },
      });
    } finally {
      this.optimizing = false;
      this.wantedTrials = undefined;
    }
  }

  /** Ends `optimize` after the running trial. Called from the objective or a callback. @throws TunelensError code `not-optimizing` */
  stop(): void {
    if (!this.optimizing)
      throw new TunelensError(
        "not-optimizing",
        `Study "${this.name}" is not being optimized. There is nothing to stop.`,
      );
    this.stopRequested = true;
  }

  /**
   * Ends one running trial as FAIL with the reason `stopped`, once its objective heeds `trial.signal`; `optimize` continues with the next.
   * @returns whether this object's `optimize` is running that trial.
   */
  stopTrial(number: number): boolean {
    if (this.runningTrial?.number !== number) return false;
    this.runningTrial.stop();
    return true;
  }

  /**
   * Changes the running `optimize`'s total number of finished trials. It does not end a running trial.
   * @throws InvalidArgumentError unless it is a whole number of at least 0, or Infinity; TunelensError code `not-optimizing`.
   */
  setTotalTrials(trials: number): void {
    checkCount(`Study "${this.name}"`, "totalTrials", trials, 0);
    if (!this.optimizing)
      throw new TunelensError("not-optimizing", `Study "${this.name}" is not being optimized. Pass totalTrials to it.`);
    this.wantedTrials = trials;
  }

  /**
   * Queues a trial with these values to run next; missing parameters are sampled. The trial is WAITING until it is asked for.
   * @param options `skipIfExists`: does nothing if a trial with the same parameters and values (to a relative 1e-5) exists or is queued.
   * @throws InvalidDefinitionError for a parameter that is not in the space, or a value that the parameter cannot have.
   */
  enqueueTrial(
    params: EnqueuedParams<S>,
    options: { readonly userAttrs?: Readonly<Record<string, Json>>; readonly skipIfExists?: boolean } = {},
  ): void {
    const flat = flatParams(this.space, params);
    if (options.skipIfExists && this.trials.some((trial) => hasSameParams(trial, flat))) return;
    checkJsonRecord(`Study "${this.name}", added trial`, options.userAttrs ?? {});
    this.storage.createTrial(this.id, waitingTrial(flat, options.userAttrs));
  }

  /**
   * Adds a trial that ran elsewhere, or one to run later (WAITING).
   * @throws InvalidValuesError if the state and the values do not match.
   * @throws InvalidDefinitionError if a parameter has no distribution or is outside it.
   * @throws TunelensError code `invalid-constraint` for a constraint that is not a number, or NaN.
   */
  addTrial(added: AddedTrial): void {
    const where = `Study "${this.name}", added trial`;
    this.storage.createTrial(this.id, addedTrialTemplate(where, added, this.directions.length));
  }

  /**
   * Runs an objective again with given parameters: `trial.purpose` is `retrain`, nothing is stored, and nothing is pruned.
   * @param params by flat name, as stored with trials.
   * @param options `number`: the trial that the parameters come from; `epochs`, `signal`, and `makeFolder` are passed to the trial.
   * @returns the objective's result with its values, and the values that it reported by step.
   * @throws InvalidValuesError if the result is not one number per direction; TunelensError code `stopped` if the signal was aborted
   *   meanwhile, whatever the result; whatever the objective throws.
   */
  async retrainTrial<Result extends ObjectiveResult>(
    objective: (trial: Trial<InferParams<S>>) => Result | Promise<Result>,
    params: Readonly<Record<string, ParamValue>>,
    options: {
      readonly number: number;
      readonly epochs?: number | undefined;
      readonly signal?: AbortSignal;
      readonly makeFolder?: (number: number) => string;
      /** What the objective is told. Default: `retrain`. */
      readonly purpose?: Trial["purpose"];
    },
  ): Promise<RetrainedTrial<Result>> {
    const { number, purpose, ...passed } = options;
    const setup = { ...this.lifecycle.setupOf(number), datetimeStart: new Date(), ...passed };
    return retrainTrial(objective, params, setup, purpose);
  }

  /**
   * Retries failed trials with the same parameters: queues a WAITING trial for each FAIL trial that has not been retried and that the user
   * did not stop. Its system attributes name the trial that it retries.
   * @returns how many trials were queued.
   */
  retryFailed(options: RetryOptions = {}): number {
    const retries = retryable(this.trials).map((trial) => retryOf(trial, options));
    const wanted = retries.filter((template) => template !== undefined);
    for (const template of wanted) this.storage.createTrial(this.id, template);
    return wanted.length;
  }

  /** A trial by its number. @throws NotFoundError code `trial-not-found`. */
  findTrial(number: number): TrialSnapshot {
    const found = this.trials[number];
    if (found?.number === number) return found;
    throw new NotFoundError("trial-not-found", `Study "${this.name}" has no trial ${number}.`);
  }
}
