import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { connect, type Socket } from "node:net";
import { type BirpcReturn, createBirpc } from "birpc";
import { ipcChannel, RemoteError } from "../protocol/channel.js";
import type { RegisteredRun, RunEnd, RunEvents, RunFunctions, RunOrder, RunResult } from "../protocol/run.js";
import { PROTOCOL_VERSION } from "../protocol/wire.js";
import { ChildExitError, childEnvironment } from "./child-process.js";
import type { RunReady } from "./run-process.js";
import { SocketPort } from "./socket-port.js";
import { StudyPausedError } from "./study-run.js";
import { toWireError } from "./wire-error.js";

const WHAT = "run process";
const STDERR_TAIL_CHARACTERS = 4_000;

/** The run process, or the connection to it, was lost before the run was over. */
export class RunLostError extends Error {
  override readonly name = "RunLostError";
  readonly code = "run-lost";
}

export interface AttachOptions {
  /** `ended` is left to `result`. */
  readonly events: Omit<RunEvents, "ended">;
  /** The run ends with this process. */
  readonly owns: boolean;
}

export interface StartOptions extends AttachOptions {
  readonly order: RunOrder;
  /** Absolute path of the run process's file. */
  readonly entry: string;
}

/** The ids of runs sort by the time at which they started. */
export function newRunId(): string {
  return `${new Date().toISOString().replaceAll(/[-:]|\..*/g, "")}-${randomBytes(4).toString("hex")}`;
}

/** Starts a run process, which nothing binds to this one but that it attaches. */
export function startRun({ order, entry, ...options }: StartOptions): AttachedRun {
  const { runtime, cwd } = order;
  const child = spawn(runtime.execPath, [entry], {
    cwd,
    env: childEnvironment(runtime),
    stdio: ["ignore", "ignore", "pipe", "ipc"],
    detached: true,
    windowsHide: true,
  });
  return new AttachedRun(readyRun(child, order), options, () => void child.kill("SIGTERM"));
}

/** Attaches to a run that is registered. */
export function attachRun(run: RegisteredRun, options: AttachOptions): AttachedRun {
  return new AttachedRun(Promise.resolve({ run, unregistered: null }), options, () => {});
}

/** Tells a run process what to run, and lets go of it. @throws ChildExitError if it cannot start. */
function readyRun(child: ChildProcess, order: RunOrder): Promise<RunReady> {
  let stderrTail = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    stderrTail = (stderrTail + text).slice(-STDERR_TAIL_CHARACTERS);
  });
  return new Promise<RunReady>((resolve, reject) => {
    const died = (code: number | null, signal: NodeJS.Signals | null) =>
      reject(new ChildExitError(WHAT, { code, signal, expected: signal === "SIGTERM", stderrTail }));
    child.once("error", (error) => {
      stderrTail += `${error.message}\n`;
      if (child.pid === undefined) died(null, null);
    });
    child.once("close", died);
    child.once("message", (ready: RunReady) => {
      child.off("close", died);
      child.stderr?.destroy();
      child.disconnect();
      child.unref();
      resolve(ready);
    });
    child.send(order, () => {});
  });
}

/** A run that this process is attached to; it can be steered as a `StudyRun` can. */
export class AttachedRun {
  /** Once it is attached, and has been told what happened before. Rejects as `result`. */
  readonly attached: Promise<RunReady>;
  /**
   * Rejects with what the run threw: RemoteError, StudyPausedError, ChildExitError (of a training process, or if the run process cannot start);
   * RunLostError if the connection was lost.
   */
  readonly result: Promise<RunResult>;
  private rpc: BirpcReturn<RunFunctions, RunEvents> | undefined;
  private socket: Socket | undefined;
  private end: { resolve(result: RunResult): void; reject(error: Error): void } | undefined;
  private hasLeft = false;
  private caughtUp = false;

  /** @param stopEarly stops a run that cannot be spoken to yet. */
  constructor(
    ready: Promise<RunReady>,
    private readonly options: AttachOptions,
    private readonly stopEarly: () => void,
  ) {
    this.result = new Promise((resolve, reject) => (this.end = { resolve, reject }));
    this.attached = ready.then(async (about) => {
      await this.attach(about.run);
      return about;
    });
    this.attached.catch((error: Error) => this.end?.reject(error));
    // Who waits for one of them need not wait for the other.
    this.result.catch(() => {});
  }

  /** Whether what is told now is news, and not what happened before this process attached. */
  get isCaughtUp(): boolean {
    return this.caughtUp;
  }

  /** Asks it to stop; asking again takes the next rung of the ladder. */
  stop(): void {
    this.call((run) => run.stop());
  }

  /** @returns whether it runs the trial. */
  async stopTrial(number: number): Promise<boolean> {
    return (await this.rpc?.stopTrial(number).catch(() => false)) ?? false;
  }

  async setTrials(trials: number): Promise<void> {
    await this.rpc?.setTrials(trials);
  }

  async pause(paused: boolean): Promise<void> {
    await this.rpc?.pause(paused);
  }

  /** Disconnects. @param stopAfterMs if nobody attaches in this time, the run stops; null: it goes on. */
  async leave(stopAfterMs: number | null): Promise<void> {
    this.hasLeft = true;
    await this.rpc?.leave(stopAfterMs).catch(() => {});
    this.socket?.destroy();
  }

  /** Ends it at once. Does nothing if it is over. */
  async dispose(): Promise<void> {
    this.call((run) => run.dispose());
    await this.result.catch(() => {});
  }

  private call(message: (run: RunFunctions) => Promise<void>): void {
    if (this.rpc) message(this.rpc as unknown as RunFunctions).catch(() => {});
    else this.stopEarly();
  }

  private async attach({ socket: path, secret, pid }: RegisteredRun): Promise<void> {
    const socket = connect(path);
    const lost = () => {
      const message = `The run process (${pid}) ended before the run did. Its training processes are ended too.`;
      const error = new RunLostError(this.hasLeft ? "The run goes on." : message);
      this.rpc?.$close(error);
      this.end!.reject(error);
    };
    this.socket = socket.once("close", lost);
    const { events, owns } = this.options;
    this.rpc = createBirpc<RunFunctions, RunEvents>(
      { ...events, ended: (end) => this.ended(end) },
      { ...ipcChannel(new SocketPort(socket), toWireError), bind: "functions" },
    );
    await this.rpc.attach({ protocol: PROTOCOL_VERSION, secret, owns });
    this.caughtUp = true;
  }

  private ended(end: RunEnd): void {
    this.socket?.end();
    if ("error" in end) this.end!.reject(errorOf(end));
    else this.end!.resolve(end);
  }
}

function errorOf({ error, exit }: Extract<RunEnd, { error: unknown }>): Error {
  if (exit) {
    const { what, signal, ...report } = exit;
    return new ChildExitError(what, { ...report, signal: signal as NodeJS.Signals | null });
  }
  return error.code === "study-paused" ? new StudyPausedError(error.message) : new RemoteError(error);
}
