import type { ParamOutline } from "./param-outline.js";
import type { WireNumber, WireParamValue, WireTrialState } from "./wire.js";

/** A trial's state in charts: one that a scheduler paused is stored as PRUNED. */
export type ChartState = WireTrialState | "PAUSED";

/** What a chart can be asked with. All have a default, so that a request may name the chart alone. */
export interface ChartOptions {
  /** Which objective, from 0. */
  readonly objective: number;
  readonly evaluator: ImportanceEvaluatorName;
  /** Each objective by itself. */
  readonly each: boolean;
  /** Which parameters. Default: the most important ones. */
  readonly params: readonly string[];
  /** How many trials, from 0. */
  readonly limit: number;
  /** Which of more trials than `limit`. */
  readonly which: CurveChoice;
  /** These trials, by number; for which a density is asked for, those that have a curve beside it. */
  readonly trials: readonly number[];
  /** Only trials in these states. */
  readonly states: readonly WireTrialState[];
  /** Whether rows of a density divide a logarithmic axis. */
  readonly log: boolean;
  /** Whether a density has outliers within. */
  readonly full: boolean;
  /** Which of several objectives, from 0. */
  readonly objectives: readonly number[];
  /** One value per objective, in the study's own terms: each worse than what is hoped for. */
  readonly reference: readonly number[];
  /** Studies of the same storage, by name. */
  readonly studies: readonly string[];
  /** What a row is. */
  readonly rows: TimelineRow;
  readonly improvement: ImprovementName;
  /** What a study's progress is counted in. */
  readonly progress: StudyProgress;
}

/** Every chart, and the options it takes. */
export const chartOptions = {
  history: ["objective"],
  importance: ["objective", "evaluator", "each"],
  curves: ["objective", "which", "trials", "limit", "states", "log", "full"],
  slice: ["objective", "params"],
  contour: ["objective", "params"],
  rank: ["objective", "params"],
  "parallel-coordinates": ["objective", "params"],
  "pareto-front": ["objectives"],
  hypervolume: ["reference"],
  edf: ["objective", "studies"],
  timeline: ["rows"],
  terminator: ["improvement"],
  studies: ["objective", "studies", "progress"],
  insight: ["objective"],
} as const satisfies Readonly<Record<string, readonly (keyof ChartOptions)[]>>;

/** What every chart is drawn from. */
export interface ChartData {
  readonly history: HistoryData;
  readonly importance: ImportanceData;
  readonly curves: CurvesData;
  readonly slice: SliceData;
  readonly contour: ContourData;
  readonly rank: RankData;
  readonly "parallel-coordinates": ParallelCoordinatesData;
  readonly "pareto-front": ParetoFrontData;
  readonly hypervolume: HypervolumeData;
  readonly edf: EdfData;
  readonly timeline: TimelineData;
  readonly terminator: TerminatorData;
  readonly studies: StudiesData;
  readonly insight: InsightData;
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
  readonly points: readonly (readonly [number: number, value: WireNumber, state: ChartState])[];
  /** The best value so far, at each trial where it changed. */
  readonly best: readonly (readonly [number: number, value: WireNumber])[];
}

export type ImportanceEvaluatorName = "ped-anova" | "fanova" | "mdi";

/**
 * Parameters that a follow-up study holds at one value are left out. Default `evaluator`: PED-ANOVA. Default `objective`: the only one; of
 * several, reaching the Pareto front, which the other evaluators cannot do. With `each`, it is the first one.
 */
export interface ImportanceData {
  readonly evaluator: ImportanceEvaluatorName;
  /** COMPLETE trials the figures rest on. */
  readonly trials: number;
  /** Empty with fewer than two COMPLETE trials. */
  readonly importances: readonly ParamImportance[];
  /** With `each`: those of each objective. */
  readonly each?: readonly (readonly ParamImportance[])[];
}

/** Of a list, descending; they sum to 1. */
export interface ParamImportance {
  readonly name: string;
  readonly importance: number;
  /** Where nine of ten samples of the trials have it. */
  readonly interval: readonly [low: number, high: number];
}

/** `mixed`: those that run, then the best and the latest. `density`: all, but no curve of them. */
export type CurveChoice = "mixed" | "best" | "latest" | "density";

/** Default `which`: mixed. Default `limit`: 50 trials, at most 500. Default `states` and `trials`: all, of a density no `trials`. */
interface CurvesData {
  readonly curves: readonly LearningCurve[];
  /** null: it was not asked for, or nothing was reported. */
  readonly density: CurveDensity | null;
}

/** How many trials' curves pass each cell of a grid over steps and values: at most 80 × 40. */
export interface CurveDensity {
  readonly columns: number;
  readonly rows: number;
  /** In the middle of the first place of the first column, which has `stepsPerColumn` places. */
  readonly firstStep: number;
  readonly stepsPerColumn: number;
  readonly range: AxisRange;
  /** Whether rows divide the range's logarithms evenly. */
  readonly log: boolean;
  /** Those that reported. */
  readonly trials: number;
  /** Those with outliers, whether these are within or not. */
  readonly outside: number;
  /** Row by row, from the low end. */
  readonly counts: readonly number[];
  /** By column, how many trials' curves pass it, within the range or not. */
  readonly reached: readonly number[];
}

/** A trial that reported intermediate values. */
export interface LearningCurve {
  readonly number: number;
  readonly state: ChartState;
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
interface ContourData extends ParamTrials {
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
interface RankData extends ParamTrials {
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

/** A trial and one value per objective asked for. */
export type ObjectivePoint = readonly [number: number, ...values: WireNumber[]];

/**
 * COMPLETE trials, by number. Which ones are best is decided by all objectives, whichever are asked for. Default `objectives`: the first
 * three. At most 2,000 each.
 */
export interface ParetoFrontData {
  readonly objectives: readonly number[];
  /** The feasible ones that no other feasible one dominates. */
  readonly best: readonly ObjectivePoint[];
  /** The other feasible ones. */
  readonly dominated: readonly ObjectivePoint[];
  readonly infeasible: readonly ObjectivePoint[];
  /** How many there are, whether given or not. */
  readonly counts: { readonly best: number; readonly dominated: number; readonly infeasible: number };
}

/**
 * The volume between the reference point and what the feasible COMPLETE trials have reached. Default `reference`: the worst finite value
 * of each objective among the COMPLETE trials.
 */
interface HypervolumeData {
  /** Empty while no trial is COMPLETE. */
  readonly reference: readonly WireNumber[];
  /** COMPLETE trials. */
  readonly trials: number;
  /** At the first and the last COMPLETE trial and each at which it grew; at most 2,000. */
  readonly points: readonly (readonly [number: number, hypervolume: WireNumber])[];
}

/** A study that can be compared with another: it has the same directions. */
export interface ComparableStudy {
  readonly name: string;
  /** The study it follows. */
  readonly follows: string | null;
}

/**
 * The share of the COMPLETE trials with a finite value that have at most a value: Optuna's empirical distribution function. Default
 * `objective`: 0. Default `studies`: the study, and those that follow it or that it follows; it is always among them, and first.
 */
export interface EdfData {
  /** 100 values from the lowest to the highest of all studies; none where there is no trial. */
  readonly x: readonly number[];
  readonly lines: readonly {
    readonly study: string;
    readonly trials: number;
    /** By `x`; none without trials. */
    readonly y: readonly number[];
    /** By `x`, the number of the trial with the highest value that is not above it. */
    readonly at: readonly (number | null)[];
  }[];
  readonly comparable: readonly ComparableStudy[];
}

export type TimelineRow = "process" | "trial";

/** When trials ran. Default `rows`: `process` where any trial's is known, else `trial`. */
export interface TimelineData {
  readonly by: TimelineRow;
  /** Milliseconds since the epoch. */
  readonly from: number;
  readonly to: number;
  /** Whether `to` is now, as a trial runs. */
  readonly isLive: boolean;
  /** All trials. */
  readonly trials: number;
  /** By `process`: the rows. By `trial`, none: a row is a trial's number. */
  readonly processes: readonly TimelineProcess[];
  /** By `process`, without trials that never started. At most about 4,000: of more, short neighbors are one. */
  readonly bars: readonly TimelineBar[];
}

/** A row: a process, or, of very many, several that worked one after the other. */
export interface TimelineProcess {
  /** null: of several, or not known. */
  readonly pid: number | null;
  readonly host: string | null;
  /** How many share the row; 0: not known. */
  readonly processes: number;
  readonly trials: number;
  /** Milliseconds from the first trial's start to the last one's end, and those in which a trial ran. */
  readonly span: number;
  readonly busy: number;
}

export interface TimelineBar {
  readonly first: number;
  /** Of those drawn as one; the same as `first` if it is alone. */
  readonly last: number;
  /** How many. */
  readonly trials: number;
  /** Index of a process, or the first trial's number. */
  readonly row: number;
  /** Milliseconds after `from`. */
  readonly start: number;
  readonly end: number;
  /** Of most of them. */
  readonly state: ChartState;
  /** Whether a constraint is violated, by all of them. */
  readonly infeasible: boolean;
}

export type ImprovementName = "regret-bound" | "emmr" | "stagnation";

/**
 * After each COMPLETE trial, how much a terminator expects to gain, and the error below which it ends the study. For one objective. Default
 * `improvement`: the regret bound.
 */
export interface TerminatorData {
  readonly improvement: ImprovementName;
  readonly trials: number;
  /** `error` is null where the trials do not have what it takes. At most 100, evenly chosen, with the last. */
  readonly points: readonly (readonly [number: number, improvement: WireNumber, error: WireNumber | null])[];
  /** The trial after which nothing more is evaluated, as it would take too long; null: all are. */
  readonly endsAt: number | null;
  /** Why it could not be evaluated any further; null: it could. */
  readonly problem: string | null;
}

export type StudyProgress = "trials" | "epochs" | "seconds";

/**
 * How good several studies' best trials became with what they had spent. Default `objective`: 0. Default `studies`: as `EdfData`'s. Default
 * `progress`: finished trials.
 */
export interface StudiesData {
  readonly progress: StudyProgress;
  readonly lines: readonly ComparedStudy[];
  readonly comparable: readonly ComparableStudy[];
}

export interface ComparedStudy extends ComparableStudy {
  /** What it holds at one value. */
  readonly frozen: Readonly<Record<string, WireParamValue>>;
  /** Its finished trials, and how many of them it has from the study it follows. */
  readonly trials: number;
  readonly taken: number;
  /** Steps that these reported, and seconds that they took. */
  readonly epochs: number;
  readonly seconds: number;
  readonly best: { readonly number: number; readonly value: WireNumber } | null;
  /** What had been spent when the best value changed; the last with all that was spent. At most 2,000. */
  readonly points: readonly (readonly [spent: number, value: WireNumber, number: number])[];
}

/** What the trials say about each parameter, in the order of first use, and why trials failed. Default `objective`: 0. */
export interface InsightData {
  /** COMPLETE trials with a finite value. */
  readonly complete: number;
  readonly params: readonly ParamInsight[];
  /** By reason, the latest first; at most 20. */
  readonly failures: readonly FailureInsight[];
}

/** Trials that failed for the same reason. */
export interface FailureInsight {
  /** The message, and the first frames of the stack. */
  readonly reason: string;
  /** How many. */
  readonly trials: number;
  /** The latest of them, its parameters, and when it ended, in milliseconds since 1970. */
  readonly trial: number;
  readonly params: Readonly<Record<string, WireParamValue>>;
  readonly endedAt: number | null;
}

/** Its range or choices are the latest trial's, and all else is about trials with values of these. */
export interface ParamInsight extends ParamOutline {
  /** COMPLETE and PRUNED trials that have it. */
  readonly tried: number;
  /** Its share in the outcome, and the 90% interval; null if they are unknown. */
  readonly importance: number | null;
  readonly interval: readonly [low: number, high: number] | null;
  /** At most five, best first. */
  readonly best: readonly TriedValue[];
  /** For a small picture: at most 150, by number. */
  readonly shown: readonly TriedValue[];
  readonly findings: readonly Finding[];
}

/** A parameter's value in a COMPLETE trial, and what came of it. */
export interface TriedValue {
  readonly trial: number;
  readonly value: WireParamValue;
  readonly result: WireNumber;
}

/** What to change about a parameter, as far as it is not chance; `best`: how many trials are the best quarter, those that were pruned being worse than all others. */
export type Finding =
  /** The best trial, and `among` of the best quarter, lie at a bound, which could be `to`. */
  | {
      readonly kind: "bound";
      readonly bound: "low" | "high";
      readonly among: number;
      readonly best: number;
      readonly to: number;
    }
  /** The best quarter lies in a part of the range, while `outside` trials do not. */
  | {
      readonly kind: "region";
      readonly low: number;
      readonly high: number;
      readonly outside: number;
      readonly best: number;
    }
  /** `tried` trials have a choice, and none of the best quarter. */
  | { readonly kind: "choice"; readonly choice: WireParamValue; readonly tried: number; readonly best: number }
  /** It hardly changes the outcome. */
  | { readonly kind: "no-influence" };
