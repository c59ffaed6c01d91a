import { squaredNorm } from "./evolution-strategy.js";
import type { StrategyParameters } from "./strategy-parameters.js";

/** Where the mean has been heading: the exponentially fading sums of its steps that drive step size and covariance. */
export class EvolutionPaths {
  generation = 0;
  sigmaPath: Float64Array;
  covariancePath: Float64Array;

  constructor(private readonly parameters: StrategyParameters) {
    this.sigmaPath = new Float64Array(parameters.dimensions);
    this.covariancePath = new Float64Array(parameters.dimensions);
  }

  /**
   * @param step of the mean, in units of the step size.
   * @param whitened the same, multiplied by C^(−1/2).
   * @returns what the step size is to be multiplied by, and what the old covariance keeps of itself instead of the path's update where
   * the path was held back, as the step size was growing fast.
   */
  advance(step: Float64Array, whitened: Float64Array): { sigmaFactor: number; retained: number } {
    const { dimensions: n, effectiveParents, cSigma, dSigma, cC, expectedNorm } = this.parameters;
    this.generation++;
    const sigmaGain = Math.sqrt(cSigma * (2 - cSigma) * effectiveParents);
    this.sigmaPath = this.sigmaPath.map((p, i) => (1 - cSigma) * p + sigmaGain * whitened[i]!);
    const length = Math.sqrt(squaredNorm(this.sigmaPath));
    const settled = Math.sqrt(1 - (1 - cSigma) ** (2 * (this.generation + 1)));
    const isHeld = !(length / settled < (1.4 + 2 / (n + 1)) * expectedNorm);
    const gain = isHeld ? 0 : Math.sqrt(cC * (2 - cC) * effectiveParents);
    this.covariancePath = this.covariancePath.map((p, i) => (1 - cC) * p + gain * step[i]!);
    return {
      sigmaFactor: Math.exp((cSigma / dSigma) * (length / expectedNorm - 1)),
      retained: isHeld ? cC * (2 - cC) : 0,
    };
  }
}
