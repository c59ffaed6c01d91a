import { checkCompatible, type Distribution } from "../engine/distribution.js";
import { DuplicateStudyError, NotFoundError, TrialFinishedError } from "../engine/errors.js";
import { countsAsFinished } from "../engine/trial/fail-reason.js";
import { continuedTrialNumber } from "../engine/trial/paused.js";
import { isRetried } from "../engine/trial/retry.js";
import { isFinished, type TrialSnapshot, type Json, type TrialState } from "../engine/trial/trial-snapshot.js";
import type {
  Direction,
  LimitedStart,
  StudySnapshot,
  Storage,
  StudyTemplate,
  TrialEnd,
  TrialStart,
  TrialTemplate,
} from "../engine/storage.js";
import { checkInternal, checkValues } from "./checks.js";
import { parsePythonJson, toPythonJson } from "./python-json.js";
import { newRecord, snapshotOf, type TrialRecord, unsigned } from "./records.js";
import { TrialList } from "./trial-list.js";

interface StudyRecord {
  readonly id: number;
  readonly name: string;
  readonly directions: readonly Direction[];
  readonly userAttrs: Map<string, Json>;
  readonly systemAttrs: Map<string, Json>;
  readonly trials: MemoryTrial[];
  readonly list: TrialList;
  /** Trials changed since the list was last brought up to date. */
  readonly changed: Set<MemoryTrial>;
  /** The first distribution of each name. */
  readonly distributions: Map<string, Distribution>;
}

interface MemoryTrial extends TrialRecord {
  readonly study: StudyRecord;
  /** Milliseconds since the epoch. */
  heartbeat: number | null;
}

/** A storage in memory, which lasts as long as the process. */
export class MemoryStorage implements Storage {
  readonly url = "memory";
  private readonly studies = new Map<number, StudyRecord>();
  private readonly trials = new Map<number, MemoryTrial>();
  private lastStudyId = 0;
  private lastTrialId = 0;

  createStudy(name: string, directions: readonly Direction[], template?: StudyTemplate): number {
    if (this.findStudy(name) !== undefined) throw new DuplicateStudyError(name, "memory");
    const id = ++this.lastStudyId;
    this.studies.set(id, {
      id,
      name,
      directions: [...directions],
      userAttrs: new Map(),
      systemAttrs: new Map(),
      trials: [],
      list: new TrialList(),
      changed: new Set(),
      distributions: new Map(),
    });
    if (template) this.fillStudy(id, template);
    return id;
  }

  deleteStudy(studyId: number): void {
    for (const { id } of this.study(studyId).trials) this.trials.delete(id);
    this.studies.delete(studyId);
  }

  findStudy(name: string): number | undefined {
    for (const study of this.studies.values()) if (study.name === name) return study.id;
    return undefined;
  }

  getStudy(studyId: number): StudySnapshot {
    const { id, name, directions, userAttrs, systemAttrs } = this.study(studyId);
    return {
      id,
      name,
      directions,
      userAttrs: Object.fromEntries(userAttrs),
      systemAttrs: Object.fromEntries(systemAttrs),
    };
  }

  getStudies(): Pick<StudySnapshot, "id" | "name">[] {
    return [...this.studies.values()].map(({ id, name }) => ({ id, name }));
  }

  setStudyUserAttr(studyId: number, key: string, value: Json): void {
    this.study(studyId).userAttrs.set(key, copy(value));
  }

  setStudySystemAttr(studyId: number, key: string, value: Json): void {
    this.study(studyId).systemAttrs.set(key, copy(value));
  }

  createTrial(
    studyId: number,
    template?: TrialTemplate,
    start: TrialStart = {},
  ): { readonly id: number; readonly number: number } {
    const study = this.study(studyId);
    const trial = newTrial(study, this.lastTrialId + 1);
    if (template) fill(trial, template);
    this.lastTrialId = trial.id;
    for (const [name, { distribution }] of trial.params) remember(study, name, distribution);
    study.trials.push(trial);
    study.changed.add(trial);
    this.trials.set(trial.id, trial);
    begin(trial, start);
    return { id: trial.id, number: trial.number };
  }

  claimWaitingTrial(studyId: number, start: TrialStart = {}): number | undefined {
    const waiting = this.getTrials(studyId).find(({ state }) => state === "WAITING");
    if (!waiting) return undefined;
    this.setTrialState(waiting.id, "RUNNING");
    begin(this.trial(waiting.id), start);
    return waiting.id;
  }

  startTrial(
    studyId: number,
    limit: number,
    { heartbeat = true, systemAttrs, retry }: LimitedStart = {},
  ): number | undefined {
    const start = { heartbeat, systemAttrs };
    const isNew = !retry || isRetried(this.getTrials(studyId), retry);
    if (retry && continuedTrialNumber(retry) !== undefined)
      return isNew ? undefined : this.createTrial(studyId, retry, start).id;
    if (this.countStarted(studyId) >= limit) return undefined;
    if (!isNew) return this.createTrial(studyId, retry, start).id;
    return this.claimWaitingTrial(studyId, start) ?? this.createTrial(studyId, undefined, start).id;
  }

  setTrialParam(trialId: number, name: string, internal: number, distribution: Distribution): void {
    const trial = this.updatable(trialId);
    setParam(trial, name, internal, distribution);
    remember(trial.study, name, distribution);
    touch(trial);
  }

  setTrialState(
    trialId: number,
    state: TrialState,
    values?: readonly number[] | null,
    { systemAttrs = {}, retry }: TrialEnd = {},
  ): boolean {
    const trial = this.updatable(trialId);
    if (state === "RUNNING" && trial.state !== "WAITING") return false;
    if (values) checkValues(values);
    if (retry) this.createTrial(trial.study.id, retry);
    setAttrs(trial, systemAttrs);
    if (values?.length) setValues(trial, values);
    trial.state = state;
    if (state === "RUNNING") trial.datetimeStart = new Date();
    if (isFinished(state)) trial.datetimeComplete = new Date();
    touch(trial);
    return true;
  }

  setTrialIntermediateValue(trialId: number, step: number, value: number): void {
    const trial = this.updatable(trialId);
    trial.intermediateValues.set(step, unsigned(value));
    touch(trial);
  }

  setTrialUserAttr(trialId: number, key: string, value: Json): void {
    const trial = this.updatable(trialId);
    trial.userAttrs.set(key, copy(value));
    touch(trial);
  }

  setTrialSystemAttr(trialId: number, key: string, value: Json): void {
    const trial = this.updatable(trialId);
    trial.systemAttrs.set(key, copy(value));
    touch(trial);
  }

  getTrial(trialId: number): TrialSnapshot {
    return snapshotOf(this.trial(trialId));
  }

  getTrials(studyId: number, states?: readonly TrialState[]): readonly TrialSnapshot[] {
    const { list, changed } = this.study(studyId);
    for (const trial of changed) list.set(snapshotOf(trial));
    changed.clear();
    return list.view(states);
  }

  recordHeartbeat(trialId: number): void {
    this.trial(trialId).heartbeat = performance.now();
  }

  getStaleTrials(studyId: number, graceSeconds: number): number[] {
    const oldest = performance.now() - graceSeconds * 1000;
    return this.study(studyId)
      .trials.filter(({ state, heartbeat }) => state === "RUNNING" && heartbeat !== null && heartbeat < oldest)
      .map(({ id }) => id);
  }

  close(): void {
    this.studies.clear();
    this.trials.clear();
  }

  private fillStudy(studyId: number, { userAttrs, systemAttrs, trials }: StudyTemplate): void {
    try {
      for (const [key, value] of Object.entries(userAttrs)) this.setStudyUserAttr(studyId, key, value);
      for (const [key, value] of Object.entries(systemAttrs)) this.setStudySystemAttr(studyId, key, value);
      for (const trial of trials) this.createTrial(studyId, trial);
    } catch (error) {
      this.deleteStudy(studyId);
      throw error;
    }
  }

  private countStarted(studyId: number): number {
    const counts = (trial: MemoryTrial) => {
      const snapshot = snapshotOf(trial);
      const isRun =
        trial.state === "RUNNING" && trial.heartbeat !== null && continuedTrialNumber(snapshot) === undefined;
      return isRun || countsAsFinished(snapshot);
    };
    return this.study(studyId).trials.filter(counts).length;
  }

  private study(studyId: number): StudyRecord {
    const study = this.studies.get(studyId);
    if (!study) throw new NotFoundError("study-not-found", `No study in memory has the ID ${studyId}.`);
    return study;
  }

  private trial(trialId: number): MemoryTrial {
    const trial = this.trials.get(trialId);
    if (!trial) throw new NotFoundError("trial-not-found", `No trial in memory has the ID ${trialId}.`);
    return trial;
  }

  private updatable(trialId: number): MemoryTrial {
    const trial = this.trial(trialId);
    if (isFinished(trial.state)) throw new TrialFinishedError(trial.number, trial.state);
    return trial;
  }
}

function newTrial(study: StudyRecord, id: number): MemoryTrial {
  return { ...newRecord(id, study.trials.length), study, datetimeStart: new Date(), heartbeat: null };
}

function begin(trial: MemoryTrial, { heartbeat = false, systemAttrs = {} }: TrialStart): void {
  setAttrs(trial, systemAttrs);
  if (heartbeat) trial.heartbeat = performance.now();
  touch(trial);
}

function setAttrs(trial: MemoryTrial, systemAttrs: Readonly<Record<string, Json>>): void {
  for (const [key, value] of Object.entries(systemAttrs)) trial.systemAttrs.set(key, copy(value));
}

function fill(trial: MemoryTrial, template: TrialTemplate): void {
  if (template.values?.length) setValues(trial, template.values);
  for (const [name, internal] of Object.entries(template.internalParams))
    setParam(trial, name, internal, template.distributions[name]!);
  for (const [step, value] of template.intermediateValues) trial.intermediateValues.set(step, unsigned(value));
  for (const [key, value] of Object.entries(template.userAttrs)) trial.userAttrs.set(key, copy(value));
  for (const [key, value] of Object.entries(template.systemAttrs)) trial.systemAttrs.set(key, copy(value));
  trial.state = template.state;
  trial.datetimeStart = template.datetimeStart;
  trial.datetimeComplete = template.datetimeComplete;
}

function setParam(trial: MemoryTrial, name: string, internal: number, distribution: Distribution): void {
  checkInternal(name, internal, distribution);
  const existing = trial.study.distributions.get(name);
  if (existing) checkCompatible(name, existing, distribution);
  trial.params.set(name, { internal: unsigned(internal), distribution });
}

function remember(study: StudyRecord, name: string, distribution: Distribution): void {
  if (!study.distributions.has(name)) study.distributions.set(name, distribution);
}

function setValues(trial: MemoryTrial, values: readonly number[]): void {
  checkValues(values);
  trial.values = values.map(unsigned);
}

/** What comes back from a database: a copy, limited to JSON. */
function copy(value: Json): Json {
  return parsePythonJson(toPythonJson(value));
}

function touch(trial: MemoryTrial): void {
  trial.snapshot = null;
  trial.study.changed.add(trial);
}
