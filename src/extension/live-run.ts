import type {
  BackendInfo,
  BestTrial,
  EpochEnded,
  StudyStarted,
  TrialFinished,
  TrialStarted,
} from "../protocol/trainer.js";
import type { StudyId } from "./study-id.js";

/** A study that a training process of this window is running. */
export interface LiveRun {
  readonly kind: "study" | "retrain";
  /** Absolute path of the study file. */
  readonly file: string;
  /** The folder that the study's relative paths refer to. */
  readonly folder: string;
  readonly exportName: string | null;
  /** According to the file's text until the training process has loaded it. */
  readonly study: StudyId;
  /** The study that it follows, if the run creates a follow-up. */
  readonly followUpOf: string | null;
  readonly started: boolean;
  readonly trials: number | null;
  readonly finished: number;
  readonly best: BestTrial | null;
  readonly backend: BackendInfo | null;
  /** Trials running now, by number, with their latest epoch. */
  readonly progress: ReadonlyMap<number, EpochEnded | null>;
  readonly stopping: boolean;
  /** It ends after its running trials. */
  readonly pausing: boolean;
}

export type RunRequestInfo = Pick<LiveRun, "kind" | "file" | "folder" | "exportName" | "study" | "trials"> &
  Partial<Pick<LiveRun, "followUpOf">>;

/** @param known what the storage had before. */
export function newRun(request: RunRequestInfo, known?: Pick<LiveRun, "finished" | "best">): LiveRun {
  return {
    followUpOf: null,
    ...request,
    started: false,
    finished: known?.finished ?? 0,
    best: known?.best ?? null,
    backend: null,
    progress: new Map(),
    stopping: false,
    pausing: false,
  };
}

export function afterStudyStarted(run: LiveRun, event: StudyStarted, study: StudyId): LiveRun {
  return {
    ...run,
    study,
    started: true,
    exportName: event.exportName,
    trials: event.trials,
    finished: event.finishedBefore,
    best: event.best ?? run.best,
    backend: event.backend,
  };
}

export function afterTrialStarted(run: LiveRun, event: TrialStarted): LiveRun {
  return { ...run, progress: new Map(run.progress).set(event.number, null) };
}

export function afterEpoch(run: LiveRun, event: EpochEnded): LiveRun {
  return { ...run, progress: new Map(run.progress).set(event.number, event) };
}

export function afterTrialFinished(run: LiveRun, event: TrialFinished): LiveRun {
  const progress = new Map(run.progress);
  progress.delete(event.number);
  return { ...run, progress, best: event.best, finished: event.finished };
}

export function latestProgress(run: LiveRun): EpochEnded | null {
  return [...run.progress.values()].findLast((event) => event !== null) ?? null;
}
