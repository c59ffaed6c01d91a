import { resolve, sep } from "node:path";
import type { Statement } from "better-sqlite3";
import { checkCompatible, type Distribution } from "../../engine/distribution.js";
import { DuplicateStudyError, TrialFinishedError } from "../../engine/errors.js";
import { CHECKPOINT_KEY } from "../../engine/trial/checkpoint.js";
import { FAIL_REASON_KEY, STOPPED_REASON } from "../../engine/trial/fail-reason.js";
import { LEARNED_FROM_KEY } from "../../engine/trial/origin.js";
import { CONTINUES_KEY, continuedTrialNumber } from "../../engine/trial/paused.js";
import { HISTORY_KEY, isRetried } from "../../engine/trial/retry.js";
import { REPORT_KEY } from "../../engine/trial/reports.js";
import { isFinished, type TrialSnapshot, type Json, type TrialState } from "../../engine/trial/trial-snapshot.js";
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
} from "../../engine/storage.js";
import { formatStorageUrl } from "../../protocol/storage-url.js";
import { artifactFolder, removeArtifacts, writeArtifact } from "../artifacts.js";
import { checkpointFolder, removeFolder, removeForgottenCheckpoints } from "../checkpoint-folders.js";
import { checkInternal, checkValues } from "../checks.js";
import { distributionFromJson, distributionToJson } from "../distribution-json.js";
import { unreadable } from "../errors.js";
import { isExact, parsePythonJson, toPythonJson } from "../python-json.js";
import { Connection, type ConnectionOptions, type WriteOptions } from "./connection.js";
import { checkIntegrity, IndexCheck } from "./integrity.js";
import { localToUtc, upgraded } from "./older-schema.js";
import { saveBeside, type KnownWithoutFile } from "./saved-copy.js";
import { checkSchema, childTables, ensureSchema } from "./schema.js";
import { restoreDate, restoreLocalDate, storeDate, storeNumber } from "./stored-values.js";
import {
  Identities,
  IDENTITY_KEY,
  studyNotFound,
  trialNotFound,
  type StudyMeaning,
  type TrialMeaning,
} from "./identities.js";
import { StudyCache, type KnownParam } from "./study-cache.js";
import { insertRows, readStudyRows, type StoredValue, type StudyRows, type TrialRows } from "./study-rows.js";
import { ParamOutlines } from "./param-outlines.js";
import { readAttr, setOwn, tablesBesideHeads, TrialReader } from "./trial-reader.js";

type Scope = "study" | "trial";
type AttrKind = "user" | "system";
interface TrialHead extends TrialMeaning {
  readonly state: TrialState;
}

/** A damaged page may have anything where a name was. */
const SELECT_STUDY =
  "SELECT study_id AS id, COALESCE(CAST(study_name AS TEXT), '') AS name, (SELECT value_json FROM study_system_attributes AS attr " +
  'WHERE attr.study_id = studies.study_id AND attr."key" = ?) AS identity FROM studies';

/** Of studies and trials that Tunelens has deleted; 0 where there are none. */
const HIGHEST_DELETED_ID = "(SELECT user_version FROM pragma_user_version)";

const NEW_TRIAL_ID = `(SELECT MAX(COALESCE(MAX(trial_id), 0), ${HIGHEST_DELETED_ID}) + 1 FROM trials)`;

const INSERT_TRIAL =
  "INSERT INTO trials (trial_id, number, study_id, state, datetime_start, datetime_complete) " +
  `VALUES (${NEW_TRIAL_ID}, ?, ?, ?, ?, ?)`;

/** Of a network's training, so many are read in some hundredths of a second. */
const TRIALS_AT_A_TIME = 500;
const HEADS_AT_A_TIME = 2_000;

/**
 * Opens a SQLite file in Optuna 5.0's schema; where there is none it is created (in WAL mode), with its folder.
 * A file that exists keeps its journal mode; opened to read only it is not changed at all. What an Optuna before 5 wrote can only be
 * read, where its tables are others through a copy in memory.
 * @param path the file's path, relative to the working directory of the process.
 * @throws StorageError
 */
export function openSqliteStorage(path: string, options: ConnectionOptions = {}): SqliteStorage {
  const connection = new Connection(resolve(path), options);
  try {
    if (!connection.readOnly) ensureSchema(connection);
    const older = connection.readOnly ? checkSchema(connection) : undefined;
    if (!older) return new SqliteStorage(connection);
    const olderLibrary = older.library ?? "before 5";
    if (older.hasCurrentTables) return new SqliteStorage(connection, { olderLibrary, hasLocalTimes: true });
    const copy = upgraded(connection, older);
    connection.close();
    return new SqliteStorage(new Connection(connection.path, { readOnly: true, copy }), { olderLibrary });
  } catch (error) {
    connection.close();
    throw error;
  }
}

interface OlderFile {
  readonly olderLibrary?: string | null;
  readonly hasLocalTimes?: boolean;
}

/** Studies in one SQLite file, which Python's Optuna may read and write at the same time. */
export class SqliteStorage implements Storage {
  readonly url: string;
  private readonly connection: Connection;
  private readonly reader: TrialReader;
  private readonly caches = new Map<number, StudyCache>();
  /** Of trials without parameters and intermediate values, as long as they were not read in full. */
  private readonly headCaches = new Map<number, StudyCache>();
  private readonly distributionTexts = new WeakMap<Distribution, string>();
  private readonly statements = new Map<string, Statement>();
  /** Of a storage that is only looked at, an id means whatever has it now. */
  private readonly identities: Identities | undefined;
  private readonly hasLocalTimes: boolean;
  private ownWrites = 0;
  private readonly indexCheck: IndexCheck;
  private readonly headIndexCheck: IndexCheck;

  /** The Optuna before 5 that wrote the file. */
  readonly olderLibrary: string | null;

  constructor(connection: Connection, { olderLibrary = null, hasLocalTimes = false }: OlderFile = {}) {
    this.connection = connection;
    this.olderLibrary = olderLibrary;
    this.hasLocalTimes = hasLocalTimes;
    this.reader = new TrialReader(connection, hasLocalTimes ? restoreLocalDate : restoreDate);
    this.url = formatStorageUrl(connection.path.split(sep).join("/"));
    this.indexCheck = new IndexCheck(connection);
    this.headIndexCheck = new IndexCheck(connection, tablesBesideHeads);
    this.identities = connection.readOnly ? undefined : new Identities(this.url);
  }

  /** Whether a copy in memory is read: what is written to the file later is seen once it is opened anew. */
  get isCopy(): boolean {
    return this.connection.isCopy;
  }

  /** As `checkIntegrity`. */
  checkIntegrity(): void {
    checkIntegrity(this.connection);
  }

  /** How long to wait for another process's lock, in milliseconds. */
  setBusyTimeout(milliseconds: number): void {
    this.connection.setBusyTimeout(milliseconds);
  }

  /** @throws StorageError (`storage-replaced`) where the file is not there any more. */
  checkFile(): void {
    this.connection.checkFile();
  }

  /** As `saveBeside`. */
  saveCopy(known: KnownWithoutFile): string {
    return saveBeside(this.connection, known);
  }

  /** Grows with every change that anybody commits to the file. */
  changeCounter(): number {
    return this.connection.dataVersion() + this.ownWrites;
  }

  createStudy(name: string, directions: readonly Direction[], template?: StudyTemplate): number {
    return this.newStudy(name, (studyId) => {
      directions.forEach((direction, objective) =>
        this.run(
          "INSERT INTO study_directions (direction, study_id, objective) VALUES (?, ?, ?)",
          direction.toUpperCase(),
          studyId,
          objective,
        ),
      );
      if (template) this.writeStudyTemplate(studyId, template);
    });
  }

  copyStudy(name: string, copy: StudyCopy): number | undefined {
    if (!(copy.from instanceof SqliteStorage)) return undefined;
    const rows = copy.from.studyRows(copy.studyId);
    return this.newStudy(name, (studyId) => this.insertCopy(studyId, rows, copy));
  }

  /** @param fill writes what it has, in the same transaction. @returns its id. */
  private newStudy(name: string, fill: (studyId: number) => void): number {
    let studyId = -1;
    try {
      return this.write(() => {
        if (this.selectStudy(name) !== undefined) throw new DuplicateStudyError(name, this.url);
        studyId = this.newStudyId();
        this.run("INSERT INTO studies (study_id, study_name) VALUES (?, ?)", studyId, name);
        this.writeIdentity(studyId, name);
        fill(studyId);
        return studyId;
      });
    } catch (error) {
      // It knows distributions that were not written, and another study gets the id.
      this.caches.delete(studyId);
      throw error;
    }
  }

  /** In Optuna 5.0's terms: with times in UTC. The study's identity is its own. */
  private studyRows(studyId: number): StudyRows {
    const read = this.connection.read(() => {
      this.checkedStudy(studyId);
      return readStudyRows(this.connection, studyId);
    });
    const system = read.details.get("study_system_attributes")!.filter(([key]) => key !== IDENTITY_KEY);
    const utc = (time: TrialRows["start"]) => (this.hasLocalTimes ? localToUtc(time) : time);
    return {
      details: new Map([...read.details, ["study_system_attributes", system]]),
      trials: read.trials.map((trial) => ({ ...trial, start: utc(trial.start), complete: utc(trial.complete) })),
    };
  }

  private insertCopy(studyId: number, { details, trials }: StudyRows, copy: StudyCopy): void {
    insertRows(this.connection, "study", studyId, details);
    for (const [key, value] of Object.entries(copy.systemAttrs ?? {}))
      this.writeAttr("study", "system", studyId, key, value);
    const byNumber = new Map(trials.map((trial) => [trial.number, trial]));
    const copied = copy.trials?.map((number) => byNumber.get(number)!) ?? trials;
    copied.forEach((trial, number) => {
      const { state, start, complete } = trial;
      const trialId = this.run(INSERT_TRIAL, number, studyId, state, start, complete);
      insertRows(this.connection, "trial", trialId, trial.details);
      for (const [key, value] of Object.entries(copy.trialSystemAttrs?.(trial.number) ?? {}))
        this.writeAttr("trial", "system", trialId, key, value);
    });
  }

  deleteStudy(studyId: number): void {
    const { artifacts, checkpoints } = this.write(() => {
      const { name, identity } = this.checkedStudy(studyId);
      const ids = this.ownArtifacts(studyId);
      this.keepIdsFromReuse(studyId);
      for (const [table, owner] of childTables) {
        const owners = owner === "study" ? "= ?" : "IN (SELECT trial_id FROM trials WHERE study_id = ?)";
        this.run(`DELETE FROM ${table} WHERE ${owner}_id ${owners}`, studyId);
      }
      const folder = identity ? checkpointFolder(this.connection.path, name, identity) : undefined;
      return { artifacts: ids, checkpoints: folder };
    });
    removeArtifacts(artifactFolder(this.connection.path), artifacts);
    if (checkpoints !== undefined) removeFolder(checkpoints);
    this.identities?.studyDeleted(studyId);
    this.caches.delete(studyId);
  }

  /** The artifacts that no other study has: a copy has those of its original. */
  private ownArtifacts(studyId: number): string[] {
    const attrs =
      'SELECT "key", study_id FROM study_system_attributes UNION ALL ' +
      'SELECT "key", study_id FROM trial_system_attributes JOIN trials USING (trial_id)';
    const sql =
      `WITH attrs AS (${attrs}) SELECT DISTINCT "key" FROM attrs WHERE study_id = ? AND "key" LIKE 'artifacts:%' ` +
      'AND "key" NOT IN (SELECT "key" FROM attrs WHERE study_id <> ?)';
    return this.all<{ key: string }>(sql, studyId, studyId).map(({ key }) => key.slice("artifacts:".length));
  }

  writeArtifact(file: ArtifactFile, register: (key: string, value: string) => void): Promise<void> {
    return writeArtifact(artifactFolder(this.connection.path), file, register);
  }

  checkpointFolder(studyId: number): string | undefined {
    const { path } = this.connection;
    const { name, identity } = this.connection.read(() => this.checkedStudy(studyId));
    removeForgottenCheckpoints(
      path,
      this.getStudies().flatMap(({ id }) => this.identityOf(id) ?? []),
    );
    return identity ? checkpointFolder(path, name, identity) : undefined;
  }

  findStudy(name: string): number | undefined {
    return this.connection.read(() => this.selectStudy(name));
  }

  getStudy(studyId: number): StudySnapshot {
    return this.connection.read(() => this.readStudy(studyId, this.checkedStudy(studyId).name));
  }

  getStudies(): Pick<StudySnapshot, "id" | "name">[] {
    return this.connection.read(() =>
      this.all<StudyMeaning & { readonly id: number }>(`${SELECT_STUDY} ORDER BY study_id`, IDENTITY_KEY).map(
        ({ id, ...study }) => {
          this.identities?.addStudy(id, study);
          return { id, name: study.name };
        },
      ),
    );
  }

  identityOf(studyId: number): string | undefined {
    return this.connection.read(() => this.checkedStudy(studyId).identity) ?? undefined;
  }

  setStudyUserAttr(studyId: number, key: string, value: Json): void {
    this.setStudyAttr("user", studyId, key, value);
  }

  setStudySystemAttr(studyId: number, key: string, value: Json): void {
    this.setStudyAttr("system", studyId, key, value);
  }

  /**
   * Several system attributes of a study, in one transaction.
   * @param change makes them from those that are there; what it throws leaves everything as it was.
   */
  changeStudySystemAttrs(
    studyId: number,
    change: (attrs: Readonly<Record<string, Json>>) => Readonly<Record<string, Json>>,
  ): void {
    this.write(() => {
      this.markStudy(studyId);
      const { name } = this.checkedStudy(studyId);
      const changed = change(this.readStudyAttrs("system", studyId, name, []));
      for (const [key, value] of Object.entries(changed)) this.writeAttr("study", "system", studyId, key, value);
    });
  }

  /** @returns the id of the trial with this number, or `undefined`. */
  findTrial(studyId: number, number: number): number | undefined {
    const sql = "SELECT trial_id AS id FROM trials WHERE study_id = ? AND number = ?";
    return this.connection.read(() => this.get<{ id: number }>(sql, studyId, number)?.id);
  }

  createTrial(
    studyId: number,
    template?: TrialTemplate,
    start: TrialStart = {},
  ): { readonly id: number; readonly number: number } {
    const created = this.write(() => {
      this.markStudy(studyId);
      const number = this.nextNumber(studyId);
      const id = template ? this.insertTrial(studyId, number, template) : this.insertRunning(studyId);
      this.writeStart(id, start);
      return { id, number };
    });
    this.identities?.addTrial(created.id, { studyId, number: created.number });
    this.caches.get(studyId)?.markGrown();
    return created;
  }

  claimWaitingTrial(studyId: number, start: TrialStart = {}): number | undefined {
    for (const { id } of this.cache(studyId).waiting()) if (this.claim(id, studyId, start)) return id;
    return undefined;
  }

  startTrial(
    studyId: number,
    limit: number,
    { heartbeat = true, systemAttrs, retry }: LimitedStart = {},
  ): number | undefined {
    const started = this.write(() => {
      this.markStudy(studyId);
      const id = this.insertStarted(studyId, limit, retry);
      if (id === undefined) return undefined;
      this.writeStart(id, { heartbeat, systemAttrs });
      // From now on the id means this trial.
      this.trialHead(id);
      return id;
    });
    if (started === undefined) return undefined;
    this.caches.get(studyId)?.markChanged(started);
    this.caches.get(studyId)?.markGrown();
    return started;
  }

  setTrialParam(trialId: number, name: string, internal: number, distribution: Distribution): void {
    this.change(trialId, ({ studyId }) => this.writeParam(studyId, trialId, name, internal, distribution));
  }

  setTrialState(
    trialId: number,
    state: TrialState,
    values?: readonly number[] | null,
    { systemAttrs = {}, retry }: TrialEnd = {},
  ): boolean {
    let studyId = -1;
    const change = (trial: TrialHead): boolean => {
      if (state === "RUNNING" && trial.state !== "WAITING") return false;
      ({ studyId } = trial);
      this.writeValues(trialId, values ?? []);
      this.writeTrialAttrs("system", trialId, systemAttrs);
      if (retry) this.insertTrial(studyId, this.nextNumber(studyId), retry);
      const column = state === "RUNNING" ? "datetime_start" : isFinished(state) ? "datetime_complete" : undefined;
      if (column)
        this.run(
          `UPDATE trials SET state = ?, ${column} = ? WHERE trial_id = ?`,
          state,
          storeDate(new Date()),
          trialId,
        );
      else this.run("UPDATE trials SET state = ? WHERE trial_id = ?", state, trialId);
      return true;
    };
    const changed = this.change(trialId, change, { durable: isFinished(state) });
    if (retry) this.caches.get(studyId)?.markGrown();
    return changed;
  }

  setTrialIntermediateValue(trialId: number, step: number, value: number): void {
    this.change(trialId, () => this.writeIntermediateValue(trialId, step, value));
  }

  setTrialUserAttr(trialId: number, key: string, value: Json): void {
    this.change(trialId, () => this.writeAttr("trial", "user", trialId, key, value));
  }

  setTrialSystemAttr(trialId: number, key: string, value: Json): void {
    this.change(trialId, () => this.writeAttr("trial", "system", trialId, key, value));
  }

  getTrial(trialId: number): TrialSnapshot {
    const { studyId } = this.connection.read(() => this.trialHead(trialId));
    const known = this.caches.get(studyId)?.trial(trialId);
    if (known) return known;
    return this.connection.read(() => {
      this.trialHead(trialId);
      return this.reader.read([trialId], this.checkedStudy(studyId).name)[0]!;
    });
  }

  getTrials(studyId: number, states?: readonly TrialState[]): readonly TrialSnapshot[] {
    return this.cache(studyId).trials(states);
  }

  /** How many there are in the file. */
  countTrials(): number {
    return this.get<{ trials: number }>("SELECT COUNT(*) AS trials FROM trials")!.trials;
  }

  /** Whether `getTrials` has read all trials of the study, so that it is fast from now on. */
  hasRead(studyId: number): boolean {
    return this.caches.get(studyId)?.isRead ?? false;
  }

  /** Part of what makes `getTrials` fast: for a moment. @returns whether it was the last. */
  readTrialsOn(studyId: number): boolean {
    const isLast = this.cache(studyId).readOn(TRIALS_AT_A_TIME);
    if (isLast) this.headCaches.delete(studyId);
    return isLast;
  }

  /** Part of what makes `getTrialHeads` fast: for a moment. @returns whether it was the last. */
  readHeadsOn(studyId: number): boolean {
    return this.headCache(studyId).readOn(HEADS_AT_A_TIME);
  }

  /** As `getTrials`, but without parameters and intermediate values, which are most of a file. */
  getTrialHeads(studyId: number): readonly TrialSnapshot[] {
    return this.headCache(studyId).trials();
  }

  /** The IDs of a study's trials that have intermediate values. */
  getReportingTrials(studyId: number): number[] {
    const sql =
      "SELECT trial_id AS id FROM trials WHERE study_id = ? AND (EXISTS " +
      "(SELECT 1 FROM trial_intermediate_values AS reported WHERE reported.trial_id = trials.trial_id) OR EXISTS " +
      `(SELECT 1 FROM trial_system_attributes AS attr WHERE attr.trial_id = trials.trial_id AND attr.key GLOB '${REPORT_KEY}*'))`;
    return this.connection.read(() => this.all<{ id: number }>(sql, studyId).map(({ id }) => id));
  }

  /** Trials of a study in full, in this order. */
  readTrials(studyId: number, trialIds: readonly number[]): TrialSnapshot[] {
    return this.connection.read(() => this.reader.read(trialIds, this.checkedStudy(studyId).name));
  }

  /**
   * The parameters of a study's trials, in the order of first use, each with its latest distribution.
   * @returns undefined where only all of the trials say what there is to say: that numbers are inexact, or cannot be read.
   */
  getParams(studyId: number): ReadonlyMap<string, Distribution> | undefined {
    return this.connection.read(() => new ParamOutlines(this.connection).of(studyId));
  }

  recordHeartbeat(trialId: number): void {
    this.write(() => {
      this.markStudy(this.trialHead(trialId).studyId);
      this.writeHeartbeat(trialId);
    });
  }

  getStaleTrials(studyId: number, graceSeconds: number): number[] {
    return this.connection.read(() => {
      this.checkedStudy(studyId);
      return this.all<{ id: number }>(
        "SELECT trial_id AS id FROM trials JOIN trial_heartbeats USING (trial_id) WHERE study_id = ? " +
          "AND state = 'RUNNING' AND unixepoch() - unixepoch(heartbeat) > ? ORDER BY trial_id",
        studyId,
        graceSeconds,
      ).map(({ id }) => id);
    });
  }

  close(): void {
    this.caches.clear();
    this.headCaches.clear();
    this.connection.close();
  }

  private cache(studyId: number): StudyCache {
    let cache = this.caches.get(studyId);
    if (!cache) {
      cache = new StudyCache(studyId, this.connection, this.reader, {
        nameOf: (id) => this.checkedStudy(id).name,
        check: (name) => this.indexCheck.check(studyId, name),
      });
      this.caches.set(studyId, cache);
    }
    return cache;
  }

  private headCache(studyId: number): StudyCache {
    let cache = this.headCaches.get(studyId);
    if (!cache) {
      const { reader } = this;
      const heads = {
        read: (ids: readonly number[], name: string) => reader.readHeads(ids, name),
        restoreDate: reader.restoreDate,
      };
      cache = new StudyCache(studyId, this.connection, heads, {
        nameOf: (id) => this.checkedStudy(id).name,
        check: (name) => this.headIndexCheck.check(studyId, name),
      });
      this.headCaches.set(studyId, cache);
    }
    return cache;
  }

  private selectStudy(name: string): number | undefined {
    return this.get<{ id: number }>("SELECT study_id AS id FROM studies WHERE study_name = ?", name)?.id;
  }

  /** The study that the id has meant from the first. @throws NotFoundError */
  private checkedStudy(studyId: number): StudyMeaning {
    const found = this.get<StudyMeaning>(`${SELECT_STUDY} WHERE study_id = ?`, IDENTITY_KEY, studyId);
    if (this.identities) return this.identities.checkStudy(studyId, found);
    if (!found) throw studyNotFound(studyId, this.url);
    return found;
  }

  /** As `checkedStudy`, for a write: a study that another program made gets an identity with the first. */
  private markStudy(studyId: number): void {
    const { name, identity } = this.checkedStudy(studyId);
    if (identity === null) this.writeIdentity(studyId, name);
  }

  private writeIdentity(studyId: number, name: string): void {
    const sql = 'INSERT INTO study_system_attributes (study_id, "key", value_json) VALUES (?, ?, ?)';
    this.run(sql, studyId, IDENTITY_KEY, this.identities!.newIdentity(studyId, name));
  }

  /** One that no study has had, as far as that is known: other programs tell studies by their id alone. */
  private newStudyId(): number {
    const sql = `SELECT MAX(COALESCE((SELECT MAX(study_id) FROM studies), 0), ${HIGHEST_DELETED_ID}) AS highest`;
    return Math.max(this.get<{ highest: number }>(sql)!.highest, this.identities!.highestStudyId) + 1;
  }

  /** SQLite would give the ids of a deleted study and of its trials again. The header of the file has room for one number. */
  private keepIdsFromReuse(studyId: number): void {
    const sql = `SELECT MAX(COALESCE((SELECT MAX(trial_id) FROM trials WHERE study_id = ?), 0), ?, ${HIGHEST_DELETED_ID}) AS highest`;
    const { highest } = this.get<{ highest: number }>(sql, studyId, studyId)!;
    this.connection.database.pragma(`user_version = ${Math.min(highest, 2 ** 31 - 1)}`);
  }

  private readStudy(id: number, name: string): StudySnapshot {
    const directions = this.all<{ direction: string }>(
      "SELECT direction FROM study_directions WHERE study_id = ? ORDER BY objective",
      id,
    ).map(({ direction }) => {
      if (direction === "MINIMIZE") return "minimize";
      if (direction === "MAXIMIZE") return "maximize";
      throw unreadable(this.connection.path, `Study "${name}"`, `direction ${direction}`);
    });
    const inexact: string[] = [];
    const attrs = (kind: AttrKind): Record<string, Json> => this.readStudyAttrs(kind, id, name, inexact);
    const study = { id, name, directions, userAttrs: attrs("user"), systemAttrs: attrs("system") };
    return inexact.length > 0 ? { ...study, inexact } : study;
  }

  private readStudyAttrs(kind: AttrKind, studyId: number, studyName: string, inexact: string[]): Record<string, Json> {
    const attrs: Record<string, Json> = {};
    const table = `study_${kind}_attributes`;
    const sql = `SELECT "key", value_json AS json FROM ${table} WHERE study_id = ? ORDER BY study_${kind}_attribute_id`;
    for (const { key, json } of this.all<{ key: string; json: string }>(sql, studyId)) {
      if (key === IDENTITY_KEY) continue;
      const value = readAttr(key, json, `${kind} attribute`, (what, cause) =>
        unreadable(this.connection.path, `Study "${studyName}"`, what, cause),
      );
      setOwn(attrs, key, value);
      if (!isExact(String(json))) inexact.push(`${kind} attribute "${key}"`);
    }
    return attrs;
  }

  private setStudyAttr(kind: AttrKind, studyId: number, key: string, value: Json): void {
    this.write(() => {
      this.markStudy(studyId);
      this.writeAttr("study", kind, studyId, key, value);
    });
  }

  private trialHead(trialId: number): TrialHead {
    const sql = "SELECT study_id AS studyId, number, state FROM trials WHERE trial_id = ?";
    const found = this.get<TrialHead>(sql, trialId);
    if (this.identities) {
      const owner = [...this.caches.values()].find((cache) => cache.has(trialId))?.studyId;
      this.identities.checkTrial(trialId, found, owner);
    }
    if (!found) throw trialNotFound(trialId, this.url);
    return found;
  }

  /** Writes to a trial that is not finished. */
  private change<T>(trialId: number, action: (trial: TrialHead) => T, options?: WriteOptions): T {
    let studyId = -1;
    const result = this.write(() => {
      const trial = this.trialHead(trialId);
      this.markStudy(trial.studyId);
      if (isFinished(trial.state)) throw new TrialFinishedError(trial.number, trial.state);
      studyId = trial.studyId;
      return action(trial);
    }, options);
    this.caches.get(studyId)?.markChanged(trialId);
    return result;
  }

  /** Optuna's next number: how many trials the study has had. */
  private nextNumber(studyId: number): number {
    const sql = "SELECT number FROM trials WHERE study_id = ? ORDER BY trial_id DESC LIMIT 1";
    const last = this.get<{ number: number }>(sql, studyId);
    return last ? last.number + 1 : 0;
  }

  /** One statement tests and takes, so only one process can get the trial. */
  private claim(trialId: number, studyId: number, start: TrialStart): boolean {
    const sql =
      "UPDATE trials SET state = 'RUNNING', datetime_start = ? WHERE trial_id = ? AND study_id = ? AND state = 'WAITING'";
    const { changes } = this.write(() => {
      this.markStudy(studyId);
      const claimed = this.statement(sql).run(storeDate(new Date()), trialId, studyId);
      if (claimed.changes === 1) this.writeStart(trialId, start);
      return claimed;
    });
    this.cache(studyId).markChanged(trialId);
    return changes === 1;
  }

  /** @returns its id; `undefined` where there are enough, or somebody else continues what it was to continue. */
  private insertStarted(studyId: number, limit: number, retry: TrialTemplate | undefined): number | undefined {
    // What a trial continues is counted already.
    if (retry && continuedTrialNumber(retry) !== undefined) return this.insertRetry(studyId, retry);
    if (this.countStarted(studyId) >= limit) return undefined;
    return this.insertRetry(studyId, retry) ?? this.claimOldest(studyId) ?? this.insertRunning(studyId);
  }

  /** @returns its id; `undefined` where the trial that it retries has been retried. */
  private insertRetry(studyId: number, retry: TrialTemplate | undefined): number | undefined {
    if (!retry) return undefined;
    const sql =
      'SELECT "key", value_json AS json FROM trial_system_attributes JOIN trials USING (trial_id) ' +
      'WHERE study_id = ? AND "key" IN (?, ?)';
    const links = this.all<{ key: string; json: string }>(sql, studyId, HISTORY_KEY, CONTINUES_KEY);
    const others = links.map(({ key, json }) => ({ systemAttrs: { [key]: parsePythonJson(json) } }));
    return isRetried(others, retry) ? undefined : this.insertTrial(studyId, this.nextNumber(studyId), retry);
  }

  /**
   * Trials that are finished, but for those the user stopped or that were interrupted, and those that somebody runs; but none that continues
   * another, or that the study has learned from another study.
   */
  private countStarted(studyId: number): number {
    const sql =
      "SELECT COUNT(*) AS started FROM trials WHERE study_id = ? AND (state IN ('COMPLETE', 'PRUNED') " +
      "OR (state = 'RUNNING' AND EXISTS (SELECT 1 FROM trial_heartbeats AS beat WHERE beat.trial_id = trials.trial_id)) " +
      "OR (state = 'FAIL' AND NOT EXISTS (SELECT 1 FROM trial_system_attributes AS attr " +
      'WHERE attr.trial_id = trials.trial_id AND (attr."key" = ? AND attr.value_json = ? OR attr."key" = ? AND attr.value_json <> \'null\')))) ' +
      'AND NOT EXISTS (SELECT 1 FROM trial_system_attributes AS attr WHERE attr.trial_id = trials.trial_id AND attr."key" IN (?, ?))';
    const parameters = [
      ...[studyId, FAIL_REASON_KEY, toPythonJson(STOPPED_REASON), CHECKPOINT_KEY],
      ...[CONTINUES_KEY, LEARNED_FROM_KEY],
    ];
    return this.get<{ started: number }>(sql, ...parameters)!.started;
  }

  private claimOldest(studyId: number): number | undefined {
    const sql = "SELECT trial_id AS id FROM trials WHERE study_id = ? AND state = 'WAITING' ORDER BY trial_id LIMIT 1";
    const id = this.get<{ id: number }>(sql, studyId)?.id;
    if (id === undefined) return undefined;
    this.run("UPDATE trials SET state = 'RUNNING', datetime_start = ? WHERE trial_id = ?", storeDate(new Date()), id);
    return id;
  }

  private insertRunning(studyId: number): number {
    return this.run(
      `INSERT INTO trials (trial_id, number, study_id, state, datetime_start) VALUES (${NEW_TRIAL_ID}, ?, ?, 'RUNNING', ?)`,
      this.nextNumber(studyId),
      studyId,
      storeDate(new Date()),
    );
  }

  private writeStart(trialId: number, { heartbeat = false, systemAttrs = {} }: TrialStart): void {
    if (heartbeat) this.writeHeartbeat(trialId);
    this.writeTrialAttrs("system", trialId, systemAttrs);
  }

  private writeHeartbeat(trialId: number): void {
    this.run(
      "INSERT INTO trial_heartbeats (trial_id, heartbeat) VALUES (?, CURRENT_TIMESTAMP) " +
        "ON CONFLICT (trial_id) DO UPDATE SET heartbeat = excluded.heartbeat",
      trialId,
    );
  }

  private writeStudyTemplate(studyId: number, { userAttrs, systemAttrs, trials }: StudyTemplate): void {
    for (const [key, value] of Object.entries(userAttrs)) this.writeAttr("study", "user", studyId, key, value);
    for (const [key, value] of Object.entries(systemAttrs)) this.writeAttr("study", "system", studyId, key, value);
    trials.forEach((trial, number) => this.insertTrial(studyId, number, trial));
  }

  /** @returns its id. */
  private insertTrial(studyId: number, number: number, template: TrialTemplate): number {
    const { state, datetimeStart: start, datetimeComplete: end } = template;
    const trialId = this.run(INSERT_TRIAL, number, studyId, state, start && storeDate(start), end && storeDate(end));
    this.writeValues(trialId, template.values ?? []);
    for (const [name, internal] of Object.entries(template.internalParams))
      this.writeParam(studyId, trialId, name, internal, template.distributions[name]!);
    for (const [step, value] of template.intermediateValues) this.writeIntermediateValue(trialId, step, value);
    this.writeTrialAttrs("user", trialId, template.userAttrs);
    this.writeTrialAttrs("system", trialId, template.systemAttrs);
    return trialId;
  }

  private writeParam(
    studyId: number,
    trialId: number,
    name: string,
    internal: number,
    distribution: Distribution,
  ): void {
    checkInternal(name, internal, distribution);
    const known = this.knownParam(studyId, name);
    if (known) checkCompatible(name, known.distribution, distribution);
    // Python writes the choice 1.0 where we would write 1: choices that are there already are repeated letter for letter.
    const json = known && distribution.type === "categorical" ? known.json : this.distributionText(distribution);
    this.run(
      "INSERT INTO trial_params (trial_id, param_name, param_value, distribution_json) VALUES (?, ?, ?, ?) " +
        "ON CONFLICT (trial_id, param_name) DO UPDATE " +
        "SET param_value = excluded.param_value, distribution_json = excluded.distribution_json",
      trialId,
      name,
      internal,
      json,
    );
  }

  private knownParam(studyId: number, name: string): KnownParam | undefined {
    const { knownParams } = this.cache(studyId);
    const known = knownParams.get(name);
    if (known) return known;
    const json = this.get<{ json: string }>(
      "SELECT distribution_json AS json FROM trials CROSS JOIN trial_params USING (trial_id) " +
        "WHERE study_id = ? AND param_name = ? LIMIT 1",
      studyId,
      name,
    )?.json;
    if (json === undefined) return undefined;
    const param = { distribution: this.readDistribution(studyId, name, json), json };
    knownParams.set(name, param);
    return param;
  }

  private readDistribution(studyId: number, name: string, json: string): Distribution {
    try {
      return distributionFromJson(json);
    } catch (cause) {
      throw unreadable(
        this.connection.path,
        `Study "${this.checkedStudy(studyId).name}"`,
        `distribution of parameter "${name}"`,
        cause,
      );
    }
  }

  private distributionText(distribution: Distribution): string {
    let text = this.distributionTexts.get(distribution);
    if (text === undefined) this.distributionTexts.set(distribution, (text = distributionToJson(distribution)));
    return text;
  }

  private writeValues(trialId: number, values: readonly number[]): void {
    checkValues(values);
    values.forEach((value, objective) => {
      this.run(
        "INSERT INTO trial_values (trial_id, objective, value, value_type) VALUES (?, ?, ?, ?) " +
          "ON CONFLICT (trial_id, objective) DO UPDATE SET value = excluded.value, value_type = excluded.value_type",
        trialId,
        objective,
        ...storeNumber(value),
      );
    });
  }

  private writeIntermediateValue(trialId: number, step: number, value: number): void {
    this.run(
      "INSERT INTO trial_intermediate_values (trial_id, step, intermediate_value, intermediate_value_type) " +
        "VALUES (?, ?, ?, ?) ON CONFLICT (trial_id, step) DO UPDATE SET " +
        "intermediate_value = excluded.intermediate_value, intermediate_value_type = excluded.intermediate_value_type",
      trialId,
      step,
      ...storeNumber(value),
    );
  }

  private writeTrialAttrs(kind: AttrKind, trialId: number, attrs: Readonly<Record<string, Json>>): void {
    for (const [key, value] of Object.entries(attrs)) this.writeAttr("trial", kind, trialId, key, value);
  }

  private writeAttr(scope: Scope, kind: AttrKind, ownerId: number, key: string, value: Json): void {
    this.run(
      `INSERT INTO ${scope}_${kind}_attributes (${scope}_id, "key", value_json) VALUES (?, ?, ?) ` +
        `ON CONFLICT (${scope}_id, "key") DO UPDATE SET value_json = excluded.value_json`,
      ownerId,
      key,
      toPythonJson(value),
    );
  }

  private write<T>(action: () => T, options?: WriteOptions): T {
    let committed = false;
    try {
      const result = this.connection.write(action, options);
      committed = true;
      this.ownWrites++;
      return result;
    } finally {
      this.identities?.transactionEnded(committed);
    }
  }

  private statement(sql: string): Statement {
    let statement = this.statements.get(sql);
    if (!statement) this.statements.set(sql, (statement = this.connection.prepare(sql)));
    return statement;
  }

  /** @returns the rowid of an inserted row. */
  private run(sql: string, ...parameters: StoredValue[]): number {
    return Number(this.statement(sql).run(...parameters).lastInsertRowid);
  }

  private get<Row>(sql: string, ...parameters: (string | number)[]): Row | undefined {
    return this.statement(sql).get(...parameters) as Row | undefined;
  }

  private all<Row>(sql: string, ...parameters: (string | number)[]): Row[] {
    return this.statement(sql).all(...parameters) as Row[];
  }
}
