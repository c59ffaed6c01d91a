import { SqliteError, type Statement } from "better-sqlite3";
import type { Distribution } from "../../engine/distribution.js";
import { isFinished, type TrialSnapshot, type TrialState } from "../../engine/trial/trial-snapshot.js";
import { StorageError } from "../errors.js";
import { TrialList } from "../trial-list.js";
import type { Connection } from "./connection.js";

type TrialTimes = [start: string | null, complete: string | null];

/** So many trials are read in one transaction: a reader must not keep a writer of a file without WAL waiting for long. */
const TRIALS_PER_READ = 2_000;

/** How the trials are read: as `TrialReader`, in full or not. */
interface Reader {
  read(trialIds: readonly number[], studyName: string): TrialSnapshot[];
  restoreDate(text: string): Date | undefined;
}

export interface KnownParam {
  readonly distribution: Distribution;
  readonly json: string;
}

interface StudyChecks {
  /** Throws where there is none, or the id has another meaning than at first. */
  nameOf(studyId: number): string;
  /** Throws where reading the study would miss a part of it. */
  check(studyName: string): void;
}

/**
 * What is known of one study's trials. Finished trials are read once; what may have changed since is read again when
 * another process has committed something (`PRAGMA data_version`), or when this one has changed the trial itself.
 */
export class StudyCache {
  /** The first distribution met for a name; it fixes class, log and choices for the whole study. */
  readonly knownParams = new Map<string, KnownParam>();
  private list = new TrialList();
  private unfinished = new Map<number, TrialSnapshot>();
  private lastId = -1;
  private readAt: number | undefined;
  /** When the first reading began, which `readOn` does in pieces. */
  private begunAt: number | undefined;
  private stale = new Set<number>();
  private mayHaveNew = true;
  private studyName: string | undefined;
  /** A trial that can no longer change, by which a study is known again. */
  private landmark: TrialSnapshot | undefined;
  private readonly idsAfter: Statement<[number, number, number], number>;
  private readonly times: Statement<[number, number], TrialTimes>;

  constructor(
    readonly studyId: number,
    private readonly connection: Connection,
    private readonly reader: Reader,
    private readonly study: StudyChecks,
  ) {
    this.times = connection
      .prepare<[number, number], TrialTimes>(
        "SELECT datetime_start, datetime_complete FROM trials WHERE trial_id = ? AND study_id = ?",
      )
      .raw();
    this.idsAfter = connection
      .prepare<[number, number, number], number>(
        "SELECT trial_id FROM trials WHERE study_id = ? AND trial_id > ? ORDER BY trial_id LIMIT ?",
      )
      .pluck();
  }

  /** This process has changed the trial. */
  markChanged(trialId: number): void {
    this.stale.add(trialId);
  }

  /** This process has created a trial. */
  markGrown(): void {
    this.mayHaveNew = true;
  }

  /** Everything committed until now. @throws NotFoundError (code `study-not-found`) */
  trials(states?: readonly TrialState[]): readonly TrialSnapshot[] {
    this.refresh();
    return this.list.view(states);
  }

  /** The WAITING trials, oldest first. @throws NotFoundError (code `study-not-found`) */
  waiting(): TrialSnapshot[] {
    this.refresh();
    return [...this.unfinished.values()].filter((trial) => trial.state === "WAITING");
  }

  /** Whether a trial with this id was read as one of the study's. */
  has(trialId: number): boolean {
    return this.list.get(trialId) !== undefined;
  }

  /** The trial as it is now. `undefined` where no trials were read yet: to read one alone is faster then. */
  trial(trialId: number): TrialSnapshot | undefined {
    if (this.readAt === undefined) return undefined;
    this.refresh();
    return this.list.get(trialId);
  }

  /** Whether all trials were read once: what has changed since is read quickly. */
  get isRead(): boolean {
    return this.readAt !== undefined;
  }

  /** Part of the first reading, which takes long with many trials. @param count of trials. @returns whether it was the last. @throws as `trials` */
  readOn(count: number): boolean {
    if (!this.isRead) this.explained(() => this.readPart(count));
    return this.isRead;
  }

  private readPart(count: number): void {
    if (this.begunAt === undefined) this.begin();
    // What is committed meanwhile to trials that were read is read with the next change.
    else if (this.readNew(count) < count) this.readAt = this.begunAt;
  }

  private begin(): void {
    const version = this.connection.dataVersion();
    this.connection.read(() => this.recognize());
    this.study.check(this.studyName ?? "");
    this.begunAt = version;
  }

  private refresh(): void {
    this.explained(() => this.readChanges());
  }

  private explained(read: () => void): void {
    try {
      read();
    } catch (error) {
      if (!(error instanceof StorageError) || !(error.cause instanceof SqliteError) || error.code !== "storage-corrupt")
        throw error;
      const { cause, code, message } = error;
      throw new StorageError(code, `Cannot read study "${this.studyName}": ${message}`, { cause });
    }
  }

  private readChanges(): void {
    // Taken before the reading: what is committed in between is read now and once more next time.
    const version = this.connection.dataVersion();
    const othersWrote = version !== this.readAt;
    if (!othersWrote && this.stale.size === 0 && !this.mayHaveNew) return;
    if (othersWrote) this.connection.read(() => this.recognize());
    const again = othersWrote ? [...this.unfinished.keys()] : [...this.stale].filter((id) => id <= this.lastId);
    for (let i = 0; i < again.length; i += TRIALS_PER_READ) {
      const ids = again.slice(i, i + TRIALS_PER_READ);
      this.connection.read(() => this.read(ids));
    }
    if (this.readAt === undefined && this.begunAt === undefined) this.study.check(this.studyName ?? "");
    if (othersWrote || this.mayHaveNew) while (this.readNew(TRIALS_PER_READ) === TRIALS_PER_READ);
    this.readAt = version;
    this.stale.clear();
    this.mayHaveNew = false;
  }

  /** Another process may have deleted the study, and ids are given again: then nothing known is true any more. */
  private recognize(): void {
    const name = this.study.nameOf(this.studyId);
    const times = this.landmark && this.times.get(this.landmark.id, this.studyId);
    const sameTrial =
      !this.landmark ||
      (times !== undefined &&
        this.isTime(times[0], this.landmark.datetimeStart) &&
        this.isTime(times[1], this.landmark.datetimeComplete));
    if (this.studyName !== undefined && (name !== this.studyName || !sameTrial)) this.forget();
    this.studyName = name;
  }

  private isTime(stored: unknown, known: Date | null): boolean {
    if (typeof stored !== "string") return stored === null && known === null;
    return this.reader.restoreDate(stored)?.getTime() === known?.getTime();
  }

  private forget(): void {
    this.knownParams.clear();
    this.list = new TrialList();
    this.unfinished = new Map();
    this.landmark = undefined;
    this.lastId = -1;
  }

  /** @returns how many there were, at most `count`. */
  private readNew(count: number): number {
    return this.connection.read(() => {
      const ids = this.idsAfter.all(this.studyId, this.lastId, count);
      if (ids.length > 0) this.read(ids);
      return ids.length;
    });
  }

  private read(trialIds: readonly number[]): void {
    for (const trial of this.reader.read(trialIds, this.studyName ?? "")) {
      this.list.set(trial);
      this.lastId = Math.max(this.lastId, trial.id);
      if (!isFinished(trial.state)) this.unfinished.set(trial.id, trial);
      else {
        this.unfinished.delete(trial.id);
        this.landmark = trial;
      }
    }
  }
}
