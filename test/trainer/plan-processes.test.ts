import { describe, expect, it } from "vitest";
import { autoParallel } from "../../src/trainer/plan-processes.js";
import type { BackendDescription } from "../../src/training/backends/backend.js";

const GiB = 2 ** 30;
const on = (backend: BackendDescription["backend"], memory?: number): BackendDescription => ({
  backend,
  device: "",
  version: "",
  ...(memory === undefined ? {} : { memory }),
});

describe("auto, as many processes as", () => {
  it.each([
    ["cores, where there is memory", on("wasm"), { cores: 8, memory: 64 * GiB }, 8],
    ["memory is free for, 768 MiB each of four fifths", on("wasm"), { cores: 8, memory: 3 * GiB }, 3],
    ["one at least", on("wasm"), { cores: 2, memory: 0.5 * GiB }, 1],
    ["cores without TensorFlow.js too", null, { cores: 4, memory: 64 * GiB }, 4],
    ["one on tfjs-node, which takes all cores", on("tfjs-node"), { cores: 8, memory: 64 * GiB }, 1],
    ["one on webgpu, whose memory is not known", on("webgpu"), { cores: 8, memory: 64 * GiB }, 1],
    [
      "a card has memory for, 4 GiB each of four fifths",
      on("tfjs-node-gpu", 24 * GiB),
      { cores: 16, memory: 128 * GiB },
      4,
    ],
    ["the machine has memory for, on a large card", on("tfjs-node-gpu", 80 * GiB), { cores: 16, memory: 16 * GiB }, 4],
    ["cores, on a large card", on("tfjs-node-gpu", 80 * GiB), { cores: 8, memory: 128 * GiB }, 8],
    ["one on a small card", on("tfjs-node-gpu", 4 * GiB), { cores: 8, memory: 64 * GiB }, 1],
    ["one on a card that does not tell", on("tfjs-node-gpu"), { cores: 8, memory: 64 * GiB }, 1],
  ])("%s", (_, backend, machine, expected) => {
    expect(autoParallel(backend, machine)).toBe(expected);
  });
});
