import { TunelensError } from "../engine/errors.js";

/** User code ended, or tried to end, the process it shares with the study. */
class ProcessExitCalledError extends TunelensError {
  override readonly name = "ProcessExitCalledError";
  constructor(exitCode: number | string | null | undefined) {
    super(
      "process-exit-called",
      `process.exit(${exitCode ?? ""}) was called. The training process belongs to the study: return or throw instead.`,
    );
  }
}

const exit = process.exit.bind(process);

/** The real `process.exit`, for us. Waits for what was printed to be read: pipes are asynchronous on some systems. */
export async function endProcess(code: number): Promise<never> {
  await Promise.race([
    Promise.all([process.stdout, process.stderr].map((stream) => new Promise((done) => stream.write("", done)))),
    new Promise((done) => setTimeout(done, 2_000)),
  ]);
  return exit(code);
}

/**
 * What user code may not do to the process it shares with the study: end it, or break it by an error nobody caught.
 * @param onStrayError an error that reached nobody: thrown in a timer or an event, or a promise rejected unseen.
 */
export function forbidProcessExit(onStrayError: (error: unknown) => void): void {
  process.exit = (exitCode) => {
    const error = new ProcessExitCalledError(exitCode);
    onStrayError(error);
    throw error;
  };
  process.on("uncaughtException", onStrayError);
  process.on("unhandledRejection", onStrayError);
}
