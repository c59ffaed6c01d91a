import { minimize } from "../../math/minimize.js";
import type { Rng } from "../../math/rng.js";
import { clip } from "../../math/clip.js";
import type { Acquisition } from "./acquisition.js";
import type { NormalizedSpace } from "../../gaussian-process/normalized-space.js";

/** Points the search begins with, and how many where models of many observations make each dear. */
const MOST_PRELIMINARY_POINTS = 2048;
const MANY_OBSERVATIONS = 128;
const VERY_MANY_OBSERVATIONS = 300;
/** Of the draws that an acquisition is made of, for those points, where there are many observations. */
const SHARE_OF_DRAWS = 1 / 4;
/** Of these and the points given, so many are searched from. */
const LOCAL_SEARCHES = 10;
const GRADIENT_TOLERANCE = 1e-2;
/** The acquisition is a logarithm: a gain of less changes nothing that counts. */
const VALUE_TOLERANCE = 1e-5;
const MAX_ROUNDS = 100;
/** Where models of many observations make each step dear, the searches are so short at first; those to the best so many places go on. */
const SHORT_SEARCH = 8;
const LONG_SEARCHES = 3;
/** Of a parameter with no more steps, all are tried; of one with more, those at ever shorter distances. */
const MAX_EXHAUSTIVE = 16;

interface Candidate {
  readonly point: Float64Array;
  readonly value: number;
}

/**
 * The point with the largest acquisition that several local searches find: from the best of 2,048 quasi-random points (fewer where
 * there are many observations), from others of them drawn in proportion to their acquisition, and from points given. Each goes up the
 * gradient in the continuous parameters and tries the values of the others in turn, until neither gains. As Optuna's GP sampler does it.
 * @param lengthscales of each coordinate: the search is scaled by them.
 * @param starts at most nine.
 * @param observations how many the models are made of, together.
 */
export function optimizeAcquisition(
  acquisition: Acquisition,
  space: NormalizedSpace,
  lengthscales: Float64Array,
  starts: readonly Float64Array[],
  observations: number,
  rng: Rng,
): Float64Array {
  const points = space.spread(preliminaryPoints(observations), rng);
  const values = acquisition.evaluateAll(points, observations > MANY_OBSERVATIONS ? SHARE_OF_DRAWS : 1);
  const preliminary = points.map((point, i) => ({ point, value: values[i]! }));
  const search = new LocalSearch(acquisition, space, lengthscales);
  const given = starts.map((start) => {
    const point = space.nearest(start);
    return { point, value: acquisition.evaluate(point) };
  });
  let candidates = [...promising(preliminary, LOCAL_SEARCHES - starts.length, rng), ...given];
  if (areVeryMany(observations))
    candidates = byValue(candidates.map(({ point }) => search.shortly(point))).slice(0, LONG_SEARCHES);
  return byValue(candidates.map((start) => search.from(start)))[0]!.point;
}

/** Whether models of so many observations, together, make each evaluation very dear. */
export function areVeryMany(observations: number): boolean {
  return observations > VERY_MANY_OBSERVATIONS;
}

/** The best first. */
function byValue(candidates: readonly Candidate[]): Candidate[] {
  return candidates.toSorted((a, b) => b.value - a.value);
}

function preliminaryPoints(observations: number): number {
  if (areVeryMany(observations)) return MOST_PRELIMINARY_POINTS / 8;
  return observations > MANY_OBSERVATIONS ? MOST_PRELIMINARY_POINTS / 2 : MOST_PRELIMINARY_POINTS;
}

/** The best, and others drawn without replacement with probabilities in proportion to the acquisition. */
function promising(candidates: readonly Candidate[], count: number, rng: Rng): Candidate[] {
  let best = candidates[0]!;
  for (const candidate of candidates) if (candidate.value > best.value) best = candidate;
  const weights = candidates.map(({ value }) => Math.exp(value - best.value));
  weights[candidates.indexOf(best)] = 0;
  const chosen = [best];
  let total = weights.reduce((sum, weight) => sum + weight, 0);
  while (chosen.length < count && total > 0) {
    const index = drawIndex(weights, total, rng);
    if (index < 0) break;
    chosen.push(candidates[index]!);
    weights[index] = 0;
    total = weights.reduce((sum, weight) => sum + weight, 0);
  }
  return chosen;
}

function drawIndex(weights: readonly number[], total: number, rng: Rng): number {
  let rest = rng.next() * total;
  for (const [i, weight] of weights.entries()) {
    rest -= weight;
    if (weight > 0 && rest <= 0) return i;
  }
  return weights.findLastIndex((weight) => weight > 0);
}

class LocalSearch {
  constructor(
    private readonly acquisition: Acquisition,
    private readonly space: NormalizedSpace,
    private readonly lengthscales: Float64Array,
  ) {}

  from(start: Candidate): Candidate {
    const { continuousCount, width } = this.space;
    let current = start;
    // What moved last, which need not be tried again before something else has moved: -1 for the continuous parameters together.
    let lastMoved: number | undefined;
    for (let round = 0; round < MAX_ROUNDS; round++) {
      for (let column = continuousCount - 1; column < width; column++) {
        const stage = column < continuousCount ? -1 : column;
        if (stage === lastMoved) return current;
        const next = stage === -1 ? this.climb(current) : this.tryValues(current, column);
        if (next.value > current.value) lastMoved = stage;
        current = next;
      }
      if (lastMoved === undefined) return current;
    }
    return current;
  }

  /** Some steps up the gradient in the continuous parameters. */
  shortly(point: Float64Array): Candidate {
    return this.climb({ point, value: this.acquisition.evaluate(point) }, SHORT_SEARCH);
  }

  /** Up the gradient in the continuous parameters. */
  private climb(current: Candidate, maxIterations?: number): Candidate {
    const { continuousCount } = this.space;
    if (continuousCount === 0) return current;
    const scales = this.lengthscales.subarray(0, continuousCount);
    const point = current.point.slice();
    const full = new Float64Array(point.length);
    const found = minimize(
      (scaled, gradient) => {
        for (let k = 0; k < continuousCount; k++) point[k] = scaled[k]! * scales[k]!;
        full.fill(0);
        const value = this.acquisition.evaluate(point, full);
        for (let k = 0; k < continuousCount; k++) gradient[k] = -full[k]! * scales[k]!;
        return -value;
      },
      current.point.slice(0, continuousCount).map((x, k) => x / scales[k]!),
      {
        lower: new Float64Array(continuousCount),
        upper: scales.map((scale) => 1 / scale),
        gradientTolerance: GRADIENT_TOLERANCE,
        valueTolerance: VALUE_TOLERANCE,
        ...(maxIterations !== undefined && { maxIterations }),
      },
    );
    if (!(-found.value > current.value)) return current;
    for (let k = 0; k < continuousCount; k++) point[k] = clip(found.x[k]! * scales[k]!, 0, 1);
    return { point, value: -found.value };
  }

  private tryValues(current: Candidate, column: number): Candidate {
    const { count, distribution } = this.space.dimensions[column]!;
    const at = this.space.indexAt(column, current.point[column]!);
    if (distribution.type !== "categorical" && count > MAX_EXHAUSTIVE) return this.narrowDown(current, column, at);
    let best = current;
    for (let index = 0; index < count; index++) {
      if (index === at) continue;
      const candidate = this.withValue(current, column, index);
      if (candidate.value > best.value) best = candidate;
    }
    return best;
  }

  /** Tries the values at a distance on both sides, first far, then ever nearer, and goes where it gains. */
  private narrowDown(current: Candidate, column: number, start: number): Candidate {
    const { count } = this.space.dimensions[column]!;
    let best = current;
    let at = start;
    for (let distance = 2 ** Math.floor(Math.log2(count / 2)); distance >= 1; distance /= 2) {
      for (const index of [at - distance, at + distance]) {
        if (index < 0 || index >= count) continue;
        const candidate = this.withValue(best, column, index);
        if (candidate.value > best.value) [best, at] = [candidate, index];
      }
    }
    return best;
  }

  private withValue({ point }: Candidate, column: number, index: number): Candidate {
    const changed = point.slice();
    changed[column] = this.space.coordinateOf(column, index);
    return { point: changed, value: this.acquisition.evaluate(changed) };
  }
}
