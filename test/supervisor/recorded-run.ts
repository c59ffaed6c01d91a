import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { TrialSnapshot } from "../../src/engine/trial/trial-snapshot.js";
import type { LogLine, RunRequest, StudyStarted, TrialFinished, TrialStarted } from "../../src/protocol/trainer.js";
import { openStorage } from "../../src/storage/open.js";
import { StudyRun } from "../../src/supervisor/study-run.js";
import { startTrainer } from "../../src/supervisor/trainer-process.js";
import { thisNode, trainerEntry } from "../trainer/recorded-trainer.js";
import { studyFolder } from "../trainer/study-folder.js";

/** A run of a study of `parallel.study.ts`, with all it told. */
export function recordedRun(
  study: string,
  request: Partial<RunRequest> = {},
  folder = studyFolder(),
  execArgv: (worker: number, started: number) => readonly string[] = () => [],
) {
  const told = {
    started: [] as StudyStarted[],
    trialsStarted: [] as TrialStarted[],
    finished: [] as TrialFinished[],
    logs: [] as LogLine[],
    pids: [] as number[],
    /** Of each process, whether it was to run the study. */
    ran: [] as boolean[],
  };
  const run = new StudyRun({
    request: { file: join(folder, "parallel.study.ts"), study, ...request },
    events: {
      studyStarted: (event) => void told.started.push(event),
      trialStarted: (event) => void told.trialsStarted.push(event),
      epoch: () => {},
      trialFinished: (event) => void told.finished.push(event),
      log: (event) => void told.logs.push(event),
    },
    start: async ({ worker, runsStudy, events, signal }) => {
      told.ran.push(runsStudy);
      const trainer = await startTrainer({
        runtime: thisNode,
        entry: trainerEntry,
        cwd: folder,
        events,
        signal,
        execArgv: execArgv(worker, told.ran.length),
      });
      told.pids.push(trainer.pid);
      return trainer;
    },
  });
  onTestFinished(() => run.dispose());
  const trials = (): readonly TrialSnapshot[] => {
    const storage = openStorage("sqlite:///.tunelens/studies.db", { cwd: folder, readOnly: true });
    try {
      return storage.getTrials(storage.findStudy(study)!);
    } finally {
      storage.close();
    }
  };
  return { ...told, run, folder, trials };
}

/** Why a trial failed. */
export const reasonOf = (trial: TrialSnapshot | undefined) => trial?.systemAttrs.fail_reason;
