import type { InspectorFunctions } from "../protocol/inspector.js";
import { type InspectorProcess, startInspector } from "../supervisor/inspector-process.js";
import type { Runtime } from "../supervisor/runtime.js";
import type { Output } from "./output.js";
import { toWireError } from "./wire-error.js";

/** An inspector that ends by itself is started again, but not for ever: this often in this time. */
const MOST_STARTS = 4;
const STARTS_WINDOW_MS = 60_000;

export interface InspectorConnectionOptions {
  readonly entry: string;
  readonly cwd: string;
  readonly output: Output;
  readonly storageChanged: (storage: string) => void;
}

/** The window's inspector process: started by the first call, and again by the next call after it ended. */
export class InspectorConnection {
  private current: Promise<InspectorProcess> | undefined;
  private readonly watched = new Set<string>();
  private starts: number[] = [];
  private disposed = false;

  constructor(private readonly options: InspectorConnectionOptions) {}

  async functions(): Promise<InspectorFunctions> {
    this.current ??= this.start().catch((error: unknown) => {
      this.current = undefined;
      throw error;
    });
    return (await this.current).functions;
  }

  async watch(storage: string): Promise<void> {
    if (this.watched.has(storage)) return;
    this.watched.add(storage);
    try {
      await (await this.functions()).watch(storage);
    } catch (error) {
      this.watched.delete(storage);
      throw error;
    }
  }

  async unwatch(storage: string): Promise<void> {
    if (!this.watched.delete(storage) || !this.current) return;
    await (await this.current).functions.unwatch(storage);
  }

  async dispose(): Promise<void> {
    this.disposed = true;
    await (await this.current?.catch(() => undefined))?.dispose();
  }

  private async start(): Promise<InspectorProcess> {
    const { entry, cwd, output, storageChanged } = this.options;
    if (this.disposed) throw new Error("The extension is ending.");
    try {
      this.countStart();
      const inspector = await startInspector({
        runtime: ownRuntime(),
        entry,
        cwd,
        events: { storageChanged },
        onOutput: (_stream, text) => output.info(`inspector: ${text.trimEnd()}`),
      });
      output.info("The inspector process started.");
      void inspector.exited.then((report) => this.ended(report.expected));
      return inspector;
    } catch (error) {
      output.error("The inspector process could not be started.", toWireError(error));
      throw error;
    }
  }

  private ended(expected: boolean): void {
    this.current = undefined;
    if (expected || this.disposed) return;
    this.options.output.info("The inspector process ended unexpectedly; the next question starts it again.");
    const watched = [...this.watched];
    this.watched.clear();
    for (const storage of watched) this.options.storageChanged(storage);
  }

  private countStart(): void {
    const now = performance.now();
    this.starts = [...this.starts.filter((start) => now - start < STARTS_WINDOW_MS), now];
    if (this.starts.length <= MOST_STARTS) return;
    throw new Error(
      `The inspector process ended ${MOST_STARTS} times within a minute, so it is not started again for now. ` +
        'The "Tunelens" output says why; "Tunelens: Refresh" tries again after a minute.',
    );
  }
}

/** VS Code's own Node.js: whatever the user has installed, studies can be looked at. */
function ownRuntime(): Runtime {
  return {
    execPath: process.execPath,
    version: process.version,
    kind: "electron",
    env: { ELECTRON_RUN_AS_NODE: "1" },
  };
}
