import { inverseLogNormalCdf, logNormalCdf, normalCdf } from "./normal.js";

/**
 * ln P(a ≤ Z ≤ b) of the standard normal. Both tails are computed on the left, where the logarithm is accurate.
 * @returns −Infinity when a = b.
 */
export function logGaussMass(a: number, b: number): number {
  if (b <= 0) return logTailMass(a, b);
  if (a > 0) return logTailMass(-b, -a);
  return Math.log1p(-normalCdf(a) - normalCdf(-b));
}

/** The quantile `q` in [0, 1] of the standard normal truncated to [a, b]; NaN when a = b. */
export function truncatedNormalQuantile(q: number, a: number, b: number): number {
  if (a === b) return NaN;
  if (q === 0) return a;
  if (q === 1) return b;
  const logMass = logGaussMass(a, b);
  if (a < 0) return inverseLogNormalCdf(logAddExp(logNormalCdf(a), Math.log(q) + logMass));
  return -inverseLogNormalCdf(logAddExp(logNormalCdf(-b), Math.log1p(-q) + logMass));
}

/** ln(eˣ + eʸ). */
export function logAddExp(x: number, y: number): number {
  if (x === y) return x + Math.LN2;
  const larger = Math.max(x, y);
  return larger + Math.log1p(Math.exp(Math.min(x, y) - larger));
}

/** ln P(a ≤ Z ≤ b) for b ≤ 0. */
function logTailMass(a: number, b: number): number {
  const logUpper = logNormalCdf(b);
  return logUpper + Math.log1p(-Math.exp(logNormalCdf(a) - logUpper));
}
