import type { Storage } from "../engine/storage.js";
import { loadStudy } from "../engine/study/load-study.js";
import { annotate } from "../storage/annotate.js";
import { openStorage } from "../storage/open.js";
import {
  type AnnotateRequest,
  type BackendInfo,
  type BackendList,
  DEFAULT_STORAGE,
  type DeadProcesses,
  type EnqueueRequest,
  type EvaluateRequest,
  type EvaluateSummary,
  type InstallBackendRequest,
  type ParentHello,
  type RetrainRequest,
  type RetrainSummary,
  type RunRequest,
  type RunSummary,
  type StudyAddress,
  type StudyEnd,
  type StudyOutline,
  type StudyTrials,
  type TrainerEvents,
  type TrainerFunctions,
  type TrainerHello,
} from "../protocol/trainer.js";
import { PROTOCOL_VERSION } from "../protocol/wire.js";
import { TunelensError } from "../engine/errors.js";
import { type CallContext, RunningTrial, unlessStopped } from "./call-context.js";
import { errorMessage } from "./error-location.js";
import { ObjectiveGuard } from "./objective-guard.js";
import { enqueueTrials } from "../storage/enqueue.js";
import { evaluate } from "./evaluate.js";
import { endProcess } from "./process-exit.js";
import { retrain } from "./retrain.js";
import { RunControl } from "./run-control.js";
import { storeEnd } from "./study-end.js";
import { storeTrials } from "./stored-trials.js";
import { runStudy } from "./run-study.js";
import { loadStudies } from "./study-file.js";
import { trialFinishedEvent } from "./trial-events.js";
import { failTrialsOfDeadProcesses } from "../storage/worker-identity.js";
import { VERSION } from "../version.js";

/** The functions that a training process offers its parent. */
export class Trainer implements TrainerFunctions {
  private readonly guard = new ObjectiveGuard();
  private readonly runningTrial = new RunningTrial();
  private readonly control = new RunControl(storeTrials);
  private stopping: AbortController | undefined;
  private cwd = process.cwd();

  constructor(private readonly events: TrainerEvents) {}

  async initialize(hello: ParentHello): Promise<TrainerHello> {
    // The parent compares the versions, and ends this process if they differ.
    this.cwd = hello.cwd;
    return {
      protocol: PROTOCOL_VERSION,
      version: VERSION,
      pid: process.pid,
      node: process.version,
      runtime: process.versions.electron ? "electron" : "node",
    };
  }

  listStudies(file: string): Promise<readonly StudyOutline[]> {
    return this.call(async ({ signal, guard }) => {
      const found = await unlessStopped(
        signal,
        guard.run(() => loadStudies(file)),
      );
      return found.map(({ definition, exportName }) => ({
        name: definition.name,
        exportName,
        directions: definition.directions,
        trials: definition.trials ?? null,
        storage: definition.storage ?? DEFAULT_STORAGE,
      }));
    });
  }

  run(request: RunRequest): Promise<RunSummary> {
    return this.call((context) => runStudy(request, context));
  }

  retrain(request: RetrainRequest): Promise<RetrainSummary> {
    return this.call((context) => retrain(request, context));
  }

  evaluate(request: EvaluateRequest): Promise<EvaluateSummary> {
    return this.call((context) => evaluate(request, context));
  }

  deleteStudy({ storage: url, study: name }: StudyAddress): Promise<void> {
    return this.inStorage(url, (storage) => storage.deleteStudy(loadStudy({ storage, name }).id));
  }

  enqueue({ storage: url, ...request }: EnqueueRequest): Promise<void> {
    return this.inStorage(url, (storage) => enqueueTrials(storage, request));
  }

  changeTrials({ storage: url, study: name, trials }: StudyTrials): Promise<void> {
    return this.inStorage(url, (storage) => storeTrials(loadStudy({ storage, name }), trials));
  }

  endStudy({ storage: url, study: name, end }: StudyAddress & { readonly end: StudyEnd }): Promise<void> {
    return this.inStorage(url, (storage) => storeEnd(loadStudy({ storage, name }), end));
  }

  annotate(request: AnnotateRequest): Promise<void> {
    return this.call(async ({ cwd }) => annotate(request, cwd));
  }

  failTrialsOfDead({ storage: url, study: name, reasons }: DeadProcesses): Promise<void> {
    return this.inStorage(url, (storage) => {
      const study = loadStudy({ storage, name });
      for (const number of failTrialsOfDeadProcesses(storage, study.id, reasons)) {
        const trial = study.trials[number]!;
        this.events.trialFinished(trialFinishedEvent(trial, { type: "stopped" }, study.trials, study.directions));
      }
    });
  }

  probeBackends(): Promise<BackendList> {
    return this.call(async ({ cwd, signal }) => {
      const [{ probeBackends }, { automaticChoice }] = await Promise.all([
        import("../tensorflow/backends/isolated-probe.js"),
        import("../tensorflow/backends/use-backend.js"),
      ]);
      const backends = await unlessStopped(signal, probeBackends({ workspace: cwd }));
      return { ...automaticChoice(backends), backends };
    });
  }

  installBackend(request: InstallBackendRequest): Promise<BackendInfo> {
    return this.call(async ({ cwd, signal, events }) => {
      const { installTfjsNode } = await import("./install-tfjs-node.js");
      return installTfjsNode(request, { cwd, signal, log: (line) => events.log(line) });
    });
  }

  async stop(): Promise<void> {
    this.stopping?.abort();
  }

  async stopTrial(number: number): Promise<boolean> {
    return this.control.stopTrial(number);
  }

  async setTrials(trials: number): Promise<void> {
    this.control.setTrials(trials);
  }

  async pause(paused: boolean): Promise<void> {
    this.control.pause(paused);
  }

  async ping(): Promise<"pong"> {
    return "pong";
  }

  async exit(): Promise<void> {
    this.lastWords();
    // After the answer.
    setTimeout(() => void endProcess(0), 10);
  }

  /** Handles an uncaught error: it belongs to the running user code, if any. */
  strayError(error: unknown): void {
    if (this.guard.strayError(error)) return;
    this.events.log({ level: "error", message: `Uncaught error: ${errorMessage(error)}` });
  }

  /** Stores what must not be lost before the process ends, which it does even if that fails. */
  lastWords(): void {
    try {
      this.runningTrial.abandon();
    } catch (error) {
      const message = `Cannot store the running trial as stopped: ${errorMessage(error)}`;
      this.events.log({ level: "warn", message });
    }
  }

  /** Changes an existing storage. */
  private inStorage(url: string, change: (storage: Storage) => void): Promise<void> {
    return this.call(async ({ cwd }) => {
      const storage = openStorage(url, { cwd, mustExist: true });
      try {
        change(storage);
      } finally {
        storage.close();
      }
    });
  }

  private async call<Result>(work: (context: CallContext) => Promise<Result>): Promise<Result> {
    if (this.stopping) throw new TunelensError("busy", "The training process is busy. Stop it first.");
    this.stopping = new AbortController();
    const { signal } = this.stopping;
    const { cwd, events, guard, runningTrial, control } = this;
    try {
      return await work({ cwd, events, signal, guard, runningTrial, control });
    } finally {
      this.stopping = undefined;
    }
  }
}
