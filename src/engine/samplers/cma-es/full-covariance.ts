import type { Rng } from "../../math/rng.js";
import { identity } from "../../math/symmetric-eigen.js";
import { EvolutionPaths } from "./evolution-paths.js";
import {
  limitedSigma,
  rankedSteps,
  squaredNorm,
  standardNormals,
  weightedSum,
  type EvolutionStrategy,
  type Normal,
  type Solution,
} from "./evolution-strategy.js";
import { LearningRateAdaptation } from "./learning-rate-adaptation.js";
import { addOuterProduct, multiply, positiveEigen, scaledProduct } from "./square-matrix.js";
import { fullParameters, sum, type StrategyParameters } from "./strategy-parameters.js";

export interface FullCovarianceOptions {
  readonly populationSize?: number | undefined;
  readonly learningRateAdaptation?: boolean;
}

/** CMA-ES with active (negative) updates: Hansen, "The CMA Evolution Strategy: A Tutorial", arXiv:1604.00772. */
export class FullCovariance implements EvolutionStrategy {
  readonly parameters: StrategyParameters;
  readonly paths: EvolutionPaths;
  readonly adaptation: LearningRateAdaptation | undefined;
  mean: Float64Array;
  sigma: number;
  covariance: Float64Array;
  private axes: Axes;

  constructor(start: Normal, { populationSize, learningRateAdaptation = false }: FullCovarianceOptions = {}) {
    this.mean = start.mean.slice();
    this.parameters = fullParameters(this.mean.length, populationSize);
    this.paths = new EvolutionPaths(this.parameters);
    this.adaptation = learningRateAdaptation ? new LearningRateAdaptation(this.dimensions) : undefined;
    this.sigma = start.sigma;
    this.covariance = start.covariance?.slice() ?? identity(this.dimensions);
    this.axes = this.takeApart();
  }

  get dimensions(): number {
    return this.parameters.dimensions;
  }

  get populationSize(): number {
    return this.parameters.populationSize;
  }

  draw(rng: Rng): Float64Array {
    const { vectors, lengths } = this.axes;
    const along = standardNormals(this.dimensions, rng).map((z, k) => z * lengths[k]!);
    return multiply(vectors, along).map((y, i) => this.mean[i]! + this.sigma * y);
  }

  tell(solutions: readonly Solution[]): void {
    const { inverseRoot } = this.axes;
    const before = { mean: this.mean, sigma: this.sigma, covariance: this.covariance };
    const steps = rankedSteps(solutions, this.mean, this.sigma);
    const step = weightedSum(steps, this.parameters.weights.subarray(0, this.parameters.parents));
    const { sigmaFactor, retained } = this.paths.advance(step, multiply(inverseRoot, step));
    this.mean = this.mean.map((m, i) => m + before.sigma * step[i]!);
    this.sigma = limitedSigma(this.sigma * sigmaFactor);
    this.covariance = this.updatedCovariance(steps, inverseRoot, retained);
    if (this.adaptation !== undefined) this.become(this.adaptation.temper(before, this, inverseRoot));
    this.axes = this.takeApart();
  }

  private become({ mean, sigma, covariance }: Required<Normal>): void {
    this.mean = mean;
    this.sigma = limitedSigma(sigma);
    this.covariance = covariance;
  }

  private updatedCovariance(steps: readonly Float64Array[], inverseRoot: Float64Array, retained: number): Float64Array {
    const { dimensions: n, weights, c1, cMu } = this.parameters;
    const kept = 1 + c1 * retained - c1 - cMu * sum(weights);
    const updated = this.covariance.map((c) => kept * c);
    addOuterProduct(updated, c1, this.paths.covariancePath);
    steps.forEach((step, k) => {
      const weight = weights[k]!;
      // A bad step counts by its direction alone, so that the covariance stays positive definite.
      const length = weight < 0 ? n / (squaredNorm(multiply(inverseRoot, step)) + 1e-8) : 1;
      addOuterProduct(updated, cMu * weight * length, step);
    });
    return updated;
  }

  /** C = B D² Bᵀ, taken apart; C is put together again where it is no longer positive definite. */
  private takeApart(): Axes {
    const { values, vectors, repaired } = positiveEigen(this.covariance, this.dimensions);
    if (repaired) this.covariance = scaledProduct(vectors, values);
    const lengths = values.map(Math.sqrt);
    const inverses = lengths.map((length) => 1 / length);
    return { vectors, lengths, inverseRoot: scaledProduct(vectors, inverses) };
  }
}

interface Axes {
  /** B: principal axes are columns. */
  readonly vectors: Float64Array;
  /** D. */
  readonly lengths: Float64Array;
  /** C^(−1/2). */
  readonly inverseRoot: Float64Array;
}
