import { checkArtifact } from "../artifact.js";
import { type Checkpoint, type CheckpointStore, noCheckpoint } from "./checkpoint.js";
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
import { CallSite } from "../call-site.js";
import { TunelensError } from "../errors.js";
import type { Json } from "./trial-snapshot.js";
import type { PruneBy } from "../pruners/several-objectives.js";
import { guardParams } from "../guarded-params.js";
import { checkJson } from "../json-value.js";
import { checkOptions } from "../option-names.js";
import { unflattenParams, type Space } from "../space.js";
import type { Direction } from "../storage.js";
import { checkScores } from "../terminators/cross-validation-error.js";
import { valueInWords } from "../value-in-words.js";

/** The progress of a trial's training. */
export interface EpochProgress {
  /** 0-based. */
  readonly epoch: number;
  /** Maximum number of epochs, if known. */
  readonly epochs?: number | undefined;
  /** The metric among `logs` that the objective is about, if one is. */
  readonly monitor?: string | undefined;
  /** Maps metric names such as `val_loss` to values, which may be NaN or ±Infinity. */
  readonly logs: Readonly<Record<string, number>>;
}

/** What a warning is about: a call, as the lines of a stack, or the study's definition. */
export type WarningSource = { readonly stack: string } | "definition";

/** Receives the events of a running trial. The caller stores none of them. */
export interface TrialListener {
  /** A warning for the user. @param about what it is about in the user's code, if that is known. */
  warn?(message: string, about?: WarningSource): void;
  /** A note for the user. */
  info?(message: string): void;
  epoch?(event: EpochProgress & { readonly number: number }): void;
  /** A value was reported and stored; of several objectives, the first one's. */
  report?(event: { readonly number: number; readonly step: number; readonly value: number }): void;
}

export interface TrialSetup {
  readonly number: number;
  readonly studyName: string;
  readonly directions: readonly Direction[];
  /** Whether the study says its direction, rather than takes the default. Default: true. */
  readonly directionGiven?: boolean | undefined;
  /** What a trial of several objectives is pruned by. Default: none may be. */
  readonly pruneBy?: PruneBy | undefined;
  readonly space: Space;
  readonly datetimeStart: Date;
  readonly epochs?: number | undefined;
  readonly seed?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly listener?: TrialListener | undefined;
  /** Makes the folder of the trial with this number. */
  readonly makeFolder?: ((number: number) => string) | undefined;
  /** Where it keeps its checkpoints. Default: nowhere. */
  readonly checkpoints?: CheckpointStore | undefined;
}

/**
 * The argument of an objective: the parameters to try, and methods to report progress. Its methods follow the rules of Optuna's `Trial`.
 */
export abstract class Trial<Params = unknown> {
  /** 0, 1, 2, … within the study; when retraining, the number of the retrained trial. */
  readonly number: number;
  /** `retrain`: an earlier trial's parameters are trained again for the model; nothing is pruned or stored. */
  abstract readonly purpose: "study" | "retrain";
  /** One per objective value. */
  readonly directions: readonly Direction[];
  /** How many epochs to train, if the study sets it. */
  readonly epochs: number | undefined;
  /** Aborted when the user stops the study. End soon; the result is ignored. */
  readonly signal: AbortSignal;
  /** An integer in [0, 2^31) that is the same each time this trial runs; `undefined` if the study has no seed. */
  readonly seed: number | undefined;
  /** When it started. */
  readonly datetimeStart: Date;

  protected readonly suggested = new Map<string, { distribution: Distribution; value: ParamValue }>();
  protected readonly reported = new Map<number, number>();
  protected readonly constraintsSet = new Map<string, number>();
  protected readonly where: string;
  private readonly directionGiven: boolean;
  protected readonly pruneBy: PruneBy | undefined;
  private readonly space: Space;
  private readonly listener: TrialListener;
  private readonly makeFolder: TrialSetup["makeFolder"];
  private ownFolder: string | undefined;
  private spaceParams: Params | undefined;

  constructor(setup: TrialSetup) {
    this.number = setup.number;
    this.directions = setup.directions;
    this.epochs = setup.epochs;
    this.signal = setup.signal ?? new AbortController().signal;
    this.seed = setup.seed;
    this.datetimeStart = setup.datetimeStart;
    this.directionGiven = setup.directionGiven ?? true;
    this.pruneBy = setup.pruneBy;
    this.space = setup.space;
    this.listener = setup.listener ?? {};
    this.makeFolder = setup.makeFolder;
    this.where = `Study "${setup.studyName}", trial ${setup.number}`;
  }

  /**
   * The parameters of the study's space. They are suggested on first access, in the order of declaration; of a branch, only those of the
   * chosen kind. Without a space, the parameters suggested so far, by name.
   *
   * Reading an unknown name (including one of a kind that was not chosen, and one with a default: `const { units = 8 } = …`) throws a
   * TunelensError, code `unknown-param`. To check, use `"name" in trial.params`.
   */
  get params(): Params {
    if (Object.keys(this.space).length === 0) return this.suggestedParams();
    return (this.spaceParams ??= this.suggestSpace());
  }

  /**
   * The path of a folder of this trial alone, for what it writes: checkpoints, plots, a model. It is made when it is first asked for.
   * @throws TunelensError code `no-folder` if whoever runs the trial gives it none.
   */
  get folder(): string {
    this.ownFolder ??= this.makeFolder?.(this.number);
    if (this.ownFolder !== undefined) return this.ownFolder;
    const advice =
      "Run the study with tunelens run or in the editor, or pass makeFolder to optimize, or folder to fixedTrial.";
    throw new TunelensError("no-folder", `${this.where} has no folder. ${advice}`);
  }

  /**
   * What an objective that trains without `fit` keeps to continue from when its trial is interrupted. `fit` keeps its own checkpoints, unless
   * the objective uses this.
   */
  get checkpoint(): Checkpoint {
    return noCheckpoint;
  }

  /** The checkpoints of `fit`; undefined: it keeps none, because the objective keeps its own or nobody could continue the trial. */
  get fitCheckpoint(): Checkpoint | undefined {
    return undefined;
  }

  /** The distributions of the parameters suggested so far, by flat name. */
  get distributions(): Readonly<Record<string, Distribution>> {
    return Object.fromEntries([...this.suggested].map(([name, { distribution }]) => [name, distribution]));
  }

  /** The attributes set by `setUserAttr`. */
  abstract get userAttrs(): Readonly<Record<string, Json>>;

  /**
   * Suggests a float in [low, high]. Repeating the name returns the same value.
   * @throws InvalidArgumentError for an unknown option.
   * @throws InvalidDistributionError
   * @throws IncompatibleDistributionError if the study already has a parameter of this name with another class or `log`.
   */
  suggestFloat(name: string, low: number, high: number, options: FloatOptions = {}): number {
    checkOptions(`${this.where}, suggestFloat("${name}")`, options, { log: true, step: true });
    return Number(this.suggest(name, floatDistribution(low, high, options, name)));
  }

  /**
   * Suggests an integer: low, low + step, … up to and including high. Repeating the name returns the same value.
   * @throws InvalidArgumentError for an unknown option.
   * @throws InvalidDistributionError
   * @throws IncompatibleDistributionError if the study already has a parameter of this name with another class or `log`.
   */
  suggestInt(name: string, low: number, high: number, options: IntOptions = {}): number {
    checkOptions(`${this.where}, suggestInt("${name}")`, options, { log: true, step: true });
    return Number(this.suggest(name, intDistribution(low, high, options, name)));
  }

  /**
   * Suggests one of `choices`. Repeating the name returns the same value.
   * @throws InvalidDistributionError
   * @throws IncompatibleDistributionError if the study already has a parameter of this name with other choices.
   */
  suggestCategorical<const Choices extends readonly CategoricalChoice[]>(
    name: string,
    choices: Choices,
  ): Choices[number] {
    const distribution = categoricalDistribution(choices, name);
    return choices[toInternal(distribution, this.suggest(name, distribution))]!;
  }

  /**
   * Reports the objective's value at a step (0-based, such as the epoch), for the pruner and the learning curve.
   * A second report for a step is ignored with a warning.
   * @param value may be NaN or ±Infinity. In a study with several objectives, an array with one value for each, in their order.
   * @throws TunelensError code `invalid-report` for a step that is not an integer of at least 0, or what is not one number per objective.
   */
  report(value: number | readonly number[], step: number): void {
    const values = this.reportedNumbers(value);
    if (!Number.isSafeInteger(step) || step < 0)
      this.refuseReport(`the step must be an integer of at least 0, not ${step}.`);
    if (this.reported.has(step)) {
      this.warn(`step ${step} was already reported. The second value, ${values.join(", ")}, is ignored.`);
      return;
    }
    this.storeReport(step, values);
    this.reported.set(step, values[0]!);
    this.listener.report?.({ number: this.number, step, value: values[0]! });
  }

  /**
   * Declares which metric is reported (before training) or returned, and in which direction it is better.
   * @throws TunelensError code `direction-missing` if the study sets no direction and would minimize a metric that is better when higher. If
   *   the study sets the wrong direction, it warns once.
   */
  monitors(metric: string, better: Direction, use: "report" | "return" = "report"): void {
    const [direction, ...others] = this.directions;
    if (others.length > 0 || direction === better || this.purpose === "retrain") return;
    const when = better === "maximize" ? "higher" : "lower";
    const what = `its trials ${use} ${metric}, which is better when ${when}`;
    if (!this.directionGiven)
      throw new TunelensError(
        "direction-missing",
        `${this.where}: the study sets no direction and therefore minimizes, but ${what}. ` +
          `Set direction: "${better}" in defineStudy({ … }), or direction: "${direction}" if that is intended.`,
      );
    if (use === "return")
      this.warnOnce(
        "returned-direction",
        `the study sets direction: "${direction}", but ${what}: the worst trial counts as the best. Set direction: "${better}".`,
        "definition",
      );
    else
      this.warnOnce(
        "direction",
        `the study sets direction: "${direction}", but ${what}: the pruner ends the better ones. ` +
          `Monitor what the objective returns, such as monitor: "val_acc", or set direction: "${better}".`,
      );
  }

  /**
   * Warns the user, once per study; never when retraining.
   * @param topic names the warning within the study.
   * @param about what it is about. Default: the line that calls this.
   */
  warnOnce(topic: string, message: string, about: WarningSource = new CallSite()): void {
    if (this.purpose === "study" && this.isFirstToWarn(topic)) this.warn(message, about);
  }

  /** Streams the training's progress to the editor or the terminal. Nothing is stored, and the pruner does not see it: use `report` for that. */
  reportEpoch(progress: EpochProgress): void {
    this.listener.epoch?.({ number: this.number, ...progress });
  }

  /**
   * Whether the trial should end now, with `throw new TrialPruned()`. Call it after a report.
   * @throws TunelensError code `invalid-report` in a study with several objectives that does not say what its trials are pruned by.
   */
  shouldPrune(): boolean {
    if (this.directions.length > 1 && this.pruneBy === undefined)
      this.refuseReport(
        'shouldPrune supports only studies with one objective, unless the study says what to prune by. Set pruneBy: "rank", or an objective\'s index.',
      );
    return this.askPruner();
  }

  /** The constraint values set so far, by key. */
  get constraints(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.constraintsSet);
  }

  /**
   * Sets a constraint's value. A trial is feasible if all its constraints are at most 0; a larger value is the extent of the violation.
   * Samplers look for feasible trials, and the best trial is a feasible one. A second value for a key is ignored with a warning.
   * @param value may be ±Infinity.
   * @throws TunelensError code `invalid-constraint` for a value that is not a number, or NaN.
   */
  setConstraint(key: string, value: number): void {
    checkConstraint(this.where, key, value);
    // A trial that continues another one sets them again.
    if (this.constraintsSet.get(key) === value) return;
    if (this.constraintsSet.has(key)) {
      this.warn(`the constraint "${key}" was already set. The second value, ${value}, is ignored.`);
      return;
    }
    this.storeConstraint(key, value);
    this.constraintsSet.set(key, value);
  }

  /**
   * Reports the scores whose mean is the objective's value, for a terminator with `crossValidationError`.
   * @param scores one per fold, at least two.
   * @throws InvalidArgumentError for fewer than two, or one that is not a number.
   */
  reportCrossValidationScores(scores: readonly number[]): void {
    checkScores(this.where, scores);
    this.storeScores(scores);
  }

  /**
   * Stores an attribute with the trial, for people and other programs.
   * @throws InvalidArgumentError naming what JSON cannot represent; NaN and ±Infinity are kept, as in Optuna.
   */
  setUserAttr(key: string, value: Json): void {
    checkJson(this.where, key, value);
    this.storeUserAttr(key, value);
  }

  /**
   * Stores a file with the trial, such as a plot or a confusion matrix, which the dashboard shows. Several may have one name.
   * @param name the file's name; its extension says what it is.
   * @param content the path of a file, which is copied, or the bytes of one: at most 128 MB.
   * @throws InvalidArgumentError for a name that is a path, or a file that cannot be read.
   */
  async artifact(name: string, content: string | Uint8Array): Promise<void> {
    checkArtifact(this.where, name, content);
    await this.storeArtifact(name, content);
  }

  protected abstract storeArtifact(name: string, content: string | Uint8Array): Promise<void>;
  /** Called before the parameters of a space are suggested. */
  protected abstract drawSpace(space: Space): void;
  protected abstract choose(name: string, distribution: Distribution): ParamValue;
  protected abstract storeParam(name: string, internal: number, distribution: Distribution): void;
  protected abstract storeReport(step: number, values: readonly number[]): void;
  protected abstract storeConstraint(key: string, value: number): void;
  protected abstract storeScores(scores: readonly number[]): void;
  protected abstract storeUserAttr(key: string, value: Json): void;
  protected abstract askPruner(): boolean;
  /** Whether no trial of the study has warned of this before. */
  protected abstract isFirstToWarn(of: string): boolean;

  protected warn(message: string, about?: WarningSource): void {
    this.listener.warn?.(`${this.where}: ${message}`, about);
  }

  private suggestSpace(): Params {
    this.drawSpace(this.space);
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

  private reportedNumbers(value: number | readonly number[]): readonly number[] {
    const count = this.directions.length;
    if (count === 1 && typeof value === "number") return [value];
    if (count > 1 && Array.isArray(value) && value.length === count && value.every((each) => typeof each === "number"))
      return [...(value as readonly number[])];
    if (count > 1)
      this.refuseReport(
        `report supports only studies with one objective, unless it is given one number for each of the ${count}: report([…], step).`,
      );
    const { what, advice } = valueInWords(value);
    return this.refuseReport(`the reported value must be a number, not ${what}. ${advice}`.trimEnd());
  }

  private refuseReport(reason: string): never {
    throw new TunelensError("invalid-report", `${this.where}: ${reason}`);
  }
}
