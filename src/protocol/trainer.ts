import type { Annotation } from "./annotations.js";
import type { StepTime } from "./step-times.js";
import type { SourceLocation, WireDirection, WireNumber, WireParamValue, WireTrialState } from "./wire.js";

/**
 * The training process, as its parent (the extension host or the terminal) sees it.
 *
 * Order: the parent calls `initialize`; then exactly one of `listStudies`, `run`, `retrain`, `evaluate`, `deleteStudy`, `annotate`, `enqueue`, `changeTrials`,
 * `endStudy`, `failTrialsOfDead`, `probeBackends`, `installBackend`, any number of times, one at a time; `ping`, `stop`, `stopTrial`, `setTrials`, and
 * `pause` at any moment; `exit` at the end. A rejected call carries a `WireError`. A process that ends before `exit` was called is an error, whatever its
 * exit code.
 */
export interface TrainerFunctions {
  readonly initialize: (hello: ParentHello) => Promise<TrainerHello>;
  /** Loads the file (this runs the user's code) and lists what it defines. */
  readonly listStudies: (file: string) => Promise<readonly StudyOutline[]>;
  /** Runs or resumes a study until all its trials have finished, it times out, or `stop` is called. */
  readonly run: (request: RunRequest) => Promise<RunSummary>;
  /** Runs the objective again with one trial's parameters and saves the model. */
  readonly retrain: (request: RetrainRequest) => Promise<RetrainSummary>;
  /** Runs the objective again with a saved model, which `fit` evaluates instead of training one. */
  readonly evaluate: (request: EvaluateRequest) => Promise<EvaluateSummary>;
  readonly deleteStudy: (request: StudyAddress) => Promise<void>;
  /** Stores a note or tags. Rejects with `note-changed` if another note was stored since the one that this one replaces. */
  readonly annotate: (request: AnnotateRequest) => Promise<void>;
  /** Queues trials of a stored study; all of them or, if a value is invalid, none. Also while other processes run it. */
  readonly enqueue: (request: EnqueueRequest) => Promise<void>;
  /** Stores how a run ended that its processes could not store. */
  readonly endStudy: (request: StudyAddress & { readonly end: StudyEnd }) => Promise<void>;
  /** Stores how many trials a study should have, for its next run. */
  readonly changeTrials: (request: StudyTrials) => Promise<void>;
  /** Fails the trials that crashed processes of this machine left behind. Sends `trialFinished` for each. */
  readonly failTrialsOfDead: (request: DeadProcesses) => Promise<void>;
  /** Tests every training backend in the working directory, each in a separate process; takes seconds. */
  readonly probeBackends: () => Promise<BackendList>;
  /** Builds a backend against the TensorFlow of a Python and adds it to the working directory; takes a minute, and sends `log` meanwhile. */
  readonly installBackend: (request: InstallBackendRequest) => Promise<BackendInfo>;
  /** Asks the running call to end: the trial's signal is aborted, the trial is stored as failed (reason: stopped). */
  readonly stop: () => Promise<void>;
  /** Asks one trial of the running call to end: it is stored as failed (reason: stopped), and the call goes on. @returns whether it runs here. */
  readonly stopTrial: (number: number) => Promise<boolean>;
  /** Changes the total number of finished trials of the running call, and stores it. */
  readonly setTrials: (trials: number) => Promise<void>;
  /** true: the running call ends after its running trial (reason: paused); false: it does not, if it has not ended yet. */
  readonly pause: (paused: boolean) => Promise<void>;
  readonly ping: () => Promise<"pong">;
  readonly exit: () => Promise<void>;
}

/** The code of errors after which a process can no longer train: only its trial fails, and another process replaces it. */
export const fatalCodes: readonly string[] = ["device-lost", "device-error", "out-of-memory", "backend-broken"];

/** The events that a training process sends its parent during a call. None is awaited. */
export interface TrainerEvents {
  studyStarted(event: StudyStarted): void;
  trialStarted(event: TrialStarted): void;
  epoch(event: EpochEnded): void;
  trialFinished(event: TrialFinished): void;
  /** The process has loaded user code; the first file comes before `studyStarted`. Omitted by parents that start only one process. */
  sourceLoaded?(source: LoadedSource): void;
  /** These files have changed since the run loaded them (`code`). */
  codeChanged?(files: readonly string[]): void;
  /** A line for the output channel or the terminal, from Tunelens and not from the user's `console`. */
  log(event: LogLine): void;
}

export interface ParentHello {
  readonly protocol: number;
  /** `extension` or `cli`, with its version. */
  readonly parent: string;
  /** The folder that relative paths refer to: the workspace folder, or the terminal's working directory. */
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

/** A study that a file defines. */
export interface StudyOutline {
  readonly name: string;
  /** `default` or the export's name. */
  readonly exportName: string;
  readonly directions: readonly WireDirection[];
  readonly trials: number | null;
  readonly storage: string;
}

/** The default storage of studies, relative to `cwd`. */
export const DEFAULT_STORAGE = "sqlite:///.tunelens/studies.db";

export interface StudyAddress {
  /** A storage URL, e.g. `sqlite:///.tunelens/studies.db`; relative to `cwd`. */
  readonly storage: string;
  readonly study: string;
}

/** How many finished trials a study should have, whatever its file says. */
export interface StudyTrials extends StudyAddress {
  readonly trials: number;
}

/** Trials to queue. */
export interface EnqueueRequest extends StudyAddress {
  /** The parameters of each by flat name; those left out are sampled. */
  readonly trials: readonly Readonly<Record<string, WireParamValue>>[];
}

export interface AnnotateRequest extends StudyAddress {
  readonly annotation: Annotation;
}

export interface DeadProcesses extends StudyAddress {
  /** How each process ended, by PID: stored as its trial's fail reason. null: the user stopped it, so a resume repeats its trial. */
  readonly reasons: Readonly<Record<number, string | null>>;
}

/** The number of training processes that run a study at once. */
export type Parallel = number | "auto";

export interface RunRequest {
  /** Absolute path of the study file. */
  readonly file: string;
  /** Name or export name, or the name of a follow-up study; required if the file defines several. */
  readonly study?: string;
  /** Runs a follow-up of this study, which is created if it does not exist. */
  readonly freeze?: FreezeRequest;
  /** Runs a study that starts with the trials of earlier ones that fit its space, unless it exists. Not together with `freeze`. */
  readonly learnFrom?: LearnRequest;
  /** Runs the objective once with these parameters, as this trial ran it, instead of the study. Stores and prunes nothing. */
  readonly fixedTrial?: FixedTrialRequest;
  /** Each of these overrides the study file. */
  readonly storage?: string;
  /** Total number of finished trials; with `freeze`, in addition to those that the follow-up starts with. */
  readonly trials?: number;
  /** Seconds. */
  readonly timeout?: number;
  readonly seed?: number;
  readonly epochs?: number;
  readonly backend?: string;
  readonly parallel?: Parallel;
  /** The parent's settings, for what the study file does not set. */
  readonly defaultStorage?: string;
  readonly defaultBackend?: string;
  readonly defaultParallel?: Parallel;
  /** The NVIDIA GPU that this process trains on. */
  readonly gpu?: string;
  /** The name of the WebGPU adapter that it trains on. */
  readonly adapter?: string;
  /** The run has already started: this process joins it. */
  readonly joins?: boolean;
  /** The identity of the run's study, for a process that joins it. */
  readonly identity?: string;
  /** Whether to reject with `study-code-changed` if the code has changed since the study's earlier trials. Otherwise it continues with a warning. */
  readonly asksOfChangedCode?: boolean;
  /** Whether to store the text of the user's code with the study. Default: true. What identifies it is stored in any case. */
  readonly storesCode?: boolean;
  /** The code that other processes of the run have loaded: this one runs the same, even if the files have changed. */
  readonly code?: readonly LoadedSource[];
}

/** A file of the user's code as a process has loaded it: as text, by Node.js's module loader, or by `require`. */
export interface LoadedSource {
  /** Absolute. */
  readonly path: string;
  /** SHA-256 of the file, hexadecimal. */
  readonly hash: string;
  /** `text`, `require`, or a URL. */
  readonly as: string;
  /** null if it is too large to keep. */
  readonly source: string | null;
  /** The format according to Node.js's module loader. */
  readonly format?: string;
  readonly responseUrl?: string;
  readonly reloaded?: boolean;
}

export interface FixedTrialRequest {
  readonly number: number;
  /** By flat name. */
  readonly params: Readonly<Record<string, WireParamValue>>;
}

/** A follow-up study: some parameters are frozen, and the others are tuned again. */
export interface FreezeRequest {
  /** By flat name; without a value, the best trial's. */
  readonly params: readonly { readonly name: string; readonly value?: WireParamValue }[];
  /** The follow-up's name. Default: the study's name plus the frozen parameters. */
  readonly name?: string;
}

/** A study that learns from earlier ones, whose space was another. */
export interface LearnRequest {
  /** Their names, at least one. */
  readonly studies: readonly string[];
  /**
   * The study's name. If the file defines another, it is a follow-up study. Default: the file's, or if that is the study to learn from, the
   * next such as `digits-2`.
   */
  readonly name?: string;
}

export interface RetrainRequest {
  readonly file: string;
  readonly study?: string;
  readonly storage?: string;
  readonly defaultStorage?: string;
  readonly defaultBackend?: string;
  /** The trial's number. Default: the best trial. */
  readonly trial?: number;
  readonly epochs?: number;
  readonly backend?: string;
  /**
   * The folder for the model; an existing one is renamed. Default: the next version (`v1`, `v2`, …) in
   * `.tunelens/models/<study>/trial-<number>`, or next to the model whose training continues.
   */
  readonly output?: string;
  /** Continue training a saved model: the one in this folder, or (true) the trial's. `epochs` is the number of additional epochs. */
  readonly continues?: string | true;
}

export interface EvaluateRequest extends Pick<
  RetrainRequest,
  "file" | "study" | "storage" | "defaultStorage" | "defaultBackend" | "backend" | "trial"
> {
  /** The folder of a saved model, of a trial's, or of a study's, of which the best is evaluated. Default: the trial's or the study's. */
  readonly model?: string;
}

/** What TensorFlow.js trains on. */
export interface BackendInfo {
  /** `tfjs-node-gpu`, `webgpu`, `tfjs-node`, `wasm`, `cpu`. */
  readonly backend: string;
  /** What it computes on, e.g. `CPU (SIMD, 1 thread)`. */
  readonly device: string;
  /** Version of the package that computes. */
  readonly version: string;
  /** Maximum memory in bytes; missing if the device does not report it. */
  readonly memory?: number;
  /** What `auto` chose it by: a training step of the study on each candidate. Missing if nothing was timed. */
  readonly stepTimes?: readonly StepTime[];
}

export interface InstallBackendRequest {
  readonly backend: "tfjs-node" | "tfjs-node-gpu";
  /** The Python whose TensorFlow it gets. Default: that of `TUNELENS_PYTHON`, then the folder's `.venv`, `python3`, and `python`. */
  readonly python?: string;
}

export interface BackendList {
  /** The backend that `auto` selects. */
  readonly auto: string;
  /** The backend that `auto` selects for a study whose steps are faster on it; missing if there is none. */
  readonly autoIfFaster?: string;
  /** Best first. */
  readonly backends: readonly ProbedBackend[];
}

/** Whether a backend can train; if not, why, and what to do about it. */
export type ProbedBackend =
  | { readonly name: string; readonly usable: true; readonly description: BackendInfo }
  | {
      readonly name: string;
      readonly usable: false;
      readonly reason: string;
      /** A command that may fix it, to run in the working directory. */
      readonly command?: string;
      /** `installBackend` may install it here. */
      readonly canBuild?: true;
    };

export interface StudyStarted extends StudyAddress {
  readonly file: string;
  readonly exportName: string;
  readonly directions: readonly WireDirection[];
  /** Total number of finished trials; null if unlimited. */
  readonly trials: number | null;
  /** How many it had when this run started. */
  readonly finishedBefore: number;
  /** The best trial when this run started. */
  readonly best?: BestTrial | null;
  readonly resumed: boolean;
  /** Its identity in its storage; missing if the storage belongs to one process. */
  readonly identity?: string;
  /** True for a retraining: one trial, not stored. */
  readonly retrain: boolean;
  /** null until the study file first uses TensorFlow.js. */
  readonly backend: BackendInfo | null;
  readonly sampler: string;
  readonly pruner: string;
  /** null if the study is not a follow-up. */
  readonly followUp: FollowUpInfo | null;
  /** How to run it with several processes; null for a retraining, which uses one. */
  readonly processes: StudyProcesses | null;
}

/** The origin of a follow-up study. Nothing is frozen in one whose space has changed. */
export interface FollowUpInfo {
  /** The study that it follows. */
  readonly from: string;
  /** The frozen parameters' values, by flat name. */
  readonly frozen: Readonly<Record<string, WireParamValue>>;
  /** How many trials it started with. */
  readonly taken: number;
}

export interface StudyProcesses {
  /** The number of processes at once. */
  readonly parallel: number;
  /** The NVIDIA GPUs they share: each process sees one. Empty if they need none, and for one process at a time: it sees what it was given. */
  readonly gpus: readonly string[];
  /** Likewise, the names of the WebGPU adapters. */
  readonly adapters: readonly string[];
  /** Seconds for the whole run; null: no limit. */
  readonly timeout: number | null;
  /** Pauses after this many identical crashes or errors in a row. */
  readonly pauseAfter: number;
  /** Whether a trial of the study was COMPLETE or PRUNED when this run started. */
  readonly worked: boolean;
}

export interface TrialStarted {
  readonly number: number;
  readonly startedAt: number;
}

/** Also sent for reports of objectives that don't use `fit`; `logs` then has a single value. */
export interface EpochEnded {
  readonly number: number;
  /** 0-based. */
  readonly epoch: number;
  /** Maximum number of epochs; null if unknown. */
  readonly epochs: number | null;
  readonly logs: Readonly<Record<string, WireNumber>>;
  /** The metric among them that the study monitors, if any is. */
  readonly monitor?: string;
}

export interface TrialFinished {
  readonly number: number;
  readonly state: WireTrialState;
  readonly values: readonly WireNumber[] | null;
  readonly params: Readonly<Record<string, WireParamValue>>;
  readonly durationMs: number;
  /** The last step reported, 0-based. */
  readonly lastStep: number | null;
  /** The step at which a scheduler has paused it; missing for another. */
  readonly pausedAt?: number;
  readonly failReason?: string;
  readonly failLocation?: SourceLocation;
  /** How its objective failed: it threw an error that the study catches, or returned an invalid result. Missing for any other end. */
  readonly failKind?: "error" | "result";
  /** The study's best trial after this one. */
  readonly best: BestTrial | null;
  /** The study's finished trials after this one (COMPLETE, PRUNED, and FAIL, but not stopped ones). */
  readonly finished: number;
}

export interface BestTrial {
  readonly number: number;
  readonly value: WireNumber;
  readonly params: Readonly<Record<string, WireParamValue>>;
}

export interface RunSummary extends StudyAddress {
  /** `paused`: the running trials have ended, and no more were started. */
  readonly reason: "trials" | "timeout" | "terminator" | "stopped" | "paused";
  readonly counts: Readonly<Record<WireTrialState, number>>;
  /** How many of the FAIL trials the user stopped, or were interrupted. */
  readonly stopped: number;
  /** How many of the PRUNED trials a scheduler has paused, and none continues yet. */
  readonly paused: number;
  /** Finished trials of the study (COMPLETE, PRUNED and FAIL, but not stopped ones, which `counts` has among FAIL). */
  readonly finished: number;
  /** null while nothing is COMPLETE, and for a study with several objectives. */
  readonly best: BestTrial | null;
  /** Of a study with several objectives, how many trials no other beats in all of them; null for one objective. */
  readonly front: number | null;
  readonly durationMs: number;
  /** The process has finished, but its study has not: each trial gets its own process. */
  readonly goesOn: boolean;
}

export interface RetrainSummary extends StudyAddress {
  readonly trial: number;
  readonly params: Readonly<Record<string, WireParamValue>>;
  readonly value: WireNumber;
  /** The value the trial had in the study. */
  readonly studyValue: WireNumber;
  readonly epochs: number;
  /** How many epochs the model had already been trained for; 0 if training started from scratch. */
  readonly epochsBefore: number;
  /** The model's folder; null if the objective returned no model. */
  readonly model: string | null;
  /** Whether it holds files that the objective wrote, instead of a `model.json` that `loadModel` can load. */
  readonly ownFiles: boolean;
  /** The folder of an earlier version that has a better value and remains the best; null if there is none. */
  readonly betterModel: string | null;
  readonly durationMs: number;
}

export interface EvaluateSummary extends StudyAddress {
  readonly trial: number;
  /** The model's folder. */
  readonly model: string;
  /** What the objective returned for it, one per objective. */
  readonly values: readonly WireNumber[];
  /** What it returned when the model was saved; empty if unknown. */
  readonly savedValues: readonly WireNumber[];
  /** On the validation data, by name: `val_loss`, … */
  readonly metrics: Readonly<Record<string, WireNumber>>;
  /** The files of the study's code that changed since the model was saved. */
  readonly changedCode: readonly string[];
  readonly durationMs: number;
}

export interface LogLine {
  readonly level: "info" | "warn" | "error";
  readonly message: string;
  /** The place in the user's code that the message names. */
  readonly location?: SourceLocation;
  /** What it advises the user to do with the study. */
  readonly advice?: "stop";
}

/** The system attribute that holds a `StudyEnd`. */
export const STUDY_END_KEY = "tunelens:end";

/** How the study's latest run ended; missing while it runs, and if its process was killed. */
export interface StudyEnd {
  readonly reason: RunSummary["reason"] | "error";
  /** For `error`. The code `study-paused`: several errors or crashes of the same kind in a row. */
  readonly error: { readonly code: string; readonly message: string } | null;
}

/** The system attribute that holds a `StudySource`. */
export const STUDY_SOURCE_KEY = "tunelens:study";

/** Stored with each study, so that the editor finds its code. */
export interface StudySource {
  /** Relative to the folder it was started in, with forward slashes. */
  readonly file: string;
  readonly exportName: string;
  readonly trials: number | null;
  /** The number in its code. */
  readonly codedTrials: number | null;
  /** The user wants another number than the code's, as long as the code's is `from`. */
  readonly changedTrials: { readonly from: number | null; readonly to: number } | null;
  readonly sampler: string;
  readonly pruner: string;
  readonly seed: number | null;
  /** Epochs of each trial; null if the study does not set it. */
  readonly epochs: number | null;
  readonly backend: BackendInfo | null;
  readonly node: string;
  readonly version: string;
}
