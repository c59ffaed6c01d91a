import type { Distribution } from "./distribution.js";
import type { TrialSnapshot, Json, TrialState } from "./trial/trial-snapshot.js";

/** Which way an objective value is better. */
export type Direction = "minimize" | "maximize";

/** What a storage knows of one study, trials aside. */
export interface StudySnapshot {
  readonly id: number;
  readonly name: string;
  readonly directions: readonly Direction[];
  readonly userAttrs: Readonly<Record<string, Json>>;
  readonly systemAttrs: Readonly<Record<string, Json>>;
  /** Of the attributes, as a trial's. */
  readonly inexact?: readonly string[];
}

/** What a new trial starts with, where it does not start empty (an enqueued or an added one). */
export type TrialTemplate = Omit<TrialSnapshot, "id" | "number" | "params" | "inexact">;

/** What a new study starts with, where it does not start empty (a copy). */
export interface StudyTemplate extends Pick<StudySnapshot, "userAttrs" | "systemAttrs"> {
  readonly trials: readonly TrialTemplate[];
}

/** Which study is copied, how much of it, and what is added. */
export interface StudyCopy {
  readonly from: Storage;
  readonly studyId: number;
  /** Numbers of the trials to copy. Default: all. */
  readonly trials?: readonly number[];
  /** Added to the study's. */
  readonly systemAttrs?: Readonly<Record<string, Json>>;
  /** Added to a trial's. @param number in the study that is copied. */
  readonly trialSystemAttrs?: (number: number) => Readonly<Record<string, Json>>;
}

/** What is stored with the start of a trial, in one transaction: a process that is killed at any moment leaves all of it, or no trial. */
export interface TrialStart {
  /** A first heartbeat, so that the trial of a process that was killed can be told stale. Default false. */
  readonly heartbeat?: boolean;
  /** E.g. who runs it. Default none. */
  readonly systemAttrs?: Readonly<Record<string, Json>> | undefined;
}

/** What `startTrial` stores with the start of a trial. */
export interface LimitedStart extends TrialStart {
  /** Default true. */
  readonly heartbeat?: boolean;
  /**
   * A RUNNING trial to start first, unless it retries one that has been retried meanwhile. One that continues a paused trial is
   * started whatever the limit; if another has continued that one meanwhile, none is started. Default none.
   */
  readonly retry?: TrialTemplate | undefined;
}

/** What is stored with the new state of a trial, in one transaction. */
export interface TrialEnd {
  /** E.g. why it failed. Default none. */
  readonly systemAttrs?: Readonly<Record<string, Json>> | undefined;
  /** A new trial of the study, which takes its place. Default none. */
  readonly retry?: TrialTemplate | undefined;
}

/** A file to keep. */
export interface ArtifactFile {
  readonly name: string;
  /** The path of a file, or the bytes. */
  readonly content: string | Uint8Array;
  /** The study or trial, for errors. */
  readonly where: string;
}

/**
 * Where studies live: what the study engine asks of a storage. Every implementation passes the one conformance suite in
 * `test/storage/conformance.ts`.
 *
 * Contract
 * - Synchronous. Each call is one short transaction: when it returns, another process sees what it wrote; when it throws, nothing was written.
 * - Several processes may use one storage at once. Trial numbers are 0, 1, 2, … per study with no gap and no double.
 * - A finished trial (COMPLETE, PRUNED, FAIL) is immutable: every setter throws `TrialFinishedError` (code `trial-finished`).
 * - An unknown study or trial throws `NotFoundError` (code `study-not-found`, `trial-not-found`).
 * - Snapshots returned are never changed afterwards; those of finished trials may be the same object at each call.
 */
export interface Storage {
  /** Where this is, for people: a URL (`sqlite:///…`) or `memory`. */
  readonly url: string;

  /**
   * A new study; with a template, one that has all that it says, or where that fails none.
   * @returns its id.
   * @throws DuplicateStudyError when the name is taken.
   */
  createStudy(name: string, directions: readonly Direction[], template?: StudyTemplate): number;
  /**
   * A new study with what another has, to the letter: also what this program cannot read, or only to the nearest number. A storage need not
   * have this; its copies are made from what `getStudy` and `getTrials` give.
   * @returns its id; `undefined`, and nothing is written, where `copy.from` keeps its studies in another way.
   * @throws DuplicateStudyError when the name is taken.
   */
  copyStudy?(name: string, copy: StudyCopy): number | undefined;
  /** Removes the study with its trials and attributes. */
  deleteStudy(studyId: number): void;
  /** @returns the id, or `undefined` where no study has this name. */
  findStudy(name: string): number | undefined;
  /** What is known of the study, trials aside. */
  getStudy(studyId: number): StudySnapshot;
  /**
   * What tells the study from any other that ever has its id or its name, also in another process; `undefined` while nothing was written to
   * it. Left out where a storage is of one process.
   */
  identityOf?(studyId: number): string | undefined;
  /** Which studies there are, by id; those that cannot be read among them. */
  getStudies(): readonly Pick<StudySnapshot, "id" | "name">[];
  /** Keeps something of the user's with the study; a second value for the same key replaces the first. */
  setStudyUserAttr(studyId: number, key: string, value: Json): void;
  /** The same for samplers, pruners and Tunelens itself. */
  setStudySystemAttr(studyId: number, key: string, value: Json): void;

  /** A new RUNNING trial, started now; with a template, one as the template says. @returns its id and number. */
  createTrial(
    studyId: number,
    template?: TrialTemplate,
    start?: TrialStart,
  ): { readonly id: number; readonly number: number };
  /**
   * Takes the oldest WAITING trial and makes it RUNNING, started now, atomically: two processes never get the same one.
   * @returns its id, or `undefined` where none waits.
   */
  claimWaitingTrial(studyId: number, start?: TrialStart): number | undefined;
  /**
   * The retry of `start`, the oldest WAITING trial, taken, or a new one: RUNNING, started now, its first heartbeat recorded; but none where `limit` trials of
   * the study are finished or running. Counted are those of `countsAsFinished`, and RUNNING ones that ever had a heartbeat and continue no paused one. Atomic: however
   * many processes ask at once, they never get more than `limit` together.
   * @returns its id, or `undefined` where the limit is reached.
   */
  startTrial(studyId: number, limit: number, start?: LimitedStart): number | undefined;
  /**
   * Records a parameter. The first distribution a name gets in a study fixes its class, `log` and categorical choices.
   * @param internal the number itself, or the index of the choice.
   * @throws IncompatibleDistributionError when another trial of the study has the name with another class, `log` or choices.
   */
  setTrialParam(trialId: number, name: string, internal: number, distribution: Distribution): void;
  /**
   * Finishes a trial, or moves it from WAITING to RUNNING. A trial that is finished stays so when the power fails.
   * @returns false when `state` is RUNNING and the trial was no longer WAITING (somebody else has it); true otherwise.
   */
  setTrialState(trialId: number, state: TrialState, values?: readonly number[] | null, end?: TrialEnd): boolean;
  /** Records a value at a step; a second value for the same step replaces the first (the engine asks first). */
  setTrialIntermediateValue(trialId: number, step: number, value: number): void;
  /** Keeps something of the user's with the trial; a second value for the same key replaces the first. */
  setTrialUserAttr(trialId: number, key: string, value: Json): void;
  /** The same for samplers, pruners and Tunelens itself. */
  setTrialSystemAttr(trialId: number, key: string, value: Json): void;

  /**
   * Keeps a file beside what else it keeps; `deleteStudy` removes it. Left out where a storage keeps no files.
   * @param register stores the attribute that describes the file, which is complete by then.
   */
  writeArtifact?(file: ArtifactFile, register: (key: string, value: string) => void): Promise<void>;

  /**
   * Where the checkpoints of the study's trials are kept; `deleteStudy` removes it. What nobody can find any more, because another program
   * deleted a study, is removed. `undefined`, or left out: nowhere.
   */
  checkpointFolder?(studyId: number): string | undefined;

  /** The trial as it is now. */
  getTrial(trialId: number): TrialSnapshot;
  /** All trials by number; with `states`, only those. Cheap to call at every step: finished trials are read once. */
  getTrials(studyId: number, states?: readonly TrialState[]): readonly TrialSnapshot[];

  /** Says that the process running this trial is alive. */
  recordHeartbeat(trialId: number): void;
  /** RUNNING trials whose last heartbeat is older than `graceSeconds`. Trials that never had one are not listed: nobody promised one. */
  getStaleTrials(studyId: number, graceSeconds: number): number[];

  /**
   * Where a storage keeps what trials write while it cannot be written: waits until all of it is stored. A storage without this keeps
   * nothing, and each of its calls has written, or thrown.
   * @param signal aborted: the user does not want to wait.
   * @param error what a call threw that was not kept.
   * @returns whether that call may be tried again now; false where the user does not want to wait.
   * @throws `error`, where waiting does not help; StorageFailure where something kept will not be stored, with what it is.
   */
  settle?(signal: AbortSignal | undefined, error?: unknown): Promise<boolean>;

  /** Ends its use: no other call may follow. */
  close(): void;
}
