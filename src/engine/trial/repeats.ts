import type { ParamValue } from "../distribution.js";
import type { TrialSnapshot } from "./trial-snapshot.js";

/** In a trial that trains an earlier one's configuration again: the earlier one's number. */
export const REPEATS_KEY = "tunelens:repeats";

/** The COMPLETE trials of one configuration, at least two. */
export interface RepeatedConfiguration {
  /** Their numbers, ascending. */
  readonly numbers: readonly number[];
  /** One per direction. */
  readonly mean: readonly number[];
  /** The values' sample standard deviation (n − 1), one per direction. */
  readonly deviation: readonly number[];
}

/** The configurations that COMPLETE trials have trained more than once, by the number of each such trial. */
export function repeatedConfigurations(trials: readonly TrialSnapshot[]): ReadonlyMap<number, RepeatedConfiguration> {
  const groups = new Map<string, TrialSnapshot[]>();
  for (const trial of trials) {
    if (trial.state !== "COMPLETE" || Object.keys(trial.params).length === 0) continue;
    const key = configurationKey(trial.params);
    groups.set(key, [...(groups.get(key) ?? []), trial]);
  }
  const repeated = [...groups.values()].filter(({ length }) => length > 1);
  return new Map(
    repeated.flatMap((group) => {
      const numbers = group.map(({ number }) => number);
      const configuration = { numbers, mean: meanOf(group), deviation: deviationOf(group) };
      return numbers.map((number) => [number, configuration] as const);
    }),
  );
}

/** The same for the same parameters with the same values, in whatever order. */
export function configurationKey(
  params: Readonly<Record<string, ParamValue>> | ReadonlyMap<string, ParamValue>,
): string {
  const entries = params instanceof Map ? [...params] : Object.entries(params);
  return JSON.stringify(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The mean of COMPLETE trials' values, one per direction. */
export function meanOf(trials: readonly TrialSnapshot[]): number[] {
  return trials[0]!.values!.map((_, i) => trials.reduce((sum, { values }) => sum + values![i]!, 0) / trials.length);
}

function deviationOf(trials: readonly TrialSnapshot[]): number[] {
  const mean = meanOf(trials);
  return mean.map((center, i) =>
    Math.sqrt(trials.reduce((sum, { values }) => sum + (values![i]! - center) ** 2, 0) / (trials.length - 1)),
  );
}
