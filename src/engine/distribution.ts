import { IncompatibleDistributionError, InvalidDistributionError, TunelensError } from "./errors.js";

/**
 * The values that a parameter may take. The three classes, their rules, and their JSON are Optuna 5.0's
 * (`optuna.distributions`), because a distribution is stored with every parameter of every trial and
 * Python reads it back.
 */

/** A value that a categorical parameter may take: any that survives JSON in both languages. */
export type CategoricalChoice = null | boolean | number | string;

/** A parameter's value as the objective receives it. */
export type ParamValue = CategoricalChoice;

export interface FloatDistribution {
  readonly type: "float";
  readonly low: number;
  /** Inclusive. Lowered to `low + k * step` when `step` does not divide the range. */
  readonly high: number;
  readonly log: boolean;
  /** `null`: continuous. Cannot be combined with `log`. */
  readonly step: number | null;
}

export interface IntDistribution {
  readonly type: "int";
  readonly low: number;
  /** Inclusive. Lowered to `low + k * step` when `step` does not divide the range. */
  readonly high: number;
  readonly log: boolean;
  /** At least 1; exactly 1 with `log`. */
  readonly step: number;
}

export interface CategoricalDistribution {
  readonly type: "categorical";
  readonly choices: readonly CategoricalChoice[];
}

/** The range or the choices of a parameter. */
export type Distribution = FloatDistribution | IntDistribution | CategoricalDistribution;

/** Maps parameter names to distributions, in the order of suggestion. */
export type SearchSpace = ReadonlyMap<string, Distribution>;

export interface FloatOptions {
  /** Search in log space. Requires `low > 0`; cannot be combined with `step`. Default false. */
  readonly log?: boolean;
  /** Grid width, above 0. Default: continuous. */
  readonly step?: number | null;
}

export interface IntOptions {
  /** Search in log space. Requires `low >= 1` and `step` 1. Default false. */
  readonly log?: boolean;
  /** An integer of at least 1. Default 1. */
  readonly step?: number;
}

/**
 * Floats in [low, high].
 * @param name the parameter, for the error message.
 * @throws InvalidDistributionError
 */
export function floatDistribution(
  low: number,
  high: number,
  options: FloatOptions = {},
  name?: string,
): FloatDistribution {
  const { log = false, step = null } = options;
  const fail = failing(`float(${low}, ${high}${describeOptions(options)})`, name);
  if (!Number.isFinite(low) || !Number.isFinite(high)) fail("low and high must be finite numbers");
  if (low > high) fail("the range is empty: low must not exceed high");
  if (log && step !== null) fail("log and step cannot be combined");
  if (log && low <= 0) fail("a log range must be above 0; increase low");
  if (step === null) return { type: "float", low, high, log, step };
  if (!(step > 0) || !Number.isFinite(step)) fail("step must be a finite number above 0");
  return { type: "float", low, high: lowerHighToStep(low, high, step), log, step };
}

/**
 * The integers low, low + step, … up to high.
 * @param name the parameter, for the error message.
 * @throws InvalidDistributionError
 */
export function intDistribution(low: number, high: number, options: IntOptions = {}, name?: string): IntDistribution {
  const { log = false, step = 1 } = options;
  const fail = failing(`int(${low}, ${high}${describeOptions(options)})`, name);
  if (!Number.isSafeInteger(low) || !Number.isSafeInteger(high)) fail("low and high must be integers");
  if (low > high) fail("the range is empty: low must not exceed high");
  if (!Number.isSafeInteger(step) || step < 1) fail("step must be an integer of at least 1");
  if (log && step !== 1) fail("log and a step other than 1 cannot be combined");
  if (log && low < 1) fail("a log range of integers must start at 1 or above; increase low");
  return { type: "int", low, high: onStep({ low, step }, high), log, step };
}

/** The value with a step that is nearest below; exact also where the difference to `low` is beyond 2^53. */
export function onStep({ low, step }: Pick<IntDistribution, "low" | "step">, value: number): number {
  const rest = ((value % step) - (low % step)) % step;
  return value - (rest < 0 ? rest + step : rest);
}

/**
 * One of `choices`, which have no order.
 * @param name the parameter, for the error message.
 * @throws InvalidDistributionError
 */
export function categoricalDistribution(choices: readonly CategoricalChoice[], name?: string): CategoricalDistribution {
  const fail = failing("categorical([…])", name);
  if (choices.length === 0) fail("there are no choices; add at least one");
  for (const choice of choices) {
    if (choice !== null && !["boolean", "number", "string"].includes(typeof choice))
      fail(`a choice must be null, a boolean, a number or a string, not ${typeof choice}`);
    if (typeof choice === "number" && !Number.isFinite(choice))
      fail(`the choice ${choice} cannot be stored; use null or a string instead`);
  }
  const duplicate = choices.find((choice, i) => choices.indexOf(choice) < i);
  if (duplicate !== undefined) fail(`the choice ${JSON.stringify(duplicate)} appears twice`);
  return { type: "categorical", choices: [...choices] };
}

/**
 * Normalizes a distribution written as a plain object.
 * @throws InvalidDistributionError
 */
export function checkDistribution(name: string, given: Distribution): Distribution {
  if (given?.type === "float" && "low" in given) return floatDistribution(given.low, given.high, given, name);
  if (given?.type === "int" && "low" in given) return intDistribution(given.low, given.high, given, name);
  if (given?.type === "categorical" && Array.isArray(given.choices))
    return categoricalDistribution(given.choices, name);
  throw new InvalidDistributionError(`Parameter "${name}" needs a distribution, such as float(0, 1).distribution.`);
}

/**
 * The number the storage keeps for a value: the number itself, or the index of the choice. As in Optuna, a number outside
 * the range is let through (`contains` tells); something that is no number, or no choice, is not.
 * @throws TunelensError (code `invalid-param-value`)
 */
export function toInternal(distribution: Distribution, value: ParamValue): number {
  if (distribution.type === "categorical") {
    const index = distribution.choices.findIndex((choice) => sameChoice(choice, value));
    if (index < 0) throw invalidValue(value, distribution);
    return index;
  }
  if (typeof value !== "number" || Number.isNaN(value) || (distribution.log && value <= 0))
    throw invalidValue(value, distribution);
  return value;
}

/**
 * The value a stored number stands for.
 * @throws TunelensError (code `invalid-param-value`) when there is no choice with this index.
 */
export function toExternal(distribution: Distribution, internal: number): ParamValue {
  if (distribution.type === "float") return internal;
  const whole = Math.trunc(internal);
  if (distribution.type === "int") return whole;
  const choice = distribution.choices[whole];
  if (choice === undefined) throw invalidValue(internal, distribution);
  return choice;
}

/** Whether a stored number lies in the range, and on the step; a float step forgives 1e-8 of a step, or what doubles round. */
export function contains(distribution: Distribution, internal: number): boolean {
  if (distribution.type === "categorical") {
    const index = Math.trunc(internal);
    return index >= 0 && index < distribution.choices.length;
  }
  const { low, high, step } = distribution;
  if (!(low <= internal && internal <= high)) return false;
  if (step === null) return true;
  if (distribution.type === "int") return ((internal % step) - (low % step)) % step === 0;
  const difference = internal - low;
  const k = Number.isFinite(difference) ? difference / step : (internal / 2 - low / 2) / (step / 2);
  const rounding = spacing(Math.max(Math.abs(internal), Math.abs(low))) + Math.abs(k) * spacing(step);
  return !(Math.abs(k - Math.round(k)) >= Math.max(1e-8, (2 * rounding) / step));
}

/** Whether a distribution has a value; false also for one of another type. */
export function isValueOf(distribution: Distribution, value: ParamValue): boolean {
  try {
    return contains(distribution, toInternal(distribution, value));
  } catch {
    return false;
  }
}

/** At most so far apart are doubles near a number. */
function spacing(value: number): number {
  return Math.max(Number.MIN_VALUE, Number.EPSILON * value);
}

/** Whether there is but one value to choose. */
export function isSingle(distribution: Distribution): boolean {
  if (distribution.type === "categorical") return distribution.choices.length === 1;
  const { low, high, step } = distribution;
  if (low === high) return true;
  if (step === null) return false;
  const [highUnits, lowUnits, stepUnits] = inCommonUnits(high, low, step);
  return highUnits - lowUnits < stepUnits;
}

/** The value of a distribution that has but one. */
export function singleValue(distribution: Distribution): ParamValue {
  return distribution.type === "categorical" ? distribution.choices[0]! : distribution.low;
}

/** How many values there are; Infinity for a continuous one. */
export function countValues(distribution: Distribution): number {
  if (distribution.type === "categorical") return distribution.choices.length;
  const { low, high, step } = distribution;
  if (step === null) return low === high ? 1 : Infinity;
  const [highUnits, lowUnits, stepUnits] = inCommonUnits(high, low, step);
  return Number((highUnits - lowUnits) / stepUnits) + 1;
}

/**
 * The stored number of the value at an index, 0 … countValues − 1, of a distribution that is not continuous: exact in decimals, so
 * that 0 … 1 by 0.1 has 0.3 and not 0.30000000000000004.
 */
export function internalAt(distribution: Distribution, index: number): number {
  if (distribution.type === "categorical") return index;
  const { low, step } = distribution;
  if (distribution.type === "int") return onStep(distribution, low + index * step!);
  if (step === null) return low;
  const [lowUnits, stepUnits, , scale] = inCommonUnits(low, step, 0);
  return Number(`${lowUnits + BigInt(index) * stepUnits}e-${scale}`);
}

/** Equal in class and in every attribute. */
export function sameDistribution(a: Distribution, b: Distribution): boolean {
  if (a.type === "categorical" || b.type === "categorical")
    return a.type === "categorical" && b.type === "categorical" && sameChoices(a.choices, b.choices);
  return a.type === b.type && a.low === b.low && a.high === b.high && a.log === b.log && a.step === b.step;
}

/**
 * Within a study a parameter may change its numeric range and step from trial to trial, nothing else.
 * @throws IncompatibleDistributionError
 */
export function checkCompatible(name: string, existing: Distribution, proposed: Distribution): void {
  if (existing.type === "categorical" && proposed.type === "categorical") {
    if (sameChoices(existing.choices, proposed.choices)) return;
  } else if (existing.type !== "categorical" && proposed.type !== "categorical") {
    if (existing.type === proposed.type && existing.log === proposed.log) return;
  }
  throw new IncompatibleDistributionError(
    `Parameter "${name}" is ${describe(existing)} in this study and cannot become ${describe(proposed)}. ` +
      "Within a study, only a numeric range and its step may change. Rename the parameter, or continue with the changed space as a new study that learns from this one (learnFrom).",
  );
}

/** A distribution as a user would write it: `float(0.001, 0.1, { log: true })`. */
export function describe(distribution: Distribution): string {
  if (distribution.type === "categorical") return `categorical(${JSON.stringify(distribution.choices)})`;
  const { type, low, high, log, step } = distribution;
  const shownStep = type === "int" && step === 1 ? null : step;
  return `${type}(${low}, ${high}${describeOptions({ log, step: shownStep })})`;
}

function describeOptions({ log, step }: FloatOptions): string {
  const parts = [log ? "log: true" : "", step === null || step === undefined ? "" : `step: ${step}`].filter(Boolean);
  return parts.length ? `, { ${parts.join(", ")} }` : "";
}

function failing(call: string, name: string | undefined): (reason: string) => never {
  return (reason) => {
    throw new InvalidDistributionError(`${name === undefined ? "" : `Parameter "${name}": `}${call}: ${reason}.`);
  };
}

function invalidValue(value: ParamValue, distribution: Distribution): TunelensError {
  return new TunelensError(
    "invalid-param-value",
    `${JSON.stringify(value)} is not a value of ${describe(distribution)}.`,
  );
}

function sameChoice(a: CategoricalChoice, b: CategoricalChoice): boolean {
  return a === b || (Number.isNaN(a) && Number.isNaN(b));
}

function sameChoices(a: readonly CategoricalChoice[], b: readonly CategoricalChoice[]): boolean {
  return a.length === b.length && a.every((choice, i) => sameChoice(choice, b[i]!));
}

/** The largest `low + k * step` not above `high`, in decimal arithmetic: 0 … 1.05 by 0.1 ends at 1, which doubles would miss. */
function lowerHighToStep(low: number, high: number, step: number): number {
  const [highUnits, lowUnits, stepUnits, scale] = inCommonUnits(high, low, step);
  const rest = (highUnits - lowUnits) % stepUnits;
  return rest === 0n ? high : Number(`${highUnits - rest}e-${scale}`);
}

/** The three numbers, as their shortest decimal notation gives them, as whole multiples of 10^-scale. */
function inCommonUnits(a: number, b: number, c: number): [bigint, bigint, bigint, number] {
  const decimals = [a, b, c].map(toDecimal);
  const scale = Math.max(0, ...decimals.map(({ exponent }) => -exponent));
  const [x, y, z] = decimals.map(({ digits, exponent }) => digits * 10n ** BigInt(exponent + scale));
  return [x!, y!, z!, scale];
}

function toDecimal(value: number): { digits: bigint; exponent: number } {
  const [mantissa = "0", exponent = "0"] = String(value).split("e");
  const [whole = "0", fraction = ""] = mantissa.split(".");
  return { digits: BigInt(whole + fraction), exponent: Number(exponent) - fraction.length };
}
