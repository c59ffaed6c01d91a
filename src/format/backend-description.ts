import type { BackendInfo, ProbedBackend } from "../protocol/trainer.js";

/** `wasm (CPU (SIMD, 1 thread))` */
export function describeBackend({ backend, device }: BackendInfo): string {
  return `${backend} (${device})`;
}

/** What a backend trains on, or why it is not available. */
export function describeProbe(probe: ProbedBackend): string {
  if (!probe.usable) return `not available: ${probe.reason}`;
  const { device, memory, version } = probe.description;
  const size = memory === undefined ? "" : `, ${(memory / 1e9).toFixed(1)} GB`;
  return `${device}${size}, version ${version}`;
}
