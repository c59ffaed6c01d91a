import { EventEmitter } from "node:events";
import type { DashboardSnapshot, RunningState } from "../protocol/dashboard.js";
import type { InspectorFunctions, StudySummary, StudyWorkers } from "../protocol/inspector.js";
import { type IdleState, idleState } from "../format/study-state.js";
import type { BestTrial, EpochEnded, StudyEnd } from "../protocol/trainer.js";
import type { WireError } from "../protocol/wire.js";
import { followed } from "./follow-up-tree.js";
import { afterEpoch, type LiveRun, newRun, type RunRequestInfo } from "./live-run.js";
import { keyOf, type StudyId } from "./study-id.js";
import { Throttle } from "./throttle.js";
import { toWireError } from "../supervisor/wire-error.js";

/** The state of one storage. */
export interface StorageState {
  readonly storage: string;
  /** The workspace folder that it belongs to; its studies' files are relative to this. */
  readonly folder: string;
  readonly studies: readonly StudySummary[];
  readonly loaded: boolean;
  /** Why it cannot be read. */
  readonly error: WireError | null;
}

export interface StudyStoreEvents {
  /** Storages, studies or runs changed; at most four times a second. */
  changed: [];
  /** An epoch of a running trial ended; sent immediately. */
  progress: [study: StudyId, event: EpochEnded];
}

export interface StudyStoreOptions {
  /** Its process is started by the first call. */
  readonly inspector: InspectorFunctions;
  /** Whether there is anything to read; avoids starting a process for nothing. */
  readonly storageExists: (storage: string) => boolean;
  /** From now on `refresh` is called when another process writes to the storage. */
  readonly watch: (storage: string) => Promise<void>;
  /** Closes the storage's file. */
  readonly unwatch: (storage: string) => Promise<void>;
  readonly isTrusted: () => boolean;
}

const CHANGED_INTERVAL_MS = 250;

/**
 * The model behind the tree, lenses, status bar, and panels: what the inspector reads from the storages, combined with the events of this
 * window's training processes. Independent of VS Code.
 */
export class StudyStore {
  readonly events = new EventEmitter<StudyStoreEvents>();
  private readonly storages = new Map<string, StorageState>();
  private readonly liveRuns = new Set<RunHandle>();
  private readonly errors = new Map<string, WireError>();
  /** A running refresh, and whether another was requested meanwhile. */
  private readonly refreshing = new Map<string, { done: Promise<void>; again: boolean }>();
  private readonly throttle = new Throttle(CHANGED_INTERVAL_MS, () => this.events.emit("changed"));
  private readonly ownProcesses = new Set<number>();
  private sequence = 0;

  constructor(private readonly options: StudyStoreOptions) {
    // Any number of other extensions may listen.
    this.events.setMaxListeners(0);
  }

  /** Adds a storage, and reads it if it is new. */
  addStorage(storage: string, folder: string): void {
    if (this.storages.has(storage)) return;
    this.storages.set(storage, { storage, folder, studies: [], loaded: false, error: null });
    void this.refresh(storage);
  }

  removeStorage(storage: string): void {
    if (!this.storages.delete(storage)) return;
    // An inspector that is gone holds no files either.
    this.options.unwatch(storage).catch(() => {});
    this.changed();
  }

  allStorages(): readonly StorageState[] {
    return [...this.storages.values()];
  }

  storage(storage: string): StorageState | undefined {
    return this.storages.get(storage);
  }

  study({ storage, name }: StudyId): StudySummary | undefined {
    return this.storages.get(storage)?.studies.find((study) => study.name === name);
  }

  /**
   * The study that a place in the code defines. If the text does not contain its name, it is looked up among the studies started from there.
   * @param file relative to the storage's folder, with forward slashes.
   */
  studyOf(code: { storage: string; name: string | null; file: string; exportName: string }): StudyId {
    if (code.name !== null) return { storage: code.storage, name: code.name };
    const started = [...this.storages.values()].flatMap(({ studies }) => studies);
    const found = started.find(
      ({ source, followUp }) =>
        source?.file === code.file && source.exportName === code.exportName && followUp === null,
    );
    return found ? { storage: found.storage, name: found.name } : { storage: code.storage, name: code.exportName };
  }

  run(study: StudyId): LiveRun | undefined {
    return this.handle(study)?.state;
  }

  /** Registers a process as this window's own. */
  addOwnProcess(pid: number): void {
    this.ownProcesses.add(pid);
  }

  /** Whether a process of another window or program is running it. */
  runsElsewhere(study: StudyId): boolean {
    return this.run(study) === undefined && (this.study(study)?.workers.processes.length ?? 0) > 0;
  }

  runs(): readonly LiveRun[] {
    return [...this.liveRuns].map(({ state }) => state);
  }

  /** The best trial: the run knows it before the storage does. */
  best(study: StudyId): BestTrial | null {
    return this.run(study)?.best ?? this.study(study)?.best ?? null;
  }

  /** The best trial, or the Pareto front. */
  found(study: StudyId): Pick<StudySummary, "best" | "front"> {
    return { best: this.best(study), front: this.study(study)?.front ?? null };
  }

  lastError(study: StudyId): string | null {
    return (this.errors.get(keyOf(study)) ?? this.storedError(study))?.message ?? null;
  }

  /** What a study is that no process runs, also after its window was reloaded; undefined: it is running, or nothing of it is stored. */
  idleState(study: StudyId): IdleState | undefined {
    const summary = this.study(study);
    if (this.run(study) || this.runsElsewhere(study) || !summary || summary.error !== null) return undefined;
    const error = this.errors.get(keyOf(study));
    return idleState(error ? { ...summary, end: { reason: "error", error } } : summary);
  }

  /** The run of a follow-up of this study, or of a follow-up of that. */
  runOfFollowUp(study: StudyId): LiveRun | undefined {
    const { storage, name } = study;
    const parentOf = (follower: string) => {
      const id = { storage, name: follower };
      return this.study(id)?.followUp?.from ?? this.run(id)?.followUpOf;
    };
    return this.runs().find(
      (run) => run.study.storage === storage && followed(run.study.name, parentOf).includes(name),
    );
  }

  /** The error that ended the latest run, if it was stored and no run has begun since. */
  private storedError(study: StudyId): NonNullable<StudyEnd["error"]> | undefined {
    return this.run(study) ? undefined : (this.study(study)?.end?.error ?? undefined);
  }

  /** This study counts as running until `end`. */
  beginRun(request: RunRequestInfo): RunHandle {
    this.errors.delete(keyOf(request.study));
    const handle = new RunHandle(newRun(request, this.study(request.study)), this.changed, (study, event) =>
      this.events.emit("progress", study, event),
    );
    this.liveRuns.add(handle);
    this.changed();
    return handle;
  }

  endRun(handle: RunHandle, error?: WireError): void {
    this.liveRuns.delete(handle);
    const { study, folder } = handle.state;
    if (error) this.errors.set(keyOf(study), error);
    this.addStorage(study.storage, folder);
    void this.refresh(study.storage);
    this.changed();
  }

  /** Reads a storage again. Calls during a refresh share the next one. */
  refresh(storage: string): Promise<void> {
    const running = this.refreshing.get(storage);
    if (running) {
      running.again = true;
      return running.done;
    }
    const entry = { done: Promise.resolve(), again: false };
    this.refreshing.set(storage, entry);
    entry.done = (async () => {
      try {
        do {
          entry.again = false;
          await this.read(storage);
        } while (entry.again);
      } finally {
        this.refreshing.delete(storage);
      }
    })();
    return entry.done;
  }

  async refreshAll(): Promise<void> {
    await Promise.all([...this.storages.keys()].map((storage) => this.refresh(storage)));
  }

  /** @param file of its code; null: only its storage may know one. */
  snapshot(study: StudyId, file: string | null = null): DashboardSnapshot {
    const stored = this.study(study) ?? null;
    const unread = stored?.error;
    const error =
      this.errors.get(keyOf(study)) ??
      this.storedError(study) ??
      (unread ? { code: "storage-corrupt", message: unread } : this.storages.get(study.storage)?.error);
    return {
      sequence: ++this.sequence,
      study: stored,
      studyName: study.name,
      storage: study.storage,
      running: runningState(this.run(study)),
      trusted: this.options.isTrusted(),
      hasCode: file !== null || (stored !== null && stored.source !== null),
      error: error ? { message: error.message, paused: error.code === "study-paused" } : null,
    };
  }

  dispose(): void {
    this.throttle.dispose();
    this.events.removeAllListeners();
  }

  readonly changed = (): void => this.throttle.call();

  private handle({ storage, name }: StudyId): RunHandle | undefined {
    return [...this.liveRuns].find(({ state: { study } }) => study.storage === storage && study.name === name);
  }

  private async read(storage: string): Promise<void> {
    const before = this.storages.get(storage);
    if (!before) return;
    let update: Pick<StorageState, "studies" | "error">;
    try {
      update = { studies: await this.listStudies(storage), error: null };
    } catch (error) {
      // The previous data stays visible: a file that is being overwritten is unreadable for a moment.
      update = { studies: before.studies, error: toWireError(error) };
    }
    if (this.storages.get(storage)) this.storages.set(storage, { ...before, ...update, loaded: true });
    for (const handle of this.liveRuns) handle.know(this.study(handle.state.study));
    this.changed();
  }

  private async listStudies(storage: string): Promise<readonly StudySummary[]> {
    if (!this.options.storageExists(storage)) return [];
    const studies = await this.options.inspector.listStudies(storage);
    await this.options.watch(storage);
    const others = ({ processes, ...rest }: StudyWorkers) => ({
      ...rest,
      processes: processes.filter((pid) => !this.ownProcesses.has(pid)),
    });
    return studies.map((study) => ({ ...study, storage, workers: others(study.workers) }));
  }
}

/** One run's entry in the store. */
export class RunHandle {
  constructor(
    private current: LiveRun,
    private readonly changed: () => void,
    private readonly told: (study: StudyId, event: EpochEnded) => void,
  ) {}

  get state(): LiveRun {
    return this.current;
  }

  update(change: (run: LiveRun) => LiveRun): void {
    this.current = change(this.current);
    this.changed();
  }

  /** What is stored, as long as the run has not said more. */
  know(stored: StudySummary | undefined): void {
    const { started } = this.current;
    if (!started && stored) this.current = { ...this.current, finished: stored.finished, best: stored.best };
  }

  /** Only `progress` fires: an epoch requires no reading. */
  epoch(event: EpochEnded): void {
    this.current = afterEpoch(this.current, event);
    this.told(this.current.study, event);
  }
}

function runningState(run: LiveRun | undefined): RunningState | null {
  if (!run) return null;
  const { kind, trials, finished, backend, stopping, pausing } = run;
  const progress = [...run.progress.values()].filter((event) => event !== null);
  const trialNumbers = [...run.progress.keys()];
  return { kind, trials, finished, backend, trialNumbers, progress, stopping, pausing };
}
