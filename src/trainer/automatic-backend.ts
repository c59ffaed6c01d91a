import { existsSync, readdirSync } from "node:fs";
import { url as inspectorUrl } from "node:inspector";
import type { Study } from "../engine/study/study.js";
import { describeStepTimes } from "../format/backend-description.js";
import type { RunRequest } from "../protocol/trainer.js";
import type { BackendDescription } from "../tensorflow/backends/backend.js";
import { findHardware } from "../tensorflow/backends/webgpu/adapters.js";
import type { CallContext } from "./call-context.js";
import type { OpenDefinition } from "./open-definition.js";
import { noAccelerators, planProcesses } from "./plan-processes.js";
import { storeTiming } from "./step-times.js";
import { timeBackends } from "./time-backends.js";
import { takeFastest } from "./timed-backend.js";

/** Times a study's steps where there is a GPU that webgpu could train on, tells and stores the result, and takes the faster. */
export async function chooseByTime(
  opened: OpenDefinition,
  study: Study,
  request: RunRequest,
  trials: number | null,
  context: CallContext,
): Promise<BackendDescription | null> {
  const { backend: rival, found } = opened;
  if (!rival || !mayTime(opened, rival, request)) return rival;
  const { cwd, events } = context;
  const say = (level: "info" | "warn", message: string) =>
    events.log({ level, message: `Study "${study.name}": ${message}` });
  const hardware = await findHardware(cwd);
  if ("reason" in hardware) {
    say("info", `webgpu is not used: ${hardware.reason}`);
    return rival;
  }
  say("info", `timing its first training steps on webgpu (${hardware.device}) and ${rival.backend}…`);
  const processesOn = (backend: BackendDescription, adapters: readonly string[]) =>
    planProcesses(request, { ...opened, backend }, study, trials, { ...noAccelerators, adapters }).parallel;
  const { length } = hardware.names;
  const candidates = [
    // Several on one adapter share it.
    {
      backend: "webgpu" as const,
      processes: Math.min(processesOn({ ...rival, backend: "webgpu" }, hardware.names), Math.max(1, length)),
    },
    { backend: rival.backend, processes: processesOn(rival, []) },
  ];
  const { exportName, definition } = found;
  const epochs = request.epochs ?? definition.epochs.study;
  const timing = await timeBackends(
    { file: request.file, exportName, seed: request.seed, epochs },
    candidates,
    context,
  );
  storeTiming(study.storage, study.id, request.file, timing);
  const taken = await takeFastest(timing, rival, request, context);
  if (timing.failed !== null) say("warn", `webgpu could not be timed, so ${taken.backend} trains it: ${timing.failed}`);
  else say("info", `${describeStepTimes(timing.times)}, so ${taken.backend} trains it.`);
  return taken;
}

/** A device that failed is not tried again for this study: the process that goes on in place of this one trains on the rival. */
export function giveUpWebgpu(
  { backend, isAutomatic }: Pick<OpenDefinition, "backend" | "isAutomatic">,
  study: Study,
  { file }: RunRequest,
  error: Error,
  { events }: CallContext,
): void {
  if (!isAutomatic || backend?.backend !== "webgpu") return;
  storeTiming(study.storage, study.id, file, { times: backend.stepTimes ?? [], failed: error.message });
  const message = `Study "${study.name}" goes on without webgpu, which failed: ${error.message}`;
  events.log({ level: "warn", message });
}

/** Not at a breakpoint, for one trial, or in a process that joins a run; tfjs-node-gpu was installed because it is faster. */
function mayTime(
  { isAutomatic, isTimed }: OpenDefinition,
  { backend }: BackendDescription,
  { joins, fixedTrial }: RunRequest,
): boolean {
  if (!isAutomatic || isTimed || joins || fixedTrial || inspectorUrl() !== undefined) return false;
  return backend !== "tfjs-node-gpu" && mayHaveGpu();
}

/** On Linux, a GPU has a file; asking Dawn takes a tenth of a second. */
function mayHaveGpu(): boolean {
  if (process.platform !== "linux" || process.env["VK_ICD_FILENAMES"] || process.env["VK_DRIVER_FILES"]) return true;
  const renderers = existsSync("/dev/dri") ? readdirSync("/dev/dri").filter((name) => name.startsWith("render")) : [];
  return renderers.length > 0 || ["/dev/nvidiactl", "/dev/dxg"].some((file) => existsSync(file));
}
