import { accessSync, constants, existsSync, mkdirSync, readFileSync, statSync } from "node:fs";
import { dirname } from "node:path";
import Database from "better-sqlite3";
import { systemClock } from "../../engine/clock.js";
import { canOpenFiles, TOO_MANY_OPEN_FILES, TOO_MANY_OPEN_FILES_MESSAGE } from "../../open-files.js";
import { repairCommand, StorageError } from "../errors.js";
import { statsOf } from "./file-stats.js";

export interface ConnectionOptions {
  /** Never writes: neither the file nor files beside it are changed or left behind. Default false. */
  readonly readOnly?: boolean;
  /** How long to wait for another process's lock, in milliseconds. Default 30,000. */
  readonly busyTimeout?: number;
  /** What is read in the file's place: a database in memory. */
  readonly copy?: Database.Database;
}

export interface WriteOptions {
  /**
   * What was committed until then is on the disk when the write returns, and stays there when the power fails. Without it, in WAL mode,
   * the power may take the last commits, though never a part of one. Default false.
   */
  readonly durable?: boolean;
}

/** One open SQLite file: transactions, and errors that say what to do. */
export class Connection {
  readonly database: Database.Database;
  readonly readOnly: boolean;
  /** The time of day, in milliseconds since the epoch. */
  readonly openedAt = systemClock.timeOfDay();
  private busyTimeout: number;
  /** Whoever has held the lock for that long will hold it for longer: until it was free once, it is waited for only shortly. */
  private isImpatient = false;
  /** Which file was opened; undefined until it is there, and for a copy. */
  private file: string | undefined;
  private readonly begin: Database.Statement;
  private readonly beginImmediate: Database.Statement;
  private readonly commit: Database.Statement;
  private readonly rollback: Database.Statement;
  private readonly dataVersionQuery: Database.Statement<[], number>;
  private readonly syncEachCommit: Database.Statement;
  private readonly syncCheckpoints: Database.Statement;
  private readonly hadLog: boolean;
  private opensCopy = false;
  /** Whether the log is brought to the disk only at checkpoints; a file without WAL always waits for the disk. */
  private hasRelaxedSync = false;

  /** @throws StorageError when the file cannot be opened. */
  constructor(
    readonly path: string,
    options: ConnectionOptions = {},
  ) {
    this.readOnly = options.readOnly ?? false;
    this.busyTimeout = options.busyTimeout ?? 30_000;
    this.hadLog = existsSync(`${path}-wal`);
    this.opensCopy = options.copy !== undefined;
    if (!options.copy) checkPath(path, this.readOnly);
    this.database = options.copy ?? this.guard(() => this.open());
    if (!this.opensCopy) this.file = identify(path);
    try {
      this.begin = this.prepare("BEGIN");
      this.beginImmediate = this.prepare("BEGIN IMMEDIATE");
      this.commit = this.prepare("COMMIT");
      this.rollback = this.prepare("ROLLBACK");
      this.syncEachCommit = this.prepare("PRAGMA synchronous = FULL");
      this.syncCheckpoints = this.prepare("PRAGMA synchronous = NORMAL");
      this.dataVersionQuery = this.prepare<[], number>("PRAGMA data_version").pluck();
    } catch (error) {
      this.close();
      throw error;
    }
  }

  private open(): Database.Database {
    const options = { readonly: this.readOnly, fileMustExist: this.readOnly, timeout: this.busyTimeout };
    const database = new Database(this.path, options);
    try {
      // The first read of the file: something that is no database shows here.
      if (database.pragma("journal_mode", { simple: true }) === "wal") this.relaxSync(database);
      database.pragma("schema_version");
      return database;
    } catch (error) {
      database.close();
      if (this.readOnly && !this.hadLog && isSqliteError(error, /^SQLITE_(CANTOPEN|READONLY_DIRECTORY)/))
        return this.openCopy();
      if (this.readOnly) this.removeEmptyLog();
      throw error;
    }
  }

  private relaxSync(database: Database.Database): void {
    database.pragma("synchronous = NORMAL");
    this.hasRelaxedSync = true;
  }

  /** A file in WAL mode needs `-shm` beside it, also to be read: in a folder where nobody may write, its copy in memory is read. */
  private openCopy(): Database.Database {
    this.opensCopy = true;
    return openInMemory(readFileSync(this.path));
  }

  /** Whether a copy in memory is read, which does not see what is written to the file later. */
  get isCopy(): boolean {
    return this.opensCopy;
  }

  /** The database as it is now, also what stands in its log, in memory. */
  copy(): Database.Database {
    return this.guard(() => openInMemory(this.database.serialize()));
  }

  prepare<Parameters extends unknown[] = unknown[], Row = unknown>(sql: string): Database.Statement<Parameters, Row> {
    return this.guard(() => this.database.prepare<Parameters, Row>(sql));
  }

  /** Changes when another connection has committed; own commits do not count. */
  dataVersion(): number {
    return this.guard(() => this.dataVersionQuery.get()!);
  }

  /** Runs `action` on one consistent state of the database. */
  read<T>(action: () => T): T {
    return this.transaction(this.begin, action);
  }

  /** Runs `action` as the only writer; when it throws, nothing was written. */
  write<T>(action: () => T, { durable = false }: WriteOptions = {}): T {
    if (this.readOnly)
      throw new StorageError("storage-read-only", `${this.path} is open read-only. Open it for writing to change it.`);
    return this.transactionOnFile(action, durable);
  }

  private transactionOnFile<T>(action: () => T, durable: boolean): T {
    const onFile = (): T => {
      this.checkFile();
      return action();
    };
    if (!durable || !this.hasRelaxedSync) return this.transaction(this.beginImmediate, onFile);
    this.syncEachCommit.run();
    try {
      return this.transaction(this.beginImmediate, onFile);
    } finally {
      this.syncCheckpoints.run();
    }
  }

  /** Under the lock: what is committed to a file that nobody finds any more would be lost. @throws StorageError (`storage-replaced`) */
  checkFile(): void {
    this.file ??= this.opensCopy ? undefined : identify(this.path);
    if (this.isLost()) throw this.lost();
  }

  private isLost(): boolean {
    return this.file !== undefined && identify(this.path) !== this.file;
  }

  private lost(cause?: unknown): StorageError {
    const what = identify(this.path) === undefined ? "was deleted or moved" : "was replaced by another file";
    return new StorageError("storage-replaced", `${this.path} ${what} while it was in use.`, { cause });
  }

  /** That of the file that was opened; empty for a copy in memory. */
  get inode(): string {
    return this.file?.split(":")[1] ?? "";
  }

  /** How long to wait for another process's lock, in milliseconds. */
  setBusyTimeout(milliseconds: number): void {
    this.busyTimeout = milliseconds;
    this.isImpatient = false;
    this.guard(() => this.database.pragma(`busy_timeout = ${milliseconds}`));
  }

  private setPatience(isImpatient: boolean): void {
    if (this.isImpatient === isImpatient) return;
    this.isImpatient = isImpatient;
    this.database.pragma(`busy_timeout = ${isImpatient ? Math.min(100, this.busyTimeout) : this.busyTimeout}`);
  }

  /** Writes all that the file held, with what stands in its log, to a file that is not there yet; also where it was deleted since. */
  saveTo(path: string): void {
    this.guard(() => {
      makeFolder(dirname(path));
      this.database.prepare("VACUUM INTO ?").run(path);
    });
    const saved = new Connection(path);
    saved.useWriteAheadLog();
    saved.close();
  }

  private transaction<T>(begin: Database.Statement, action: () => T): T {
    return this.guard(() => {
      try {
        begin.run();
      } catch (error) {
        if (isBusy(error)) this.setPatience(true);
        throw error;
      }
      // Readers get in while somebody writes.
      if (begin === this.beginImmediate) this.setPatience(false);
      try {
        const result = action();
        this.commit.run();
        return result;
      } finally {
        if (this.database.inTransaction) this.rollback.run();
      }
    });
  }

  /** Lets readers and the writer work side by side. Where the file system cannot, the file stays as it is. */
  useWriteAheadLog(): void {
    // SQLite does not wait for other processes here, so we do.
    const deadline = performance.now() + this.busyTimeout;
    const pause = new Int32Array(new SharedArrayBuffer(4));
    for (;;) {
      try {
        this.database.pragma("journal_mode = WAL");
        this.relaxSync(this.database);
        return;
      } catch (error) {
        if (!isBusy(error) || performance.now() > deadline) throw this.explain(error);
        Atomics.wait(pause, 0, 0, 10);
      }
    }
  }

  close(): void {
    if (!this.database.open) return;
    this.database.close();
    if (this.readOnly && !this.opensCopy) this.removeEmptyLog();
  }

  /**
   * Reading a database in WAL mode makes SQLite create `-wal` and `-shm`, which only a writer takes away again. So, where there
   * was no log before and nobody wrote into it since, a writer's connection is opened and closed: it has nothing to write.
   */
  private removeEmptyLog(): void {
    if (this.hadLog || statSync(`${this.path}-wal`, { throwIfNoEntry: false })?.size !== 0) return;
    try {
      const writer = new Database(this.path, { fileMustExist: true, timeout: 0 });
      try {
        writer.pragma("schema_version");
      } finally {
        writer.close();
      }
    } catch {
      // Two empty files stay behind; the next writer removes them.
    }
  }

  /** Errors of SQLite in `action` say what to do. @throws StorageError */
  guard<T>(action: () => T): T {
    try {
      return action();
    } catch (error) {
      throw this.explain(error);
    }
  }

  private explain(error: unknown): unknown {
    if (error instanceof Database.SqliteError && !isBusy(error) && this.isLost()) return this.lost(error);
    if (error instanceof Database.SqliteError) return explainSqliteError(error, this.path, this.busyTimeout);
    if (error instanceof TypeError && !this.database?.open)
      return new StorageError("storage-closed", `${this.path} was closed and can no longer be used.`, {
        cause: error,
      });
    return error;
  }
}

function openInMemory(bytes: Buffer): Database.Database {
  // File format versions: 1 is a rollback journal, which a database in memory can have; 2 is WAL.
  bytes.fill(1, 18, 20);
  return new Database(bytes, { readonly: true });
}

/** As many as a database opens: itself, its log, the log's index, the folder. */
const SQLITE_FILES = 4;

/** SQLite's result code as a storage error that says what to do. */
function explainSqliteError(
  error: InstanceType<Database.SqliteError>,
  path: string,
  busyTimeout: number,
): StorageError {
  const because = (code: ConstructorParameters<typeof StorageError>[0], message: string): StorageError =>
    new StorageError(code, message, { cause: error });
  const { code } = error;
  if (isBusy(error))
    return because(
      "storage-locked",
      `${path} was locked by another process for ${busyTimeout / 1000} s. Close the program that locks it ` +
        "(a database browser with unsaved changes, a copy in progress) and try again.",
    );
  if (code === "SQLITE_FULL")
    return because("storage-full", `The disk of ${path} is full. Free up space. Nothing was left half-written.`);
  if (code === "SQLITE_NOTADB")
    return because("not-a-database", `${path} is not a SQLite database. Choose another file.`);
  if (code.startsWith("SQLITE_CORRUPT"))
    return because(
      "storage-corrupt",
      `${path} is damaged (${error.message}). Restore a copy, or save what is readable: ${repairCommand(path)}`,
    );
  // SQLite says only that it cannot; besides the file it opens its log and that one's index.
  if (/^SQLITE_(CANTOPEN|IOERR)/.test(code) && !canOpenFiles(SQLITE_FILES))
    return because(TOO_MANY_OPEN_FILES, `Cannot open ${path}. ${TOO_MANY_OPEN_FILES_MESSAGE}`);
  if (code.startsWith("SQLITE_READONLY") || code.startsWith("SQLITE_CANTOPEN") || code === "SQLITE_PERM")
    return because(
      "storage-not-writable",
      `Cannot open or write ${path} (${error.message}). Check the permissions of the file and its folder.`,
    );
  if (code.startsWith("SQLITE_IOERR"))
    return because("storage-io", `Cannot read or write ${path}: ${error.message} (${code}).`);
  return because(
    "storage-unusable",
    `${path} was not created by Optuna or Tunelens, or was changed: ${error.message} (${code}). ` +
      `Restore a copy, or save what is readable: ${repairCommand(path)}`,
  );
}

function isBusy(error: unknown): boolean {
  return isSqliteError(error, /^SQLITE_(BUSY|LOCKED|PROTOCOL)/);
}

function isSqliteError(error: unknown, code: RegExp): boolean {
  return error instanceof Database.SqliteError && code.test(error.code);
}

/** Which file is at a path; undefined: none. */
function identify(path: string): string | undefined {
  const stats = statsOf(path);
  return stats && `${stats.dev}:${stats.ino}`;
}

/** What SQLite itself would report late or not at all. */
function checkPath(path: string, readOnly: boolean): void {
  // The driver trims what it is given, and would open another file.
  if (path !== path.trimEnd())
    throw new StorageError(
      "unsupported-storage",
      `${JSON.stringify(path)}: a database's name cannot end in whitespace. Choose another name.`,
    );
  const stats = statsOf(path);
  if (stats?.isDirectory())
    throw new StorageError("storage-is-directory", `${path} is a folder. Name a file in it, such as studies.db.`);
  for (const file of [path, `${path}-wal`, `${path}-shm`, `${path}-journal`]) checkIsFile(file);
  if (stats?.size === 0n && (statsOf(`${path}-wal`)?.size ?? 0n) > 0n) throw cutOff(path);
  if (readOnly) {
    if (!stats) throw new StorageError("storage-not-found", `${path} does not exist.`);
    return;
  }
  const folder = dirname(path);
  try {
    if (!stats) makeFolder(folder);
    // A writer needs the folder too: the journal is created beside the file.
    accessSync(folder, constants.W_OK);
    if (stats) accessSync(path, constants.W_OK);
  } catch (cause) {
    throw new StorageError(
      "storage-not-writable",
      `Cannot write ${path}. Check the permissions of the file and its folder, or choose another location.`,
      { cause },
    );
  }
}

/** SQLite would take the file for a new one, and remove the log. */
function cutOff(path: string): StorageError {
  return new StorageError(
    "storage-corrupt",
    `${path} is empty, but its log ${path}-wal contains data: the file was truncated. Restore a copy of it, or move ` +
      "both files away to start over.",
  );
}

/** To open a pipe may take for ever, and a device may do anything. */
function checkIsFile(path: string): void {
  if (statsOf(path)?.isFile() !== false) return;
  throw new StorageError(
    "storage-not-a-file",
    `${path} is not a regular file (but a pipe, a device, or a socket), so it cannot be a database. Remove it, or choose another location.`,
  );
}

/** Step by step: Node's `recursive` never returns where a folder is there that takes no other, as in `/proc`. */
function makeFolder(folder: string): void {
  if (existsSync(folder)) return;
  makeFolder(dirname(folder));
  try {
    mkdirSync(folder);
  } catch (error) {
    // Another process may have been faster.
    if (!existsSync(folder)) throw error;
  }
}
