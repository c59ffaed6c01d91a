import { dominatedHypervolume, findBestTrial, findParetoFront } from "./best-trials.js";
import { systemClock, type Clock } from "../clock.js";
import { ClockWatch } from "../clock-watch.js";
import { constraintAttrs } from "../trial/constraints.js";
import { checkDistribution, contains, toInternal, type Distribution, type ParamValue } from "../distribution.js";
import {
  DuplicateStudyError,
  InvalidArgumentError,
  InvalidDefinitionError,
  InvalidValuesError,
  NotFoundError,
  TrialFinishedError,
  TunelensError,
} from "../errors.js";
import { describeFailure, FAIL_REASON_KEY, STOPPED_REASON } from "../trial/fail-reason.js";
import { isFinished, lastStep, own, type TrialSnapshot, type Json, type TrialState } from "../trial/trial-snapshot.js";
import { type HeartbeatOptions, readHeartbeat } from "../heartbeat.js";
import { checkOptions, type NamesOf } from "../known-names.js";
import { checkJson, checkJsonRecord } from "../json-value.js";
import { checkWhole } from "../number-options.js";
import { checkMetricNames, METRIC_NAMES_KEY, readMetricNames } from "./metric-names.js";
import { SeededRng, systemRng, type Rng } from "../math/rng.js";
import { readValues, type Objective, type ObjectiveResult, type ResultFor } from "../objective.js";
import {
  checkOptimizeOptions,
  runOptimization,
  type OptimizeEnd,
  type OptimizeOptions,
  type TrialOutcome,
} from "./optimize.js";
import { median } from "../pruners/median.js";
import type { Pruner } from "../pruners/pruner.js";
import { RetrainTrial } from "../trial/retrain-trial.js";
import { retryable, retryOf, type RetryOptions } from "../trial/retry.js";
import { auto } from "../samplers/auto.js";
import type { Sampler, StudyView } from "../samplers/sampler.js";
import {
  flattenParams,
  type EnqueuedParams,
  type InferParams,
  type NestedParams,
  type NoSpace,
  type Space,
} from "../space.js";
import type { Direction, StudySnapshot, Storage, StudyTemplate, TrialTemplate } from "../storage.js";
import { trialTable, type TrialAttr, type TrialRow } from "../trial/trial-rows.js";
import { fixedParams, StudyTrial, type Trial, type TrialListener } from "../trial/trial.js";

/** Who wants to hear what happens in a study while it runs. A listener must not throw. */
export interface StudyListener extends TrialListener {
  trialStarted?(trial: { readonly number: number; readonly datetimeStart: Date }): void;
  /** The trial is stored; `outcome` has what storage has not: the objective's result, or what it threw. */
  trialFinished?(trial: TrialSnapshot, outcome: TrialOutcome): void;
}

/** How a study works, beside what its storage knows. */
export interface StudySettings<S extends Space = NoSpace> {
  readonly storage: Storage;
  /** Default: `auto`, which picks by what the finished trials show. */
  readonly sampler?: Sampler | undefined;
  /** Default: median. */
  readonly pruner?: Pruner | undefined;
  /** A whole number. With it the same trials come again, also over a resume. Default: random. */
  readonly seed?: number | undefined;
  /** What `trial.params` is made of; without it, parameters are suggested by name. */
  readonly space?: S | undefined;
  /** Whether the direction was said, rather than left to the default. Default: by the options; of a study that is loaded, true. */
  readonly directionGiven?: boolean | undefined;
  readonly listener?: StudyListener | undefined;
  readonly clock?: Clock | undefined;
  /** How its trials say that they live, and when one is given up that does not. Default: each 15 s, and after 120 s. */
  readonly heartbeat?: HeartbeatOptions | undefined;
  /** Have trials whose process ended without a word tried again, with the same parameters. Default: they only fail. */
  readonly retryStale?: RetryOptions | undefined;
}

export interface CreateStudyOptions<
  S extends Space = NoSpace,
  D extends readonly Direction[] = readonly Direction[],
> extends StudySettings<S> {
  /** At most 512 characters. Default: `no-name-` and a UUID. */
  readonly name?: string;
  /** For one objective value. Default `minimize`. Excludes `directions`. */
  readonly direction?: Direction | undefined;
  /** One per objective value. */
  readonly directions?: D | undefined;
  /** Where a study of this name exists: go on with it (true) or throw (false, the default). */
  readonly loadIfExists?: boolean;
}

const settingNames: NamesOf<StudySettings<Space>> = {
  storage: true,
  sampler: true,
  pruner: true,
  seed: true,
  space: true,
  directionGiven: true,
  listener: true,
  clock: true,
  heartbeat: true,
  retryStale: true,
};

const createOptionNames: NamesOf<CreateStudyOptions<Space> & { template?: StudyTemplate }> = {
  ...settingNames,
  template: true,
  name: true,
  direction: true,
  directions: true,
  loadIfExists: true,
};

/**
 * A new study, or with `loadIfExists` the one that has the name.
 * @throws DuplicateStudyError when the name is taken and `loadIfExists` is not set.
 * @throws InvalidDefinitionError for a name or directions that cannot be, or other directions than the existing study has.
 */
export function createStudy<S extends Space = NoSpace, const D extends readonly Direction[] = readonly [Direction]>(
  options: CreateStudyOptions<S, D>,
): Study<S, D> {
  return createOrLoadStudy(options).study;
}

/** As `createStudy`; says whether the study was there before. @param options `template`: what a new one starts with. */
export function createOrLoadStudy<S extends Space>(
  options: CreateStudyOptions<S> & { readonly template?: StudyTemplate },
): { readonly study: Study<S>; readonly created: boolean } {
  const { storage, name = `no-name-${crypto.randomUUID()}` } = options;
  checkOptions("createStudy", options, createOptionNames);
  if (name === "" || name.length > 512) throw new InvalidDefinitionError("A study's name has 1 to 512 characters.");
  const directions = readDirections(name, options);
  const directionGiven = options.directionGiven ?? (options.direction ?? options.directions) !== undefined;
  try {
    const id = storage.createStudy(name, directions, options.template);
    return { study: new Study(storage.getStudy(id), { ...options, directionGiven }), created: true };
  } catch (error) {
    if (!(error instanceof DuplicateStudyError) || !options.loadIfExists) throw error;
  }
  const study = new Study(storage.getStudy(findStudyId(storage, name)), { ...options, directionGiven });
  if (study.directions.join() !== directions.join())
    throw new InvalidDefinitionError(
      `Study "${name}" in ${storage.url} has the directions ${study.directions.join(", ")}, not ${directions.join(", ")}. ` +
        "Rename the study, or delete the old one.",
    );
  return { study, created: false };
}

/** @throws NotFoundError when the storage has no study of this name. */
export function loadStudy<S extends Space = NoSpace>(options: StudySettings<S> & { readonly name: string }): Study<S> {
  const { storage, name } = options;
  checkOptions("loadStudy", options, { ...settingNames, name: true });
  return new Study(storage.getStudy(findStudyId(storage, name)), options);
}

/** Removes a study with all its trials. @throws NotFoundError when the storage has no study of this name. */
export function deleteStudy({ storage, name }: { readonly storage: Storage; readonly name: string }): void {
  storage.deleteStudy(findStudyId(storage, name));
}

/** @throws NotFoundError when the storage has no study of this name. */
export function findStudyId(storage: Storage, name: string): number {
  const id = storage.findStudy(name);
  if (id !== undefined) return id;
  const names = storage.getStudies().map((study) => `"${study.name}"`);
  throw new NotFoundError(
    "study-not-found",
    `There is no study "${name}" in ${storage.url}. It has: ${names.join(", ") || "none"}.`,
  );
}

/** The directions, from `direction` or `directions`. @throws InvalidDefinitionError */
export function readDirections(
  name: string,
  options: { readonly direction?: Direction | undefined; readonly directions?: readonly Direction[] | undefined },
): readonly Direction[] {
  if (options.direction !== undefined && options.directions !== undefined)
    throw new InvalidDefinitionError(`Study "${name}": give direction or directions, not both.`);
  const directions = options.directions ?? [options.direction ?? "minimize"];
  if (!Array.isArray(directions) || directions.length === 0)
    throw new InvalidDefinitionError(`Study "${name}": directions needs one or more of "minimize" and "maximize".`);
  for (const direction of directions)
    if (direction !== "minimize" && direction !== "maximize")
      throw new InvalidDefinitionError(
        `Study "${name}": a direction is "minimize" or "maximize", not ${JSON.stringify(direction)}.`,
      );
  return directions;
}

/** A trial that ran elsewhere, for `addTrial`. */
export interface AddedTrial {
  /** Default COMPLETE. */
  readonly state?: TrialState;
  /** For a study with one direction. */
  readonly value?: number;
  readonly values?: readonly number[];
  readonly params?: Readonly<Record<string, ParamValue>>;
  /** One for each of `params`. */
  readonly distributions?: Readonly<Record<string, Distribution>>;
  readonly intermediateValues?: ReadonlyMap<number, number>;
  /** By key, as `trial.setConstraint` has them: satisfied at most at 0. */
  readonly constraints?: Readonly<Record<string, number>>;
  readonly userAttrs?: Readonly<Record<string, Json>>;
  readonly systemAttrs?: Readonly<Record<string, Json>>;
}

export interface AskOptions {
  /**
   * Parameters to suggest at once, by name: a trial that is evaluated elsewhere is asked for whole. E.g. `{ x: float(0, 1).distribution }`.
   * Default: none; they are suggested as the trial asks for them.
   */
  readonly distributions?: Readonly<Record<string, Distribution>> | undefined;
  /** Handed to the trial. */
  readonly epochs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Whoever asks goes on to record heartbeats, as `optimize` does. Default false. */
  readonly heartbeat?: boolean;
}

export interface TellOptions {
  /**
   * COMPLETE needs values; PRUNED and FAIL exclude them. Default: COMPLETE where the values are good, else FAIL with a warning.
   */
  readonly state?: "COMPLETE" | "PRUNED" | "FAIL";
  /** Do nothing for a trial that is finished already. Default false: throw. */
  readonly skipIfFinished?: boolean;
}

type HandedOptions = Pick<AskOptions, "epochs" | "signal">;

const askOptionNames: NamesOf<AskOptions> = { distributions: true, epochs: true, signal: true, heartbeat: true };

/**
 * A study: proposes trials, keeps their results. The verbs and their rules are those of Optuna's `Study`. Several processes may work
 * on one study at once.
 */
export class Study<
  S extends Space = NoSpace,
  D extends readonly Direction[] = readonly Direction[],
> implements StudyView {
  readonly id: number;
  readonly name: string;
  readonly directions: readonly Direction[];
  readonly storage: Storage;
  readonly sampler: Sampler;
  readonly pruner: Pruner;
  readonly seed: number | undefined;
  readonly space: Space;
  readonly listener: StudyListener;
  readonly clock: Clock;
  readonly heartbeat: Required<HeartbeatOptions>;
  private readonly clockWatch: ClockWatch;
  private readonly directionGiven: boolean | undefined;
  private readonly retryStale: RetryOptions | undefined;
  private optimizing = false;
  private stopRequested = false;
  private wantedTrials: number | undefined;

  /** Use `createStudy` or `loadStudy`. */
  constructor(snapshot: StudySnapshot, settings: StudySettings<S>) {
    this.id = snapshot.id;
    this.name = snapshot.name;
    this.directions = snapshot.directions;
    this.storage = settings.storage;
    this.sampler = settings.sampler ?? auto();
    this.pruner = settings.pruner ?? median();
    if (settings.seed !== undefined) checkWhole(`Study "${snapshot.name}"`, "seed", settings.seed, 0);
    this.seed = settings.seed;
    this.space = settings.space ?? {};
    this.directionGiven = settings.directionGiven;
    this.listener = settings.listener ?? {};
    this.clock = settings.clock ?? systemClock;
    this.heartbeat = readHeartbeat(`Study "${snapshot.name}"`, settings.heartbeat);
    this.clockWatch = new ClockWatch(this.clock);
    this.retryStale = settings.retryStale;
  }

  /** All trials by number. */
  get trials(): readonly TrialSnapshot[] {
    return this.getTrials();
  }

  /** The feasible COMPLETE trial with the best value. @throws TunelensError code `no-best-trial`. */
  get bestTrial(): TrialSnapshot {
    if (this.directions.length > 1)
      throw new TunelensError(
        "no-best-trial",
        `Study "${this.name}" has several objectives: there is no one best trial, see bestTrials.`,
      );
    const best = findBestTrial(this.getTrials(["COMPLETE"]), this.directions[0]!);
    if (best) return best;
    const reason = this.getTrials(["COMPLETE"]).length > 0 ? "that satisfies its constraints" : "yet";
    throw new TunelensError("no-best-trial", `Study "${this.name}" has no completed trial ${reason}.`);
  }

  /** The Pareto front: the feasible COMPLETE trials no other dominates, by number. Empty where there is none. */
  get bestTrials(): readonly TrialSnapshot[] {
    return findParetoFront(this.getTrials(["COMPLETE"]), this.directions);
  }

  /**
   * How much of what can be reached the feasible COMPLETE trials have reached: the volume between them and a point that is worse in
   * every objective; a trial that is not better than that point in all adds nothing. It only grows as trials are added.
   * @param referencePoint one value per direction, in the study's own terms.
   * @returns at least 0; Infinity where the volume has no bound.
   * @throws InvalidArgumentError when there is not one number per direction, or one is NaN.
   */
  hypervolume(referencePoint: readonly number[]): number {
    if (referencePoint.length !== this.directions.length || referencePoint.some(Number.isNaN))
      throw new InvalidArgumentError(
        `Study "${this.name}": a reference point is one number per direction, ${this.directions.length} in all, ` +
          `not [${referencePoint.join(", ")}].`,
      );
    return dominatedHypervolume(this.getTrials(["COMPLETE"]), this.directions, referencePoint);
  }

  /** @throws TunelensError code `no-best-trial`. */
  get bestValue(): number {
    return this.bestTrial.values![0]!;
  }

  /** By flat name, as stored. @throws TunelensError code `no-best-trial`. */
  get bestParams(): Readonly<Record<string, ParamValue>> {
    return this.bestTrial.params;
  }

  get userAttrs(): Readonly<Record<string, Json>> {
    return this.storage.getStudy(this.id).userAttrs;
  }

  /** @throws InvalidArgumentError naming what in the value JSON cannot hold; NaN and ±Infinity are kept, as Optuna keeps them. */
  setUserAttr(key: string, value: Json): void {
    checkJson(`Study "${this.name}"`, key, value);
    this.storage.setStudyUserAttr(this.id, key, value);
  }

  /** What the objective's values are, one name per direction; `undefined` where nobody said. */
  get metricNames(): readonly string[] | undefined {
    return readMetricNames(this.storage.getStudy(this.id));
  }

  /** Names the objective's values, for people, tables and plots. @throws InvalidArgumentError unless one name per direction is given. */
  setMetricNames(names: readonly string[]): void {
    checkMetricNames(this.name, names, this.directions.length);
    this.storage.setStudySystemAttr(this.id, METRIC_NAMES_KEY, names);
  }

  /**
   * The trials as rows for a table, a CSV or a JSON file: the columns of Optuna's `trials_dataframe`, each row with all of them.
   * @param attrs which groups of columns. Default: all but the intermediate values.
   */
  trialRows(attrs?: readonly TrialAttr[]): readonly TrialRow[] {
    return trialTable(this.storage.getStudy(this.id), this.trials, attrs).rows;
  }

  getTrials(states?: readonly TrialState[]): readonly TrialSnapshot[] {
    return this.storage.getTrials(this.id, states);
  }

  /** What the running `optimize` was told: finished trials in the end, those of earlier runs included. */
  get totalTrials(): number | undefined {
    return this.wantedTrials;
  }

  rng(trial: TrialSnapshot): Rng {
    return this.seed === undefined ? systemRng : new SeededRng(this.seed, trial.number);
  }

  log(message: string): void {
    this.listener.info?.(message);
  }

  /**
   * The next trial: the oldest one enqueued, else a new one. To be finished with `tell`.
   * @throws InvalidArgumentError for an unknown option.
   * @throws InvalidDistributionError before a trial is made; IncompatibleDistributionError when the study has the name with another class,
   *   `log` or choices: the trial is FAIL then.
   */
  ask(options: AskOptions = {}): StudyTrial<InferParams<S>> {
    checkOptions(`Study "${this.name}", ask`, options, askOptionNames);
    const { heartbeat = false, distributions = {}, ...handed } = options;
    const wanted = Object.entries(distributions).map(
      ([name, given]) => [name, checkDistribution(name, given)] as const,
    );
    const id =
      this.storage.claimWaitingTrial(this.id, { heartbeat }) ??
      this.storage.createTrial(this.id, undefined, { heartbeat }).id;
    const trial = this.take(id, handed);
    try {
      trial.suggestAll(Object.fromEntries(wanted));
    } catch (error) {
      this.finish(this.storage.getTrial(id), "FAIL", null, describeFailure(error));
      throw error;
    }
    return trial;
  }

  /**
   * Starts a trial as `ask` does, with a heartbeat; but none where the study has `limit` trials that are finished or running in any process.
   * @param systemAttrs stored with its start.
   * @returns its id, for `take`.
   */
  startWithin(limit: number, systemAttrs: Readonly<Record<string, Json>> | undefined): number | undefined {
    if (limit < Infinity) return this.storage.startTrial(this.id, limit, { systemAttrs });
    const start = { heartbeat: true, systemAttrs };
    return this.storage.claimWaitingTrial(this.id, start) ?? this.storage.createTrial(this.id, undefined, start).id;
  }

  /** A trial that was started, to be run. */
  take(id: number, options: HandedOptions): StudyTrial<InferParams<S>> {
    const snapshot = this.storage.getTrial(id);
    return new StudyTrial<InferParams<S>>(this, id, this.sampler, this.pruner, snapshot, {
      ...this.trialSetup(snapshot.number),
      datetimeStart: snapshot.datetimeStart ?? new Date(),
      ...options,
    });
  }

  /**
   * Finishes a trial of `ask`.
   * @param trial the trial, or its number.
   * @param values what the objective gave. A pruned trial's value is the last one reported.
   * @throws TrialFinishedError for a trial finished already, TunelensError code `trial-waiting` for one nobody has asked for.
   * @throws InvalidValuesError for COMPLETE with values that are not one number per direction, PRUNED and FAIL with values.
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
      throw new TunelensError("trial-waiting", `${where} waits: ask for it before telling its result.`);
    const { state } = options;
    if (state === "PRUNED" || state === "FAIL") {
      if (values !== undefined) throw new InvalidValuesError(`${where}: a ${state} trial is told without values.`);
      return state === "PRUNED" ? this.finishPruned(snapshot) : this.finish(snapshot, "FAIL", null);
    }
    const checked = readValues(values, this.directions.length);
    if ("values" in checked) return this.finish(snapshot, "COMPLETE", checked.values);
    if (state === "COMPLETE") throw new InvalidValuesError(`${where}: ${checked.problem}`);
    this.listener.warn?.(`${where} failed: ${checked.problem}`);
    return this.finish(snapshot, "FAIL", null, checked.problem);
  }

  /**
   * Runs the objective until `options.trials` more trials are done (or the study has `options.totalTrials` finished ones), the time
   * is over, or somebody stops it; without any of these, until somebody stops it.
   *
   * A trial fails, with the reason stored, when the objective throws or gives something else than one number per direction. What it
   * throws is thrown on, unless `options.catch` says otherwise; a bad result only warns. `TrialPruned` ends a trial as PRUNED.
   * @returns why it ended.
   * @throws TunelensError code `already-optimizing` when this object is at it already.
   */
  async optimize(
    objective: Objective<InferParams<S>, ResultFor<D>>,
    options: OptimizeOptions<S> = {},
  ): Promise<OptimizeEnd> {
    if (this.optimizing)
      throw new TunelensError(
        "already-optimizing",
        `Study "${this.name}" is being optimized; optimize() does not nest.`,
      );
    checkOptimizeOptions(this.name, options);
    this.optimizing = true;
    this.stopRequested = false;
    this.wantedTrials = options.totalTrials;
    try {
      return await runOptimization(this, objective, options, () => this.stopRequested);
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
        `Study "${this.name}" is not being optimized; there is nothing to stop.`,
      );
    this.stopRequested = true;
  }

  /**
   * Has these values tried next; parameters left out are sampled. The trial is WAITING until it is asked for.
   * @param options `skipIfExists`: not when a trial with the same parameters and values (to 1e-5 of it) exists or waits.
   * @throws InvalidDefinitionError for a parameter the space does not have, or a value that is none of its values.
   */
  enqueueTrial(
    params: EnqueuedParams<S>,
    options: { readonly userAttrs?: Readonly<Record<string, Json>>; readonly skipIfExists?: boolean } = {},
  ): void {
    const isFlat = Object.keys(this.space).length === 0;
    const flat = isFlat
      ? (params as Readonly<Record<string, ParamValue>>)
      : flattenParams(this.space, params as NestedParams);
    this.enqueueFlat(flat, options);
  }

  /** As `enqueueTrial`, with the parameters by flat name and unchecked, as a storage has them. */
  enqueueFlat(
    params: Readonly<Record<string, ParamValue>>,
    options: { readonly userAttrs?: Readonly<Record<string, Json>>; readonly skipIfExists?: boolean } = {},
  ): void {
    if (options.skipIfExists && this.trials.some((trial) => sameParams(paramsOf(trial), params))) return;
    checkJsonRecord(`Study "${this.name}", a trial to add`, options.userAttrs ?? {});
    this.storage.createTrial(this.id, waitingTrial(params, options.userAttrs));
  }

  /**
   * Adds a trial that ran elsewhere, or one to wait.
   * @throws InvalidValuesError when state and values do not go together.
   * @throws InvalidDefinitionError when a parameter has no distribution or lies outside it.
   * @throws TunelensError code `invalid-constraint` for a constraint that is no number, or NaN.
   */
  addTrial(added: AddedTrial): void {
    this.storage.createTrial(this.id, this.toTemplate(added));
  }

  /**
   * Runs an objective once more with parameters that are known: `trial.purpose` is `retrain`, nothing is stored and nothing pruned.
   * @param params by flat name, as a stored trial has them.
   * @param options `number`: the trial these parameters come from; `epochs` and `signal` are handed to the trial.
   * @returns the objective's result with its values, and the values it reported, step to value.
   * @throws InvalidValuesError when the result is not one number per direction; TunelensError code `stopped` when the signal was
   *   aborted meanwhile, whatever the result; what the objective throws.
   */
  async retrainTrial<Result extends ObjectiveResult>(
    objective: (trial: Trial<InferParams<S>>) => Result | Promise<Result>,
    params: Readonly<Record<string, ParamValue>>,
    options: { readonly number: number; readonly epochs?: number; readonly signal?: AbortSignal },
  ): Promise<{
    readonly result: Result;
    readonly values: readonly number[];
    readonly intermediateValues: ReadonlyMap<number, number>;
    readonly userAttrs: Readonly<Record<string, Json>>;
  }> {
    const { number, epochs, signal } = options;
    const setup = { ...this.trialSetup(number), datetimeStart: new Date(), epochs, signal };
    const trial = new RetrainTrial<InferParams<S>>(params, setup);
    const result = await objective(trial);
    if (signal?.aborted)
      throw new TunelensError("stopped", `Study "${this.name}": retraining trial ${number} was stopped.`);
    const checked = readValues(result, this.directions.length);
    if ("problem" in checked)
      throw new InvalidValuesError(`Study "${this.name}", retraining trial ${number}: ${checked.problem}`);
    return { result, values: checked.values, intermediateValues: trial.intermediateValues, userAttrs: trial.userAttrs };
  }

  /** Ends a trial that could not be run, as one that does not count, and has another with its parameters wait to be tried. */
  putBack(trial: StudyTrial): TrialSnapshot {
    const retry = retryOf(this.storage.getTrial(trial.id));
    this.storage.setTrialState(trial.id, "FAIL", null, { systemAttrs: { [FAIL_REASON_KEY]: STOPPED_REASON }, retry });
    return this.storage.getTrial(trial.id);
  }

  /** What the optimization does with a trial whose objective has ended. */
  finishOutcome(trial: StudyTrial, outcome: TrialOutcome): TrialSnapshot {
    const snapshot = this.storage.getTrial(trial.id);
    const where = `Study "${this.name}", trial ${snapshot.number}`;
    if (isFinished(snapshot.state)) {
      this.listener.warn?.(
        `${where} was finished as ${snapshot.state} by somebody else while it ran; its result is lost.`,
      );
      return snapshot;
    }
    switch (outcome.type) {
      case "result":
        return this.tell(trial, outcome.result);
      case "pruned":
        return this.finishPruned(snapshot);
      case "stopped":
        return this.finish(snapshot, "FAIL", null, STOPPED_REASON);
      case "error":
        this.listener.warn?.(`${where} failed: ${outcome.reason}`);
        return this.finish(snapshot, "FAIL", null, outcome.reason);
    }
  }

  /**
   * Has trials that failed tried again, with the parameters they had: each FAIL trial that was not retried yet and that nobody
   * stopped is followed by a WAITING one, which says in its system attributes whose retry it is.
   * @returns how many now wait.
   */
  retryFailed(options: RetryOptions = {}): number {
    const retries = retryable(this.trials).map((trial) => retryOf(trial, options));
    const wanted = retries.filter((template) => template !== undefined);
    for (const template of wanted) this.storage.createTrial(this.id, template);
    return wanted.length;
  }

  /**
   * Trials whose process has ended without a word become FAIL, and where the study says so are tried again. When the time of day has just
   * jumped, no heartbeat says that a process has ended: those that live are given the time for another one.
   * @param isKnownToRun as `optimize` has it.
   */
  failStaleTrials(isKnownToRun: (trial: TrialSnapshot) => boolean = () => false): void {
    if (this.clockWatch.jumpedWithin(this.heartbeat.grace)) return;
    for (const id of this.storage.getStaleTrials(this.id, this.heartbeat.grace)) {
      if (isKnownToRun(this.storage.getTrial(id))) continue;
      try {
        const retry = this.retryStale && retryOf(this.storage.getTrial(id), this.retryStale);
        const systemAttrs = { [FAIL_REASON_KEY]: "The process that ran this trial ended without a word." };
        this.storage.setTrialState(id, "FAIL", null, { systemAttrs, retry });
      } catch (error) {
        if (!(error instanceof TrialFinishedError)) throw error; // Another process was faster.
      }
    }
  }

  private finishPruned(snapshot: TrialSnapshot): TrialSnapshot {
    const step = lastStep(snapshot);
    const last = step === null ? undefined : snapshot.intermediateValues.get(step);
    const checked = readValues(last, this.directions.length);
    return this.finish(snapshot, "PRUNED", "values" in checked ? checked.values : null);
  }

  private finish(
    snapshot: TrialSnapshot,
    state: TrialState,
    values: readonly number[] | null,
    failReason?: string,
  ): TrialSnapshot {
    try {
      this.sampler.afterTrial?.(this, snapshot, state, values);
    } finally {
      const systemAttrs = failReason === undefined ? undefined : { [FAIL_REASON_KEY]: failReason };
      this.storage.setTrialState(snapshot.id, state, values, { systemAttrs });
    }
    return this.storage.getTrial(snapshot.id);
  }

  /** A trial by its number. @throws NotFoundError code `trial-not-found`. */
  findTrial(number: number): TrialSnapshot {
    const found = this.trials[number];
    if (found?.number === number) return found;
    throw new NotFoundError("trial-not-found", `Study "${this.name}" has no trial ${number}.`);
  }

  private trialSetup(number: number) {
    return {
      number,
      studyName: this.name,
      directions: this.directions,
      directionGiven: this.directionGiven,
      space: this.space,
      listener: this.listener,
      seed: this.seed === undefined ? undefined : trialSeed(this.seed, number),
    };
  }

  private toTemplate(added: AddedTrial): TrialTemplate {
    const { state = "COMPLETE", params = {}, distributions = {} } = added;
    checkJsonRecord(`Study "${this.name}", a trial to add`, { ...added.userAttrs, ...added.systemAttrs });
    const now = new Date();
    return {
      state,
      values: this.checkAddedValues(state, added.values ?? (added.value === undefined ? null : [added.value])),
      internalParams: toInternalParams(params, distributions),
      distributions,
      intermediateValues: added.intermediateValues ?? new Map(),
      userAttrs: added.userAttrs ?? {},
      systemAttrs: { ...added.systemAttrs, ...constraintAttrs(added.constraints ?? {}) },
      datetimeStart: state === "WAITING" ? null : now,
      datetimeComplete: isFinished(state) ? now : null,
    };
  }

  private checkAddedValues(state: TrialState, values: readonly number[] | null): readonly number[] | null {
    const where = `Study "${this.name}", a trial to add`;
    if (values === null) {
      if (state === "COMPLETE") throw new InvalidValuesError(`${where}: a COMPLETE trial needs values.`);
      return null;
    }
    if (state !== "COMPLETE" && state !== "PRUNED")
      throw new InvalidValuesError(`${where}: a ${state} trial has no values.`);
    const checked = readValues(values, this.directions.length);
    if ("problem" in checked) throw new InvalidValuesError(`${where}: ${checked.problem}`);
    return values;
  }
}

/** A trial that waits to be tried with these parameters, by flat name; those left out are sampled. */
export function waitingTrial(
  params: Readonly<Record<string, ParamValue>>,
  userAttrs: Readonly<Record<string, Json>> = {},
): TrialTemplate {
  return {
    state: "WAITING",
    values: null,
    internalParams: {},
    distributions: {},
    intermediateValues: new Map(),
    userAttrs,
    systemAttrs: { fixed_params: params },
    datetimeStart: null,
    datetimeComplete: null,
  };
}

/** A stream of its own, so that an objective that draws from it does not repeat the sampler's numbers. */
function trialSeed(studySeed: number, trialNumber: number): number {
  const stream = 1;
  return Math.floor(new SeededRng(studySeed, trialNumber, stream).next() * 2 ** 31);
}

function toInternalParams(
  params: Readonly<Record<string, ParamValue>>,
  distributions: Readonly<Record<string, Distribution>>,
): Record<string, number> {
  // By name in a map: a name may be one that every object has.
  const byName = new Map(Object.entries(distributions));
  const values = new Map(Object.entries(params));
  const internal = new Map<string, number>();
  for (const name of new Set([...values.keys(), ...byName.keys()])) {
    const [value, distribution] = [values.get(name), byName.get(name)];
    if (value === undefined || distribution === undefined)
      throw new InvalidDefinitionError(`A trial to add needs a value and a distribution for the parameter "${name}".`);
    const stored = toInternal(distribution, value);
    internal.set(name, stored);
    if (!contains(distribution, stored))
      throw new InvalidDefinitionError(`A trial to add has ${String(value)} for "${name}", outside its distribution.`);
  }
  return Object.fromEntries(internal);
}

function paramsOf(trial: TrialSnapshot): Readonly<Record<string, Json>> {
  return "fixed_params" in trial.systemAttrs ? fixedParams(trial) : trial.params;
}

/** Optuna's sense of the same: the same names, each with an equal value of the same type, numbers to a relative 1e-5. */
function sameParams(existing: Readonly<Record<string, Json>>, asked: Readonly<Record<string, ParamValue>>): boolean {
  const names = Object.keys(asked);
  if (names.length !== Object.keys(existing).length) return false;
  return names.every((name) => {
    const [a, b] = [own(existing, name), own(asked, name)];
    if (typeof a === "number" && typeof b === "number") return Math.abs(b - a) <= 1e-5 * Math.abs(a);
    return a === b;
  });
}
