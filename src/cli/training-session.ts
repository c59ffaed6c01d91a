import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { RemoteError } from "../protocol/channel.js";
import type { RegisteredRun, RunResult, RunTask } from "../protocol/run.js";
import type { TrainerFunctions } from "../protocol/trainer.js";
import { ChildExitError } from "../supervisor/child-process.js";
import { findRuntime, type Runtime } from "../supervisor/node-runtime.js";
import { type AttachedRun, type AttachOptions, attachRun, newRunId, startRun } from "../supervisor/run-client.js";
import { listRuns } from "../supervisor/run-registry.js";
import { startTrainer } from "../supervisor/trainer-process.js";
import { sameCommand } from "./command-line.js";
import { createLiveView, type LiveView } from "./live-view.js";
import { VERSION } from "../version.js";

const TRAINER_ENTRY = fileURLToPath(new URL("../trainer/main.js", import.meta.url));
const RUN_ENTRY = fileURLToPath(new URL("../supervisor/main.js", import.meta.url));

/** The user stopped it. */
export class InterruptedError extends Error {
  override readonly name = "InterruptedError";
}

export interface SessionOptions {
  /** The Node.js that runs the user's code; default: the current one. */
  readonly node: string | undefined;
  /** `[host:]port`, or true for Node's default: a debugger can attach. */
  readonly inspect: string | true | undefined;
}

/** What Ctrl-C stops. */
interface Stoppable {
  stop(): void;
  dispose(): Promise<void>;
}

/** What is shown of a session, and how Ctrl-C reaches it. */
interface Session {
  readonly view: LiveView;
  readonly stoppable: (what: Stoppable) => void;
}

/** Makes one call to a training process of its own; as `inSession`. */
export async function withTrainer<Result>(
  options: SessionOptions,
  call: (functions: TrainerFunctions) => Promise<Result>,
): Promise<Result> {
  const runtime = await runtimeOf(options);
  return inSession(stoppingNotes, async ({ view, stoppable }) => {
    const starting = new AbortController();
    // While the process starts there is nothing to store: it is ended at once.
    stoppable({ stop: () => starting.abort(), dispose: () => Promise.resolve(starting.abort()) });
    const trainer = await startTrainer({
      ...{ runtime, entry: TRAINER_ENTRY, cwd: process.cwd(), parent: `cli ${VERSION}`, events: view.events },
      onOutput: (stream, text) => view.output(stream, text, 0),
      signal: starting.signal,
      execArgv: inspectArguments(options),
    });
    stoppable(trainer);
    return call(trainer.functions);
  });
}

/** Runs a study or a retraining in a run process, which ends with this terminal; as `inSession`. */
export async function runTask(options: SessionOptions, task: RunTask): Promise<RunResult> {
  const runtime = await runtimeOf(options);
  return inSession(stoppingNotes, ({ view, stoppable }) => {
    const run = start(options, task, { runtime, ...attachOptions(view, true) });
    stoppable(run);
    return run.result;
  });
}

/**
 * Starts a run that goes on without this terminal.
 * @returns it, once its study has started. @throws what ended it before.
 */
export async function detach(options: SessionOptions, task: RunTask): Promise<RegisteredRun> {
  const runtime = await runtimeOf(options);
  return inSession(stoppingNotes, async ({ view, stoppable }) => {
    let started = () => {};
    const hasStarted = new Promise<void>((resolve) => (started = resolve));
    const run = start(options, task, { runtime, ...attachOptions(view, true, started) });
    stoppable(run);
    const { run: registered, unregistered } = await run.attached;
    if (unregistered !== null) {
      await run.dispose();
      throw new RemoteError({
        code: "run-not-registered",
        message: `Nobody could find the run again. ${unregistered}`,
      });
    }
    await Promise.race([hasStarted, run.result]);
    stoppable({ stop: () => {}, dispose: () => run.leave(null) });
    // Since its study has started, its name is known.
    const runs = await listRuns(process.cwd());
    return runs.find(({ id }) => id === registered.id) ?? registered;
  });
}

/** Stops a run of another terminal, or of the editor. */
export function stopRun(registered: RegisteredRun): Promise<RunResult> {
  return inSession(stoppingNotes, ({ view, stoppable }) => {
    const run = attachRun(registered, attachOptions(view, false));
    stoppable({ stop: () => run.stop(), dispose: () => run.leave(null) });
    void run.attached.then(() => run.stop());
    return run.result;
  });
}

/** Shows a run that goes on without this terminal. Ctrl-C leaves it. @returns undefined if the user left it. */
export function attachTo(registered: RegisteredRun): Promise<RunResult | undefined> {
  return inSession(undefined, async ({ view, stoppable }) => {
    const run = attachRun(registered, attachOptions(view, false));
    let hasLeft = false;
    const leave = async () => {
      hasLeft = true;
      await run.leave(null);
    };
    stoppable({ stop: () => void leave(), dispose: leave });
    try {
      return await run.result;
    } catch (error) {
      if (hasLeft) return undefined;
      throw error;
    }
  });
}

function start(
  options: SessionOptions,
  task: RunTask,
  { runtime, ...attach }: AttachOptions & { runtime: Runtime },
): AttachedRun {
  const order = {
    ...{ id: newRunId(), cwd: process.cwd(), parent: `cli ${VERSION}`, task, command: sameCommand() },
    ...{ runtime, env: {}, execArgv: inspectArguments(options) },
  };
  return startRun({ order, entry: RUN_ENTRY, ...attach });
}

function attachOptions(view: LiveView, owns: boolean, started = () => {}): AttachOptions {
  const { events } = view;
  const nothing = () => {};
  return {
    owns,
    events: {
      ...events,
      studyStarted: (event) => {
        events.studyStarted(event);
        started();
      },
      output: ({ stream, text, worker }) => view.output(stream, text, worker),
      processStarted: nothing,
      steered: nothing,
    },
  };
}

function runtimeOf({ node }: SessionOptions): Promise<Runtime> {
  return findRuntime({ configured: node ?? process.execPath });
}

function inspectArguments({ inspect }: SessionOptions): string[] {
  if (inspect === undefined) return [];
  return [inspect === true ? "--inspect" : `--inspect=${inspect}`];
}

const stoppingNotes = {
  first: "Stopping. Running trials are ended; finished trials are stored. Press Ctrl-C again to end it immediately.",
  again: "Ending it immediately.",
};

/**
 * Shows what training processes do while they work. Ctrl-C takes the ladder: the first asks, each further one takes the next rung.
 * @param notes what is said at Ctrl-C.
 * @throws InterruptedError when the user ended the work before it had a result.
 */
async function inSession<Result>(
  notes: typeof stoppingNotes | undefined,
  work: (session: Session) => Promise<Result>,
): Promise<Result> {
  const view = createLiveView();
  let running: Stoppable | undefined;
  let interrupted = false;
  const interrupt = () => {
    if (notes) view.note(interrupted ? notes.again : notes.first);
    interrupted = true;
    running?.stop();
  };
  const hangUp = () => void running?.dispose();
  process.on("SIGINT", interrupt).on("SIGTERM", interrupt).on("SIGHUP", hangUp);
  try {
    return await work({ view, stoppable: (what) => (running = what) });
  } catch (error) {
    const stopped = error instanceof RemoteError && error.code === "stopped";
    // Somebody else may have stopped it.
    const ended = error instanceof ChildExitError && (interrupted || error.report.expected);
    if (stopped || ended) throw new InterruptedError();
    throw error;
  } finally {
    await running?.dispose();
    // After its last output.
    view.close();
    process.off("SIGINT", interrupt).off("SIGTERM", interrupt).off("SIGHUP", hangUp);
  }
}

/** The study file's absolute path. Whether it is there is said by the training process, with the rest that may be wrong with it. */
export function studyFile(file: string): string {
  const path = resolve(file);
  return existsSync(path) || /\.[cm]?[jt]sx?$/.test(path) ? path : `${path}.ts`;
}
