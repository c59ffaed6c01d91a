import { isSingle, sameDistribution, type Distribution } from "../distribution.js";
import { InvalidArgumentError } from "../errors.js";
import { own, type TrialSnapshot } from "../trial/trial-snapshot.js";
import { toLoss, type Loss } from "../multi-objective/losses.js";
import { bestSubset } from "../multi-objective/subset-selection.js";
import type { Direction } from "../storage.js";
import { choiceDensity, gridDensity, gridOf } from "./grid-density.js";

export interface PedAnovaOptions {
  /** Share of the trials that count as good; above 0 and below `regionQuantile`. Default 0.1. */
  readonly targetQuantile?: number;
  /** Share of the trials, best first, within which importance is measured; at most 1. Default 1: all. */
  readonly regionQuantile?: number;
  /**
   * true: compared with the distribution of the region's trials, so that the sampler's search does not matter. false: compared
   * with the whole search space. Default true.
   */
  readonly evaluateOnLocal?: boolean;
  /** Which parameters. Default: all that occur. */
  readonly params?: readonly string[];
}

/** Regimes with fewer trials than this say nothing. */
const MIN_TRIALS_IN_REGIME = 2;

/**
 * How much each parameter matters for being among the best trials: the Pearson divergence between the density of its
 * values in the good trials and in all. PED-ANOVA (Watanabe, Bansal, Hutter 2023, arXiv:2304.10255) with regimes for
 * parameters that some trials do not have or have with another range (arXiv:2601.20800), as Optuna 5's default
 * evaluator computes it. With several objectives, the good trials are those that TPE considers good: by non-domination rank, the
 * last rank cut by hypervolume.
 * @param trials of any state; COMPLETE ones with finite values are used.
 * @returns the importance of each parameter, at least 0, not normalized; all 0 with fewer than two trials.
 * @throws InvalidArgumentError
 */
export function pedAnova(
  trials: readonly TrialSnapshot[],
  directions: readonly Direction[],
  options: PedAnovaOptions = {},
): Map<string, number> {
  const { targetQuantile = 0.1, regionQuantile = 1, evaluateOnLocal = true } = options;
  if (!(targetQuantile > 0 && targetQuantile < regionQuantile && regionQuantile <= 1))
    throw new InvalidArgumentError(
      "PED-ANOVA: quantiles must satisfy 0 < targetQuantile < regionQuantile ≤ 1, " +
        `not targetQuantile ${targetQuantile} and regionQuantile ${regionQuantile}.`,
    );
  const complete = trials.filter(({ state }) => state === "COMPLETE");
  const known = paramsOf(complete);
  const unknown = options.params?.find((name) => complete.length > 0 && !known.includes(name));
  if (unknown !== undefined)
    throw new InvalidArgumentError(`PED-ANOVA: no COMPLETE trial has a parameter "${unknown}".`);
  const importances = new Map((options.params ?? known).map((name) => [name, 0]));
  const finite = complete.filter(({ values }) => values?.every(Number.isFinite));
  if (finite.length < 2) return importances;

  const losses = finite.map(({ values }) => toLoss(values!, directions));
  const [inTarget, inRegion] = [bestOf(losses, targetQuantile), bestOf(losses, regionQuantile)];
  const region = finite.filter((_, i) => inRegion[i]);
  const isTarget = inTarget.filter((_, i) => inRegion[i]);

  for (const name of importances.keys())
    importances.set(name, paramImportance(name, region, isTarget, evaluateOnLocal));
  return importances;
}

/** 1 for each of the best trials of a study, else 0; with one objective, all as good as the worst of them too. */
function bestOf(losses: readonly Loss[], quantile: number): Uint8Array {
  const count = Math.ceil(quantile * losses.length);
  const isBest = new Uint8Array(losses.length);
  if (losses[0]!.length > 1) {
    for (const i of bestSubset(losses, count)) isBest[i] = 1;
    return isBest;
  }
  const values = new Float64Array(losses.length);
  for (let i = 0; i < losses.length; i++) values[i] = losses[i]![0]!;
  const cutoff = values.toSorted()[count - 1]!;
  return isBest.map((_, i) => Number(values[i]! <= cutoff));
}

/** All parameters of the trials, by name. */
function paramsOf(trials: readonly TrialSnapshot[]): string[] {
  const names = new Set<string>();
  let last: TrialSnapshot["distributions"] | undefined;
  for (const { distributions } of trials) {
    // Storages let trials with the same parameters share one record of them.
    if (distributions === last) continue;
    for (const name in distributions) names.add(name);
    last = distributions;
  }
  return [...names].sort();
}

/** The trials of the region that have a parameter with one and the same distribution. */
interface Regime {
  readonly distribution: Distribution;
  /** Stored values; of the trials among the good ones, and of all. */
  readonly target: number[];
  readonly region: number[];
}

function paramImportance(
  name: string,
  region: readonly TrialSnapshot[],
  isTarget: Uint8Array,
  evaluateOnLocal: boolean,
): number {
  const targetCount = isTarget.reduce((sum, is) => sum + is, 0);
  let importance = 0;
  for (const regime of regimesOf(name, region, isTarget)) {
    if (regime.region.length < MIN_TRIALS_IN_REGIME || regime.target.length === 0) continue;
    if (isSingle(regime.distribution)) continue;
    const alpha = regime.target.length / targetCount;
    const beta = regime.region.length / region.length;
    importance += (alpha ** 2 / beta) * pearsonDivergence(regime, evaluateOnLocal);
  }
  return importance * (targetCount / region.length) ** 2;
}

function regimesOf(name: string, region: readonly TrialSnapshot[], isTarget: Uint8Array): Iterable<Regime> {
  const regimes = new Map<string, Regime>();
  let last: Regime | undefined;
  // A plain loop: this is where the time goes with thousands of trials.
  for (let i = 0; i < region.length; i++) {
    const { distributions, internalParams } = region[i]!;
    const distribution = own(distributions, name);
    if (distribution === undefined) continue;
    if (last?.distribution !== distribution && !(last && sameDistribution(last.distribution, distribution))) {
      const key = JSON.stringify(Object.entries(distribution).sort());
      last = regimes.get(key) ?? { distribution, target: [], region: [] };
      regimes.set(key, last);
    }
    last.region.push(internalParams[name]!);
    if (isTarget[i]) last.target.push(internalParams[name]!);
  }
  return regimes.values();
}

/** Σ q (p / q − 1)², with p and q the densities of the good trials and of the region. */
function pearsonDivergence({ distribution, target, region }: Regime, evaluateOnLocal: boolean): number {
  const estimate = densityEstimator(distribution);
  const p = estimate(target).map((density) => density + 1e-12);
  const q = evaluateOnLocal ? estimate(region).map((density) => density + 1e-12) : p.map(() => 1 / p.length);
  return q.reduce((sum, density, cell) => sum + density * (p[cell]! / density - 1) ** 2, 0);
}

function densityEstimator(distribution: Distribution): (values: readonly number[]) => Float64Array {
  if (distribution.type === "categorical") {
    const choices = distribution.choices.length;
    return (values) => choiceDensity(countCells(values, choices, Math.trunc));
  }
  const { cells, cellOf } = gridOf(distribution);
  return (values) => gridDensity(countCells(values, cells, cellOf));
}

function countCells(values: readonly number[], cells: number, cellOf: (value: number) => number): Float64Array {
  const counts = new Float64Array(cells);
  for (const value of values) counts[cellOf(value)]!++;
  return counts;
}
