import { createHash, randomBytes } from "node:crypto";
import { readFileSync, utimesSync } from "node:fs";
import { hostname } from "node:os";
import { fileURLToPath } from "node:url";
import type { RegisteredRun, RunEnd, RunOrder, RunResult, Steering } from "../protocol/run.js";
import type { StudyStarted, TrainerEvents, TrialFinished } from "../protocol/trainer.js";
import { PROTOCOL_VERSION } from "../protocol/wire.js";
import { ChildExitError } from "./child-process.js";
import { EventLog, type RunEvent } from "./event-log.js";
import { OutputFile } from "./output-file.js";
import { RunDoor } from "./run-door.js";
import { Retraining } from "./retraining.js";
import { newSocket, register, unlist, unregister } from "./run-registry.js";
import { StudyRun, type WorkerStart } from "./study-run.js";
import { startTrainer } from "./trainer-process.js";
import { toWireError } from "./wire-error.js";

const TRAINER_ENTRY = fileURLToPath(new URL("../trainer/main.js", import.meta.url));
/** How long the end of a run waits for whoever started it to attach. */
const STARTER_MS = 10_000;
/** Whoever started it lets go of it to attach. One that has not by then is gone: nobody knows of the run. */
const ATTACH_MS = 5_000;
/** Systems remove temporary files that nobody touches for days. */
const STAY_FOUND_MS = 600_000;

/** What it tells whoever started it, once others can attach. */
export interface RunReady {
  readonly run: RegisteredRun;
  /** Why others cannot find it. */
  readonly unregistered: string | null;
}

/**
 * The run process: a `StudyRun` or a `Retraining` with a door. It starts and ends training processes, whoever looks on, and tells those who are attached.
 * It loads no user code, no TensorFlow.js, and no SQLite.
 */
class RunProcess {
  private readonly log = new EventLog();
  private readonly output: OutputFile;
  private readonly running: StudyRun | Retraining;
  private readonly door: RunDoor;
  private registered: RegisteredRun;
  private isRegistered = false;
  private steering: Steering = { stopping: false, pausing: false, trials: null };
  private aloneTimer: NodeJS.Timeout | undefined;

  constructor(private readonly order: RunOrder) {
    const { id, cwd, parent, command, task } = order;
    const { file } = task.request;
    const code = hashOf(file);
    const now = new Date();
    this.registered = {
      ...{ protocol: PROTOCOL_VERSION, id, cwd, parent, command, task, code, startedAt: now.getTime() },
      ...{ pid: process.pid, host: hostname(), study: null },
      ...{ socket: newSocket(), secret: randomBytes(32).toString("hex") },
    };
    const what = `${file}, code ${code?.slice(0, 7) ?? "unknown"}, process ${process.pid}`;
    this.output = new OutputFile(cwd, id, `${what}, started ${now.toISOString()}`);
    this.running = this.runningOf();
    this.door = new RunDoor({
      secret: this.registered.secret,
      replay: () => this.log.events(),
      functions: {
        stop: () => this.stop(),
        stopTrial: (number) => Promise.resolve(this.study?.stopTrial(number) ?? false),
        setTrials: async (trials) => (this.steered({ trials }), this.study?.setTrials(trials)),
        pause: async (pausing) => (this.steered({ pausing }), this.study?.pause(pausing)),
        dispose: () => this.running.dispose(),
      },
      onAttached: () => clearTimeout(this.aloneTimer),
      onLost: () => void this.running.dispose(),
      onAlone: (stopAfterMs) => {
        clearTimeout(this.aloneTimer);
        if (stopAfterMs !== null) this.aloneTimer = setTimeout(() => void this.stop(), stopAfterMs);
      },
    });
  }

  /** Runs it while others attach. */
  async run(ready: (ready: RunReady) => void): Promise<void> {
    const ending = this.result().then(
      (result): RunEnd => result,
      (error: unknown): RunEnd => ({ error: toWireError(error), exit: exitOf(error) }),
    );
    await this.door.open(this.registered.socket);
    ready({ run: this.registered, unregistered: this.register() });
    const keeper = setInterval(() => this.stayFound(), STAY_FOUND_MS);
    const end = await ending;
    await this.running.dispose();
    clearInterval(keeper);
    clearTimeout(this.aloneTimer);
    this.output.write(`${describeEnd(end)}\n`);
    // From now on, it can be run again.
    unlist(this.registered);
    this.tell({ name: "ended", event: end });
    // What somebody has seen to its end is not needed any more.
    if (await this.door.close(STARTER_MS)) this.output.remove();
    unregister(this.registered);
  }

  /** Whoever started it has let go of it. */
  letGo(): void {
    setTimeout(() => {
      if (this.door.hasMet) return;
      this.door.expectNobody();
      void this.running.dispose();
    }, ATTACH_MS).unref();
  }

  /** The first call asks, each further one takes the next rung. */
  stop(): Promise<void> {
    this.steered({ stopping: true });
    this.running.stop();
    return Promise.resolve();
  }

  /** The last words of a run process that fails. */
  died(error: Error): void {
    this.output.write(`${error.stack ?? error.message}\n`);
  }

  private runningOf(): StudyRun | Retraining {
    const { task } = this.order;
    const options = { events: this.events(), start: (worker: WorkerStart) => this.startWorker(worker) };
    return task.kind === "study"
      ? new StudyRun({ request: task.request, ...options })
      : new Retraining({ request: task.request, ...options });
  }

  /** undefined: it is a retraining. */
  private get study(): StudyRun | undefined {
    return this.running instanceof StudyRun ? this.running : undefined;
  }

  private async result(): Promise<RunResult> {
    const { running } = this;
    return running instanceof StudyRun
      ? { kind: "study", summary: await running.run() }
      : { kind: "retrain", summary: await running.run() };
  }

  private events(): TrainerEvents {
    return {
      studyStarted: (event) => this.studyStarted(event),
      trialStarted: (event) => this.tell({ name: "trialStarted", event }),
      epoch: (event) => this.tell({ name: "epoch", event }),
      trialFinished: (event) => {
        this.output.write(`${describeTrial(event)}\n`);
        this.tell({ name: "trialFinished", event });
      },
      log: (event) => {
        this.output.write(`${event.message}\n`);
        this.tell({ name: "log", event });
      },
    };
  }

  private async startWorker({ worker, runsStudy, events, signal }: WorkerStart) {
    const { runtime, cwd, parent, env, execArgv } = this.order;
    const trainer = await startTrainer({
      ...{ runtime, entry: TRAINER_ENTRY, cwd, parent, env, events, signal },
      execArgv: runsStudy ? execArgv : [],
      onOutput: (stream, text) => {
        this.output.write(text);
        this.tell({ name: "output", event: { stream, text, worker } });
      },
    });
    const { pid, node } = trainer.hello;
    const { kind, execPath } = runtime;
    this.tell({ name: "processStarted", event: { worker, pid, node, runtime: kind, execPath } });
    return trainer;
  }

  private studyStarted(event: StudyStarted): void {
    const { study: name, exportName, storage, followUp } = event;
    this.registered = {
      ...this.registered,
      study: { name, exportName, storage, followUpOf: followUp?.from ?? null },
    };
    if (this.isRegistered) this.register();
    this.output.write(`Study "${name}" in ${storage}\n`);
    this.tell({ name: "studyStarted", event });
  }

  private steered(change: Partial<Steering>): void {
    this.steering = { ...this.steering, ...change };
    this.tell({ name: "steered", event: this.steering });
  }

  private tell(told: RunEvent): void {
    this.log.add(told);
    this.door.tell(told);
  }

  /** @returns why it cannot be. */
  private register(): string | null {
    try {
      register(this.registered);
      this.isRegistered = true;
      return null;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }

  private stayFound(): void {
    if (this.isRegistered) this.register();
    if (process.platform === "win32") return;
    try {
      const now = new Date();
      utimesSync(this.registered.socket, now, now);
    } catch {
      // Those who are attached stay so.
    }
  }
}

function hashOf(file: string): string | null {
  try {
    return createHash("sha256").update(readFileSync(file)).digest("hex");
  } catch {
    return null; // The training process says what is wrong with it.
  }
}

function exitOf(error: unknown) {
  return error instanceof ChildExitError ? { what: error.what, ...error.report } : null;
}

function describeTrial({ number, state, values, failReason }: TrialFinished): string {
  const reason = failReason?.split("\n")[0];
  return `Trial ${number}: ${state}${values ? ` ${values.join(", ")}` : ""}${reason ? ` ${reason}` : ""}`;
}

function describeEnd(end: RunEnd): string {
  if ("error" in end) return `The run has ended: ${end.error.message}`;
  return `The run has ended: ${end.kind === "study" ? end.summary.reason : "retrained"}.`;
}

process.stderr.on("error", () => {});
process.once("message", (order: RunOrder) => {
  const run = new RunProcess(order);
  process.on("uncaughtExceptionMonitor", (error) => run.died(error));
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.on(signal, () => void run.stop());
  process.once("disconnect", () => run.letGo());
  // Whoever started it may be gone.
  const ready = (message: RunReady) => process.send?.(message, undefined, undefined, () => {});
  void run.run(ready).then(() => process.exit(0));
});
