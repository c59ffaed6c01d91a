import { toExternal, type CategoricalDistribution, type Distribution, type ParamValue } from "../distribution.js";
import { SeededRng, type Rng } from "../math/rng.js";
import { fromTransformed, transformedBounds } from "../sampled-interval.js";
import type { StudyView } from "../study/study-view.js";
import type { TrialSnapshot } from "../trial/trial-snapshot.js";

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

function uniformChoice({ choices }: CategoricalDistribution, quantile: number): number {
  return Math.min(Math.floor(quantile * choices.length), choices.length - 1);
}

/** 32-bit FNV-1a over UTF-16 code units. */
function hash(text: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  return h >>> 0;
}
