import type { Annotation } from "./annotations.js";
import type { ChartData, ChartName, ChartRequest } from "./charts.js";
import type { CardPlace, DashboardLayouts, StudyKind } from "./dashboard-layout.js";
import type { ArtifactContent, CodeChanges, StudySummary, TrialDetail, TrialPage, TrialQuery } from "./inspector.js";
import type { BackendInfo, EpochEnded } from "./trainer.js";
import type { WireParamValue } from "./wire.js";

/**
 * Between a dashboard panel and the extension host. The panel asks and keeps nothing but its navigation; after it was hidden it calls
 * `ready` again and starts from the snapshot that answers.
 */
export interface DashboardHostFunctions {
  /** The panel's first call, and its first call after it was hidden. */
  readonly ready: (protocol: number) => Promise<DashboardSnapshot>;
  readonly listTrials: (query: TrialQuery) => Promise<TrialPage>;
  readonly getTrial: (number: number) => Promise<TrialDetail>;
  readonly getChart: <Name extends ChartName>(request: ChartRequest<Name>) => Promise<ChartData[Name]>;
  /** A file of the study (`trial`: null) or of a trial, from this byte on. */
  readonly getArtifact: (trial: number | null, id: string, from: number) => Promise<ArtifactContent>;
  /** What changed in the code from one trial to another; null if the code of one of them is not stored. */
  readonly compareCode: (from: number, to: number) => Promise<CodeChanges | null>;
  /** Stores a note or tags; rejects with `note-changed` as the training process does. */
  readonly annotate: (annotation: Annotation) => Promise<void>;
  /** The panel does not wait for this chart any more, whose `getChart` is rejected. */
  readonly cancelChart: (request: ChartRequest) => Promise<void>;
  /** Asks the user where to save a file, and saves it there; resolves also if the user does not want to. */
  readonly saveFile: (file: SavedFile) => Promise<void>;
  /** Which cards the user wants, for each kind of study. */
  readonly getLayouts: () => Promise<DashboardLayouts>;
  /** For every dashboard of this kind of study, in every window; null: the default again. */
  readonly saveLayout: (kind: StudyKind, layout: readonly CardPlace[] | null) => Promise<void>;
  /** The values that trials have of a field of the filter, to complete it. */
  readonly getFieldValues: (field: string) => Promise<readonly WireParamValue[]>;
  /** The buttons of the panel. */
  readonly act: (action: DashboardAction) => Promise<void>;
}

/** The host's notifications to the panel. */
export interface DashboardPanelFunctions {
  /** The study changed: summary and running state are in the snapshot; tables and charts ask again for what they show. */
  changed(snapshot: DashboardSnapshot): void;
  /** An epoch of a running trial ended. */
  progress(event: EpochEnded): void;
  /** The user selected a trial elsewhere, such as in the sidebar. */
  selectTrial(number: number): void;
  /** The user laid another dashboard out. */
  layoutsChanged(layouts: DashboardLayouts): void;
}

export interface DashboardSnapshot {
  /** Increases with every snapshot; a panel ignores one that is older than what it shows. */
  readonly sequence: number;
  /** null if the study is not in its storage (not started yet, or deleted). */
  readonly study: StudySummary | null;
  readonly studyName: string;
  readonly storage: string;
  readonly running: RunningState | null;
  /** False in an untrusted workspace, where nothing can be started. */
  readonly trusted: boolean;
  /** False for a study whose code is unknown, such as one that another program started. It cannot be resumed or retrained. */
  readonly hasCode: boolean;
  /** The error that ended the last run, if any. */
  readonly error: RunError | null;
}

/** A page cannot write files: it sends what to save. */
export interface SavedFile {
  /** What to suggest after the study's name: lowercase letters, digits, and hyphens. */
  readonly name: string;
  readonly type: "png" | "svg" | "csv" | "json";
  /** Text; of a PNG, base64. At most `MAX_SAVED_CHARS`. */
  readonly content: string;
}

export const MAX_SAVED_CHARS = 67_108_864;

interface RunError {
  readonly message: string;
  /** Several identical crashes or errors in a row paused the study; resuming continues it. */
  readonly paused: boolean;
}

export interface RunningState {
  readonly kind: "study" | "retrain";
  readonly trials: number | null;
  readonly finished: number;
  readonly backend: BackendInfo | null;
  /** The trials that run now. */
  readonly trialNumbers: readonly number[];
  /** Their latest epochs. */
  readonly progress: readonly EpochEnded[];
  readonly stopping: boolean;
  /** It ends after its running trials. */
  readonly pausing: boolean;
}

export type DashboardAction =
  /** `pause`: the study ends after its running trials; `start` takes that back. */
  | { readonly type: "start" | "stop" | "pause" | "showOutput" | "openSource" }
  | {
      readonly type: "setTrials";
      /** Total number of finished trials. Asked for when left out. */ readonly total?: number;
    }
  | {
      readonly type: "enqueue";
      /** By flat name; those left out are sampled. Edited by the user when left out. */
      readonly params?: Readonly<Record<string, WireParamValue>>;
      /** The trial whose parameters the user edits. Default: the best one. */
      readonly trial?: number;
    }
  | { readonly type: "retrain"; /** the best one when left out */ readonly trial?: number }
  | {
      readonly type: "freeze";
      /** Asked for when left out. */
      readonly param?: string;
      /** The trial whose value to freeze. Default: the best one. */
      readonly trial?: number;
    }
  /** `debug` runs the trial's parameters under the debugger; `openFailure` opens the line where it failed. */
  | { readonly type: "debug" | "copyParameters" | "showCode" | "stopTrial" | "openFailure"; readonly trial: number }
  | {
      /** Enqueues trials with the parameters of failed or stopped ones. */
      readonly type: "runAgain";
      /** At most 1,000. */
      readonly numbers: readonly number[];
    }
  | {
      readonly type: "copyTable";
      /** The parameters of several trials, as text of at most `MAX_SAVED_CHARS`. */
      readonly table: string;
      readonly trials: number;
    }
  /** Opens what changed in the code from one trial to another. */
  | { readonly type: "showChanges"; readonly from: number; readonly to: number }
  | { readonly type: "saveArtifact" | "revealArtifact"; readonly trial: number | null; readonly id: string }
  /** Another study of the same storage, and a trial of it to select. */
  | { readonly type: "openStudy"; readonly study: string; readonly trial?: number }
  | { readonly type: "openLink"; /** http or https */ readonly url: string };
