import type { KernelFit, FitOptions } from "./fit.js";
import { fitKernelParams } from "./fit.js";
import type { KernelParams, Points } from "./kernel.js";
import { clip } from "../math/clip.js";

/** What a model is fitted to: larger is better, with mean 0 and variance 1. */
export interface Scores {
  readonly values: Float64Array;
  /** What was taken off, and divided by, in the terms of the values given. */
  readonly mean: number;
  readonly deviation: number;
}

/** How values become scores: `plain`, or with differences among bad values made small. */
export type Scale = "plain" | "compressed";

/** Up to so many observations the scale is chosen anew each time, then at every tenth. */
const FEW_OBSERVATIONS = 50;

/** The scores, on a scale, and the model's parameters fitted to them. */
export interface ScaledFit {
  readonly scale: Scale;
  readonly scores: Float64Array;
  readonly params: KernelParams;
}

/** What is infinite counts as the largest or smallest finite value. */
export function standardize(values: ArrayLike<number>): Scores {
  const finite = Array.from(values).filter(Number.isFinite);
  const [low, high] = finite.reduce(([a, b], x) => [Math.min(a, x), Math.max(b, x)], [Infinity, -Infinity]);
  const clipped = Float64Array.from(values, (x) => (finite.length === 0 ? 0 : clip(x, low, high)));
  const mean = clipped.reduce((sum, x) => sum + x / clipped.length, 0);
  const variance = clipped.reduce((sum, x) => sum + (x - mean) ** 2 / clipped.length, 0);
  const deviation = Math.max(Math.sqrt(variance), 1e-10);
  return { values: clipped.map((x) => (x - mean) / deviation), mean, deviation };
}

/**
 * Fits a model on the scale on which the observations are likelier. An objective that is orders of magnitude worse in places than near its
 * best would otherwise leave no difference among the good ones: that is what the compressed scale is for (Snelson et al., "Warped
 * Gaussian Processes", NIPS 2003, with two warpings). Optuna has the plain one alone.
 * @param values larger is better; may be infinite.
 * @param last the scale chosen for fewer observations, which is kept for a while.
 */
export function fitOnScale(
  points: Points,
  values: readonly number[],
  last: Scale | undefined,
  options: FitOptions,
): ScaledFit {
  const plain = standardize(values);
  const compressed = compress(plain.values);
  const isDue = points.count <= FEW_OBSERVATIONS || points.count % 10 === 0;
  const fits: (ScaledFit & { readonly logDensity: number })[] = [];
  if (last !== "compressed" || isDue || compressed === undefined)
    fits.push({ scale: "plain", scores: plain.values, ...fitKernelParams(points, plain.values, options) });
  if (compressed !== undefined && (last !== "plain" || isDue)) {
    const fit: KernelFit = fitKernelParams(points, compressed.values, options);
    const logDensity = fit.logDensity + compressed.logJacobian;
    fits.push({ scale: "compressed", scores: compressed.values, params: fit.params, logDensity });
  }
  return fits.reduce((best, fit) => (fit.logDensity > best.logDensity ? fit : best));
}

/**
 * The logarithm of how far each score lies below the best, in units of the median distance, to which 1 is added.
 * @returns the scores, with the logarithm of the change of volume; `undefined` where half of the scores are the best.
 */
export function compress(
  scores: Float64Array,
): { readonly values: Float64Array; readonly logJacobian: number } | undefined {
  const best = scores.reduce((a, b) => Math.max(a, b), -Infinity);
  const distances = scores.map((score) => best - score);
  const median = distances.slice().sort()[Math.floor(distances.length / 2)]!;
  if (!(median > 0)) return undefined;
  const { values, deviation } = standardize(distances.map((distance) => -Math.log1p(distance / median)));
  let logJacobian = -values.length * Math.log(deviation);
  for (const distance of distances) logJacobian -= Math.log(median + distance);
  return { values, logJacobian };
}
