import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { RemoteError } from "../protocol/channel.js";
import type { TrainerFunctions } from "../protocol/trainer.js";
import { ChildExitError } from "../supervisor/child-process.js";
import { findRuntime } from "../supervisor/runtime.js";
import { startTrainer, type TrainerProcess } from "../supervisor/trainer-process.js";
import { createLiveView } from "./live-view.js";
import { VERSION } from "../version.js";

const TRAINER_ENTRY = fileURLToPath(new URL("../trainer/main.js", import.meta.url));

/** The user stopped it. */
export class InterruptedError extends Error {
  override readonly name = "InterruptedError";
}

export interface SessionOptions {
  /** The Node.js that runs the user's code; default: the one that runs this. */
  readonly node: string | undefined;
  /** `[host:]port`, or true for Node's default: a debugger can attach. */
  readonly inspect: string | true | undefined;
}

/**
 * Makes one call to a training process of its own, and shows it while it goes on. Ctrl-C takes the ladder: the first asks, each further one
 * takes the next rung.
 * @throws InterruptedError when the user ended the process before it could answer.
 */
export async function withTrainer<Result>(
  { node, inspect }: SessionOptions,
  call: (functions: TrainerFunctions) => Promise<Result>,
): Promise<Result> {
  const runtime = await findRuntime({ configured: node ?? process.execPath });
  const view = createLiveView();
  let trainer: TrainerProcess | undefined;
  // While the process starts there is nothing to store: it is ended at once.
  const starting = new AbortController();
  let interrupted = false;
  const interrupt = () => {
    view.note(
      interrupted
        ? "Ending it at once."
        : "Stopping: the running trial is ended, all others are stored. Ctrl-C again to end it at once.",
    );
    interrupted = true;
    if (trainer) trainer.stop();
    else starting.abort();
  };
  const hangUp = () => void (trainer?.dispose() ?? starting.abort());
  process.on("SIGINT", interrupt).on("SIGTERM", interrupt).on("SIGHUP", hangUp);
  try {
    trainer = await startTrainer({
      runtime,
      entry: TRAINER_ENTRY,
      cwd: process.cwd(),
      parent: `cli ${VERSION}`,
      events: view.events,
      onOutput: (stream, text) => view.output(stream, text),
      signal: starting.signal,
      execArgv: inspect === undefined ? [] : [inspect === true ? "--inspect" : `--inspect=${inspect}`],
    });
    if (interrupted) throw new InterruptedError();
    const result = await call(trainer.functions);
    await trainer.dispose();
    return result;
  } catch (error) {
    const stopped = error instanceof RemoteError && error.code === "stopped";
    if (stopped || (interrupted && error instanceof ChildExitError)) throw new InterruptedError();
    throw error;
  } finally {
    await trainer?.dispose();
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
