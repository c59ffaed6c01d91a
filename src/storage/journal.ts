import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { checkCompatible, type Distribution } from "../engine/distribution.js";
import { NotFoundError } from "../engine/errors.js";
import { isJsonObject } from "../engine/json-value.js";
import type { Direction, StudySnapshot } from "../engine/storage.js";
import { isFinished, type Json, type TrialSnapshot, type TrialState } from "../engine/trial/trial-snapshot.js";
import { formatJournalUrl } from "../protocol/storage-url.js";
import { distributionFromJson } from "./distribution-json.js";
import { StorageError } from "./errors.js";
import { isExact, parsePythonJson } from "./python-json.js";
import { newRecord, snapshotOf, type TrialRecord, unsigned } from "./records.js";
import { statsOf } from "./sqlite/file-stats.js";

/** Optuna's `JournalOperation`, in its order. */
const operations = [
  "createStudy",
  "deleteStudy",
  "setStudyUserAttr",
  "setStudySystemAttr",
  "createTrial",
  "setTrialParam",
  "setTrialStateValues",
  "setTrialIntermediateValue",
  "setTrialUserAttr",
  "setTrialSystemAttr",
  "discardTrials",
] as const;

/** Optuna's `TrialState`, in its order. */
const states: readonly TrialState[] = ["RUNNING", "COMPLETE", "PRUNED", "FAIL", "WAITING"];

type Log = { readonly [key: string]: Json };

interface JournalStudy {
  readonly id: number;
  readonly name: string;
  readonly directions: readonly Direction[];
  readonly userAttrs: Map<string, Json>;
  readonly systemAttrs: Map<string, Json>;
  readonly inexact: Set<string>;
  readonly trials: JournalTrial[];
  /** The first distribution of each name. */
  readonly distributions: Map<string, Distribution>;
}

interface JournalTrial extends TrialRecord {
  readonly study: JournalStudy;
}

const CHUNK = 8 * 1024 * 1024;
const NEWLINE = 0x0a;

/**
 * Reads the file of Python's `JournalFileBackend`: a line of JSON for each operation. What was appended since the last call is read by the
 * next; a line without an end is still being written, and left for later. By Optuna's rules, operations that came too late are ignored.
 */
export class JournalStorage {
  readonly url: string;
  readonly isCopy = false;
  readonly olderLibrary = null;
  private offset = 0;
  private lines = 0;
  private studies = new Map<number, JournalStudy>();
  private trials: JournalTrial[] = [];
  private studyCount = 0;
  /** Only grows, also when the file is read anew. */
  private changes = 0;

  /** @throws StorageError where there is no journal of Optuna's. */
  constructor(readonly path: string) {
    this.url = formatJournalUrl(path);
    this.sync();
  }

  /** Differs after every change. */
  changeCounter(): number {
    this.sync();
    return this.changes;
  }

  getStudies(): Pick<StudySnapshot, "id" | "name">[] {
    this.sync();
    return Array.from(this.studies.values(), ({ id, name }) => ({ id, name }));
  }

  findStudy(name: string): number | undefined {
    return this.getStudies().find((study) => study.name === name)?.id;
  }

  getStudy(studyId: number): StudySnapshot {
    const { id, name, directions, userAttrs, systemAttrs, inexact } = this.study(studyId);
    const attrs = { userAttrs: Object.fromEntries(userAttrs), systemAttrs: Object.fromEntries(systemAttrs) };
    return { id, name, directions, ...attrs, ...(inexact.size > 0 ? { inexact: [...inexact] } : {}) };
  }

  getTrials(studyId: number, only?: readonly TrialState[]): readonly TrialSnapshot[] {
    const trials = this.study(studyId).trials.map(snapshotOf);
    return only ? trials.filter(({ state }) => only.includes(state)) : trials;
  }

  close(): void {
    this.restart();
  }

  private study(studyId: number): JournalStudy {
    this.sync();
    const study = this.studies.get(studyId);
    if (study) return study;
    throw new NotFoundError("study-not-found", `${this.url} has no study ${studyId}. It may have been deleted.`);
  }

  private restart(): void {
    this.offset = this.lines = this.studyCount = 0;
    this.studies = new Map();
    this.trials = [];
    this.changes++;
  }

  private sync(): void {
    this.checkFile();
    const file = openSync(this.path, "r");
    try {
      const { size } = fstatSync(file);
      // Another file is there now.
      if (size < this.offset) this.restart();
      this.readTo(file, size);
    } finally {
      closeSync(file);
    }
  }

  /** Opening a pipe would wait forever. */
  private checkFile(): void {
    const stats = statsOf(this.path);
    if (stats === undefined) throw new StorageError("storage-not-found", `${this.path} does not exist.`);
    if (!stats.isFile()) throw new StorageError("storage-not-a-file", `${this.path} is not a file.`);
  }

  private readTo(file: number, size: number): void {
    let rest = Buffer.alloc(0);
    for (let position = this.offset; position < size;) {
      const chunk = Buffer.alloc(Math.min(CHUNK, size - position));
      const read = readSync(file, chunk, 0, chunk.length, position);
      if (read === 0) return;
      position += read;
      const bytes = Buffer.concat([rest, chunk.subarray(0, read)]);
      const end = bytes.lastIndexOf(NEWLINE) + 1;
      this.applyLines(bytes.subarray(0, end));
      rest = bytes.subarray(end);
    }
  }

  private applyLines(bytes: Buffer): void {
    let start = 0;
    for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, start)) {
      this.applyLine(bytes.toString("utf8", start, end).trimEnd());
      this.offset += end + 1 - start;
      this.lines++;
      this.changes++;
      start = end + 1;
    }
  }

  private applyLine(line: string): void {
    try {
      const log = parsePythonJson(line);
      if (!isJsonObject(log)) throw new TypeError("it is not an object");
      const operation = operations[number(log, "op_code")];
      if (operation === undefined) throw new TypeError(`it has the operation ${number(log, "op_code")}`);
      this.apply(operation, log, isExact(line));
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      if (this.lines === 0)
        throw new StorageError("not-a-study-database", `${this.path} is not a journal of Optuna's (line 1: ${why}).`);
      const message = `${this.path}, line ${this.lines + 1}, cannot be read (${why}). The file was changed or is damaged.`;
      throw new StorageError("storage-corrupt", message, { cause });
    }
  }

  private apply(operation: (typeof operations)[number], log: Log, exact: boolean): void {
    if (operation === "createStudy") return this.createStudy(log);
    if (operation === "discardTrials") return;
    if ("study_id" in log) {
      const study = this.studies.get(number(log, "study_id"));
      if (study) this.applyToStudy(operation, study, log, exact);
      return;
    }
    const trial = this.trials[number(log, "trial_id")];
    if (!trial || isFinished(trial.state)) return;
    applyToTrial(operation, trial, log, exact);
    trial.snapshot = null;
  }

  private createStudy(log: Log): void {
    const name = text(log, "study_name");
    if ([...this.studies.values()].some((study) => study.name === name)) return;
    const id = this.studyCount++;
    const directions = list(log, "directions").map((direction) => (direction === 2 ? "maximize" : "minimize"));
    const attrs = { userAttrs: new Map<string, Json>(), systemAttrs: new Map<string, Json>() };
    this.studies.set(id, { id, name, directions, ...attrs, inexact: new Set(), trials: [], distributions: new Map() });
  }

  private applyToStudy(operation: string, study: JournalStudy, log: Log, exact: boolean): void {
    if (operation === "deleteStudy") this.studies.delete(study.id);
    else if (operation === "createTrial") this.createTrial(study, log);
    else if (operation === "setStudyUserAttr") setAttr(study, "user", log, exact);
    else if (operation === "setStudySystemAttr") setAttr(study, "system", log, exact);
  }

  private createTrial(study: JournalStudy, log: Log): void {
    const values = log["values"] ?? (log["value"] == null ? null : [log["value"]]);
    const trial: JournalTrial = {
      ...newRecord(this.trials.length, study.trials.length),
      study,
      state: "state" in log ? stateOf(log) : "RUNNING",
      values: values === null ? null : (values as readonly number[]).map(unsigned),
      userAttrs: new Map(Object.entries(object(log, "user_attrs"))),
      systemAttrs: new Map(Object.entries(object(log, "system_attrs"))),
      datetimeStart: date(log, "datetime_start"),
      datetimeComplete: date(log, "datetime_complete"),
    };
    const distributions = object(log, "distributions");
    for (const [name, internal] of Object.entries(object(log, "params")))
      setParam(trial, name, internal as number, distributionFromJson(distributions[name] as string));
    for (const [step, value] of Object.entries(object(log, "intermediate_values")))
      trial.intermediateValues.set(Number(step), unsigned(value as number));
    this.trials.push(trial);
    study.trials.push(trial);
  }
}

function applyToTrial(operation: string, trial: JournalTrial, log: Log, exact: boolean): void {
  if (operation === "setTrialParam") {
    const name = text(log, "param_name");
    const distribution = distributionFromJson(text(log, "distribution"));
    if (isCompatible(trial.study, name, distribution))
      setParam(trial, name, number(log, "param_value_internal"), distribution);
  } else if (operation === "setTrialStateValues") setState(trial, log);
  else if (operation === "setTrialIntermediateValue")
    trial.intermediateValues.set(number(log, "step"), unsigned(number(log, "intermediate_value")));
  else if (operation === "setTrialUserAttr") setAttr(trial, "user", log, exact);
  else if (operation === "setTrialSystemAttr") setAttr(trial, "system", log, exact);
}

function isCompatible({ distributions }: JournalStudy, name: string, distribution: Distribution): boolean {
  const known = distributions.get(name);
  if (known === undefined) return true;
  try {
    checkCompatible(name, known, distribution);
    return true;
  } catch {
    return false;
  }
}

function setParam(trial: JournalTrial, name: string, internal: number, distribution: Distribution): void {
  trial.params.set(name, { internal: unsigned(internal), distribution });
  const { distributions } = trial.study;
  if (!distributions.has(name)) distributions.set(name, distribution);
}

function setState(trial: JournalTrial, log: Log): void {
  const state = stateOf(log);
  // Another process has it already.
  if (state === "RUNNING" && trial.state === "RUNNING") return;
  if (state === "RUNNING") trial.datetimeStart = date(log, "datetime_start");
  if (isFinished(state)) trial.datetimeComplete = date(log, "datetime_complete");
  trial.state = state;
  if (log["values"] != null) trial.values = (list(log, "values") as readonly number[]).map(unsigned);
}

function setAttr(
  owner: Pick<JournalStudy, "userAttrs" | "systemAttrs" | "inexact">,
  kind: "user" | "system",
  log: Log,
  exact: boolean,
): void {
  for (const [key, value] of Object.entries(object(log, `${kind}_attr`))) {
    (kind === "user" ? owner.userAttrs : owner.systemAttrs).set(key, value);
    if (!exact) owner.inexact.add(`${kind} attribute "${key}"`);
  }
}

function stateOf(log: Log): TrialState {
  const state = states[number(log, "state")];
  if (state === undefined) throw new TypeError(`it has the state ${number(log, "state")}`);
  return state;
}

function number(log: Log, key: string): number {
  const value = log[key];
  if (typeof value !== "number") throw new TypeError(`"${key}" is not a number`);
  return value;
}

function text(log: Log, key: string): string {
  const value = log[key];
  if (typeof value !== "string") throw new TypeError(`"${key}" is not a text`);
  return value;
}

function list(log: Log, key: string): readonly Json[] {
  const value = log[key];
  if (!Array.isArray(value)) throw new TypeError(`"${key}" is not a list`);
  return value as readonly Json[];
}

/** Empty where it is left out. */
function object(log: Log, key: string): { readonly [key: string]: Json } {
  const value = log[key];
  if (value === undefined) return {};
  if (!isJsonObject(value)) throw new TypeError(`"${key}" is not an object`);
  return value;
}

/** With its time zone, to the millisecond. */
function date(log: Log, key: string): Date | null {
  if (log[key] == null) return null;
  const parsed = new Date(text(log, key));
  if (Number.isNaN(parsed.getTime())) throw new TypeError(`"${key}" is not a date`);
  return parsed;
}
