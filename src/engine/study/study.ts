import { checkDistribution, type Distribution, type ParamValue } from "../distribution.js";
import {
  InvalidArgumentError,
  InvalidValuesError,
  NotFoundError,
  TrialFinishedError,
  TunelensError,
} from "../errors.js";
import { checkJson, checkJsonRecord } from "../json-value.js";
import { checkOptions, type NamesOf } from "../known-names.js";
import { SeededRng, systemRng, type Rng } from "../math/rng.js";
import { checkWhole } from "../number-options.js";
import { readValues, type Objective, type ObjectiveResult, type ResultFor } from "../objective.js";
import { median } from "../pruners/median.js";
import type { Pruner } from "../pruners/pruner.js";
import { auto } from "../samplers/auto.js";
import type { Sampler } from "../samplers/sampler.js";
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
import { dominatedHypervolume, findParetoFront, requireBestTrial } from "./best-trials.js";
import { checkMetricNames, METRIC_NAMES_KEY, readMetricNames } from "./metric-names.js";
import { checkLoopOptions, loopOptionNames, runTrials, type OptimizeEnd, type TrialLoopOptions } from "./optimize.js";
import type { StudySettings } from "./study-settings.js";
import type { StudyView } from "./study-view.js";

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

export interface OptimizeOptions<S extends Space> extends TrialLoopOptions {
  /** Called after each trial, one after the other. */
  readonly callbacks?: readonly ((study: Study<S>, trial: TrialSnapshot) => void | Promise<void>)[] | undefined;
}

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
  private readonly space: Space;
  private readonly lifecycle: TrialLifecycle<InferParams<S>>;
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
    this.lifecycle = new TrialLifecycle(this, settings);
  }

  /** All trials by number. */
  get trials(): readonly TrialSnapshot[] {
    return this.getTrials();
  }

  /** The feasible COMPLETE trial with the best value. @throws TunelensError code `no-best-trial`. */
  get bestTrial(): TrialSnapshot {
    return requireBestTrial(this);
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
    this.lifecycle.listener.info?.(message);
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
      return state === "PRUNED" ? this.lifecycle.finishPruned(snapshot) : this.lifecycle.finish(snapshot, "FAIL", null);
    }
    const checked = readValues(values, this.directions.length);
    if (state === "COMPLETE" && "problem" in checked) throw new InvalidValuesError(`${where}: ${checked.problem}`);
    return this.lifecycle.finishResult(snapshot, values);
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
    const where = `Study "${this.name}", optimize`;
    checkOptions(where, options, { ...loopOptionNames, callbacks: true });
    checkLoopOptions(where, options);
    this.optimizing = true;
    this.stopRequested = false;
    this.wantedTrials = options.totalTrials;
    try {
      return await runTrials(this.lifecycle, objective, options, {
        isStopRequested: () => this.stopRequested,
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
    const flat = flatParams(this.space, params);
    if (options.skipIfExists && this.trials.some((trial) => hasSameParams(trial, flat))) return;
    checkJsonRecord(`Study "${this.name}", a trial to add`, options.userAttrs ?? {});
    this.storage.createTrial(this.id, waitingTrial(flat, options.userAttrs));
  }

  /**
   * Adds a trial that ran elsewhere, or one to wait.
   * @throws InvalidValuesError when state and values do not go together.
   * @throws InvalidDefinitionError when a parameter has no distribution or lies outside it.
   * @throws TunelensError code `invalid-constraint` for a constraint that is no number, or NaN.
   */
  addTrial(added: AddedTrial): void {
    const where = `Study "${this.name}", a trial to add`;
    this.storage.createTrial(this.id, addedTrialTemplate(where, added, this.directions.length));
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
  ): Promise<RetrainedTrial<Result>> {
    const { number, epochs, signal } = options;
    const setup = { ...this.lifecycle.setupOf(number), datetimeStart: new Date(), epochs, signal };
    return retrainTrial(objective, params, setup);
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

  /** A trial by its number. @throws NotFoundError code `trial-not-found`. */
  findTrial(number: number): TrialSnapshot {
    const found = this.trials[number];
    if (found?.number === number) return found;
    throw new NotFoundError("trial-not-found", `Study "${this.name}" has no trial ${number}.`);
  }
}
