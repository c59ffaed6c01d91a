import { onStep, toExternal } from "../distribution.js";
import type {
  CategoricalDistribution,
  Distribution,
  FloatDistribution,
  IntDistribution,
  ParamValue,
} from "../distribution.js";
import type { TrialSnapshot } from "../trial/trial-snapshot.js";
import { SeededRng } from "../math/rng.js";
import type { Rng } from "../math/rng.js";
import { nextBelow, roundHalfEven } from "../math/rounding.js";
import type { StudyView } from "../study/study-view.js";

export type NumericDistribution = FloatDistribution | IntDistribution;

/**
 * The interval a numeric parameter is sampled from: widened by half a step on both sides, so that the values at the ends
 * get as much room as the others, then in natural logarithms where the distribution is logarithmic.
 */
export function transformedBounds(distribution: NumericDistribution): { readonly low: number; readonly high: number } {
  const half = (distribution.step ?? 0) / 2;
  return {
    low: toTransformed(distribution, distribution.low, -half),
    high: toTransformed(distribution, distribution.high, half),
  };
}

/** Where a value, or one some way beside it, lies in that interval. */
export function toTransformed(distribution: NumericDistribution, value: number, offset = 0): number {
  if (isSearchedInLog(distribution)) return Math.log(value + offset);
  const scale = scaleOf(distribution);
  return value * scale + offset * scale;
}

/** The number at a point of that interval; it need be no value of the distribution. */
export function fromTransformedRaw(distribution: NumericDistribution, x: number): number {
  return isSearchedInLog(distribution) ? Math.exp(x) : x / scaleOf(distribution);
}

/** Over a range so narrow that logarithms do not tell its values apart, they are as good as the values themselves. */
export function isSearchedInLog({ log, low, high }: NumericDistribution): boolean {
  return log && high > low * (1 + LEAST_LOG_RATIO);
}

const LEAST_LOG_RATIO = 1e-9;

/**
 * By what values are multiplied, so that neither their differences nor the squares of these, nor one over them, overflow. A power of two,
 * which rounds nothing; 1 for all but the largest and the smallest ranges.
 */
function scaleOf({ low, high }: NumericDistribution): number {
  const largest = Math.max(Math.abs(low), Math.abs(high));
  if (largest > 2 ** 500) return 2 ** -600;
  return largest < 2 ** -450 && largest > 0 ? 2 ** 600 : 1;
}

/** The multiple of the step, counted from `low`, that is nearest to a number. */
export function nearestStep(distribution: NumericDistribution, value: number): number {
  const { low, step } = distribution;
  const scale = scaleOf(distribution);
  const steps = roundHalfEven((value * scale - low * scale) / (step! * scale));
  const nearest = (steps * (step! * scale) + low * scale) / scale;
  if (distribution.type === "int") return onStep(distribution, nearest);
  return Number.isFinite(nearest) ? nearest : value;
}

/**
 * The random numbers of one parameter of one trial. Each name has a stream of its own, whatever the order in which
 * parameters are asked for.
 */
export function parameterRng(study: StudyView, trial: TrialSnapshot, name: string): Rng {
  return new SeededRng(Math.floor(study.rng(trial).next() * 2 ** 53), hash(name));
}

/** A value drawn uniformly: over the range, over its logarithm, over the steps, or over the choices. */
export function sampleUniform(distribution: Distribution, rng: Rng): ParamValue {
  return toExternal(distribution, uniformInternal(distribution, rng.next()));
}

/** The stored number at a quantile in [0, 1) of the uniform distribution over the values. */
export function uniformInternal(distribution: Distribution, quantile: number): number {
  if (distribution.type === "categorical") return uniformChoice(distribution, quantile);
  const { low, high } = transformedBounds(distribution);
  return fromTransformed(distribution, low + quantile * (high - low));
}

/** The stored value nearest to a point of the transformed interval, moved into the range where it lies outside. */
export function fromTransformed(distribution: NumericDistribution, x: number): number {
  return distribution.type === "int" ? intAt(distribution, x) : floatAt(distribution, x);
}

function uniformChoice({ choices }: CategoricalDistribution, quantile: number): number {
  return Math.min(Math.floor(quantile * choices.length), choices.length - 1);
}

function intAt(distribution: IntDistribution, x: number): number {
  const { low, high, step } = distribution;
  if (isSearchedInLog(distribution)) return clip(roundHalfEven(Math.exp(x)), low, high);
  const value = low + Math.floor((x - low) / step + 0.5) * step;
  return clip(onStep(distribution, value), low, high);
}

function floatAt(distribution: FloatDistribution, x: number): number {
  const { low, high, step } = distribution;
  if (low === high) return low;
  const value = fromTransformedRaw(distribution, x);
  if (step !== null) return clip(nearestStep(distribution, value), low, high);
  return clip(value, low, nextBelow(high));
}

export function clip(x: number, low: number, high: number): number {
  return Math.min(Math.max(x, low), high);
}

/** 32-bit FNV-1a over UTF-16 code units. */
function hash(text: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  return h >>> 0;
}
