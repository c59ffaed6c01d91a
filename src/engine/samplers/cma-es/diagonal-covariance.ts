import type { Rng } from "../../math/rng.js";
import { EvolutionPaths } from "./evolution-paths.js";
import {
  limitedSigma,
  rankedSteps,
  standardNormals,
  weightedSum,
  type EvolutionStrategy,
  type Solution,
} from "./evolution-strategy.js";
import { separableParameters, sum, type StrategyParameters } from "./strategy-parameters.js";

/** In place of one that rounding has made negative or zero. */
const LEAST_VARIANCE = 1e-8;

/**
 * CMA-ES whose covariance is diagonal, for two dimensions and more: it learns faster, and nothing of how parameters depend on one another.
 * Ros and Hansen, "A Simple Modification in CMA-ES Achieving Linear Time and Space Complexity" (PPSN 2008).
 */
export class DiagonalCovariance implements EvolutionStrategy {
  readonly parameters: StrategyParameters;
  readonly paths: EvolutionPaths;
  mean: Float64Array;
  sigma: number;
  /** The diagonal. */
  covariance: Float64Array;

  constructor(start: { readonly mean: Float64Array; readonly sigma: number }, populationSize?: number) {
    this.mean = start.mean.slice();
    this.sigma = start.sigma;
    this.parameters = separableParameters(this.mean.length, populationSize);
    this.paths = new EvolutionPaths(this.parameters);
    this.covariance = new Float64Array(this.dimensions).fill(1);
  }

  get dimensions(): number {
    return this.parameters.dimensions;
  }

  get populationSize(): number {
    return this.parameters.populationSize;
  }

  draw(rng: Rng): Float64Array {
    const deviations = this.deviations();
    return standardNormals(this.dimensions, rng).map((z, i) => this.mean[i]! + this.sigma * deviations[i]! * z);
  }

  tell(solutions: readonly Solution[]): void {
    const { weights, c1, cMu } = this.parameters;
    const deviations = this.deviations();
    const steps = rankedSteps(solutions, this.mean, this.sigma);
    const step = weightedSum(steps, weights);
    const whitened = step.map((y, i) => y / deviations[i]!);
    const { sigmaFactor, retained } = this.paths.advance(step, whitened);
    this.mean = this.mean.map((m, i) => m + this.sigma * step[i]!);
    this.sigma = limitedSigma(this.sigma * sigmaFactor);
    const kept = 1 + c1 * retained - c1 - cMu * sum(weights);
    const squares = weightedSum(
      steps.map((y) => y.map((x) => x * x)),
      weights,
    );
    const path = this.paths.covariancePath;
    this.covariance = this.covariance.map((c, i) => kept * c + c1 * path[i]! ** 2 + cMu * squares[i]!);
  }

  private deviations(): Float64Array {
    return this.covariance.map((c) => Math.sqrt(c > 0 ? c : LEAST_VARIANCE));
  }
}
