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
import { own, type Json } from "./trial-snapshot.js";
import { checkOptions, type NamesOf } from "../option-names.js";
import { checkCount, checkWhole } from "../number-options.js";
import { flatParams, type InferParams, type NoSpace, type Space } from "../space.js";
import type { Direction } from "../storage.js";
import { Trial, type TrialListener, type TrialSetup } from "./trial.js";

export interface FixedTrialOptions<S extends Space = NoSpace> {
  /** The study whose objective is called, for its name, space, directions, and epochs. Default: a study without a space and with one objective. */
  readonly study?:
    | (Pick<StudyDefinition<S>, "name" | "space" | "directions" | "epochs"> & Partial<Pick<StudyDefinition, "pruneBy">>)
    | undefined;
  /** An integer of at least 0. Default 0. */
  readonly number?: number | undefined;
  /** The value of `trial.epochs`, an integer of at least 1. Default: the study's. */
  readonly epochs?: number | undefined;
  /** The value of `trial.seed`, an integer of at least 0. Default: none. */
  readonly seed?: number | undefined;
  /** `trial.shouldPrune()` returns true after a report at this step or later. An integer of at least 0. Default: never. */
  readonly pruneAt?: number | undefined;
  /** The value of `trial.folder`. Default: none. */
  readonly folder?: string | undefined;
  /** The value of `trial.signal`. Default: a signal that is never aborted. */
  readonly signal?: AbortSignal | undefined;
}

const optionNames: NamesOf<FixedTrialOptions> = {
  study: true,
  number: true,
  epochs: true,
  seed: true,
  pruneAt: true,
  folder: true,
  signal: true,
};

/**
 * Creates a trial with given parameters to call an objective with, for example in a test. Nothing is sampled or stored; the trial records
 * what the objective reports.
 * @param params as the objective reads them from `trial.params`; without a space, by the names that the objective suggests. A parameter with
 *   only one possible value may be omitted. Any other omitted parameter is an error (code `missing-param`) when the objective asks for it.
 * @throws InvalidArgumentError for an unknown or invalid option.
 * @throws InvalidDefinitionError for a parameter that is not in the space, or a value that the parameter cannot have.
 */
export function fixedTrial<S extends Space = NoSpace>(
  params: InferParams<NoInfer<S>>,
  options: FixedTrialOptions<S> = {},
): FixedTrial<InferParams<S>> {
  checkOptions("fixedTrial", options, optionNames);
  const { study, number = 0, epochs = study?.epochs.study, seed, pruneAt = Infinity, folder, signal } = options;
  const space: Space = study?.space ?? {};
  const directions: readonly Direction[] = study?.directions ?? ["minimize"];
  checkWhole("fixedTrial", "number", number, 0);
  checkCount("fixedTrial", "pruneAt", pruneAt, 0);
  if (seed !== undefined) checkWhole("fixedTrial", "seed", seed, 0);
  if (epochs !== undefined) checkWhole("fixedTrial", "epochs", epochs, 1);
  const makeFolder = folder === undefined ? undefined : () => folder;
  const setup = {
    number,
    studyName: study?.name ?? "fixed",
    directions,
    space,
    pruneBy: study?.pruneBy,
    datetimeStart: new Date(),
  };
  return new FixedTrial(flatParams(space, params), { ...setup, epochs, seed, signal, makeFolder }, pruneAt);
}

/** A trial with given parameters: no sampler, no storage. Records what the objective reports. */
export class FixedTrial<Params = unknown> extends Trial<Params> {
  readonly purpose: "study" | "retrain" = "study";
  /** Warnings: a value outside its range, a step reported twice. */
  readonly warnings: readonly string[];
  /** What the objective stored by `artifact`, by name: a path, or bytes. */
  readonly artifacts = new Map<string, string | Uint8Array>();
  private readonly attrs = new Map<string, Json>();
  private readonly warnedOf = new Set<string>();

  /** @param fixed parameter values by flat name, as a stored trial has them. */
  constructor(
    private readonly fixed: Readonly<Record<string, ParamValue>>,
    setup: TrialSetup,
    private readonly pruneAt = Infinity,
  ) {
    const warnings: string[] = [];
    const warn: TrialListener["warn"] = (message, about) => {
      warnings.push(message);
      setup.listener?.warn?.(message, about);
    };
    super({ ...setup, listener: { ...setup.listener, warn } });
    this.warnings = warnings;
  }

  /** Maps each step to its reported value, of several objectives the first one's, in the order of the reports. */
  get intermediateValues(): ReadonlyMap<number, number> {
    return this.reported;
  }

  get userAttrs(): Readonly<Record<string, Json>> {
    return Object.fromEntries(this.attrs);
  }

  protected storeUserAttr(key: string, value: Json): void {
    this.attrs.set(key, value);
  }

  protected storeArtifact(name: string, content: string | Uint8Array): Promise<void> {
    this.artifacts.set(name, content);
    return Promise.resolve();
  }

  protected choose(name: string, distribution: Distribution): ParamValue {
    const value = own(this.fixed, name);
    if (value === undefined) {
      if (isSingle(distribution)) return singleValue(distribution);
      throw new TunelensError("missing-param", this.missing(name));
    }
    if (!contains(distribution, toInternal(distribution, value)))
      this.warn(`the value ${String(value)} of "${name}" is outside ${describe(distribution)}. It is used anyway.`);
    return value;
  }

  protected missing(name: string): string {
    return `${this.where} has no value for the parameter "${name}". Pass it to fixedTrial.`;
  }

  protected drawSpace(): void {}

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
