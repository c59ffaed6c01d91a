import type { StudyDefinition } from "../study/define-study.js";
import {
  contains,
  describe,
  isSingle,
  singleValue,
  toInternal,
  type Distribution,
  type ParamValue,
} from "../distribution.js";
import { TunelensError } from "../errors.js";
import type { Json } from "./trial-snapshot.js";
import { checkOptions, type NamesOf } from "../known-names.js";
import { checkCount, checkWhole } from "../number-options.js";
import { flatParams, type InferParams, type NoSpace, type Space } from "../space.js";
import type { Direction } from "../storage.js";
import { Trial, type TrialSetup } from "./trial.js";

export interface FixedTrialOptions<S extends Space = NoSpace> {
  /** Whose objective is called: its name, space, directions and epochs. Default: a study without a space and with one objective. */
  readonly study?: Pick<StudyDefinition<S>, "name" | "space" | "directions" | "epochs"> | undefined;
  /** A whole number from 0. Default 0. */
  readonly number?: number | undefined;
  /** What `trial.epochs` is, a whole number from 1. Default: the study's. */
  readonly epochs?: number | undefined;
  /** What `trial.seed` is, a whole number from 0. Default: none. */
  readonly seed?: number | undefined;
  /** `trial.shouldPrune()` is true once something was reported at this step or a later one. A whole number from 0. Default: never. */
  readonly pruneAt?: number | undefined;
  /** What `trial.signal` is. Default: one that is never aborted. */
  readonly signal?: AbortSignal | undefined;
}

const optionNames: NamesOf<FixedTrialOptions> = {
  study: true,
  number: true,
  epochs: true,
  seed: true,
  pruneAt: true,
  signal: true,
};

/**
 * A trial with parameters that are known, to call an objective with, e.g. in a test: nothing is sampled and nothing stored; what the
 * objective says is kept in the trial.
 * @param params as the objective reads them in `trial.params`; in a study without a space by the names it suggests. A parameter with but
 *   one value can be left out. One that is left out otherwise is an error, code `missing-param`, when the objective asks for it.
 * @throws InvalidArgumentError for an option that is unknown or outside what it may be.
 * @throws InvalidDefinitionError for a parameter that the space does not have, or a value that is none of its values.
 */
export function fixedTrial<S extends Space = NoSpace>(
  params: InferParams<NoInfer<S>>,
  options: FixedTrialOptions<S> = {},
): FixedTrial<InferParams<S>> {
  checkOptions("fixedTrial", options, optionNames);
  const { study, number = 0, epochs = study?.epochs.study, seed, pruneAt = Infinity, signal } = options;
  const space: Space = study?.space ?? {};
  const directions: readonly Direction[] = study?.directions ?? ["minimize"];
  checkWhole("fixedTrial", "number", number, 0);
  checkCount("fixedTrial", "pruneAt", pruneAt, 0);
  if (seed !== undefined) checkWhole("fixedTrial", "seed", seed, 0);
  if (epochs !== undefined) checkWhole("fixedTrial", "epochs", epochs, 1);
  const setup = { number, studyName: study?.name ?? "fixed", directions, space, datetimeStart: new Date() };
  return new FixedTrial(flatParams(space, params), { ...setup, epochs, seed, signal }, pruneAt);
}

/** A trial with parameters that are known: no sampler, no storage. What the objective says is kept here. */
export class FixedTrial<Params = unknown> extends Trial<Params> {
  readonly purpose: "study" | "retrain" = "study";
  /** What the objective should know: a value outside its range, a step reported twice. */
  readonly warnings: readonly string[];
  private readonly attrs = new Map<string, Json>();
  private readonly warnedOf = new Set<string>();

  /** @param fixed parameter values by flat name, as a stored trial has them. */
  constructor(
    private readonly fixed: Readonly<Record<string, ParamValue>>,
    setup: TrialSetup,
    private readonly pruneAt = Infinity,
  ) {
    const warnings: string[] = [];
    const warn = (message: string) => {
      warnings.push(message);
      setup.listener?.warn?.(message);
    };
    super({ ...setup, listener: { ...setup.listener, warn } });
    this.warnings = warnings;
  }

  /** Step to reported value, in the order of the reports. */
  get intermediateValues(): ReadonlyMap<number, number> {
    return this.reported;
  }

  get userAttrs(): Readonly<Record<string, Json>> {
    return Object.fromEntries(this.attrs);
  }

  protected storeUserAttr(key: string, value: Json): void {
    this.attrs.set(key, value);
  }

  protected choose(name: string, distribution: Distribution): ParamValue {
    const value = Object.hasOwn(this.fixed, name) ? this.fixed[name] : undefined;
    if (value === undefined) {
      if (isSingle(distribution)) return singleValue(distribution);
      throw new TunelensError("missing-param", this.missing(name));
    }
    if (!contains(distribution, toInternal(distribution, value)))
      this.warn(
        `the value ${String(value)} of "${name}" lies outside ${describe(distribution)}; it is used all the same.`,
      );
    return value;
  }

  protected missing(name: string): string {
    return `${this.where} has no value for the parameter "${name}": give it to fixedTrial.`;
  }

  protected storeParam(): void {}

  protected storeReport(): void {}

  protected storeConstraint(): void {}

  protected storeScores(): void {}

  protected isFirstToWarn(of: string): boolean {
    const isFirst = !this.warnedOf.has(of);
    this.warnedOf.add(of);
    return isFirst;
  }

  protected askPruner(): boolean {
    return [...this.reported.keys()].some((step) => step >= this.pruneAt);
  }
}
