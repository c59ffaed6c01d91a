import type { ChartData, ChartName, ChartRequest } from "./charts.js";
import type { PeakMemory } from "./peak-memory.js";
import type { BestTrial, FollowUpInfo, StudySource } from "./trainer.js";
import type { WireDirection, WireJson, WireNumber, WireParamValue, WireTrialState } from "./wire.js";

/**
 * The inspector process: reads storages for the editor and never writes to one, only beside it. Stateless towards its caller: each call names storage and
 * study. A rejected call carries a `WireError`.
 */
export interface InspectorFunctions {
  initialize(hello: { readonly protocol: number; readonly cwd: string }): Promise<{ readonly protocol: number }>;
  /** Every study of a storage; none (not an error) where the file does not exist yet. */
  listStudies(storage: string): Promise<readonly StudySummary[]>;
  getStudy(storage: string, study: string): Promise<StudySummary>;
  listTrials(storage: string, study: string, query: TrialQuery): Promise<TrialPage>;
  getTrial(storage: string, study: string, number: number): Promise<TrialDetail>;
  getChart<Name extends ChartName>(
    storage: string,
    study: string,
    request: ChartRequest<Name>,
  ): Promise<ChartData[Name]>;
  /** The values that COMPLETE and PRUNED trials have tried of a parameter, the one with the best trial first; at most 50. */
  getParamValues(storage: string, study: string, param: string): Promise<readonly ParamValueOutline[]>;
  /** Writes a copy, in Optuna 5's schema, of a storage that an older Optuna wrote: beside its file, which stays as it is. */
  migrateCopy(storage: string): Promise<MigratedCopy>;
  /** From now on `storageChanged` is sent when another process wrote to this storage, or created or deleted it. */
  watch(storage: string): Promise<void>;
  unwatch(storage: string): Promise<void>;
  exit(): Promise<void>;
}

export interface InspectorEvents {
  /** The next call begins, of those that name a storage: where the process does not answer any more, this is why. */
  begun(): void;
  /** Something was written. Bursts are folded into at most four a second. */
  storageChanged(storage: string): void;
}

export interface StudySummary {
  readonly name: string;
  readonly storage: string;
  readonly directions: readonly WireDirection[];
  readonly metricNames: readonly string[] | null;
  readonly counts: Readonly<Record<WireTrialState, number>>;
  /** COMPLETE, PRUNED and FAIL trials, without those the user stopped: what a resume goes on from. */
  readonly finished: number;
  /** null while nothing is COMPLETE, and for a study with several objectives. */
  readonly best: BestTrial | null;
  /** Of a study with several objectives, how many trials no other beats in all of them; null for one objective. */
  readonly front: number | null;
  /** Who works on it now. */
  readonly workers: StudyWorkers;
  /** The Optuna before 5 that wrote the storage, which therefore is only read; null: the storage can be written. */
  readonly olderLibrary: string | null;
  /** null for a study that Tunelens did not start. */
  readonly source: StudySource | null;
  /** null: the study is no follow-up of another. */
  readonly followUp: FollowUpInfo | null;
  /** Every parameter name met so far, in the order of first use. */
  readonly params: readonly ParamOutline[];
  /** Milliseconds since the epoch of the first start and the last change; null while there is no trial. */
  readonly startedAt: number | null;
  readonly changedAt: number | null;
  readonly userAttrs: Readonly<Record<string, WireJson>>;
  /** What of it is a whole number that JavaScript does not have, and is the nearest that it has, e.g. `user attribute "id" (3 trials)`. */
  readonly inexact: readonly string[];
  /** Why the study cannot be read, where nothing else is known of it; the others of its storage can. null: it can. */
  readonly error: string | null;
}

export interface StudyWorkers {
  /** Processes of this machine, by their pid. */
  readonly processes: readonly number[];
  /** How many trials are RUNNING that other machines or programs have started. */
  readonly others: number;
}

export interface MigratedCopy {
  /** The copy's absolute path. */
  readonly output: string;
  readonly studies: number;
  readonly trials: number;
}

export interface ParamOutline {
  readonly name: string;
  readonly type: "float" | "int" | "categorical";
  readonly log: boolean;
}

export interface ParamValueOutline {
  readonly value: WireParamValue;
  /** How many COMPLETE and PRUNED trials have it. */
  readonly trials: number;
  /** The best COMPLETE one of them; null where there is none, and for a study with several objectives. */
  readonly best: { readonly number: number; readonly value: WireNumber } | null;
}

export type TrialColumn = "number" | "state" | "value" | "duration" | "startedAt" | "lastStep" | `param:${string}`;

export interface TrialQuery {
  readonly offset: number;
  /** At most 1,000. */
  readonly limit: number;
  readonly sort?: { readonly column: TrialColumn; readonly descending: boolean };
  /** Only these states; all when left out. */
  readonly states?: readonly WireTrialState[];
}

/** Which trials, in what order. */
export type TrialSorting = Pick<TrialQuery, "sort" | "states">;

export interface TrialPage {
  readonly rows: readonly TrialSummary[];
  /** How many rows the query has in all. */
  readonly total: number;
  readonly offset: number;
}

export interface TrialSummary {
  readonly number: number;
  readonly state: WireTrialState;
  readonly values: readonly WireNumber[] | null;
  readonly params: Readonly<Record<string, WireParamValue>>;
  /** Milliseconds since the epoch. */
  readonly startedAt: number | null;
  /** Milliseconds; null while it runs or waits. */
  readonly durationMs: number | null;
  /** The last step reported and its value. */
  readonly lastStep: number | null;
  readonly lastValue: WireNumber | null;
  readonly failReason: string | null;
}

export interface TrialDetail extends TrialSummary {
  readonly intermediateValues: readonly (readonly [step: number, value: WireNumber])[];
  readonly userAttrs: Readonly<Record<string, WireJson>>;
  /** null where nobody measured it. */
  readonly peakMemory: PeakMemory | null;
}
