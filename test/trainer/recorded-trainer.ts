import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { TrialSnapshot } from "../../src/engine/trial/trial-snapshot.js";
import type {
  EpochEnded,
  LogLine,
  RunRequest,
  RunSummary,
  StudyStarted,
  TrialFinished,
  TrialStarted,
} from "../../src/protocol/trainer.js";
import { startTrainer, type TrainerProcess } from "../../src/supervisor/trainer-process.js";
import { openStorage } from "../../src/storage/open.js";
import { program } from "../programs.js";

export const trainerEntry = program("trainer/main");

export const thisNode = { execPath: process.execPath, version: process.version, kind: "node", env: {} } as const;

/** A training process with all it said. */
export interface RecordedTrainer {
  readonly trainer: TrainerProcess;
  readonly folder: string;
  readonly started: StudyStarted[];
  readonly trialsStarted: TrialStarted[];
  readonly epochs: EpochEnded[];
  readonly finished: TrialFinished[];
  readonly logs: LogLine[];
  readonly output: { stdout: string; stderr: string };
  /** Runs a study of a fixture file. */
  run(file: string, request?: Partial<RunRequest>): Promise<RunSummary>;
  /** What the study's storage holds now. */
  trials(study: string): readonly TrialSnapshot[];
}

export async function recordedTrainer(
  folder: string,
  execArgv: readonly string[] = [],
  env = {},
): Promise<RecordedTrainer> {
  const recorded = { started: [], trialsStarted: [], epochs: [], finished: [], logs: [] } as Pick<
    RecordedTrainer,
    "started" | "trialsStarted" | "epochs" | "finished" | "logs"
  >;
  const output = { stdout: "", stderr: "" };
  const trainer = await startTrainer({
    runtime: thisNode,
    entry: trainerEntry,
    cwd: folder,
    execArgv,
    env,
    events: {
      studyStarted: (event) => void recorded.started.push(event),
      trialStarted: (event) => void recorded.trialsStarted.push(event),
      epoch: (event) => void recorded.epochs.push(event),
      trialFinished: (event) => void recorded.finished.push(event),
      log: (event) => void recorded.logs.push(event),
    },
    onOutput: (stream, text) => (output[stream] += text),
  });
  onTestFinished(() => trainer.dispose());
  return {
    ...recorded,
    trainer,
    folder,
    output,
    run: (file, request = {}) => trainer.functions.run({ file: join(folder, file), ...request }),
    trials(study) {
      const storage = openStorage("sqlite:///.tunelens/studies.db", { cwd: folder, readOnly: true });
      try {
        return storage.getTrials(storage.findStudy(study)!);
      } finally {
        storage.close();
      }
    },
  };
}
