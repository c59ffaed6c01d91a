import type { RetrainRequest, RetrainSummary, RunRequest, RunSummary, TrainerEvents } from "./trainer.js";
import type { WireError } from "./wire.js";

/**
 * A run process, as those see it who are attached to it (the editor, the terminal): the owner of the training processes of a study or of a
 * retraining, which outlives whoever started it. `attach` is the first call; any other one before it is refused.
 */
export interface RunFunctions {
  /** Sends what has happened so far, as far as it was kept, and from now on all that happens. Rejects with `wrong-secret`. */
  readonly attach: (hello: AttachHello) => Promise<void>;
  /**
   * Announces that the caller is about to disconnect.
   * @param stopAfterMs how long the run waits for somebody to attach if nobody is attached then, before it stops; null: it goes on.
   */
  readonly leave: (stopAfterMs: number | null) => Promise<void>;
  /** Asks the run to stop; asking again takes the next rung of each training process's ladder. */
  readonly stop: () => Promise<void>;
  /** @returns whether one of the training processes runs the trial of a study. */
  readonly stopTrial: (number: number) => Promise<boolean>;
  readonly setTrials: (trials: number) => Promise<void>;
  readonly pause: (paused: boolean) => Promise<void>;
  /** Ends the training processes at once. */
  readonly dispose: () => Promise<void>;
}

export interface AttachHello {
  readonly protocol: number;
  readonly secret: string;
  /** The run ends with this connection, as a program ends with its terminal. */
  readonly owns: boolean;
}

/** The events that a run process sends to all who are attached. None is awaited. */
export interface RunEvents extends Omit<TrainerEvents, "sourceLoaded" | "codeChanged"> {
  /** What a training process has printed. */
  output(output: ProcessOutput): void;
  processStarted(process: StartedProcess): void;
  /** Somebody has steered the run. */
  steered(steering: Steering): void;
  /** The last event: the run is over. */
  ended(end: RunEnd): void;
}

export const runEventNames = [
  "studyStarted",
  "trialStarted",
  "epoch",
  "trialFinished",
  "log",
  "output",
  "processStarted",
  "steered",
  "ended",
] as const satisfies readonly (keyof RunEvents)[];

interface ProcessOutput {
  readonly stream: "stdout" | "stderr";
  readonly text: string;
  /** Which of the processes that work at once printed it, from 0. */
  readonly worker: number;
}

/** A training process. */
export interface StartedProcess {
  readonly worker: number;
  readonly pid: number;
  /** `v24.1.0` */
  readonly node: string;
  readonly runtime: "node" | "electron";
  readonly execPath: string;
}

export interface Steering {
  readonly stopping: boolean;
  readonly pausing: boolean;
  /** The total number of finished trials, if it was changed. */
  readonly trials: number | null;
}

/** What is to be run. */
export type RunTask =
  | { readonly kind: "study"; readonly request: RunRequest }
  | { readonly kind: "retrain"; readonly request: RetrainRequest };

export type RunResult =
  | { readonly kind: "study"; readonly summary: RunSummary }
  | { readonly kind: "retrain"; readonly summary: RetrainSummary };

export type RunEnd =
  | RunResult
  | {
      readonly error: WireError;
      /** The process whose end it is, if it is one. */
      readonly exit: ProcessExit | null;
    };

interface ProcessExit {
  /** `training process` */
  readonly what: string;
  readonly code: number | null;
  readonly signal: string | null;
  readonly expected: boolean;
  readonly stderrTail: string;
}

/** What a run process runs. */
export interface RunOrder {
  /** Names its files; chosen by whoever starts it. */
  readonly id: string;
  /** The folder that relative paths refer to. */
  readonly cwd: string;
  /** `extension` or `cli`, with its version. */
  readonly parent: string;
  readonly task: RunTask;
  /** What runs the same in a terminal, as it is typed; it resumes a study. */
  readonly command: string;
  /** The Node.js of the training processes, with the variables to set and its arguments. */
  readonly runtime: {
    readonly execPath: string;
    readonly version: string;
    readonly kind: "node" | "electron";
    readonly env: Readonly<Record<string, string>>;
  };
  readonly env: Readonly<Record<string, string>>;
  readonly execArgv: readonly string[];
}

/** A run process as a file in the folder of runs tells of it, so that others can attach to it. Only its user can read the file. */
export interface RegisteredRun extends Pick<RunOrder, "id" | "cwd" | "parent" | "task" | "command"> {
  readonly protocol: number;
  readonly pid: number;
  readonly host: string;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  /** SHA-256 of the study file when the run started, hexadecimal; null if it could not be read. */
  readonly code: string | null;
  /** null until its first training process has loaded the study file. */
  readonly study: RunStudy | null;
  /** A socket of this machine, or a named pipe. */
  readonly socket: string;
  readonly secret: string;
}

interface RunStudy {
  readonly name: string;
  readonly exportName: string;
  /** The study that it follows, if it is a follow-up. */
  readonly followUpOf: string | null;
  readonly storage: string;
}
