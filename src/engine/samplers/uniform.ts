import { toExternal } from "../distribution.js";
import type {
  CategoricalDistribution,
  Distribution,
  FloatDistribution,
  IntDistribution,
  ParamValue,
} from "../distribution.js";
import type { FrozenTrial } from "../frozen-trial.js";
import { SeededRng } from "../math/rng.js";
import type { Rng } from "../math/rng.js";
import { nextBelow, roundHalfEven } from "../math/rounding.js";
import type { StudyView } from "./sampler.js";

export type NumericDistribution = FloatDistribution | IntDistribution;

/**
 * The interval a numeric parameter is sampled from: widened by half a step on both sides, so that the values at the ends
 * get as much room as the others, then in natural logarithms where the distribution is logarithmic.
 */
export function transformedBounds(distribution: NumericDistribution): { readonly low: number; readonly high: number } {
  const half = (distribution.step ?? 0) / 2;
  const [low, high] = [distribution.low - half, distribution.high + half];
  return distribution.log ? { low: Math.log(low), high: Math.log(high) } : { low, high };
}

/**
 * The random numbers of one parameter of one trial. Each name has a stream of its own, whatever the order in which
 * parameters are asked for.
 */
export function parameterRng(study: StudyView, trial: FrozenTrial, name: string): Rng {
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

function intAt({ low, high, step, log }: IntDistribution, x: number): number {
  const value = log ? roundHalfEven(Math.exp(x)) : low + Math.floor((x - low) / step + 0.5) * step;
  return clip(value, low, high);
}

function floatAt({ low, high, step, log }: FloatDistribution, x: number): number {
  if (low === high) return low;
  if (step !== null) return clip(roundHalfEven((x - low) / step) * step + low, low, high);
  return clip(log ? Math.exp(x) : x, low, nextBelow(high));
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
