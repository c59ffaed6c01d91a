import { checkConstraint } from "./constraints.js";
import {
  categoricalDistribution,
  checkCompatible,
  floatDistribution,
  intDistribution,
  toExternal,
  toInternal,
  type CategoricalChoice,
  type Distribution,
  type FloatOptions,
  type IntOptions,
  type ParamValue,
} from "../distribution.js";
import { TunelensError } from "../errors.js";
import type { Json } from "./trial-snapshot.js";
import { guardParams } from "../guarded-params.js";
import { checkJson } from "../json-value.js";
import { checkOptions } from "../known-names.js";
import { unflattenParams, type Space } from "../space.js";
import type { Direction } from "../storage.js";
import { checkScores } from "../terminators/cross-validation-error.js";

/** How far the training of a trial is. */
export interface EpochProgress {
  /** 0-based. */
  readonly epoch: number;
  /** How many there will be at the most, where known. */
  readonly epochs?: number | undefined;
  /** Metric name to value, e.g. `val_loss`; may be NaN or ±Infinity. */
  readonly logs: Readonly<Record<string, number>>;
}

/** Who wants to hear what happens in a trial while it runs. Nothing of this is stored by the listener's caller. */
export interface TrialListener {
  /** Something the user should know that is no error. */
  warn?(message: string): void;
  /** Something the user may want to know. */
  info?(message: string): void;
  epoch?(event: EpochProgress & { readonly number: number }): void;
  /** A value was reported and stored. */
  report?(event: { readonly number: number; readonly step: number; readonly value: number }): void;
}

export interface TrialSetup {
  readonly number: number;
  readonly studyName: string;
  readonly directions: readonly Direction[];
  /** Whether the study says its direction, rather than takes the default. Default: true. */
  readonly directionGiven?: boolean | undefined;
  readonly space: Space;
  readonly datetimeStart: Date;
  readonly epochs?: number | undefined;
  readonly seed?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly listener?: TrialListener | undefined;
}

/**
 * What an objective receives: the parameters to try, and the way to say how the training goes. The verbs and their rules are those
 * of Optuna's `Trial`.
 */
export abstract class Trial<Params = unknown> {
  /** 0, 1, 2, … within the study; when retraining, that of the trial retrained. */
  readonly number: number;
  /** `retrain`: the best trial's parameters once more, for the model; nothing is pruned and nothing stored. */
  abstract readonly purpose: "study" | "retrain";
  /** One per objective value. */
  readonly directions: readonly Direction[];
  /** How many epochs to train, where the study says so. */
  readonly epochs: number | undefined;
  /** Aborted when the user stops the study: end soon, what is returned is not looked at. */
  readonly signal: AbortSignal;
  /** A whole number in [0, 2^31), the same at each run of this trial; `undefined` where the study has no seed. */
  readonly seed: number | undefined;
  readonly datetimeStart: Date;

  protected readonly suggested = new Map<string, { distribution: Distribution; value: ParamValue }>();
  protected readonly reported = new Map<number, number>();
  protected readonly constraintsSet = new Map<string, number>();
  protected readonly where: string;
  private readonly directionGiven: boolean;
  private readonly space: Space;
  private readonly listener: TrialListener;
  private spaceParams: Params | undefined;

  constructor(setup: TrialSetup) {
    this.number = setup.number;
    this.directions = setup.directions;
    this.epochs = setup.epochs;
    this.signal = setup.signal ?? new AbortController().signal;
    this.seed = setup.seed;
    this.datetimeStart = setup.datetimeStart;
    this.directionGiven = setup.directionGiven ?? true;
    this.space = setup.space;
    this.listener = setup.listener ?? {};
    this.where = `Study "${setup.studyName}", trial ${setup.number}`;
  }

  /**
   * The parameters of the study's space. They are suggested when this is first read, in declared order, of a branch only those of the
   * kind chosen. In a define-by-run study, those suggested so far, by name.
   *
   * Reading a name that it does not have (also one of a kind that was not chosen, also with a default: `const { units = 8 } = …`) throws a
   * TunelensError, code `unknown-param`; `"name" in trial.params` asks.
   */
  get params(): Params {
    if (Object.keys(this.space).length === 0) return this.suggestedParams();
    return (this.spaceParams ??= this.suggestSpace());
  }

  /** The distributions of the parameters suggested so far, by flat name. */
  get distributions(): Readonly<Record<string, Distribution>> {
    return Object.fromEntries([...this.suggested].map(([name, { distribution }]) => [name, distribution]));
  }

  /** What `setUserAttr` has kept with the trial. */
  abstract get userAttrs(): Readonly<Record<string, Json>>;

  /**
   * A real number in [low, high]. The same name again gives the same value.
   * @throws InvalidArgumentError for an unknown option.
   * @throws InvalidDistributionError
   * @throws IncompatibleDistributionError when the study has the name with another class or `log`.
   */
  suggestFloat(name: string, low: number, high: number, options: FloatOptions = {}): number {
    checkOptions(`${this.where}, suggestFloat("${name}")`, options, { log: true, step: true });
    return Number(this.suggest(name, floatDistribution(low, high, options, name)));
  }

  /**
   * A whole number low, low + step, … up to high (included). The same name again gives the same value.
   * @throws InvalidArgumentError for an unknown option.
   * @throws InvalidDistributionError
   * @throws IncompatibleDistributionError when the study has the name with another class or `log`.
   */
  suggestInt(name: string, low: number, high: number, options: IntOptions = {}): number {
    checkOptions(`${this.where}, suggestInt("${name}")`, options, { log: true, step: true });
    return Number(this.suggest(name, intDistribution(low, high, options, name)));
  }

  /**
   * One of `choices`. The same name again gives the same value.
   * @throws InvalidDistributionError
   * @throws IncompatibleDistributionError when the study has the name with other choices.
   */
  suggestCategorical<const Choices extends readonly CategoricalChoice[]>(
    name: string,
    choices: Choices,
  ): Choices[number] {
    const distribution = categoricalDistribution(choices, name);
    return choices[toInternal(distribution, this.suggest(name, distribution))]!;
  }

  /**
   * Says what the objective's value is at a step (0-based, e.g. the epoch), for the pruner and for the learning curve.
   * A second report of a step is ignored with a warning.
   * @param value may be NaN or ±Infinity.
   * @throws TunelensError code `invalid-report` for a step that is no whole number from 0, a value that is no number, or a study with
   *   several objectives.
   */
  report(value: number, step: number): void {
    this.refuseSeveralObjectives("report");
    if (typeof value !== "number") this.refuseReport(`the value must be a number, not ${typeof value}`);
    if (!Number.isSafeInteger(step) || step < 0)
      this.refuseReport(`the step must be a whole number from 0, not ${step}`);
    if (this.reported.has(step)) {
      this.warn(`step ${step} was reported before; the second value, ${value}, is ignored.`);
      return;
    }
    this.storeReport(step, value);
    this.reported.set(step, value);
    this.listener.report?.({ number: this.number, step, value });
  }

  /**
   * Hears, before the training, which metric is to be reported, and which way it is better.
   * @throws TunelensError code `direction-missing` where the study gives no direction, and minimizes what is better when higher. Where it
   *   gives the other one, that is warned of once.
   */
  monitors(metric: string, better: Direction): void {
    const [direction, ...others] = this.directions;
    if (others.length > 0 || direction === better || this.purpose === "retrain") return;
    const when = better === "maximize" ? "higher" : "lower";
    if (!this.directionGiven)
      throw new TunelensError(
        "direction-missing",
        `${this.where}: the study gives no direction, and so minimizes, but its trials report ${metric}, which is better when ${when}. ` +
          `Write direction: "${better}" in defineStudy({ … }), or direction: "${direction}" where that is meant.`,
      );
    if (this.isFirstToWarn("direction"))
      this.warn(
        `the study says direction: "${direction}", but its trials report ${metric}, which is better when ${when}: the pruner ends the better ` +
          `ones. Monitor what the objective returns, e.g. monitor: "val_acc", or write direction: "${better}".`,
      );
  }

  /** Streams the progress of the training to whoever watches. Nothing is stored, and the pruner does not see it: that is `report`. */
  reportEpoch(progress: EpochProgress): void {
    this.listener.epoch?.({ number: this.number, ...progress });
  }

  /**
   * Whether the trial should end now: `throw new TrialPruned()`. Asked after a report.
   * @throws TunelensError code `invalid-report` in a study with several objectives.
   */
  shouldPrune(): boolean {
    this.refuseSeveralObjectives("shouldPrune");
    return this.askPruner();
  }

  /** The constraint values set so far, by key. */
  get constraints(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.constraintsSet);
  }

  /**
   * Says whether the trial satisfies a constraint, and by how much it does not: a trial is feasible when all its constraints are at most 0.
   * Samplers seek feasible trials, and the best one is a feasible one. A second value for a key is ignored with a warning.
   * @param value may be ±Infinity.
   * @throws TunelensError code `invalid-constraint` for a value that is no number, or NaN.
   */
  setConstraint(key: string, value: number): void {
    checkConstraint(this.where, key, value);
    if (this.constraintsSet.has(key)) {
      this.warn(`the constraint "${key}" was set before; the second value, ${value}, is ignored.`);
      return;
    }
    this.storeConstraint(key, value);
    this.constraintsSet.set(key, value);
  }

  /**
   * Tells the scores that the objective's value is the mean of, for a terminator with `crossValidationError`.
   * @param scores one per fold, at least two.
   * @throws InvalidArgumentError for fewer, or one that is no number.
   */
  reportCrossValidationScores(scores: readonly number[]): void {
    checkScores(this.where, scores);
    this.storeScores(scores);
  }

  /**
   * Keeps something with the trial, for people and for other programs.
   * @throws InvalidArgumentError naming what in the value JSON cannot hold; NaN and ±Infinity are kept, as Optuna keeps them.
   */
  setUserAttr(key: string, value: Json): void {
    checkJson(this.where, key, value);
    this.storeUserAttr(key, value);
  }

  protected abstract choose(name: string, distribution: Distribution): ParamValue;
  protected abstract storeParam(name: string, internal: number, distribution: Distribution): void;
  protected abstract storeReport(step: number, value: number): void;
  protected abstract storeConstraint(key: string, value: number): void;
  protected abstract storeScores(scores: readonly number[]): void;
  protected abstract storeUserAttr(key: string, value: Json): void;
  protected abstract askPruner(): boolean;
  /** Whether no trial of the study has warned of this before. */
  protected abstract isFirstToWarn(of: string): boolean;

  protected warn(message: string): void {
    this.listener.warn?.(`${this.where}: ${message}`);
  }

  private suggestSpace(): Params {
    const params = unflattenParams(this.space, (name, distribution) => this.suggest(name, distribution));
    return guardParams(params, this.space, this.where) as Params;
  }

  private suggestedParams(): Params {
    const params = Object.fromEntries([...this.suggested].map(([name, { value }]) => [name, value]));
    return guardParams(params, this.space, this.where) as Params;
  }

  protected suggest(name: string, distribution: Distribution): ParamValue {
    const known = this.suggested.get(name);
    if (known) {
      checkCompatible(name, known.distribution, distribution);
      return known.value;
    }
    const internal = toInternal(distribution, this.choose(name, distribution));
    this.storeParam(name, internal, distribution);
    const value = toExternal(distribution, internal);
    this.suggested.set(name, { distribution, value });
    return value;
  }

  private refuseSeveralObjectives(verb: string): void {
    if (this.directions.length > 1) this.refuseReport(`${verb} is for studies with one objective`);
  }

  private refuseReport(reason: string): never {
    throw new TunelensError("invalid-report", `${this.where}: ${reason}.`);
  }
}
