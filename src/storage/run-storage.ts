import { setTimeout } from "node:timers/promises";
import { SqliteError } from "better-sqlite3";
import { checkCompatible, toExternal, type Distribution } from "../engine/distribution.js";
import { TrialFinishedError } from "../engine/errors.js";
import { isFinished, type TrialSnapshot, type Json, type TrialState } from "../engine/trial/trial-snapshot.js";
import type {
  ArtifactFile,
  Direction,
  LimitedStart,
  StudySnapshot,
  Storage,
  StudyCopy,
  StudyTemplate,
  TrialEnd,
  TrialStart,
  TrialTemplate,
} from "../engine/storage.js";
import { TOO_MANY_OPEN_FILES } from "../open-files.js";
import { StorageError } from "./errors.js";
import { KnownStudies } from "./known-studies.js";
import { holdsStudies, writeStudies } from "./sqlite/known-copy.js";
import { openSqliteStorage, type SqliteStorage } from "./sqlite/sqlite-storage.js";

export interface RunStorageOptions {
  /** Hears once why nothing can be written now, and once that it was; and where the study was saved when its file went away. */
  readonly tell: (level: "info" | "warn" | "error", message: string) => void;
  /** How long a call waits for another process's lock before what it writes is kept, in milliseconds. Default 3,000. */
  readonly busyTimeout?: number;
  /** Pause between attempts to store what is kept, in milliseconds. Default 500. */
  readonly retryEvery?: number;
}

/** A write that is kept until it is stored. */
interface Change {
  readonly owner: "study" | "trial";
  readonly id: number;
  store(storage: Storage): void;
}

interface TrialChange extends Change {
  readonly owner: "trial";
  applyTo(trial: TrialSnapshot): TrialSnapshot;
}

interface StudyChange extends Change {
  readonly owner: "study";
  applyTo(study: StudySnapshot): StudySnapshot;
}

/** These pass: somebody lets go of the lock, makes room, closes files, or plugs the drive in again. */
const temporary: readonly string[] = [
  "storage-locked",
  "storage-full",
  "storage-io",
  "storage-not-writable",
  TOO_MANY_OPEN_FILES,
];

function isTemporary(error: unknown): error is StorageError {
  return error instanceof StorageError && temporary.includes(error.code);
}

/**
 * The storage of a study that runs. What trials write while the file cannot be written is kept in memory, and shows in what is read, until
 * it is stored, so that no trial fails for it; `settle` waits for that. When the file is deleted or replaced, all it held is saved to a new
 * one beside it, where the trial that runs goes on; no other is started.
 */
export class RunStorage implements Storage {
  private readonly options: Required<RunStorageOptions>;
  private inner: SqliteStorage;
  private kept: (TrialChange | StudyChange)[] = [];
  /** Why nothing could be written at the last attempt. */
  private obstacle: StorageError | undefined;
  private triedAt = -Infinity;
  /** The file is gone, or is no longer ours. */
  private lost: StorageError | undefined;
  private readonly known = new KnownStudies();

  constructor(inner: SqliteStorage, options: RunStorageOptions) {
    this.options = { busyTimeout: 3_000, retryEvery: 500, ...options };
    this.inner = inner;
    inner.setBusyTimeout(this.options.busyTimeout);
  }

  get url(): string {
    return this.inner.url;
  }

  createStudy(name: string, directions: readonly Direction[], template?: StudyTemplate): number {
    return this.start((storage) => storage.createStudy(name, directions, template));
  }

  copyStudy(name: string, copy: StudyCopy): number | undefined {
    const from = copy.from instanceof RunStorage ? copy.from.inner : copy.from;
    return this.start((storage) => storage.copyStudy(name, { ...copy, from }));
  }

  deleteStudy(studyId: number): void {
    this.start((storage) => storage.deleteStudy(studyId));
  }

  findStudy(name: string): number | undefined {
    return this.read((inner) => inner.findStudy(name));
  }

  getStudy(studyId: number): StudySnapshot {
    const study = this.read(
      (inner) => inner.getStudy(studyId),
      () => this.known.study(studyId),
    );
    this.known.addStudy(study);
    return this.kept.reduce(
      (now, change) => (change.owner === "study" && change.id === studyId ? change.applyTo(now) : now),
      study,
    );
  }

  identityOf(studyId: number): string | undefined {
    return this.read((inner) => inner.identityOf(studyId));
  }

  getStudies(): readonly Pick<StudySnapshot, "id" | "name">[] {
    return this.read((inner) => inner.getStudies());
  }

  setStudyUserAttr(studyId: number, key: string, value: Json): void {
    this.store({
      owner: "study",
      id: studyId,
      store: (storage) => storage.setStudyUserAttr(studyId, key, value),
      applyTo: (study) => ({ ...study, userAttrs: { ...study.userAttrs, [key]: value } }),
    });
  }

  setStudySystemAttr(studyId: number, key: string, value: Json): void {
    this.store({
      owner: "study",
      id: studyId,
      store: (storage) => storage.setStudySystemAttr(studyId, key, value),
      applyTo: (study) => ({ ...study, systemAttrs: { ...study.systemAttrs, [key]: value } }),
    });
  }

  createTrial(
    studyId: number,
    template?: TrialTemplate,
    start?: TrialStart,
  ): { readonly id: number; readonly number: number } {
    let created = { id: -1, number: -1 };
    this.startInStudy(studyId, (storage) => (created = storage.createTrial(studyId, template, start)).id);
    return created;
  }

  claimWaitingTrial(studyId: number, start?: TrialStart): number | undefined {
    return this.startInStudy(studyId, (storage) => storage.claimWaitingTrial(studyId, start));
  }

  startTrial(studyId: number, limit: number, start?: LimitedStart): number | undefined {
    return this.startInStudy(studyId, (storage) => storage.startTrial(studyId, limit, start));
  }

  setTrialParam(trialId: number, name: string, internal: number, distribution: Distribution): void {
    this.store({
      owner: "trial",
      id: trialId,
      store: (storage) => storage.setTrialParam(trialId, name, internal, distribution),
      applyTo: (trial) => withParam(trial, name, internal, distribution),
    });
  }

  setTrialState(trialId: number, state: TrialState, values?: readonly number[] | null, end: TrialEnd = {}): boolean {
    if (state === "RUNNING") return this.start((storage) => storage.setTrialState(trialId, state, values, end));
    const ended = new Date();
    this.store({
      owner: "trial",
      id: trialId,
      store: (storage) => void storage.setTrialState(trialId, state, values, end),
      applyTo: (trial) => ({
        ...trial,
        state,
        values: values?.length ? values : trial.values,
        systemAttrs: { ...trial.systemAttrs, ...end.systemAttrs },
        datetimeComplete: ended,
      }),
    });
    return true;
  }

  setTrialIntermediateValue(trialId: number, step: number, value: number): void {
    this.store({
      owner: "trial",
      id: trialId,
      store: (storage) => storage.setTrialIntermediateValue(trialId, step, value),
      applyTo: (trial) => ({ ...trial, intermediateValues: new Map(trial.intermediateValues).set(step, value) }),
    });
  }

  setTrialUserAttr(trialId: number, key: string, value: Json): void {
    this.store({
      owner: "trial",
      id: trialId,
      store: (storage) => storage.setTrialUserAttr(trialId, key, value),
      applyTo: (trial) => ({ ...trial, userAttrs: { ...trial.userAttrs, [key]: value } }),
    });
  }

  setTrialSystemAttr(trialId: number, key: string, value: Json): void {
    this.store({
      owner: "trial",
      id: trialId,
      store: (storage) => storage.setTrialSystemAttr(trialId, key, value),
      applyTo: (trial) => ({ ...trial, systemAttrs: { ...trial.systemAttrs, [key]: value } }),
    });
  }

  writeArtifact(file: ArtifactFile, register: (key: string, value: string) => void): Promise<void> {
    return this.inner.writeArtifact(file, register);
  }

  checkpointFolder(studyId: number): string | undefined {
    return this.inner.checkpointFolder(studyId);
  }

  getTrial(trialId: number): TrialSnapshot {
    const trial = this.read(
      (inner) => inner.getTrial(trialId),
      () => this.known.trial(trialId),
    );
    this.known.addTrial(trial);
    return this.changed(trial);
  }

  getTrials(studyId: number, states?: readonly TrialState[]): readonly TrialSnapshot[] {
    const stored = this.read(
      (inner) => inner.getTrials(studyId),
      () => this.known.trials(studyId),
    );
    this.known.addTrials(studyId, stored);
    const trials = this.kept.length === 0 ? stored : stored.map((trial) => this.changed(trial));
    return states ? trials.filter(({ state }) => states.includes(state)) : trials;
  }

  recordHeartbeat(trialId: number): void {
    try {
      this.storeKept();
      this.write((storage) => storage.recordHeartbeat(trialId));
    } catch (error) {
      if (!isTemporary(error)) throw error;
      this.wait(error);
    }
  }

  getStaleTrials(studyId: number, graceSeconds: number): number[] {
    return this.read((inner) => inner.getStaleTrials(studyId, graceSeconds));
  }

  async settle(signal: AbortSignal | undefined, error?: unknown): Promise<boolean> {
    if (error !== undefined) {
      if (!isTemporary(error)) throw error as Error;
      this.wait(error);
    }
    for (let attempt = 0; error !== undefined || this.kept.length > 0; attempt++) {
      if (attempt > 0 || error !== undefined) await this.pause(signal);
      try {
        this.storeKept();
        break;
      } catch (obstacle) {
        if (!isTemporary(obstacle)) throw obstacle;
        this.wait(obstacle);
        if (signal?.aborted) throw this.giveUp(obstacle);
      }
    }
    if (this.lost) throw this.lost;
    return !signal?.aborted;
  }

  close(): void {
    try {
      this.storeKept();
      // What was written last may have gone with the file since.
      if (!this.lost) this.write((storage) => storage.checkFile());
    } catch (error) {
      const kept = this.kept.length > 0 && error instanceof StorageError;
      this.options.tell("error", kept ? this.giveUp(error).message : errorText(error));
    } finally {
      this.inner.close();
    }
  }

  private async pause(signal: AbortSignal | undefined): Promise<void> {
    await setTimeout(this.options.retryEvery, undefined, signal ? { signal } : {}).catch(() => {});
  }

  private changed(trial: TrialSnapshot): TrialSnapshot {
    return this.kept.reduce(
      (now, change) => (change.owner === "trial" && change.id === trial.id ? change.applyTo(now) : now),
      trial,
    );
  }

  /** Writes a change, or keeps it. While changes are kept, an attempt is made now and then only: each may wait for a lock. */
  private store(change: TrialChange | StudyChange): void {
    if (this.kept.length > 0) {
      if (performance.now() - this.triedAt < this.options.retryEvery) return this.keep(change);
      try {
        this.storeKept();
      } catch (error) {
        if (!isTemporary(error)) throw error;
        return this.keep(change);
      }
    }
    try {
      this.storeChange(change);
    } catch (error) {
      if (!isTemporary(error)) throw error;
      this.keep(change);
      this.wait(error);
    }
  }

  private keep(change: TrialChange | StudyChange): void {
    if (change.owner === "trial") {
      const trial = this.getTrial(change.id);
      if (isFinished(trial.state)) throw new TrialFinishedError(trial.number, trial.state);
      change.applyTo(trial);
    }
    this.kept.push(change);
  }

  /** In the order in which it was written. @throws StorageError for what can be stored later. */
  private storeKept(): void {
    while (this.kept.length > 0) {
      const [change] = this.kept;
      this.triedAt = performance.now();
      try {
        this.storeChange(change!);
        this.kept.shift();
      } catch (error) {
        if (isTemporary(error)) throw error;
        this.kept = this.kept.filter(({ owner, id }) => owner !== change!.owner || id !== change!.id);
        if (!(error instanceof TrialFinishedError)) throw error;
        const message = `The result of trial ${error.trialNumber} is lost: another program finished the trial before it could be stored.`;
        this.options.tell("warn", message);
      }
    }
    this.goOn();
  }

  /** What is not kept: it is done now, after all that was kept, or not at all; and not any more where the file is gone. */
  private start<T>(action: (storage: SqliteStorage) => T): T {
    if (this.lost) throw this.lost;
    this.storeKept();
    try {
      const result = action(this.inner);
      this.goOn();
      return result;
    } catch (error) {
      throw isLost(error) ? this.save(error) : error;
    }
  }

  private startInStudy(studyId: number, action: (storage: SqliteStorage) => number | undefined): number | undefined {
    // What is in the file is to be known before it goes away.
    if (!this.known.study(studyId)) this.getStudy(studyId);
    const id = this.start(action);
    if (id !== undefined) this.known.trialStarted(studyId, id);
    return id;
  }

  private storeChange(change: TrialChange | StudyChange): void {
    this.write((storage) => change.store(storage));
    if (change.owner === "trial") this.known.trialChanged(change.id, (trial) => change.applyTo(trial));
  }

  /** What is read now, or where that cannot be read now, what is known. */
  private read<T>(read: (storage: SqliteStorage) => T, known: () => T | undefined = () => undefined): T {
    try {
      return read(this.inner);
    } catch (error) {
      if (isLost(error)) {
        this.save(error);
        return read(this.inner);
      }
      const value = isTemporary(error) ? known() : undefined;
      if (value === undefined) throw error;
      return value;
    }
  }

  private write(action: (storage: SqliteStorage) => void): void {
    try {
      action(this.inner);
    } catch (error) {
      if (!isLost(error)) throw error;
      this.save(error);
      action(this.inner);
    }
  }

  /** Goes on in a new file that holds all that the lost one did. @returns what the run ends with. */
  private save(error: StorageError): StorageError {
    const known = this.known.all();
    if (known.length === 0 && error.code !== "storage-replaced") throw error;
    const path = this.inner.saveCopy({
      holdsKnown: (file) => holdsStudies(file, known),
      writeKnown: (file) => writeStudies(file, known),
    });
    const saved = openSqliteStorage(path, { busyTimeout: this.options.busyTimeout });
    this.inner.close();
    this.inner = saved;
    this.lost = new StorageError(
      error.code,
      `${error.message} Its studies and trials, as far as they could be read, are saved in ${path}. Put that file in its place, and resume.`,
      { cause: error },
    );
    this.options.tell("error", this.lost.message);
    return this.lost;
  }

  private wait(obstacle: StorageError): void {
    if (!this.obstacle) {
      const message = `${obstacle.message} The study waits. Until it can write again, results are kept in memory.`;
      this.options.tell("warn", message);
    }
    this.obstacle = obstacle;
  }

  private goOn(): void {
    if (!this.obstacle) return;
    this.obstacle = undefined;
    this.options.tell("info", `${this.url} can be written again. Nothing was lost, and the study continues.`);
  }

  /** Says what will not be stored, and lets go of it. */
  private giveUp(obstacle: StorageError): StorageError {
    const ids = new Set(this.kept.filter(({ owner }) => owner === "trial").map(({ id }) => id));
    const trials = [...ids].map((id) => describe(this.getTrial(id)));
    this.kept = [];
    const what = trials.length > 0 ? trials.join(", ") : "the study's attributes";
    return new StorageError(obstacle.code, `The run stopped before it could store ${what}. ${obstacle.message}`, {
      cause: obstacle,
    });
  }
}

/** Whether the file is another one now, or none that can be read. */
function isLost(error: unknown): error is StorageError {
  if (!(error instanceof StorageError)) return false;
  const { code, cause } = error;
  return (
    code === "storage-replaced" ||
    code === "not-a-database" ||
    (code === "storage-corrupt" && cause instanceof SqliteError)
  );
}

function withParam(trial: TrialSnapshot, name: string, internal: number, distribution: Distribution): TrialSnapshot {
  const known = trial.distributions[name];
  if (known) checkCompatible(name, known, distribution);
  return {
    ...trial,
    params: { ...trial.params, [name]: toExternal(distribution, internal) },
    internalParams: { ...trial.internalParams, [name]: internal },
    distributions: { ...trial.distributions, [name]: distribution },
  };
}

function describe({ number, state, values, params }: TrialSnapshot): string {
  const result = values ? `${state} with ${values.join(", ")}` : state;
  return `trial ${number} (${result}; ${JSON.stringify(params)})`;
}

function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
