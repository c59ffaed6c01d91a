import { isSingle, sameDistribution, type Distribution, type SearchSpace } from "../distribution.js";
import { InvalidArgumentError } from "../errors.js";
import type { TrialSnapshot } from "../trial/trial-snapshot.js";
import { IntersectionSearchSpace } from "../intersection-search-space.js";
import { clip } from "../math/clip.js";
import type { Feature } from "./random-forest.js";

/** What a forest is grown from, and the parameters behind it. */
export interface ForestData {
  /** The parameters to judge. */
  readonly names: readonly string[];
  /** Those of them that can vary, each a feature. */
  readonly varying: readonly (readonly [name: string, distribution: Distribution])[];
  readonly features: readonly Feature[];
  /** One per trial used: its value less the mean, which changes no variance and spares digits. */
  readonly targets: Float64Array;
}

/**
 * The COMPLETE trials with a finite value and all parameters, as a forest takes them: parameters by value, log ranges too.
 * @param params which parameters; default: those that every COMPLETE trial has, with one and the same distribution.
 * @param method for the error messages.
 * @throws InvalidArgumentError for a parameter whose range differs between trials, or that no COMPLETE trial has.
 */
export function forestData(
  trials: readonly TrialSnapshot[],
  params: readonly string[] | undefined,
  method: string,
): ForestData {
  const complete = trials.filter(({ state }) => state === "COMPLETE");
  const space = params === undefined ? commonSpace(complete) : spaceOf(complete, params, method);
  const used = complete.filter(
    ({ values, distributions }) =>
      values !== null &&
      Number.isFinite(values[0]) &&
      [...space.keys()].every((name) => Object.hasOwn(distributions, name)),
  );
  const varying = [...space].filter(([, distribution]) => !isSingle(distribution));
  return {
    names: params ?? [...space.keys()],
    varying: varying.map(([name, distribution]) => [name, inUnit(distribution, unitOf(distribution))] as const),
    features: varying.map(([name, distribution]) => ({
      values: used.map(({ internalParams }) => internalParams[name]! / unitOf(distribution)),
      choices: distribution.type === "categorical" ? distribution.choices.length : null,
    })),
    targets: centered(used.map(({ values }) => values![0]!)),
  };
}

/** Trees are grown on 32-bit floats: the largest and the smallest ranges are taken in a unit, a power of two, that these can hold. */
function unitOf(distribution: Distribution): number {
  if (distribution.type === "categorical") return 1;
  const largest = Math.max(Math.abs(distribution.low), Math.abs(distribution.high));
  return largest > 2 ** 120 || largest < 2 ** -110 ? 2 ** clip(Math.floor(Math.log2(largest)), -1022, 1023) : 1;
}

function inUnit(distribution: Distribution, unit: number): Distribution {
  if (distribution.type === "categorical" || unit === 1) return distribution;
  return { ...distribution, low: distribution.low / unit, high: distribution.high / unit };
}

/** Importances are shares, which do not depend on the unit; that of the largest values is chosen such that their squares do not overflow. */
function centered(given: readonly number[]): Float64Array {
  const largest = given.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const scale = largest > 2 ** 500 ? 2 ** -600 : 1;
  const values = given.map((value) => value * scale);
  const mean = values.reduce((sum, value) => sum + value / values.length, 0);
  return Float64Array.from(values, (value) => value - mean);
}

function commonSpace(complete: readonly TrialSnapshot[]): SearchSpace {
  const common = new IntersectionSearchSpace();
  for (const trial of complete) common.add(trial);
  return common.space;
}

/** The distributions of the parameters asked for, in the trials that have them all. */
function spaceOf(complete: readonly TrialSnapshot[], params: readonly string[], method: string): SearchSpace {
  const space = new Map<string, Distribution>();
  for (const { distributions } of complete) {
    if (!params.every((name) => Object.hasOwn(distributions, name))) continue;
    for (const name of params) {
      const distribution = distributions[name]!;
      const first = space.get(name);
      if (first === undefined) space.set(name, distribution);
      else if (!sameDistribution(first, distribution))
        throw new InvalidArgumentError(
          `${method}: the range of "${name}" differs between trials, which ${method} does not support. Use "ped-anova".`,
        );
    }
  }
  if (complete.length > 0 && space.size < params.length)
    throw new InvalidArgumentError(`${method}: no COMPLETE trial has all of the parameters ${params.join(", ")}.`);
  return space;
}
