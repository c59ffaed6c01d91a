import type { FloatDistribution, IntDistribution } from "../distribution.js";
import { normalCdf } from "../math/normal.js";
import { clip } from "../math/clip.js";

/** A continuous range is cut into so many cells; a discrete one into no more. */
const MAX_CELLS = 50;
/** The kernel that stands for no knowledge weighs as much as one observation. */
const PRIOR_WEIGHT = 1;

export interface Grid {
  readonly cells: number;
  /** The cell, 0 … cells − 1, of a value in the range. */
  readonly cellOf: (value: number) => number;
}

/** The grid PED-ANOVA counts a numeric parameter on; evenly spaced, for a log range in the logarithm. */
export function gridOf(distribution: FloatDistribution | IntDistribution): Grid {
  const scale = distribution.log ? Math.log : (value: number) => value;
  const [low, high] = [scale(distribution.low), scale(distribution.high)];
  const cells = cellCount(distribution);
  const width = (high - low) / (cells - 1);
  const cellOf = (value: number): number => {
    // Half-way values go to the lower cell.
    const cell = Math.ceil((scale(value) - low) / width - 0.5);
    return clip(cell, 0, cells - 1);
  };
  return { cells, cellOf };
}

function cellCount({ type, low, high, log, step }: FloatDistribution | IntDistribution): number {
  if (type === "int" && log) return Math.min(Math.ceil(Math.log(high - low + 1) / Math.log(2)) + 1, MAX_CELLS);
  return step === null ? MAX_CELLS : Math.min(Math.round((high - low) / step) + 1, MAX_CELLS);
}

/**
 * A kernel density on the cells of a grid: at each occupied cell a normal kernel cut off at the grid's ends, weighted
 * by the count, of Scott's bandwidth; and a wide one in the middle as prior.
 * @param counts observations per cell, at least one in all.
 * @returns the probability of each cell.
 */
export function gridDensity(counts: Float64Array): Float64Array {
  const cells = counts.length;
  const total = counts.reduce((sum, count) => sum + count, 0);
  const density = new Float64Array(cells);
  addKernel(density, (cells - 1) / 2, cells, PRIOR_WEIGHT / (total + PRIOR_WEIGHT));

  // All kernels but the prior share one bandwidth and sit on cells, so one table of the normal distribution serves
  // them all: cdf[cells + d] = P(Z ≤ d − 1/2 cells from the kernel).
  const sigma = bandwidth(counts, total);
  const cdf = Float64Array.from({ length: 2 * cells + 1 }, (_, i) => normalCdf((i - cells - 0.5) / sigma));
  for (const [mu, count] of counts.entries()) {
    if (count === 0) continue;
    const start = cells - mu;
    const weight = count / (total + PRIOR_WEIGHT) / (cdf[start + cells]! - cdf[start]!);
    for (let cell = 0; cell < cells; cell++) density[cell]! += weight * (cdf[start + cell + 1]! - cdf[start + cell]!);
  }
  return density;
}

function addKernel(density: Float64Array, mu: number, sigma: number, weight: number): void {
  const cdf = (edge: number) => normalCdf((edge - 0.5 - mu) / sigma);
  const mass = cdf(density.length) - cdf(0);
  for (let cell = 0; cell < density.length; cell++) density[cell]! += (weight * (cdf(cell + 1) - cdf(cell))) / mass;
}

/** Scott's rule (1992) with the smaller of standard deviation and scaled interquartile range, in cells. */
function bandwidth(counts: Float64Array, total: number): number {
  let mean = 0;
  for (const [cell, count] of counts.entries()) mean += (cell * count) / total;
  let squares = 0;
  for (const [cell, count] of counts.entries()) squares += count * (cell - mean) ** 2;
  const deviation = Math.sqrt(squares / Math.max(1, total - 1));

  // The first occupied cell up to which there are at least a quarter of the observations; more than three quarters.
  let [seen, lower, upper] = [0, -1, 0];
  for (const [cell, count] of counts.entries()) {
    if (count === 0) continue;
    if (seen <= Math.floor((total * 3) / 4)) upper = cell;
    seen += count;
    if (lower < 0 && seen >= Math.floor(total / 4)) lower = cell;
  }
  const scott = 1.059 * Math.min((upper - lower) / 1.34, deviation) * total ** -0.2;
  // At least so wide that 1.64 sigma, 90 % of the mass, fill the kernel's own cell.
  return Math.max(scott, 0.5 / 1.64);
}

/**
 * A density on the choices of a categorical parameter: for each choice that occurs a kernel which gives it most of the
 * mass and the rest to all alike, weighted by the count; and a uniform one as prior.
 * @param counts observations per choice, at least one in all.
 * @returns the probability of each choice.
 */
export function choiceDensity(counts: Float64Array): Float64Array {
  const total = counts.reduce((sum, count) => sum + count, 0);
  const kernels = counts.reduce((sum, count) => sum + Number(count > 0), 0) + 1;
  const spread = PRIOR_WEIGHT / kernels;
  const kernelMass = 1 + counts.length * spread;
  return counts.map((count) => {
    const observed = (count + total * spread) / kernelMass;
    return (observed + PRIOR_WEIGHT / counts.length) / (total + PRIOR_WEIGHT);
  });
}
