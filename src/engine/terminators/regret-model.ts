import { isSingle, type SearchSpace } from "../distribution.js";
import type { TrialSnapshot } from "../trial/trial-snapshot.js";
import { SeededRng } from "../math/rng.js";
import { NormalizedSpace } from "../gaussian-process/normalized-space.js";
import type { GaussianProcess } from "../gaussian-process/regression.js";
import { IntersectionSearchSpace } from "../intersection-search-space.js";

/** Where the largest upper bound is looked for. */
const SAMPLES = 2048;

/** The COMPLETE trials as a Gaussian process takes them. */
export interface Observations {
  /** What all of them have in common. */
  readonly space: SearchSpace;
  /** As the unit cube, without parameters that have one value only. */
  readonly normalized: NormalizedSpace;
  readonly points: readonly Float64Array[];
  /** Their values, larger being better. */
  readonly scores: readonly number[];
}

export function observe(trials: readonly TrialSnapshot[], sign: 1 | -1): Observations {
  const complete = trials.filter(({ state }) => state === "COMPLETE");
  const common = new IntersectionSearchSpace();
  for (const trial of complete) common.add(trial);
  const { space } = common;
  const normalized = new NormalizedSpace(new Map([...space].filter(([, distribution]) => !isSingle(distribution))));
  return {
    space,
    normalized,
    points: complete.map(({ internalParams }) => normalized.normalize((name) => internalParams[name])!),
    scores: complete.map(({ values }) => sign * values![0]!),
  };
}

export interface RegretOptions {
  /** The probability that the bounds do not hold. */
  readonly delta: number;
  readonly seed: number;
}

/**
 * How much the largest upper confidence bound over the space is above the largest lower one at the points observed, in the process's terms
 * (Makarova et al. 2022, equation 4; its width scaled down as there, after Srinivas et al. 2010).
 * @param paramCount how many parameters there are, those of one value included.
 */
export function standardizedRegretBound(
  process: GaussianProcess,
  observed: readonly Float64Array[],
  space: NormalizedSpace,
  paramCount: number,
  { delta, seed }: RegretOptions,
): number {
  const beta = (2 / 5) * Math.log((paramCount * observed.length ** 2 * Math.PI ** 2) / 6 / delta);
  let [upper, lower] = [-Infinity, -Infinity];
  const margin = () => Math.sqrt(beta * process.variance);
  process.evaluateEach(observed, () => {
    upper = Math.max(upper, process.mean + margin());
    lower = Math.max(lower, process.mean - margin());
  });
  const elsewhere = space.width === 0 ? [] : space.spread(SAMPLES, new SeededRng(seed, observed.length));
  process.evaluateEach(elsewhere, () => {
    upper = Math.max(upper, process.mean + margin());
  });
  return upper - lower;
}
