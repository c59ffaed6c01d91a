import { onStep, type FloatDistribution, type IntDistribution } from "./distribution.js";
import { clip } from "./math/clip.js";
import { nextBelow, roundHalfEven } from "./math/rounding.js";

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

/** The stored value nearest to a point of the transformed interval, moved into the range where it lies outside. */
export function fromTransformed(distribution: NumericDistribution, x: number): number {
  return distribution.type === "int" ? intAt(distribution, x) : floatAt(distribution, x);
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
