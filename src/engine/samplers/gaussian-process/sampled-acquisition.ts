import { dot } from "../../math/cholesky.js";
import { pullBack, STABILIZING_VARIANCE, type Acquisition } from "./acquisition.js";
import type { GaussianProcess } from "../../gaussian-process/regression.js";
import type { SampleUtility } from "./utility.js";

/** A constraint is satisfied where its slack exceeds the threshold; how steeply, as samples must have a gradient. Optuna's value. */
const SOFTNESS = 1e-2;

/** Draws of what running trials and a candidate will give, the same for all candidates. */
export class SampledProcess {
  readonly samples: number;
  readonly pendingCount: number;

  /**
   * @param draws standard normal, in a row per sample: of the process's pending points one after the other, then of the candidate.
   */
  constructor(
    readonly process: GaussianProcess,
    private readonly draws: Float64Array,
  ) {
    this.pendingCount = process.count - process.observedCount;
    this.samples = draws.length / (this.pendingCount + 1);
  }

  /** What a running trial gives in a sample. */
  pendingValue(sample: number, pending: number): number {
    const { process, draws } = this;
    const row = (process.observedCount + pending) * process.count;
    const mean = dot(process.factor, row, process.whitenedTargets, 0, process.observedCount);
    const start = sample * (this.pendingCount + 1);
    return mean + dot(process.factor, row + process.observedCount, draws, start, pending + 1);
  }

  /** Writes what the candidate gives in each sample. */
  valuesAt(x: Float64Array, out: Float64Array): void {
    this.process.evaluate(x);
    this.fillValues(out, 0, this.samples);
  }

  /** The same of many candidates, one after the other, in the first so many samples. */
  valuesAtEach(points: readonly Float64Array[], samples: number): Float64Array {
    const values = new Float64Array(points.length * samples);
    this.process.evaluateEach(points, (i) => this.fillValues(values, i * samples, samples));
    return values;
  }

  /** Adds the derivatives by the candidate that `valuesAt` saw last. @param byValue those by what it gives in each sample. */
  addGradient(x: Float64Array, byValue: Float64Array, gradient: Float64Array): void {
    const { process, draws, pendingCount } = this;
    const byWhitened = new Float64Array(process.count);
    const byPending = new Float64Array(pendingCount);
    let [byMean, bySigma] = [0, 0];
    for (let sample = 0; sample < this.samples; sample++) {
      const weight = byValue[sample]!;
      if (weight === 0) continue;
      const row = sample * (pendingCount + 1);
      byMean += weight;
      bySigma += weight * draws[row + pendingCount]!;
      for (let r = 0; r < pendingCount; r++) byPending[r]! += weight * draws[row + r]!;
    }
    pullBack(process, byMean, bySigma / this.sigma, byWhitened);
    for (let r = 0; r < pendingCount; r++) byWhitened[process.observedCount + r]! += byPending[r]!;
    process.addGradient(x, byWhitened, gradient);
  }

  private get sigma(): number {
    return Math.sqrt(this.process.variance + STABILIZING_VARIANCE);
  }

  private fillValues(out: Float64Array, start: number, samples: number): void {
    const { process, draws, pendingCount, sigma } = this;
    for (let sample = 0; sample < samples; sample++) {
      const row = sample * (pendingCount + 1);
      const shift = dot(draws, row, process.whitenedCovariance, process.observedCount, pendingCount);
      out[start + sample] = process.mean + shift + sigma * draws[row + pendingCount]!;
    }
  }
}

/** A constraint's slack, larger is better, and what it must exceed. */
export interface SampledConstraint {
  readonly slack: SampledProcess;
  readonly threshold: number;
}

/** ln of about 1 where the constraint is satisfied, of about 0 where it is not. */
export function logSatisfaction(slack: number, threshold: number): number {
  const a = (slack - threshold) / SOFTNESS;
  return Math.min(a, 0) - Math.log1p(Math.exp(-Math.abs(a)));
}

/** The derivative of `logSatisfaction` by the slack. */
function satisfactionSlope(slack: number, threshold: number): number {
  return 1 / (1 + Math.exp((slack - threshold) / SOFTNESS)) / SOFTNESS;
}

/**
 * The logarithm of the mean over samples of a candidate's utility, which is that of the values it gives, times whether it satisfies
 * the constraints, or that of the best running trial where this is larger.
 */
export class LogMeanUtility implements Acquisition {
  private readonly parts: readonly SampledProcess[];
  private readonly samples: number;
  /** By part and sample. */
  private readonly values: readonly Float64Array[];
  private readonly slopes: readonly Float64Array[];
  private readonly utilities: Float64Array;

  /**
   * @param objectives at least one; all with as many samples.
   * @param floor the logarithm of the utility of the best running trial, by sample. Default: none.
   */
  constructor(
    private readonly objectives: readonly SampledProcess[],
    private readonly utility: SampleUtility,
    private readonly constraints: readonly SampledConstraint[] = [],
    private readonly floor?: Float64Array,
  ) {
    this.parts = [...objectives, ...constraints.map(({ slack }) => slack)];
    this.samples = objectives[0]!.samples;
    this.values = this.parts.map(() => new Float64Array(this.samples));
    this.slopes = this.parts.map(() => new Float64Array(this.samples));
    this.utilities = new Float64Array(this.samples);
  }

  evaluate(x: Float64Array, gradient?: Float64Array): number {
    this.parts.forEach((part, p) => part.valuesAt(x, this.values[p]!));
    const logTotal = this.logTotal(this.values, 0, this.samples, gradient !== undefined);
    if (gradient) this.addGradient(x, gradient, logTotal);
    return logTotal - Math.log(this.samples);
  }

  evaluateAll(points: readonly Float64Array[], share = 1): Float64Array {
    const samples = Math.ceil(share * this.samples);
    const values = this.parts.map((part) => part.valuesAtEach(points, samples));
    return Float64Array.from(points, (_, i) => this.logTotal(values, i * samples, samples, false) - Math.log(samples));
  }

  /** ln of the sum over samples; with slopes, what the utility in each changes by with each value is kept. */
  private logTotal(values: readonly Float64Array[], start: number, samples: number, withSlopes: boolean): number {
    const { objectives, constraints } = this;
    const utilities = this.utilities.subarray(0, samples);
    const here = new Float64Array(objectives.length);
    const slopes = withSlopes ? new Float64Array(objectives.length) : undefined;
    let largest = -Infinity;
    for (let sample = 0; sample < samples; sample++) {
      for (let j = 0; j < here.length; j++) here[j] = values[j]![start + sample]!;
      let utility = this.utility.logUtility(sample, here, slopes);
      constraints.forEach(({ threshold }, c) => {
        utility += logSatisfaction(values[here.length + c]![start + sample]!, threshold);
      });
      if (slopes) this.keepSlopes(sample, slopes, utility > (this.floor?.[sample] ?? -Infinity));
      utilities[sample] = Math.max(utility, this.floor?.[sample] ?? -Infinity);
      largest = Math.max(largest, utilities[sample]!);
    }
    let sum = 0;
    for (const utility of utilities) sum += Math.exp(utility - largest);
    return largest + Math.log(sum);
  }

  private keepSlopes(sample: number, byObjective: Float64Array, counts: boolean): void {
    const { slopes, values, constraints } = this;
    const { length } = byObjective;
    for (let j = 0; j < length; j++) slopes[j]![sample] = counts ? byObjective[j]! : 0;
    constraints.forEach(({ threshold }, c) => {
      slopes[length + c]![sample] = counts ? satisfactionSlope(values[length + c]![sample]!, threshold) : 0;
    });
  }

  private addGradient(x: Float64Array, gradient: Float64Array, logTotal: number): void {
    const shares = this.utilities.map((utility) => Math.exp(utility - logTotal));
    this.parts.forEach((part, p) => {
      const slopes = this.slopes[p]!;
      part.addGradient(
        x,
        shares.map((share, sample) => share * slopes[sample]!),
        gradient,
      );
    });
  }
}
