/** The constants of an evolution strategy; the names of Hansen, "The CMA Evolution Strategy: A Tutorial" (arXiv:1604.00772) in brackets. */
export interface StrategyParameters {
  readonly dimensions: number;
  /** Solutions in a generation (λ). */
  readonly populationSize: number;
  /** How many of them, the best, move the mean (μ). */
  readonly parents: number;
  /** By rank, the best first (w): those of the parents sum to 1, others are 0 or negative. */
  readonly weights: Float64Array;
  /** Variance effective selection mass (μ_eff). */
  readonly effectiveParents: number;
  /** Learning rates of the covariance: of its path (c_1), of the generation (c_μ). */
  readonly c1: number;
  readonly cMu: number;
  /** How fast the covariance's path forgets (c_c). */
  readonly cC: number;
  /** How fast the step size's path forgets (c_σ), and how damped it acts (d_σ). */
  readonly cSigma: number;
  readonly dSigma: number;
  /** The expected length of a standard normal vector (χ_N). */
  readonly expectedNorm: number;
}

const ALPHA_COVARIANCE = 2;

export function defaultPopulationSize(dimensions: number): number {
  return 4 + Math.floor(3 * Math.log(dimensions));
}

/** The tutorial's defaults, with negative weights for the worse half. */
export function fullParameters(n: number, populationSize = defaultPopulationSize(n)): StrategyParameters {
  const raw = Float64Array.from(
    { length: populationSize },
    (_, i) => Math.log((populationSize + 1) / 2) - Math.log(i + 1),
  );
  const parents = Math.floor(populationSize / 2);
  const effectiveParents = selectionMass(raw.subarray(0, parents));
  const c1 = ALPHA_COVARIANCE / ((n + 1.3) ** 2 + effectiveParents);
  const rankMu = ALPHA_COVARIANCE * (effectiveParents - 2 + 1 / effectiveParents);
  // Not quite 1 − c1, for large populations.
  const cMu = Math.min(1 - c1 - 1e-8, rankMu / ((n + 2) ** 2 + (ALPHA_COVARIANCE * effectiveParents) / 2));
  const negativeSum = Math.min(
    1 + c1 / cMu,
    1 + (2 * selectionMass(raw.subarray(parents))) / (effectiveParents + 2),
    (1 - c1 - cMu) / (n * cMu),
  );
  return {
    dimensions: n,
    populationSize,
    parents,
    weights: scaled(raw, negativeSum),
    effectiveParents,
    c1,
    cMu,
    cC: (4 + effectiveParents / n) / (n + 4 + (2 * effectiveParents) / n),
    ...stepSizeParameters(n, effectiveParents, 5),
  };
}

/** For a covariance that is diagonal (Ros and Hansen, "A Simple Modification in CMA-ES Achieving Linear Time and Space Complexity", 2008). */
export function separableParameters(n: number, populationSize = defaultPopulationSize(n)): StrategyParameters {
  const parents = Math.floor(populationSize / 2);
  const raw = Float64Array.from({ length: parents }, (_, i) => Math.log(parents + 1) - Math.log(i + 1));
  const effectiveParents = selectionMass(raw);
  const full =
    2 / effectiveParents / (n + Math.SQRT2) ** 2 +
    (1 - 1 / effectiveParents) * Math.min(1, (2 * effectiveParents - 1) / ((n + 2) ** 2 + effectiveParents));
  return {
    dimensions: n,
    populationSize,
    parents,
    weights: scaled(raw, 0),
    effectiveParents,
    c1: ALPHA_COVARIANCE / ((n + 1.3) ** 2 + effectiveParents),
    cMu: ((n + 2) / 3) * full,
    cC: 4 / (n + 4),
    ...stepSizeParameters(n, effectiveParents, 3),
  };
}

function stepSizeParameters(n: number, effectiveParents: number, offset: number) {
  const cSigma = (effectiveParents + 2) / (n + effectiveParents + offset);
  return {
    cSigma,
    dSigma: 1 + 2 * Math.max(0, Math.sqrt((effectiveParents - 1) / (n + 1)) - 1) + cSigma,
    expectedNorm: Math.sqrt(n) * (1 - 1 / (4 * n) + 1 / (21 * n ** 2)),
  };
}

function selectionMass(weights: Float64Array): number {
  return sum(weights) ** 2 / sum(weights.map((weight) => weight ** 2));
}

/** The positive ones to a sum of 1, the negative ones to −negativeSum. */
function scaled(weights: Float64Array, negativeSum: number): Float64Array {
  const positive = sum(weights.filter((weight) => weight > 0));
  const negative = -sum(weights.filter((weight) => weight < 0));
  return weights.map((weight) => (weight >= 0 ? weight / positive : (negativeSum / negative) * weight));
}

export function sum(values: Float64Array): number {
  return values.reduce((total, value) => total + value, 0);
}
