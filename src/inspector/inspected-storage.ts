import { statSync } from "node:fs";
import { NotFoundError } from "../engine/errors.js";
import type { StudySnapshot } from "../engine/storage.js";
import type { TrialSnapshot } from "../engine/trial/trial-snapshot.js";
import type { ArtifactContent, CodeChanges, StoredCode, StudySummary } from "../protocol/inspector.js";
import { readArtifact } from "../storage/artifacts.js";
import { parseStorageUrl } from "../protocol/storage-url.js";
import { readCode } from "../storage/stored-code.js";
import { StorageError } from "../storage/errors.js";
import { JournalStorage } from "../storage/journal.js";
import { statsOf } from "../storage/sqlite/file-stats.js";
import { openSqliteStorage, SqliteStorage } from "../storage/sqlite/sqlite-storage.js";
import type { StudySiblings } from "./charts/chart-maker.js";
import { TrialHeads } from "./trial-heads.js";
import { unreadableSummary } from "./study-summary.js";
import { compareCode } from "./compare-code.js";
import { InspectedStudy } from "./inspected-study.js";

type ReadStorage = SqliteStorage | JournalStorage;

/**
 * A storage's file as the inspector sees it: opened to read only when there is something to read, opened anew when another file took its
 * place, and read only where something changed. Between reads no lock is held.
 */
export class InspectedStorage {
  private open: { readonly file: string; readonly content: string; readonly storage: ReadStorage } | null = null;
  private views = new Map<string, { readonly change: number; readonly view: InspectedStudy }>();
  /** Of studies that were not read in full yet. */
  private knownHeads = new Map<string, { readonly change: number; readonly heads: TrialHeads | undefined }>();
  /** The one that is open, once it was found to be large. */
  private largeStorage: SqliteStorage | null = null;

  /**
   * @param url as callers name it.
   * @param path of the file, absolute.
   */
  constructor(
    readonly url: string,
    private readonly path: string,
  ) {}

  /** Differs after every change: of what is in the file, and of which file it is. Never throws. */
  stamp(): string {
    let file: string | null;
    try {
      file = identify(this.path);
    } catch {
      return "nowhere";
    }
    if (file === null) return "none";
    try {
      const storage = this.storage();
      if (storage?.isCopy) return `${file}:${contentStamp(this.path)}`;
      return storage === null ? "none" : `${file}:${storage.changeCounter()}:${this.processes()}`;
    } catch {
      // Not readable now (locked, being copied): as soon as it has changed again somebody looks, and is told why.
      return `unreadable:${file}:${contentStamp(this.path)}`;
    }
  }

  /** Who works on the studies that were asked for, as one that dies writes nothing. */
  private processes(): string {
    const read = [
      ...Array.from(this.views.values(), ({ view }) => view),
      ...Array.from(this.knownHeads.values(), ({ heads }) => heads),
    ];
    return read.map((study) => study?.workers().processes.join(",")).join(";");
  }

  /** By creation, also those that cannot be read; none where there is no file. @throws StorageError */
  summaries(): StudySummary[] {
    const storage = this.storage();
    if (storage === null) return [];
    const change = storage.changeCounter();
    return storage.getStudies().map(({ name }) => {
      try {
        return (this.headsOf(storage, name, change) ?? this.viewOf(storage, name, change)).summary();
      } catch (error) {
        // A lock, a disk: of the whole storage.
        if (error instanceof StorageError && error.code !== "storage-corrupt") throw error;
        return unreadableSummary(this.url, name, error instanceof Error ? error.message : String(error));
      }
    });
  }

  /** @throws StorageError, NotFoundError (code `study-not-found`) */
  view(study: string): InspectedStudy {
    const storage = this.storage();
    if (storage === null) throw this.notFound(study);
    return this.viewOf(storage, study, storage.changeCounter());
  }

  /** @throws StorageError, NotFoundError (`artifact-not-found`) */
  artifact(study: string, trial: number | null, id: string, from: number): ArtifactContent {
    const view = this.heads(study) ?? this.view(study);
    const { artifacts } = trial === null ? view.summary() : view.trial(trial);
    if (artifacts.some((artifact) => artifact.id === id)) return readArtifact(this.path, id, from);
    const owner = trial === null ? `Study "${study}"` : `Trial ${trial}`;
    throw new NotFoundError("artifact-not-found", `${owner} has no artifact ${id}. It may have been deleted.`);
  }

  /** @throws as `view` */
  code(study: string, name: string | null): StoredCode | null {
    return readCode(this.systemAttrs(study), name);
  }

  /** @throws as `view`, NotFoundError (code `trial-not-found`) */
  codeChanges(study: string, from: number, to: number): CodeChanges | null {
    const view = this.heads(study) ?? this.view(study);
    const attrs = this.systemAttrs(study);
    const [before, after] = [from, to].map((number) => {
      const { code } = view.trial(number);
      return code === null ? null : readCode(attrs, code);
    });
    return before && after ? compareCode(before, after) : null;
  }

  private systemAttrs(study: string): StudySnapshot["systemAttrs"] {
    const storage = this.storage();
    const id = storage?.findStudy(study);
    if (storage === null || id === undefined) throw this.notFound(study);
    return storage.getStudy(id).systemAttrs;
  }

  /** As `view(study).summary()`, also of a study that is not read in full yet. @throws as `view` */
  summary(study: string): StudySummary {
    return (this.heads(study) ?? this.view(study)).summary();
  }

  /**
   * What is known of a large study before it is read in full.
   * @returns undefined where it is read in full, is small, or only all of it says what there is to say. @throws as `view`
   */
  heads(study: string): TrialHeads | undefined {
    const storage = this.storage();
    if (storage === null) throw this.notFound(study);
    return this.headsOf(storage, study, storage.changeCounter());
  }

  /**
   * Part of what makes `heads` and summaries fast.
   * @param study Default: all. @returns whether it was the last.
   */
  readHeadsOn(study?: string): boolean {
    const storage = this.storage();
    if (storage === null || !this.isLarge(storage)) return true;
    return storage
      .getStudies()
      .filter(({ name }) => study === undefined || study === name)
      .every(({ id }) => {
        if (storage.hasRead(id)) return true;
        try {
          return storage.readHeadsOn(id);
        } catch {
          // Whoever needs them is told why.
          return true;
        }
      });
  }

  /** Part of what makes `view` fast. @returns whether it was the last. @throws as `view` */
  readOn(study: string): boolean {
    const storage = this.storage();
    const id = storage?.findStudy(study);
    return !(storage instanceof SqliteStorage) || id === undefined || storage.readTrialsOn(id);
  }

  /** In a small file, everything is read at once. */
  private isLarge(storage: ReadStorage): storage is SqliteStorage {
    // Reading a journal is reading all of it.
    if (storage instanceof JournalStorage) return false;
    if (this.largeStorage !== storage && storage.countTrials() > LARGE_TRIALS) this.largeStorage = storage;
    return this.largeStorage === storage;
  }

  private headsOf(storage: ReadStorage, name: string, change: number): TrialHeads | undefined {
    if (!this.isLarge(storage)) return undefined;
    const id = storage.findStudy(name);
    if (id === undefined || storage.hasRead(id)) {
      this.knownHeads.delete(name);
      return undefined;
    }
    const known = this.knownHeads.get(name);
    if (known?.change === change) return known.heads;
    const siblings = this.siblings(
      storage,
      (sibling, filter) =>
        this.headsOf(storage, sibling, change)?.matchingTrials(filter) ??
        this.viewOf(storage, sibling, change).matchingTrials(filter),
    );
    const heads = TrialHeads.read(this.url, storage, id, { before: known?.heads, siblings });
    this.knownHeads.set(name, { change, heads });
    return heads;
  }

  close(): void {
    this.open?.storage.close();
    this.open = null;
    this.views.clear();
    this.knownHeads.clear();
    this.largeStorage = null;
  }

  /** @param change read before the study is: what is written in between is read once more, not missed. */
  private viewOf(storage: ReadStorage, name: string, change: number): InspectedStudy {
    const known = this.views.get(name);
    if (known?.change === change) return known.view;
    const id = storage.findStudy(name);
    if (id === undefined) {
      this.views.delete(name);
      throw this.notFound(name);
    }
    const view = new InspectedStudy(this.url, storage.getStudy(id), storage.getTrials(id), {
      before: known?.view,
      olderLibrary: storage.olderLibrary,
      siblings: this.siblings(storage, (sibling, filter) =>
        this.viewOf(storage, sibling, change).matchingTrials(filter),
      ),
    });
    this.views.set(name, { change, view });
    return view;
  }

  private siblings(
    storage: ReadStorage,
    trialsOf: (name: string, filter: string | undefined) => readonly TrialSnapshot[],
  ): StudySiblings {
    return {
      list: () => readableStudies(storage),
      trials: ({ name }, filter) => trialsOf(name, filter),
    };
  }

  private storage(): ReadStorage | null {
    const file = identify(this.path);
    // What was copied into memory does not see what is written later.
    const content = this.open?.storage.isCopy ? contentStamp(this.path) : this.open?.content;
    if (this.open !== null && (this.open.file !== file || this.open.content !== content)) this.close();
    if (file === null) return null;
    this.open ??= { file, content: contentStamp(this.path), storage: this.openStorage() };
    return this.open.storage;
  }

  private openStorage(): ReadStorage {
    if (parseStorageUrl(this.url).kind === "journal") return new JournalStorage(this.path);
    return openSqliteStorage(this.path, { readOnly: true, busyTimeout: BUSY_TIMEOUT_MS });
  }

  private notFound(study: string): NotFoundError {
    return new NotFoundError("study-not-found", `${this.url} has no study "${study}". It may have been deleted.`);
  }
}

/** Without those that are damaged. */
function readableStudies(storage: ReadStorage): readonly StudySnapshot[] {
  return storage.getStudies().flatMap(({ id }) => {
    try {
      return storage.getStudy(id);
    } catch (error) {
      if (error instanceof StorageError && error.code !== "storage-corrupt") throw error;
      return [];
    }
  });
}

/** With so many trials in a file, summaries and the first rows are read without the rest. */
const LARGE_TRIALS = 5_000;

/** A writer holds its lock for milliseconds; longer, and the editor had better say so than stand still. */
const BUSY_TIMEOUT_MS = 5_000;

/** Which file is at a path; null: none, or one that is still empty (SQLite makes the file before it writes to it). */
function identify(path: string): string | null {
  const stats = statsOf(path);
  return stats === undefined || (stats.isFile() && stats.size === 0n) ? null : `${stats.dev}:${stats.ino}`;
}

/** Differs where the file, or its log, was written to. */
function contentStamp(path: string): string {
  const stamp = (file: string): string => {
    const { size, mtimeMs } = statSync(file, { throwIfNoEntry: false }) ?? {};
    return `${size}:${mtimeMs}`;
  };
  return `${stamp(path)}:${stamp(`${path}-wal`)}`;
}
