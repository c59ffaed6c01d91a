import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { RemoteError } from "../protocol/channel.js";
import type { RunRequest, RunSummary, TrainerFunctions } from "../protocol/trainer.js";
import { ChildExitError } from "../supervisor/child-process.js";
import { findRuntime } from "../supervisor/node-runtime.js";
import { StudyRun, type WorkerStart } from "../supervisor/study-run.js";
import { startTrainer, type TrainerProcess } from "../supervisor/trainer-process.js";
import { createLiveView, type LiveView } from "./live-view.js";
import { VERSION } from "../version.js";

const TRAINER_ENTRY = fileURLToPath(new URL("../trainer/main.js", import.meta.url));

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

/** Starts a training process whose output is shown. */
type StartWorker = (worker: WorkerStart) => Promise<TrainerProcess>;

/** Makes one call to a training process of its own; as `inSession`. */
export function withTrainer<Result>(
  options: SessionOptions,
  call: (functions: TrainerFunctions) => Promise<Result>,
): Promise<Result> {
  return inSession(options, async (start, view, stoppable) => {
    const starting = new AbortController();
    // While the process starts there is nothing to store: it is ended at once.
    stoppable({ stop: () => starting.abort(), dispose: () => Promise.resolve(starting.abort()) });
    const trainer = await start({ worker: 0, runsStudy: true, events: view.events, signal: starting.signal });
    stoppable(trainer);
    return call(trainer.functions);
  });
}

/** Runs a study with as many training processes as it asks for; as `inSession`. */
export function runStudy(options: SessionOptions, request: RunRequest): Promise<RunSummary> {
  return inSession(options, (start, view, stoppable) => {
    const run = new StudyRun({ request, events: view.events, start });
    stoppable(run);
    return run.run();
  });
}

/**
 * Shows what training processes do while they work. Ctrl-C takes the ladder: the first asks, each further one takes the next rung.
 * @throws InterruptedError when the user ended the work before it had a result.
 */
async function inSession<Result>(
  { node, inspect }: SessionOptions,
  work: (start: StartWorker, view: LiveView, stoppable: (what: Stoppable) => void) => Promise<Result>,
): Promise<Result> {
  const runtime = await findRuntime({ configured: node ?? process.execPath });
  const view = createLiveView();
  let running: Stoppable | undefined;
  let interrupted = false;
  const interrupt = () => {
    view.note(
      interrupted
        ? "Ending it immediately."
        : "Stopping. Running trials are ended; finished trials are stored. Press Ctrl-C again to end it immediately.",
    );
    interrupted = true;
    running?.stop();
  };
  const hangUp = () => void running?.dispose();
  const start: StartWorker = ({ worker, runsStudy, events, signal }) =>
    startTrainer({
      runtime,
      entry: TRAINER_ENTRY,
      cwd: process.cwd(),
      parent: `cli ${VERSION}`,
      events,
      onOutput: (stream, text) => view.output(stream, text, worker),
      signal,
      execArgv: inspect === undefined || !runsStudy ? [] : [inspect === true ? "--inspect" : `--inspect=${inspect}`],
    });
  process.on("SIGINT", interrupt).on("SIGTERM", interrupt).on("SIGHUP", hangUp);
  try {
    return await work(start, view, (what) => (running = what));
  } catch (error) {
    const stopped = error instanceof RemoteError && error.code === "stopped";
    if (stopped || (interrupted && error instanceof ChildExitError)) throw new InterruptedError();
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
