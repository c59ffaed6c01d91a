import type { SourceLocation, WireDirection, WireNumber, WireParamValue, WireTrialState } from "./wire.js";

/**
 * The training process, as its parent (the extension host or the terminal) sees it.
 *
 * Order: the parent calls `initialize`; then exactly one of `listStudies`, `run`, `retrain`, `deleteStudy`, `failTrialsOfDead`, `probeBackends`, any number
 * of times, one at a time; `ping` and `stop` at any moment; `exit` at the end. A rejected call carries a `WireError`. A process that ends before `exit` was
 * called is an error, whatever its exit code.
 */
export interface TrainerFunctions {
  initialize(hello: ParentHello): Promise<TrainerHello>;
  /** Loads the file (this runs the user's code) and lists what it defines. */
  listStudies(file: string): Promise<readonly StudyOutline[]>;
  /** Runs or resumes a study until its trials are done, its timeout is over, or `stop`. */
  run(request: RunRequest): Promise<RunSummary>;
  /** Runs the objective once more with one trial's parameters and saves the model. */
  retrain(request: RetrainRequest): Promise<RetrainSummary>;
  deleteStudy(request: StudyAddress): Promise<void>;
  /** Fails the trials that processes of this machine left behind when they died. Each is told as `trialFinished`. */
  failTrialsOfDead(request: DeadProcesses): Promise<void>;
  /** Tries every training backend in the working directory, each in a process of its own; takes seconds. */
  probeBackends(): Promise<BackendList>;
  /** Asks the running call to end: the trial's signal is aborted, the trial is stored as failed (reason: stopped). */
  stop(): Promise<void>;
  ping(): Promise<"pong">;
  exit(): Promise<void>;
}

/** Of errors after which a process can train no more: another one takes its place, and the trial is all that failed. */
export const fatalCodes: readonly string[] = ["device-lost", "device-error", "out-of-memory", "backend-broken"];

/** What the training process tells its parent while a call runs. Nothing is awaited. */
export interface TrainerEvents {
  studyStarted(event: StudyStarted): void;
  trialStarted(event: TrialStarted): void;
  epoch(event: EpochEnded): void;
  trialFinished(event: TrialFinished): void;
  /** A process of a run has loaded user code, the first of its files before `studyStarted`. Left out by those who start no other process for the run. */
  sourceLoaded?(source: LoadedSource): void;
  /** What a process of a run was handed as `code` is not what these files say by now. */
  codeChanged?(files: readonly string[]): void;
  /** For the output channel or the terminal: from Tunelens, not from the user's `console`. */
  log(event: LogLine): void;
}

export interface ParentHello {
  readonly protocol: number;
  /** `extension` or `cli`, with its version. */
  readonly parent: string;
  /** The folder relative paths are relative to: the workspace folder, or the terminal's working directory. */
  readonly cwd: string;
}

export interface TrainerHello {
  readonly protocol: number;
  readonly version: string;
  readonly pid: number;
  /** `v24.1.0` */
  readonly node: string;
  readonly runtime: "node" | "electron";
}

/** One study a file defines, without running it. */
export interface StudyOutline {
  readonly name: string;
  /** `default` or the export's name. */
  readonly exportName: string;
  readonly directions: readonly WireDirection[];
  readonly trials: number | null;
  readonly storage: string;
}

/** Where a study goes whose file names no storage and nobody says otherwise; relative to `cwd`. */
export const DEFAULT_STORAGE = "sqlite:///.tunelens/studies.db";

export interface StudyAddress {
  /** A storage URL, e.g. `sqlite:///.tunelens/studies.db`; relative to `cwd`. */
  readonly storage: string;
  readonly study: string;
}

export interface DeadProcesses extends StudyAddress {
  /** How each process ended, by its pid: stored as the reason of its trial. null: the user stopped it, and a resume makes up for its trial. */
  readonly reasons: Readonly<Record<number, string | null>>;
}

/** How many training processes work on a study at once. */
export type Parallel = number | "auto";

export interface RunRequest {
  /** Absolute path of the study file. */
  readonly file: string;
  /** Name or export name, or the name of a follow-up study; needed when the file defines several. */
  readonly study?: string;
  /** Runs a follow-up of this study: made now, or where it was made before, gone on with. */
  readonly freeze?: FreezeRequest;
  /** Each of these overrides what the study file says. */
  readonly storage?: string;
  /** How many finished trials there shall be in the end; with `freeze`, beside those taken along. */
  readonly trials?: number;
  /** Seconds. */
  readonly timeout?: number;
  readonly seed?: number;
  readonly epochs?: number;
  readonly backend?: string;
  readonly parallel?: Parallel;
  /** What the parent's settings say where the study file is silent. */
  readonly defaultStorage?: string;
  readonly defaultBackend?: string;
  readonly defaultParallel?: Parallel;
  /** The run is on already: this process is one more that works on it. */
  readonly joins?: boolean;
  /** Of the study that the run began with, for a process that joins it. */
  readonly identity?: string;
  /** Whether it rejects with `study-code-changed` where the study has trials of other code. Otherwise it goes on, and warns of it. */
  readonly asksOfChangedCode?: boolean;
  /** What other processes of the run have loaded: this one runs the same, whatever has become of the files. */
  readonly code?: readonly LoadedSource[];
}

/** A file of the user's code in a form in which a process has loaded it: as text, as Node.js's module loader gives it, or as `require` does. */
export interface LoadedSource {
  /** Absolute. */
  readonly path: string;
  /** SHA-256 of the file, hexadecimal. */
  readonly hash: string;
  /** `text`, `require`, or a URL. */
  readonly as: string;
  /** null: too large to be kept. */
  readonly source: string | null;
  /** What Node.js's module loader says of it. */
  readonly format?: string;
  readonly responseUrl?: string;
  readonly reloaded?: boolean;
}

/** A follow-up study: some parameters are held at a value, the others are studied again. */
export interface FreezeRequest {
  /** By flat name; without a value, the best trial's. */
  readonly params: readonly { readonly name: string; readonly value?: WireParamValue }[];
  /** The follow-up's name. Default: the study's with what is frozen. */
  readonly name?: string;
}

export interface RetrainRequest {
  readonly file: string;
  readonly study?: string;
  readonly storage?: string;
  readonly defaultStorage?: string;
  readonly defaultBackend?: string;
  /** The trial's number; the best one when left out. */
  readonly trial?: number;
  readonly epochs?: number;
  readonly backend?: string;
  /**
   * The folder where the model goes; one that is there is renamed. Default: the next version (`v1`, `v2`, …) in
   * `.tunelens/models/<study>/trial-<number>`, or beside the model that is trained further.
   */
  readonly output?: string;
  /** Train a saved model further: the one in this folder, or (true) the one of the trial. `epochs` is how many more. */
  readonly continues?: string | true;
}

export interface BackendInfo {
  /** `tfjs-node-gpu`, `webgpu`, `tfjs-node`, `wasm`, `cpu`. */
  readonly backend: string;
  readonly device: string;
  readonly version: string;
  /** Bytes it can use at most; left out where the device does not tell. */
  readonly memory?: number;
}

export interface BackendList {
  /** What `auto` takes. */
  readonly auto: string;
  /** Best first. */
  readonly backends: readonly ProbedBackend[];
}

/** Whether a backend can train; where not, why, and what to do about it. */
export type ProbedBackend =
  | { readonly name: string; readonly usable: true; readonly description: BackendInfo }
  | {
      readonly name: string;
      readonly usable: false;
      readonly reason: string;
      /** A command that may mend it, to be run in the working directory. */
      readonly command?: string;
    };

export interface StudyStarted extends StudyAddress {
  readonly file: string;
  readonly exportName: string;
  readonly directions: readonly WireDirection[];
  /** How many finished trials the study shall have in the end; null: no end. */
  readonly trials: number | null;
  /** How many it had when this run began. */
  readonly finishedBefore: number;
  /** The best trial when this run began. */
  readonly best?: BestTrial | null;
  readonly resumed: boolean;
  /** What its storage tells it by, whatever its name; left out where that knows no other processes. */
  readonly identity?: string;
  /** True for a retraining: one trial, not stored. */
  readonly retrain: boolean;
  /** null until the study file first touches TensorFlow.js. */
  readonly backend: BackendInfo | null;
  readonly sampler: string;
  readonly pruner: string;
  /** null: the study is no follow-up of another. */
  readonly followUp: FollowUpInfo | null;
  /** How the parent works on it with several processes; null for a retraining, which is one. */
  readonly processes: StudyProcesses | null;
}

/** Where a follow-up study comes from. */
export interface FollowUpInfo {
  /** The study it follows. */
  readonly from: string;
  /** By flat name: what is held at which value. */
  readonly frozen: Readonly<Record<string, WireParamValue>>;
  /** How many of the trials were taken along. */
  readonly taken: number;
}

export interface StudyProcesses {
  /** How many work at once. */
  readonly parallel: number;
  /** Seconds for the whole run; null: no limit. */
  readonly timeout: number | null;
  /** So many deaths of the same kind in a row pause the study; so do so many trials in a row that all fail alike. */
  readonly pauseAfter: number;
  /** Whether a trial of the study was COMPLETE or PRUNED when this run began. */
  readonly worked: boolean;
}

export interface TrialStarted {
  readonly number: number;
  readonly startedAt: number;
}

/** Also sent for reports of objectives that do not use `fit`; then `logs` has the one value. */
export interface EpochEnded {
  readonly number: number;
  /** 0-based. */
  readonly epoch: number;
  /** How many there will be at the most; null: unknown. */
  readonly epochs: number | null;
  readonly logs: Readonly<Record<string, WireNumber>>;
}

export interface TrialFinished {
  readonly number: number;
  readonly state: WireTrialState;
  readonly values: readonly WireNumber[] | null;
  readonly params: Readonly<Record<string, WireParamValue>>;
  readonly durationMs: number;
  /** The last step reported, 0-based. */
  readonly lastStep: number | null;
  readonly failReason?: string;
  readonly failLocation?: SourceLocation;
  /** What its objective did: threw an error that the study catches, or gave something else than its numbers. Left out for any other end. */
  readonly failKind?: "error" | "result";
  /** The study's best trial after this one. */
  readonly best: BestTrial | null;
  /** Finished trials of the study after this one (COMPLETE, PRUNED and FAIL, but not stopped ones). */
  readonly finished: number;
}

export interface BestTrial {
  readonly number: number;
  readonly value: WireNumber;
  readonly params: Readonly<Record<string, WireParamValue>>;
}

export interface RunSummary extends StudyAddress {
  readonly reason: "trials" | "timeout" | "terminator" | "stopped";
  readonly counts: Readonly<Record<WireTrialState, number>>;
  /** Finished trials of the study (COMPLETE, PRUNED and FAIL, but not stopped ones, which `counts` has among FAIL). */
  readonly finished: number;
  /** null while nothing is COMPLETE, and for a study with several objectives. */
  readonly best: BestTrial | null;
  /** Of a study with several objectives, how many trials no other beats in all of them; null for one objective. */
  readonly front: number | null;
  readonly durationMs: number;
  /** The process is done, its study is not: each trial gets a process of its own. */
  readonly goesOn: boolean;
}

export interface RetrainSummary extends StudyAddress {
  readonly trial: number;
  readonly params: Readonly<Record<string, WireParamValue>>;
  readonly value: WireNumber;
  /** The value the trial had in the study. */
  readonly studyValue: WireNumber;
  readonly epochs: number;
  /** How many epochs the model had been trained for before; 0 where the training began anew. */
  readonly epochsBefore: number;
  /** The folder with `model.json`; null when the objective returned no model. */
  readonly model: string | null;
  /** The folder of a version of before that has a better value, and so stays the best; null: there is none. */
  readonly betterModel: string | null;
  readonly durationMs: number;
}

export interface LogLine {
  readonly level: "info" | "warn" | "error";
  readonly message: string;
}

/** The system attribute that holds a `StudySource`. */
export const STUDY_SOURCE_KEY = "tunelens:study";

/** Kept with each study, so that the editor finds the way back to the code. */
export interface StudySource {
  /** Relative to the folder it was started in, with forward slashes. */
  readonly file: string;
  readonly exportName: string;
  readonly trials: number | null;
  readonly sampler: string;
  readonly pruner: string;
  readonly seed: number | null;
  /** Of each trial; null where the study does not say. */
  readonly epochs: number | null;
  readonly backend: BackendInfo | null;
  readonly node: string;
  readonly version: string;
}
