import type { InspectorFunctions } from "../protocol/inspector.js";
import { type InspectorProcess, startInspector } from "../supervisor/inspector-process.js";
import type { Runtime } from "../supervisor/node-runtime.js";
import { InspectorCalls } from "./inspector-calls.js";
import type { Output } from "./output.js";
import { toWireError } from "../supervisor/wire-error.js";

/** How often within this time an inspector that crashes is restarted. */
const MOST_STARTS = 4;
const STARTS_WINDOW_MS = 60_000;

/** So long may the process be silent: an endless view or a lost network would block it forever. */
const TIMEOUT_MS = 30_000;
/** A copy takes as long as its database is large. */
const COPY_TIMEOUT_MS = 600_000;
/** A storage that crashed this many processes is given up. */
const MOST_DEATHS = 2;

export interface InspectorConnectionOptions {
  readonly entry: string;
  readonly cwd: string;
  readonly output: Output;
  readonly storageChanged: (storage: string) => void;
  /** How long the process may show no sign of life while a query waits, except for a copy. Default 30 s. */
  readonly timeoutMs?: number;
}

interface Running {
  readonly process: InspectorProcess;
  readonly calls: InspectorCalls;
}

/** A storage blocked the inspector for too long, or crashed it. */
class StorageGivenUpError extends Error {
  override readonly name = "StorageGivenUpError";
  readonly code = "storage-given-up";
}

/**
 * The window's inspector process: started by the first call, and restarted by the next call after it ends. A storage that blocks it for too
 * long, or that crashes it, is given up, and the process is replaced: calls for other storages wait only for that.
 */
export class InspectorConnection {
  /** As the process offers them; each names its storage. */
  readonly functions: InspectorFunctions;
  private current: Promise<Running> | undefined;
  private readonly watched = new Set<string>();
  private readonly givenUp = new Map<string, StorageGivenUpError>();
  /** By storage: how many processes ended while they read it. */
  private readonly deaths = new Map<string, number>();
  /** Storages whose process was not started: queried again when one may start. */
  private readonly refused = new Set<string>();
  private recovery: NodeJS.Timeout | undefined;
  private starts: number[] = [];
  private disposed = false;

  constructor(private readonly options: InspectorConnectionOptions) {
    const get = (_: InspectorFunctions, name: string | symbol) => {
      // Otherwise `await` would treat it as a promise.
      if (name === "then") return undefined;
      return (storage: string, ...rest: unknown[]) => this.call(name as keyof InspectorFunctions, storage, rest);
    };
    this.functions = new Proxy({} as InspectorFunctions, { get });
  }

  async watch(storage: string): Promise<void> {
    if (this.watched.has(storage)) return;
    this.watched.add(storage);
    try {
      await this.functions.watch(storage);
    } catch (error) {
      this.watched.delete(storage);
      throw error;
    }
  }

  async unwatch(storage: string): Promise<void> {
    this.retry([storage]);
    if (this.watched.delete(storage) && this.current) await this.functions.unwatch(storage);
  }

  /** Retries storages that were given up. */
  retry(storages: Iterable<string> = [...this.givenUp.keys()]): void {
    for (const storage of storages) {
      this.givenUp.delete(storage);
      this.deaths.delete(storage);
    }
  }

  async dispose(): Promise<void> {
    this.disposed = true;
    clearTimeout(this.recovery);
    await (await this.current?.catch(() => undefined))?.process.dispose();
  }

  /** Repeated if the process ended for a reason other than this call. */
  private async call(name: keyof InspectorFunctions, storage: string, rest: readonly unknown[]): Promise<unknown> {
    const { timeoutMs = TIMEOUT_MS } = this.options;
    const limit = name === "migrateCopy" ? COPY_TIMEOUT_MS : timeoutMs;
    for (;;) {
      const error = this.givenUp.get(storage);
      if (error) throw error;
      const started = (this.current ??= this.start());
      const { process, calls } = await started.catch((error: unknown) => {
        this.refused.add(storage);
        if (this.current === started) this.current = undefined;
        throw error;
      });
      const ask = process.functions[name] as (storage: string, ...rest: readonly unknown[]) => Promise<unknown>;
      const end = await calls.during(() => ask(storage, ...rest), storage, limit);
      if (end.kind === "result" || end.kind === "error") this.deaths.delete(storage);
      if (end.kind === "result") return end.result;
      if (end.kind === "error") throw end.error;
      this.forget(started);
      if (end.kind === "stuck") this.giveUp(storage, `reading it took longer than ${limit / 1000} s`);
      else if (end.guilty) this.died(storage);
    }
  }

  private died(storage: string): void {
    const deaths = (this.deaths.get(storage) ?? 0) + 1;
    this.deaths.set(storage, deaths);
    if (deaths >= MOST_DEATHS) this.giveUp(storage, `the process that reads it crashed ${deaths} times`);
  }

  private giveUp(storage: string, why: string): void {
    const message =
      `Tunelens gave up on ${storage}: ${why}. Possible causes are an endless view in the database and a network that does not respond. ` +
      'Fix the cause, then run "Tunelens: Refresh".';
    this.givenUp.set(storage, new StorageGivenUpError(message));
  }

  private start(): Promise<Running> {
    const started = this.startProcess();
    void started.then(
      ({ process }) => process.exited.then(() => this.forget(started)),
      () => {},
    );
    return started;
  }

  private async startProcess(): Promise<Running> {
    const { entry, cwd, output, storageChanged } = this.options;
    if (this.disposed) throw new Error("The extension is shutting down.");
    try {
      this.countStart();
      // Do not wait for its end: a process blocked by a network cannot be killed.
      const calls = new InspectorCalls(() => process.kill());
      const process = await startInspector({
        runtime: ownRuntime(),
        entry,
        cwd,
        events: { storageChanged, reading: calls.reading },
        onOutput: (_stream, text) => output.info(`inspector: ${text.trimEnd()}`),
      });
      output.info("The inspector process started.");
      return { process, calls };
    } catch (error) {
      output.error("Cannot start the inspector process.", toWireError(error));
      throw error;
    }
  }

  /** The process has ended, or is treated as ended. */
  private forget(started: Promise<Running>): void {
    if (this.current !== started || this.disposed) return;
    this.current = undefined;
    this.options.output.info("The inspector process ended or stopped responding. The next query restarts it.");
    const watched = [...this.watched];
    this.watched.clear();
    for (const storage of watched) this.options.storageChanged(storage);
  }

  private countStart(): void {
    const now = performance.now();
    this.starts = this.starts.filter((start) => now - start < STARTS_WINDOW_MS);
    if (this.starts.length < MOST_STARTS) {
      this.starts.push(now);
      return;
    }
    this.recovery ??= setTimeout(() => this.recover(), this.starts[0]! + STARTS_WINDOW_MS - now);
    throw new Error(
      `The inspector process crashed ${MOST_STARTS} times within a minute. Tunelens restarts it when the minute is over. ` +
        'See the "Tunelens" output for the cause.',
    );
  }

  private recover(): void {
    this.recovery = undefined;
    const refused = [...this.refused];
    this.refused.clear();
    for (const storage of refused) this.options.storageChanged(storage);
  }
}

/** VS Code's own Node.js, so that studies can be viewed whatever the user has installed. */
function ownRuntime(): Runtime {
  return {
    execPath: process.execPath,
    version: process.version,
    kind: "electron",
    env: { ELECTRON_RUN_AS_NODE: "1" },
  };
}
