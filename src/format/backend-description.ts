import type { StepTime } from "../protocol/step-times.js";
import type { BackendInfo, BackendList, ProbedBackend } from "../protocol/trainer.js";

/** `wasm (CPU (SIMD, 1 thread))`, `webgpu (NVIDIA H200; webgpu 3.1 ms a step, wasm 8.4)` */
export function describeBackend({ backend, device, stepTimes }: BackendInfo): string {
  return `${backend} (${device}${stepTimes ? `; ${describeStepTimes(stepTimes)}` : ""})`;
}

/** `webgpu 3.1 ms a step, wasm 8.4 in each of 4 processes` */
export function describeStepTimes(times: readonly StepTime[]): string {
  const described = times.map(({ backend, ms, processes }, i) => {
    const unit = i === 0 ? " ms a step" : "";
    return `${backend} ${formatStep(ms)}${unit}${processes > 1 ? ` in each of ${processes} processes` : ""}`;
  });
  return described.join(", ");
}

function formatStep(ms: number): string {
  return ms < 10 ? ms.toFixed(1) : String(Math.round(ms));
}

/** What `auto` selects: `wasm, or webgpu for a study whose training steps are faster on it` */
export function describeAuto({ auto, autoIfFaster }: BackendList): string {
  return autoIfFaster ? `${auto}, or ${autoIfFaster} for a study whose training steps are faster on it` : auto;
}

/** What a backend trains on, or why it is not available. */
export function describeProbe(probe: ProbedBackend): string {
  if (!probe.usable) return `not available: ${probe.reason}`;
  const { device, memory, version } = probe.description;
  const size = memory === undefined ? "" : `, ${(memory / 1e9).toFixed(1)} GB`;
  return `${device}${size}, version ${version}`;
}
