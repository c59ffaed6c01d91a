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

export interface TimingContext extends Pick<CallContext, "cwd" | "signal"> {
  /** How long each backend may take, in milliseconds. Default: two minutes. */
  readonly timeout?: number;
}

/** A backend, and how many processes would train on it at once. */
export type Candidate = Pick<StepTime, "processes"> & { readonly backend: BackendName };

/**
 * Times the first steps of a study's first trial on webgpu, and if that works on its rival, which may take too long to be timed.
 * @throws StoppedError when the user stops the run.
 */
export async function timeBackends(
  study: Pick<TimingRequest, "file" | "exportName" | "seed" | "epochs">,
  candidates: readonly Candidate[],
  context: TimingContext,
): Promise<Timing> {
  const times: StepTime[] = [];
  for (const { backend, processes } of candidates) {
    const answer = await timeBackend({ ...study, backend, processes }, context);
    if ("tooSlow" in answer && times.length > 0) break;
    if ("reason" in answer) return { times, failed: `on ${backend}, ${answer.reason}` };
    times.push({ backend, ms: answer.ms, processes });
  }
  return { times, failed: null };
}

async function timeBackend(
  request: Omit<TimingRequest, "folder">,
  { cwd, signal, timeout = TIMEOUT_MS }: TimingContext,
): Promise<TimingAnswer | { readonly reason: string; readonly tooSlow: true }> {
  const folder = mkdtempSync(join(tmpdir(), "tunelens-timing-"));
  try {
    const program = new URL("./timing-process.js", import.meta.url);
    const args = [JSON.stringify({ ...request, folder } satisfies TimingRequest)];
    const result = await runIsolated<TimingAnswer>(program, args, { cwd, signal, timeout });
    if (signal.aborted) throw new StoppedError();
    if ("answer" in result) return result.answer;
    return { reason: result.problem, ...(result.kind === "timeout" ? { tooSlow: true } : {}) };
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}
