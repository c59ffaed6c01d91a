import type { WireNumber, WireParamValue, WireTrialState } from "./wire.js";

/** What a chart can be asked with. All have a default, so that a request may name the chart alone. */
export interface ChartOptions {
  /** Which objective, from 0. */
  readonly objective: number;
  readonly evaluator: ImportanceEvaluatorName;
  /** Which parameters. Default: the most important ones. */
  readonly params: readonly string[];
  /** How many trials, from 0. */
  readonly limit: number;
  /** Only trials in these states. */
  readonly states: readonly WireTrialState[];
}

/** Every chart, and the options it takes. */
export const chartOptions = {
  history: ["objective"],
  importance: ["objective", "evaluator"],
  curves: ["limit", "states"],
  slice: ["objective", "params"],
  contour: ["objective", "params"],
  rank: ["objective", "params"],
  "parallel-coordinates": ["objective", "params"],
} as const satisfies Readonly<Record<string, readonly (keyof ChartOptions)[]>>;

/** What every chart is drawn from. */
export interface ChartData {
  readonly history: HistoryData;
  readonly importance: ImportanceData;
  readonly curves: readonly LearningCurve[];
  readonly slice: SliceData;
  readonly contour: ContourData;
  readonly rank: RankData;
  readonly "parallel-coordinates": ParallelCoordinatesData;
}

export type ChartName = keyof typeof chartOptions;

export const chartNames = Object.keys(chartOptions) as ChartName[];

/** A chart's options, each of which may be left out. */
export type OptionsOf<Name extends ChartName> = Partial<Pick<ChartOptions, (typeof chartOptions)[Name][number]>>;

export type ChartRequest<Name extends ChartName = ChartName> = {
  readonly chart: Name;
  /** A query of `src/query/` that the trials match. Default: all. */
  readonly filter?: string;
} & OptionsOf<Name>;

/** COMPLETE and PRUNED trials, by number; at most 2,000, without loss to the best line. Default `objective`: 0. */
export interface HistoryData {
  readonly points: readonly (readonly [number: number, value: WireNumber, state: WireTrialState])[];
  /** The best value so far, at each trial where it changed. */
  readonly best: readonly (readonly [number: number, value: WireNumber])[];
}

export type ImportanceEvaluatorName = "ped-anova" | "fanova" | "mdi";

/**
 * Parameters that a follow-up study holds at one value are left out. Default `evaluator`: PED-ANOVA. Default `objective`: the only one; of
 * several, reaching the Pareto front, which the other evaluators cannot do.
 */
export interface ImportanceData {
  readonly evaluator: ImportanceEvaluatorName;
  /** COMPLETE trials the figures rest on. */
  readonly trials: number;
  /** Descending; they sum to 1. Empty with fewer than two COMPLETE trials. */
  readonly importances: readonly {
    readonly name: string;
    readonly importance: number;
    /** Where nine of ten samples of the trials have it. */
    readonly interval: readonly [low: number, high: number];
  }[];
}

/**
 * A trial that reported intermediate values. Default `limit`: 50 trials, at most 500: those that run, then the best and the latest. Default
 * `states`: all.
 */
export interface LearningCurve {
  readonly number: number;
  readonly state: WireTrialState;
  readonly points: readonly (readonly [step: number, value: WireNumber])[];
}

/**
 * COMPLETE trials by their parameters: all lists have one entry for each. Of very many, the best and evenly chosen others. Default
 * `objective`: 0.
 */
export interface ParamTrials {
  /** All parameters that COMPLETE trials have, most important first. */
  readonly params: readonly string[];
  /** How many trials there are; more than the lists have if some were left out. */
  readonly total: number;
  readonly numbers: readonly number[];
  /** Whether the trial satisfies its constraints. */
  readonly feasible: readonly boolean[];
  /** Of each parameter that was asked for and that some trial has. */
  readonly axes: readonly ParamAxis[];
}

export interface ParamAxis {
  readonly name: string;
  readonly scale: "linear" | "log" | "category";
  /** What the values 0, 1, … of a category stand for. */
  readonly choices: readonly WireParamValue[];
  /** What the axis shows, over all trials. */
  readonly range: AxisRange;
  /** null: the trial does not have the parameter. */
  readonly values: readonly (number | null)[];
}

export type AxisRange = readonly [low: number, high: number];

/** Trials with a finite value. Default `params`: 4. */
export interface SliceData extends ParamTrials {
  readonly values: readonly number[];
}

/** Trials with a finite value. Default `params`: 2, and no other number of them. */
export interface ContourData extends ParamTrials {
  readonly values: readonly number[];
  /** null: there is none, because no two different values of each parameter were tried together. */
  readonly field: ContourField | null;
}

/** The objective over two parameters, at places spaced evenly over the ranges of their axes: row by row, from the low end. */
export interface ContourField {
  readonly columns: number;
  readonly rows: number;
  readonly values: readonly number[];
}

/** Default `params`: 2, and no other number of them. */
export interface RankData extends ParamTrials {
  readonly values: readonly WireNumber[];
  /** From 0, the lowest value of all trials, to 1, the highest; equal values share their mean rank. */
  readonly ranks: readonly number[];
}

/**
 * Trials whose values are finite, the best first. Default `objective`: the only one; of several, all, and trials are compared by their
 * non-domination rank, which is exact for the best 1,000. Default `params`: 8.
 */
export interface ParallelCoordinatesData extends ParamTrials {
  readonly objectives: readonly ObjectiveAxis[];
  readonly axes: readonly ParallelAxis[];
  /** What trials are compared by: their values, or their ranks. */
  readonly colors: readonly number[];
  readonly isRank: boolean;
}

export interface ParallelAxis extends ParamAxis {
  /** Where the axis, at the low end of its range, has the trials without the parameter; null: all have it. */
  readonly missing: number | null;
}

export interface ObjectiveAxis {
  /** From 0. */
  readonly objective: number;
  readonly range: AxisRange;
  readonly values: readonly number[];
}
