import { LOG_SQRT_2PI } from "../../math/normal.js";
import type { Rng } from "../../math/rng.js";
import { logGaussMass, truncatedNormalQuantile } from "../../math/truncated-normal.js";
import { clip } from "../../math/clip.js";
import { fromTransformedRaw, nearestStep } from "../../sampled-interval.js";
import { Candidates } from "./candidates.js";
import { DiscreteScore, smoothedChoice } from "./discrete-score.js";
import { KernelClasses } from "./kernel-classes.js";
import type { NumericDimension, ObservationTable } from "./observations.js";
import { PRIOR_ROW } from "./observations.js";

/** A kernel this far (in nats) below the largest one changes the sum of 10,000 by less than a double can show. */
const NEGLIGIBLE = 45;

/** From so many observations on the narrowest width allowed no longer depends on their number: range / 100. */
const MANY_MEMBERS = 98;

/** Up to so many members come or go before all widths are computed anew. */
const FEW_CHANGES = 64;

/**
 * A mixture with one product kernel per observed trial and one for the prior: truncated normals (their mass over a step
 * where there are steps) and smoothed choices. Widths follow the gaps to the neighboring observations, dimension by
 * dimension, as in Bergstra et al., "Algorithms for Hyper-Parameter Optimization" (NIPS 2011), with Optuna 5.0's clipping.
 *
 * Widths and what follows from them are kept between fits. In a long study a new trial changes those of its neighbors
 * only, so that a fit takes time for what changed rather than for all there is.
 */
export class ParzenEstimator {
  /** The rows of the mixture, prior first, then observations by trial number, and their normalized weights. */
  private rows = new Int32Array(0);
  private weights = new Float64Array(0);
  private isMember = new Uint8Array(0);
  /** Observations at the last fit. */
  private fittedCount = 0;
  /** Rows whose neighbors changed, by numeric column. */
  private readonly stale: Set<number>[];
  /** Per row and numeric column; NaN where not known. */
  private inverseSigma = new Float64Array(0);
  private logNormalizer = new Float64Array(0);
  /** Per row, over all numeric columns; NaN where not known. */
  private logNormalizerSum = new Float64Array(0);
  private readonly classes: KernelClasses;

  constructor(private readonly table: ObservationTable) {
    this.stale = table.numeric.map(() => new Set());
    this.classes = new KernelClasses(table.numeric.length - table.continuousCount);
  }

  /** @param members rows of the table, ascending. @param weights one per member; the prior's is 1. */
  fit(members: Int32Array, weights: Float64Array): void {
    this.makeRoom();
    this.rows = new Int32Array(members.length + 1);
    this.rows[0] = PRIOR_ROW;
    this.rows.set(members, 1);
    this.normalizeWeights(weights);
    const { gone, come } = this.changes(members);
    const many = Math.min(this.fittedCount, members.length) >= MANY_MEMBERS;
    const few = gone.length + come.length <= FEW_CHANGES;
    if (many && few && !this.classes.isLittered) this.fitChanges(gone, come);
    else this.classes.renew(() => this.fitAnew(members));
    this.fittedCount = members.length;
  }

  /** To be called when a row has been removed from the table, before it gets other values. */
  forget(row: number): void {
    if (this.isMember[row] !== 1) return;
    this.leave(row);
    const n = this.table.numeric.length;
    this.inverseSigma.fill(NaN, row * n, (row + 1) * n);
  }

  /** The fitted kernels of a numeric column, observations by trial number, then the prior; for tests and plots. */
  kernels(column: number): { readonly mu: number[]; readonly sigma: number[]; readonly weight: number[] } {
    const n = this.table.numeric.length;
    const order = [...this.rows.keys()].map((i) => (i + 1) % this.rows.length);
    return {
      mu: order.map((i) => this.table.values[this.rows[i]! * this.table.width + column]!),
      sigma: order.map((i) => 1 / this.inverseSigma[this.rows[i]! * n + column]!),
      weight: order.map((i) => this.weights[i]!),
    };
  }

  /** Draws points: a kernel by weight, then every dimension from that kernel. */
  sample(count: number, rng: Rng): Candidates {
    const { numeric, categorical, width } = this.table;
    const internal = new Float64Array(count * width);
    for (let point = 0; point < count; point++) {
      const row = this.rows[pick(this.weights, rng.next())]!;
      numeric.forEach((dimension, column) => {
        internal[point * width + column] = this.sampleNumber(dimension, row, column, rng.next());
      });
      categorical.forEach(({ distribution }, index) => {
        const column = numeric.length + index;
        internal[point * width + column] = this.sampleChoice(distribution.choices.length, row, column, rng.next());
      });
    }
    return new Candidates(this.table, internal);
  }

  /** ln of the density at each point; for a parameter with steps or choices, of the probability. */
  logPdf(candidates: Candidates): Float64Array {
    const { values, width, numeric, continuousCount } = this.table;
    const { count, left } = candidates;
    const { rows, inverseSigma } = this;
    const [largest, sum] = [new Float64Array(count).fill(-Infinity), new Float64Array(count)];
    const discrete = this.discreteScore(candidates);
    for (let i = 0; i < rows.length; i++) {
      const row = rows[i]!;
      const scale = Math.log(this.weights[i]!) + this.logNormalizerSum[row]!;
      const [base, sigmaBase] = [row * width, row * numeric.length];
      for (let point = 0; point < count; point++) {
        // Every further term is at most 0: a kernel that has fallen this low stays there.
        const cutoff = largest[point]! - NEGLIGIBLE;
        const limit = 2 * (scale - cutoff);
        const pointBase = point * numeric.length;
        const square = squaredDistance(left, values, inverseSigma, pointBase, base, sigmaBase, continuousCount, limit);
        if (square > limit) continue;
        const term = discrete.add(scale - 0.5 * square, cutoff, row, point);
        if (term < cutoff || term === -Infinity) continue;
        if (term > largest[point]!) {
          sum[point] = sum[point]! * Math.exp(largest[point]! - term) + 1;
          largest[point] = term;
        } else sum[point]! += Math.exp(term - largest[point]!);
      }
    }
    return largest.map((max, point) => (candidates.outside[point] === 1 ? -Infinity : max + Math.log(sum[point]!)));
  }

  private discreteScore(candidates: Candidates): DiscreteScore {
    return new DiscreteScore(this.table, candidates, this.inverseSigma, this.classes, this.rows.length);
  }

  private makeRoom(): void {
    const rows = this.table.present.length;
    if (rows <= this.isMember.length) return;
    const n = this.table.numeric.length;
    this.inverseSigma = grown(this.inverseSigma, rows * n);
    this.logNormalizer = grown(this.logNormalizer, rows * n);
    this.logNormalizerSum = grown(this.logNormalizerSum, rows);
    this.classes.grow(rows);
    const isMember = new Uint8Array(rows);
    isMember.set(this.isMember);
    this.isMember = isMember;
  }

  private normalizeWeights(weights: Float64Array): void {
    const total = weights.reduce((sum, weight) => sum + weight, 0) + 1;
    this.weights = new Float64Array(weights.length + 1);
    this.weights[0] = 1 / total;
    for (let i = 0; i < weights.length; i++) this.weights[i + 1] = weights[i]! / total;
  }

  private changes(members: Int32Array): { gone: number[]; come: number[] } {
    const isNow = new Uint8Array(this.isMember.length);
    for (const row of members) isNow[row] = 1;
    const [gone, come]: [number[], number[]] = [[], []];
    for (let row = 0; row < isNow.length; row++) {
      if (isNow[row] !== this.isMember[row]) (isNow[row] === 1 ? come : gone).push(row);
    }
    return { gone, come };
  }

  private fitAnew(members: Int32Array): void {
    this.isMember.fill(0);
    for (const row of members) this.isMember[row] = 1;
    for (let column = 0; column < this.table.numeric.length; column++) {
      const { low, high } = this.table.numeric[column]!;
      this.setSigma(PRIOR_ROW, column, high - low);
      this.stale[column]!.clear();
      const order = this.memberOrder(column, members);
      for (let i = 0; i < order.length; i++) this.fitRow(column, order[i]!, order[i - 1], order[i + 1], members.length);
    }
    for (const row of this.rows) this.sumNormalizers(row);
  }

  private fitChanges(gone: readonly number[], come: readonly number[]): void {
    for (const row of gone) this.leave(row);
    for (const row of come) this.join(row);
    const touched = new Set<number>();
    this.stale.forEach((rows, column) => {
      for (const row of rows) {
        if (this.isMember[row] !== 1) continue;
        const { below, above } = this.neighbors(column, row);
        this.fitRow(column, row, below, above, this.rows.length - 1);
        touched.add(row);
      }
      rows.clear();
    });
    for (const row of touched) this.sumNormalizers(row);
  }

  private leave(row: number): void {
    this.isMember[row] = 0;
    this.markNeighbors(row);
  }

  private join(row: number): void {
    this.isMember[row] = 1;
    for (const rows of this.stale) rows.add(row);
    this.markNeighbors(row);
  }

  private markNeighbors(row: number): void {
    this.stale.forEach((rows, column) => {
      const { below, above } = this.neighbors(column, row);
      if (below !== undefined) rows.add(below);
      if (above !== undefined) rows.add(above);
    });
  }

  /** The members next to a row in a column's order. */
  private neighbors(column: number, row: number): { below: number | undefined; above: number | undefined } {
    const order = this.table.ascending(column);
    const at = this.table.position(column, row);
    let below = at - 1;
    while (below >= 0 && this.isMember[order[below]!] !== 1) below--;
    let above = order[at] === row ? at + 1 : at;
    while (above < order.length && this.isMember[order[above]!] !== 1) above++;
    return { below: order[below], above: order[above] };
  }

  private memberOrder(column: number, members: Int32Array): Int32Array {
    const order = this.table.ascending(column);
    if (16 * members.length > order.length) return order.filter((row) => this.isMember[row] === 1);
    const { values, width } = this.table;
    return members.slice().sort((a, b) => values[a * width + column]! - values[b * width + column]! || a - b);
  }

  /** The wider of the gaps to both neighbors; the outermost observations look inwards only, a lone one at the bounds. */
  private fitRow(
    column: number,
    row: number,
    below: number | undefined,
    above: number | undefined,
    memberCount: number,
  ): void {
    const { low, high } = this.table.numeric[column]!;
    const at = (other: number): number => this.table.values[other * this.table.width + column]!;
    const mu = at(row);
    const lone = below === undefined && above === undefined;
    const downwards = below !== undefined ? mu - at(below) : lone ? mu - low : -Infinity;
    const upwards = above !== undefined ? at(above) - mu : lone ? high - mu : -Infinity;
    const range = high - low;
    this.setSigma(row, column, clip(Math.max(downwards, upwards), range / Math.min(100, memberCount + 2), range));
  }

  private setSigma(row: number, column: number, sigma: number): void {
    const inverse = 1 / sigma;
    const at = row * this.table.numeric.length + column;
    if (this.inverseSigma[at] !== inverse) {
      this.inverseSigma[at] = inverse;
      this.logNormalizer[at] = this.normalizer(row, column, sigma);
    }
    const stepped = column - this.table.continuousCount;
    if (stepped < 0) return;
    this.classes.assign(row, stepped, this.table.values[row * this.table.width + column]!, inverse);
  }

  private normalizer(row: number, column: number, sigma: number): number {
    const { low, high, distribution } = this.table.numeric[column]!;
    const mu = this.table.values[row * this.table.width + column]!;
    const logMass = logGaussMass((low - mu) / sigma, (high - mu) / sigma);
    return distribution.step === null ? -logMass - Math.log(sigma) - LOG_SQRT_2PI : -logMass;
  }

  private sumNormalizers(row: number): void {
    const n = this.table.numeric.length;
    let sum = 0;
    for (let at = row * n; at < (row + 1) * n; at++) sum += this.logNormalizer[at]!;
    this.logNormalizerSum[row] = sum;
  }

  private sampleNumber(dimension: NumericDimension, row: number, column: number, quantile: number): number {
    const { low, high, distribution } = dimension;
    const mu = this.table.values[row * this.table.width + column]!;
    const sigma = 1 / this.inverseSigma[row * this.table.numeric.length + column]!;
    const z = truncatedNormalQuantile(quantile, (low - mu) / sigma, (high - mu) / sigma);
    const x = fromTransformedRaw(distribution, mu + sigma * z);
    const value = distribution.step === null ? x : nearestStep(distribution, x);
    return clip(value, distribution.low, distribution.high);
  }

  private sampleChoice(choices: number, row: number, column: number, quantile: number): number {
    if (row === PRIOR_ROW) return Math.min(Math.floor(quantile * choices), choices - 1);
    const { hit, miss } = smoothedChoice(choices, this.rows.length);
    const observed = this.table.values[row * this.table.width + column]!;
    return pick(
      Float64Array.from({ length: choices }, (_, choice) => (choice === observed ? hit : miss)),
      quantile,
    );
  }
}

/**
 * Σ ((x − μ)/σ)² over the first `columns` columns; stops, with what it has, once that exceeds `limit`.
 * Four at a time, as one sum after another would keep the processor waiting.
 */
function squaredDistance(
  points: Float64Array,
  means: Float64Array,
  inverseSigmas: Float64Array,
  point: number,
  mean: number,
  sigma: number,
  columns: number,
  limit: number,
): number {
  let sum = 0;
  let i = 0;
  for (; i + 4 <= columns; i += 4) {
    const a = (points[point + i]! - means[mean + i]!) * inverseSigmas[sigma + i]!;
    const b = (points[point + i + 1]! - means[mean + i + 1]!) * inverseSigmas[sigma + i + 1]!;
    const c = (points[point + i + 2]! - means[mean + i + 2]!) * inverseSigmas[sigma + i + 2]!;
    const d = (points[point + i + 3]! - means[mean + i + 3]!) * inverseSigmas[sigma + i + 3]!;
    sum += a * a + b * b + (c * c + d * d);
    if (sum > limit) return sum;
  }
  for (; i < columns; i++) {
    const a = (points[point + i]! - means[mean + i]!) * inverseSigmas[sigma + i]!;
    sum += a * a;
  }
  return sum;
}

/** The index at which the running sum of `probabilities` passes `quantile`. */
function pick(probabilities: Float64Array, quantile: number): number {
  let sum = 0;
  for (let i = 0; i < probabilities.length - 1; i++) {
    sum += probabilities[i]!;
    if (quantile < sum) return i;
  }
  return probabilities.length - 1;
}

function grown(array: Float64Array, length: number): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(length).fill(NaN);
  larger.set(array);
  return larger;
}
