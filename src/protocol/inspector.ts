import type { Artifact, Note, Tag } from "./annotations.js";
import type { ChartData, ChartName, ChartRequest } from "./charts.js";
import type { ParamOutline } from "./param-outline.js";
import type { PeakMemory } from "./peak-memory.js";
import type { BestTrial, FollowUpInfo, StudyEnd, StudySource } from "./trainer.js";
import type { WireDirection, WireJson, WireNumber, WireParamValue, WireTrialState } from "./wire.js";

/**
 * The inspector process: reads storages for the editor and never writes to one, only beside it. Stateless toward its caller: each call names storage and
 * study. A rejected call carries a `WireError`.
 */
export interface InspectorFunctions {
  readonly initialize: (hello: {
    readonly protocol: number;
    readonly cwd: string;
  }) => Promise<{ readonly protocol: number }>;
  /** Every study of a storage; empty (not an error) if the file does not exist yet. */
  readonly listStudies: (storage: string) => Promise<readonly StudySummary[]>;
  readonly getStudy: (storage: string, study: string) => Promise<StudySummary>;
  readonly listTrials: (storage: string, study: string, query: TrialQuery) => Promise<TrialPage>;
  readonly getTrial: (storage: string, study: string, number: number) => Promise<TrialDetail>;
  readonly getChart: <Name extends ChartName>(
    storage: string,
    study: string,
    request: ChartRequest<Name>,
  ) => Promise<ChartData[Name]>;
  /** One that waits for this chart with `getChart` does not any more: unless another one does, it is not computed further. */
  readonly cancelChart: (storage: string, study: string, request: ChartRequest) => Promise<void>;
  /** A file of a study (`trial`: null) or a trial; rejects with `artifact-not-found` if it has none of this id. */
  /** @param from the byte from which on it is read: a part that the extension host hands on in a moment. */
  readonly getArtifact: (
    storage: string,
    study: string,
    trial: number | null,
    id: string,
    from: number,
  ) => Promise<ArtifactContent>;
  /** A code of a study; by default, the one it last ran. null if it is not stored. */
  readonly getCode: (storage: string, study: string, name: string | null) => Promise<StoredCode | null>;
  /** What changed in the code from one trial to another; null if the code of one of them is not stored. */
  readonly compareCode: (storage: string, study: string, from: number, to: number) => Promise<CodeChanges | null>;
  /** The values of a parameter that COMPLETE and PRUNED trials have tried, the best trial's first; at most 50. */
  readonly getParamValues: (storage: string, study: string, param: string) => Promise<readonly ParamValueOutline[]>;
  /** The values that trials have of a field of the filter, the most frequent first; at most 50. */
  readonly getFieldValues: (storage: string, study: string, field: string) => Promise<readonly WireParamValue[]>;
  /** Copies a storage written by an older Optuna to Optuna 5's schema, next to its file, which is not changed. */
  readonly migrateCopy: (storage: string) => Promise<MigratedCopy>;
  /** Sends `storageChanged` from now on when another process writes to, creates, or deletes this storage. */
  readonly watch: (storage: string) => Promise<void>;
  readonly unwatch: (storage: string) => Promise<void>;
  readonly exit: () => Promise<void>;
}

export interface InspectorEvents {
  /**
   * It reads this storage, and answers nothing meanwhile: if the process stops responding, this storage is why. null: it answers. Sent again and
   * again while something is computed beside the calls.
   */
  reading(storage: string | null): void;
  /** Something was written. Sent at most four times a second. */
  storageChanged(storage: string): void;
}

export interface StudySummary {
  readonly name: string;
  readonly storage: string;
  readonly directions: readonly WireDirection[];
  readonly metricNames: readonly string[] | null;
  readonly counts: Readonly<Record<WireTrialState, number>>;
  /** How many of the FAIL trials the user stopped, or were interrupted. */
  readonly stopped: number;
  /** How many of the PRUNED trials a scheduler has paused, and none continues yet. */
  readonly paused: number;
  /** The number of COMPLETE, PRUNED, and FAIL trials, without the stopped ones and those that the study has learned from others. */
  readonly finished: number;
  /** null if no trial is COMPLETE, and for a study with several objectives. */
  readonly best: BestTrial | null;
  /** The number of trials on the Pareto front; null for one objective. */
  readonly front: number | null;
  /** Of each objective, the trial on the Pareto front that is best in it; null for one objective. */
  readonly extremes: readonly FrontTrial[] | null;
  /** The processes that are running it. */
  readonly workers: StudyWorkers;
  /** The version of Optuna before 5 that wrote the storage, which is therefore read-only; null if the storage is writable. */
  readonly olderLibrary: string | null;
  /** null for a study that Tunelens did not start. */
  readonly source: StudySource | null;
  /** How its latest run ended; null while it runs, and if nobody stored it. */
  readonly end: StudyEnd | null;
  /** null if the study is not a follow-up. */
  readonly followUp: FollowUpInfo | null;
  /** What it took from earlier studies when it was created. */
  readonly learned: readonly LearnedInfo[];
  /** Every parameter name so far, in the order of first use. */
  readonly params: readonly ParamOutline[];
  /** Every name of trials' user attributes so far, in the order of first use. */
  readonly attributes: readonly string[];
  /** Milliseconds since the epoch of the first start and the last change; null while there is no trial. */
  readonly startedAt: number | null;
  readonly changedAt: number | null;
  readonly userAttrs: Readonly<Record<string, WireJson>>;
  /** The study's own; those of its trials are with the trials. */
  readonly note: Note;
  readonly tags: readonly Tag[];
  readonly artifacts: readonly Artifact[];
  /** Every tag that the study or a trial has or has had. */
  readonly knownTags: readonly Tag[];
  /** The parts with integers that JavaScript cannot represent and that are therefore rounded, such as `user attribute "id" (3 trials)`. */
  readonly inexact: readonly string[];
  /** Why the study cannot be read, in which case nothing else is known of it; null if it can be read. */
  readonly error: string | null;
}

/** What is at an artifact's path: its bytes, of which `base64` is a part, more of them than are shown, or no plain file. */
export type ArtifactContent =
  | { readonly kind: "content"; readonly path: string; readonly size: number; readonly base64: string }
  | { readonly kind: "large"; readonly path: string; readonly size: number }
  | { readonly kind: "missing"; readonly path: string };

/** A file of a study's code. */
export interface CodeFile {
  /** Its path from the study file's folder. */
  readonly name: string;
  /** The SHA-256 of its text. */
  readonly hash: string;
  /** null if it is too large to store. */
  readonly text: string | null;
}

/** The study file and the modules of the workspace that it loaded, as a study's trials ran them. */
export interface StoredCode {
  /** Other code has another name. */
  readonly name: string;
  readonly files: readonly CodeFile[];
}

export interface CodeChanges {
  readonly from: string;
  readonly to: string;
  /** Those that are not the same. */
  readonly files: readonly FileChange[];
}

export interface FileChange {
  readonly name: string;
  /** How many lines; null if the file was too large to store, or differs in too many. */
  readonly lines: { readonly added: number; readonly removed: number } | null;
}

/** A trial on the Pareto front. */
export interface FrontTrial {
  readonly number: number;
  readonly values: readonly WireNumber[];
  readonly params: Readonly<Record<string, WireParamValue>>;
}

export interface StudyWorkers {
  /** The PIDs of processes on this machine. */
  readonly processes: readonly number[];
  /** How many RUNNING trials were started by other machines or programs. */
  readonly others: number;
}

export interface MigratedCopy {
  /** The copy's absolute path. */
  readonly output: string;
  readonly studies: number;
  readonly trials: number;
}

export interface ParamValueOutline {
  readonly value: WireParamValue;
  /** How many COMPLETE and PRUNED trials have it. */
  readonly trials: number;
  /** The best COMPLETE one of them; null if there is none, and for a study with several objectives. */
  readonly best: { readonly number: number; readonly value: WireNumber } | null;
}

/** What trials are ordered by; `value`, `value:1`, …: an objective; `last` and `best`: of the intermediate values. */
export type TrialColumn =
  | "number"
  | "state"
  | "value"
  | `value:${number}`
  | "last"
  | "best"
  | "lastStep"
  | "duration"
  | "startedAt"
  | "memory"
  | "failReason"
  | "tags"
  | `param:${string}`
  | `attribute:${string}`;

export interface TrialOrder {
  readonly column: TrialColumn;
  readonly descending: boolean;
}

export interface TrialQuery {
  readonly offset: number;
  /** At most 1,000. */
  readonly limit: number;
  /** Each column orders the trials that are equal in those before it. Default, and in the end: by number, ascending. */
  readonly sort?: readonly TrialOrder[];
  /** A query of `src/query/` that the trials match. Default: all. */
  readonly filter?: string;
  /** The user attributes that each trial comes with. Default: none. */
  readonly attributes?: readonly string[];
}

/** Which trials, in what order, with which attributes. */
export type TrialSelection = Omit<TrialQuery, "offset" | "limit">;

export interface TrialPage {
  readonly rows: readonly TrialSummary[];
  /** Total number of rows of the query. */
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
  /** Milliseconds; null while it is running or queued. */
  readonly durationMs: number | null;
  /** The last step reported and its value. */
  readonly lastStep: number | null;
  readonly lastValue: WireNumber | null;
  /** The best intermediate value. */
  readonly bestValue: WireNumber | null;
  /** null if it was not measured. */
  readonly peakMemory: PeakMemory | null;
  /** Whether it is on the Pareto front; false for one objective. */
  readonly isOnFront: boolean;
  /** Of those asked for, the user attributes that it has. */
  readonly attributes: Readonly<Record<string, WireJson>>;
  /** Of all complete trials with its parameters; null if it is the only one. */
  readonly repeats: TrialRepeats | null;
  readonly failReason: string | null;
  /** The step (0-based) at which a scheduler has paused it; null if none has. */
  readonly pausedAt: number | null;
  /** The number of the trial that continues it, once it was paused. */
  readonly continuedBy: number | null;
  readonly tags: readonly Tag[];
}

/** The complete trials of one configuration. */
export interface TrialRepeats {
  readonly numbers: readonly number[];
  /** Of their values, one per objective; the deviation is that of the sample. */
  readonly mean: readonly WireNumber[];
  readonly deviation: readonly WireNumber[];
}

/** The trials of an earlier study that a study started with. */
export interface LearnedInfo {
  readonly study: string;
  /** How many finished trials the earlier study had, and how many of them were taken. */
  readonly finished: number;
  readonly taken: number;
}

export interface TrialDetail extends TrialSummary {
  /** The trial of another study that it is a copy of. */
  readonly origin: { readonly study: string; readonly trial: number } | null;
  /** The name of the code that it ran; null if nobody recorded it. */
  readonly code: string | null;
  /** The number of the interrupted or failed trial that it continues or repeats. */
  readonly retries: number | null;
  /** The number of the paused trial that it continues. */
  readonly continues: number | null;
  readonly intermediateValues: readonly (readonly [step: number, value: WireNumber])[];
  readonly userAttrs: Readonly<Record<string, WireJson>>;
  readonly note: Note;
  readonly artifacts: readonly Artifact[];
}
