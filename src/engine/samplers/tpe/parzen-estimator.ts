import { LOG_SQRT_2PI } from "../../math/normal.js";
import type { Rng } from "../../math/rng.js";
import { roundHalfEven } from "../../math/rounding.js";
import { logGaussMass, truncatedNormalQuantile } from "../../math/truncated-normal.js";
import { clip } from "../uniform.js";
import { Candidates } from "./candidates.js";
import type { NumericDimension, ObservationTable } from "./observations.js";
import { PRIOR_ROW } from "./observations.js";

/** A kernel this far (in nats) below the largest one changes the sum of 10,000 by less than a double can show. */
const NEGLIGIBLE = 45;

/**
 * A mixture with one product kernel per observed trial and one for the prior: truncated normals (their mass over a step
 * where there are steps) and smoothed choices. Widths follow the gaps to the neighbouring observations, dimension by dimension, as in
 * Bergstra et al., "Algorithms for Hyper-Parameter Optimization" (NIPS 2011), with Optuna 5.0's clipping.
 *
 * What depends on one kernel only (its width, its normalisation) is kept between fits and computed again where the width
 * has changed; for a long study that is next to nowhere.
 */
export class ParzenEstimator {
  /** The rows of the mixture, prior first, then observations by trial number, and their normalised weights. */
  private rows = new Int32Array(0);
  private weights = new Float64Array(0);
  /** Per kernel: ln of its weight and of its normalisation, all dimensions together. */
  private logScale = new Float64Array(0);
  /** Per row and numeric column; NaN where not known. */
  private inverseSigma = new Float64Array(0);
  private logNormaliser = new Float64Array(0);
  /** Per row and stepped column: rows with the same number have the same kernel there. */
  private kernelClass = new Int32Array(0);
  private readonly classCount: Int32Array;
  private isMember = new Uint8Array(0);

  constructor(private readonly table: ObservationTable) {
    this.classCount = new Int32Array(table.numeric.length);
  }

  /** @param members rows of the table, ascending. @param weights one per member; the prior's is 1. */
  fit(members: Int32Array, weights: Float64Array): void {
    this.makeRoom();
    this.rows = new Int32Array(members.length + 1);
    this.rows[0] = PRIOR_ROW;
    this.rows.set(members, 1);
    this.normaliseWeights(weights);
    for (const row of members) this.isMember[row] = 1;
    for (let column = 0; column < this.table.numeric.length; column++) this.fitColumn(column, members.length);
    for (const row of members) this.isMember[row] = 0;
    this.sumLogScales();
  }

  /** To be called when a row's values change: what was kept for it no longer holds. */
  forget(row: number): void {
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
    const { count } = candidates;
    const largest = new Float64Array(count).fill(-Infinity);
    // Σ exp(term − largest), rescaled whenever a larger term turns up.
    const sum = new Float64Array(count);
    const score = new KernelScore(this.table, candidates, this.inverseSigma, this.kernelClass, this.memos(count));
    const choice = smoothedChoices(this.table, this.rows.length);
    for (let i = 0; i < this.rows.length; i++) {
      const row = this.rows[i]!;
      const scale = this.logScale[i]!;
      for (let point = 0; point < count; point++) {
        const cutoff = largest[point]! - NEGLIGIBLE;
        let term = score.numeric(scale, cutoff, row, point);
        if (term >= cutoff && choice.length > 0) term += score.categorical(choice, row, point);
        if (!(term >= cutoff)) continue;
        if (term > largest[point]!) {
          sum[point] = sum[point]! * Math.exp(largest[point]! - term) + 1;
          largest[point] = term;
        } else sum[point]! += Math.exp(term - largest[point]!);
      }
    }
    return largest.map((max, point) => (candidates.outside[point] === 1 ? -Infinity : max + Math.log(sum[point]!)));
  }

  private makeRoom(): void {
    const rows = this.table.present.length;
    if (rows <= this.isMember.length) return;
    const n = this.table.numeric.length;
    this.inverseSigma = grown(this.inverseSigma, rows * n);
    this.logNormaliser = grown(this.logNormaliser, rows * n);
    this.kernelClass = new Int32Array(rows * (n - this.table.continuousCount));
    this.isMember = new Uint8Array(rows);
  }

  private normaliseWeights(weights: Float64Array): void {
    const total = weights.reduce((sum, weight) => sum + weight, 0) + 1;
    this.weights = new Float64Array(weights.length + 1);
    this.weights[0] = 1 / total;
    for (let i = 0; i < weights.length; i++) this.weights[i + 1] = weights[i]! / total;
  }

  /** Walks the members in ascending order; each one's neighbours say how wide it is. */
  private fitColumn(column: number, memberCount: number): void {
    const { width, values } = this.table;
    const { low, high } = this.table.numeric[column]!;
    const range = high - low;
    const smallest = range / Math.min(100, memberCount + 2);
    this.startClasses(column);
    let [seen, previous, row] = [0, low, -1];
    for (const next of this.table.ascending(column)) {
      if (this.isMember[next] !== 1) continue;
      if (row >= 0) {
        const mu = values[row * width + column]!;
        const gap = values[next * width + column]! - mu;
        // The outermost observations look inwards only.
        this.setSigma(row, column, clip(seen === 1 ? gap : Math.max(mu - previous, gap), smallest, range));
        previous = mu;
      }
      row = next;
      seen++;
    }
    if (row >= 0) {
      const mu = values[row * width + column]!;
      const gap = seen === 1 ? Math.max(mu - low, high - mu) : mu - previous;
      this.setSigma(row, column, clip(gap, smallest, range));
    }
  }

  private startClasses(column: number): void {
    this.classCount[column] = 0;
    this.lastMu = NaN;
    this.setSigma(PRIOR_ROW, column, this.table.numeric[column]!.high - this.table.numeric[column]!.low);
  }

  /** What the kernel classed last looks like. */
  private lastMu = NaN;
  private lastInverse = NaN;

  private setSigma(row: number, column: number, sigma: number): void {
    const n = this.table.numeric.length;
    const inverse = 1 / sigma;
    const at = row * n + column;
    if (this.inverseSigma[at] !== inverse) {
      this.inverseSigma[at] = inverse;
      this.logNormaliser[at] = this.normaliser(row, column, sigma);
    }
    const stepped = column - this.table.continuousCount;
    if (stepped < 0) return;
    const mu = this.table.values[row * this.table.width + column]!;
    if (mu !== this.lastMu || inverse !== this.lastInverse) this.classCount[column]!++;
    this.lastMu = mu;
    this.lastInverse = inverse;
    this.kernelClass[row * (n - this.table.continuousCount) + stepped] = this.classCount[column]! - 1;
  }

  private normaliser(row: number, column: number, sigma: number): number {
    const { low, high, distribution } = this.table.numeric[column]!;
    const mu = this.table.values[row * this.table.width + column]!;
    const logMass = logGaussMass((low - mu) / sigma, (high - mu) / sigma);
    return distribution.step === null ? -logMass - Math.log(sigma) - LOG_SQRT_2PI : -logMass;
  }

  private sumLogScales(): void {
    const n = this.table.numeric.length;
    this.logScale = new Float64Array(this.rows.length);
    for (let i = 0; i < this.rows.length; i++) {
      let scale = Math.log(this.weights[i]!);
      const base = this.rows[i]! * n;
      for (let column = 0; column < n; column++) scale += this.logNormaliser[base + column]!;
      this.logScale[i] = scale;
    }
  }

  /** Per stepped column, ln of the mass by kernel class and point; none where nearly every kernel is its own class. */
  private memos(points: number): (Float64Array | undefined)[] {
    const stepped = this.table.numeric.length - this.table.continuousCount;
    return Array.from({ length: stepped }, (_, i) => {
      const classes = this.classCount[this.table.continuousCount + i]!;
      return 2 * classes > this.rows.length + 4 ? undefined : new Float64Array(classes * points).fill(NaN);
    });
  }

  private sampleNumber(dimension: NumericDimension, row: number, column: number, quantile: number): number {
    const { low, high, distribution } = dimension;
    const mu = this.table.values[row * this.table.width + column]!;
    const sigma = 1 / this.inverseSigma[row * this.table.numeric.length + column]!;
    const z = truncatedNormalQuantile(quantile, (low - mu) / sigma, (high - mu) / sigma);
    const x = distribution.log ? Math.exp(mu + sigma * z) : mu + sigma * z;
    const { step } = distribution;
    const value = step === null ? x : distribution.low + roundHalfEven((x - distribution.low) / step) * step;
    return clip(value, distribution.low, distribution.high);
  }

  private sampleChoice(choices: number, row: number, column: number, quantile: number): number {
    if (row === PRIOR_ROW) return Math.min(Math.floor(quantile * choices), choices - 1);
    const { hit, miss } = smoothed(choices, this.rows.length);
    const observed = this.table.values[row * this.table.width + column]!;
    return pick(
      Float64Array.from({ length: choices }, (_, choice) => (choice === observed ? hit : miss)),
      quantile,
    );
  }
}

interface ChoiceLogProbabilities {
  readonly hit: number;
  readonly miss: number;
  readonly prior: number;
}

/** The logarithm of one kernel's density at one point. Its terms are all at most 0, so that a hopeless sum ends early. */
class KernelScore {
  private readonly values: Float64Array;
  private readonly width: number;
  private readonly n: number;
  private readonly continuousCount: number;

  constructor(
    table: ObservationTable,
    private readonly candidates: Candidates,
    private readonly inverseSigma: Float64Array,
    private readonly kernelClass: Int32Array,
    private readonly memos: readonly (Float64Array | undefined)[],
  ) {
    this.values = table.values;
    this.width = table.width;
    this.n = table.numeric.length;
    this.continuousCount = table.continuousCount;
  }

  /** `scale` and the numeric dimensions; −Infinity once that is known to be below `cutoff`. */
  numeric(scale: number, cutoff: number, row: number, point: number): number {
    const { left } = this.candidates;
    const [base, sigmaBase, pointBase] = [row * this.width, row * this.n, point * this.n];
    let term = scale;
    for (let column = 0; column < this.continuousCount; column++) {
      const z = (left[pointBase + column]! - this.values[base + column]!) * this.inverseSigma[sigmaBase + column]!;
      term -= 0.5 * z * z;
      if (term < cutoff) return -Infinity;
    }
    return this.continuousCount === this.n ? term : this.stepped(term, cutoff, row, point);
  }

  categorical(choice: readonly ChoiceLogProbabilities[], row: number, point: number): number {
    let term = 0;
    for (let i = 0; i < choice.length; i++) {
      const { hit, miss, prior } = choice[i]!;
      const observed = this.values[row * this.width + this.n + i]!;
      if (row === PRIOR_ROW) term += prior;
      else term += observed === this.candidates.internal[point * this.width + this.n + i]! ? hit : miss;
    }
    return term;
  }

  private stepped(start: number, cutoff: number, row: number, point: number): number {
    // The mass beyond a distance d is at most exp(−d²/2): cheap, and enough to leave most kernels out.
    let bound = start;
    for (let column = this.continuousCount; column < this.n; column++) {
      const z = this.distance(row, point, column) * this.inverseSigma[row * this.n + column]!;
      bound -= 0.5 * z * z;
      if (bound < cutoff) return -Infinity;
    }
    let term = start;
    for (let column = this.continuousCount; column < this.n; column++) {
      term += this.logStepMass(row, point, column);
      if (term < cutoff) return -Infinity;
    }
    return term;
  }

  private distance(row: number, point: number, column: number): number {
    const mu = this.values[row * this.width + column]!;
    const at = point * this.n + column;
    return Math.max(0, this.candidates.left[at]! - mu, mu - this.candidates.right[at]!);
  }

  private logStepMass(row: number, point: number, column: number): number {
    const stepped = column - this.continuousCount;
    const memo = this.memos[stepped];
    if (memo === undefined) return this.computeLogStepMass(row, point, column);
    const kernel = this.kernelClass[row * (this.n - this.continuousCount) + stepped]!;
    const at = kernel * this.candidates.count + point;
    let mass = memo[at]!;
    if (Number.isNaN(mass)) memo[at] = mass = this.computeLogStepMass(row, point, column);
    return mass;
  }

  private computeLogStepMass(row: number, point: number, column: number): number {
    const mu = this.values[row * this.width + column]!;
    const inverse = this.inverseSigma[row * this.n + column]!;
    const at = point * this.n + column;
    return logGaussMass((this.candidates.left[at]! - mu) * inverse, (this.candidates.right[at]! - mu) * inverse);
  }
}

/** What a kernel gives to its own choice and to each other one: 1 and 1/`kernels` for each, normalised. */
function smoothed(choices: number, kernels: number): { readonly hit: number; readonly miss: number } {
  const total = 1 + choices / kernels;
  return { hit: (1 + 1 / kernels) / total, miss: 1 / kernels / total };
}

function smoothedChoices(table: ObservationTable, kernels: number): ChoiceLogProbabilities[] {
  return table.categorical.map(({ distribution }) => {
    const { hit, miss } = smoothed(distribution.choices.length, kernels);
    return { hit: Math.log(hit), miss: Math.log(miss), prior: -Math.log(distribution.choices.length) };
  });
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
