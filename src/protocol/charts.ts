import type { WireNumber, WireTrialState } from "./wire.js";

/** What a chart can be asked with. All have a default, so that a request may name the chart alone. */
export interface ChartOptions {
  /** Which objective, from 0. */
  readonly objective: number;
  readonly evaluator: ImportanceEvaluatorName;
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
} as const satisfies Readonly<Record<string, readonly (keyof ChartOptions)[]>>;

/** What every chart is drawn from. */
export interface ChartData {
  readonly history: HistoryData;
  readonly importance: ImportanceData;
  readonly curves: readonly LearningCurve[];
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
