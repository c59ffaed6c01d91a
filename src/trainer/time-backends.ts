import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BackendName } from "../engine/training-backend.js";
import type { StepTime } from "../protocol/step-times.js";
import { runIsolated } from "../tensorflow/backends/isolated-process.js";
import { type CallContext, StoppedError } from "./call-context.js";
import type { Timing } from "./step-times.js";

/** With loading the study's data. */
const TIMEOUT_MS = 120_000;

/** What the process that times a backend is told. */
export interface TimingRequest {
  readonly file: string;
  readonly exportName: string;
  readonly backend: BackendName;
  readonly seed: number | undefined;
  readonly epochs: number | undefined;
  /** How many would share the cores. */
  readonly processes: number;
  /** The trial's folder. */
  readonly folder: string;
}

/** Milliseconds a step takes, or why that is not known. */
export type TimingAnswer = { readonly ms: number } | { readonly reason: string };

/** A backend, and how many processes would train on it at once. */
export type Candidate = Pick<StepTime, "processes"> & { readonly backend: BackendName };

/**
 * Times the first steps of a study's first trial on webgpu, and if that works on its rival.
 * @throws StoppedError when the user stops the run.
 */
export async function timeBackends(
  study: Pick<TimingRequest, "file" | "exportName" | "seed" | "epochs">,
  candidates: readonly Candidate[],
  context: Pick<CallContext, "cwd" | "signal">,
): Promise<Timing> {
  const times: StepTime[] = [];
  for (const { backend, processes } of candidates) {
    const answer = await timeBackend({ ...study, backend, processes }, context);
    if ("reason" in answer) return { times, failed: `on ${backend}, ${answer.reason}` };
    times.push({ backend, ms: answer.ms, processes });
  }
  return { times, failed: null };
}

async function timeBackend(
  request: Omit<TimingRequest, "folder">,
  { cwd, signal }: Pick<CallContext, "cwd" | "signal">,
): Promise<TimingAnswer> {
  const folder = mkdtempSync(join(tmpdir(), "tunelens-timing-"));
  try {
    const program = new URL("./timing-process.js", import.meta.url);
    const args = [JSON.stringify({ ...request, folder } satisfies TimingRequest)];
    const result = await runIsolated<TimingAnswer>(program, args, { cwd, signal, timeout: TIMEOUT_MS });
    if (signal.aborted) throw new StoppedError();
    return "answer" in result ? result.answer : { reason: result.problem };
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}
