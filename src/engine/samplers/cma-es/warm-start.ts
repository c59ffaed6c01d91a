import { symmetricEigen } from "../../math/symmetric-eigen.js";
import { ranked, type Normal, type Solution } from "./evolution-strategy.js";

/** What part of the source's solutions is taken for promising (γ). */
const PROMISING = 0.1;
/** The standard deviation added around each of them (α). */
const PRIOR_DEVIATION = 0.1;

/**
 * The normal distribution nearest to where the best tenth of the solutions of another, similar task lie (at least one is taken): Nomura,
 * Watanabe, Akimoto, Ozaki and Onishi, "Warm Starting CMA-ES for Hyperparameter Optimization" (AAAI 2021).
 * @param solutions at least one.
 */
export function warmStart(solutions: readonly Solution[]): Required<Normal> {
  const n = solutions[0]!.point.length;
  const count = Math.max(Math.floor(solutions.length * PROMISING), 1);
  const best = ranked(solutions)
    .slice(0, count)
    .map(({ point }) => point);
  const mean = Float64Array.from({ length: n }, (_, i) => average(best.map((point) => point[i]!)));
  const total = new Float64Array(n * n);
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j++) {
      const prior = i === j ? PRIOR_DEVIATION ** 2 : 0;
      total[i * n + j] = prior + average(best.map((point) => (point[i]! - mean[i]!) * (point[j]! - mean[j]!)));
    }
  const logDeterminant = symmetricEigen(total, n).values.reduce((sum, value) => sum + Math.log(value), 0);
  const sigma = Math.exp(logDeterminant / (2 * n));
  return { mean, sigma, covariance: total.map((c) => c / sigma ** 2) };
}

function average(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
