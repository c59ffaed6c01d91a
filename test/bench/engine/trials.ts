import type { Distribution, ParamValue } from "tunelens";

/** Trials that have run elsewhere: what both engines of the benchmark start from. */
export interface RecordedTrials {
  /** By parameter: how many choices it has, or null for a real number in [0, 1]. */
  readonly choices: readonly (number | null)[];
  /** By trial. A choice is its index. */
  readonly params: readonly (readonly number[])[];
  readonly values: readonly number[];
}

/** What a worker is asked. Every answer is in milliseconds of CPU time, or in bytes. */
export type Question =
  | { readonly ask: "study"; readonly trials: string; readonly sampler: "tpe" | "gp"; readonly database?: string }
  | { readonly ask: "run"; readonly trials: number }
  | {
      readonly ask: "importance";
      readonly trials: string;
      readonly method: "ped-anova" | "fanova";
      readonly trees: number;
    }
  | { readonly ask: "heap"; readonly trials: string }
  | { readonly ask: "optional"; readonly module: string };

export interface Answer {
  /** Reading all trials of a database. */
  readonly load?: number;
  /** Of one trial: asking for it with all its parameters, and telling its value. */
  readonly ask?: number;
  readonly tell?: number;
  readonly importance?: number;
  /** What the study, its trials and what TPE keeps of them take, in bytes. */
  readonly heap?: number;
  readonly has?: boolean;
}

/** Each parameter matters half as much as the one before. */
export function objective(row: readonly number[], choices: readonly (number | null)[]): number {
  return row.reduce((sum, x, i) => sum + (x / (choices[i] ?? 1) - 0.3) ** 2 / 2 ** i, 0);
}

export const nameOf = (i: number) => `x${i}`;

/** The trials as `addTrial` takes them. */
export function* added({ choices, params, values }: RecordedTrials) {
  const distributions: Record<string, Distribution> = Object.fromEntries(
    choices.map((limit, i) => [
      nameOf(i),
      limit === null
        ? { type: "float", low: 0, high: 1, log: false, step: null }
        : { type: "categorical", choices: [...Array(limit).keys()] },
    ]),
  );
  for (const [i, row] of params.entries()) {
    const named: Record<string, ParamValue> = Object.fromEntries(row.map((x, p) => [nameOf(p), x]));
    yield { params: named, distributions, value: values[i]! };
  }
}
