import type { EdfData } from "../../protocol/charts.js";
import type { ChartMaker, ChartSource } from "./chart-maker.js";
import { comparedStudies } from "./compared-studies.js";
import { directionOf } from "./objective.js";

const SAMPLES = 100;

interface ValuedStudy {
  readonly source: ChartSource;
  readonly sorted: Float64Array;
}

/** What Optuna's `plot_edf` shows. */
export const edf: ChartMaker<"edf"> = {
  isSlow: "always",
  needsHeadsOnly: true,
  make(source, { objective = 0, studies }) {
    directionOf(source.study, objective);
    const { chosen, comparable } = comparedStudies(source, studies);
    const valued = chosen.map((one): ValuedStudy => ({ source: one, sorted: sortedValues(one, objective) }));
    const ends = valued.flatMap(({ sorted }) => (sorted.length === 0 ? [] : [sorted[0]!, sorted.at(-1)!]));
    const x = ends.length === 0 ? [] : evenly(Math.min(...ends), Math.max(...ends));
    return { x, lines: valued.map((one) => lineOf(one, objective, x)), comparable };
  },
};

/** Finite ones of COMPLETE trials, ascending. */
function sortedValues({ trials }: ChartSource, objective: number): Float64Array {
  const values = trials.flatMap(({ state, values: some }) => (state === "COMPLETE" ? [some?.[objective] ?? NaN] : []));
  return Float64Array.from(values.filter(Number.isFinite)).sort();
}

/** As numpy's `linspace`. */
function evenly(low: number, high: number): number[] {
  const step = (high - low) / (SAMPLES - 1);
  return Array.from({ length: SAMPLES }, (_, i) => (i === SAMPLES - 1 ? high : low + i * step));
}

function lineOf({ source, sorted }: ValuedStudy, objective: number, x: readonly number[]): EdfData["lines"][number] {
  const { study, trials } = source;
  if (sorted.length === 0) return { study: study.name, trials: 0, y: [], at: [] };
  let below = 0;
  const counts = x.map((value) => {
    while (below < sorted.length && sorted[below]! <= value) below++;
    return below;
  });
  const numbers = new Map<number, number | null>(counts.map((count) => [sorted[count - 1] ?? NaN, null]));
  for (const { number, state, values } of trials.toReversed()) {
    const value = values?.[objective] ?? NaN;
    if (state === "COMPLETE" && numbers.has(value)) numbers.set(value, number);
  }
  return {
    study: study.name,
    trials: sorted.length,
    y: counts.map((count) => count / sorted.length),
    at: counts.map((count) => numbers.get(sorted[count - 1] ?? NaN) ?? null),
  };
}
