import { describe, expect, it } from "vitest";
import { describeAuto, describeBackend, describeStepTimes } from "../../src/format/backend-description.js";

const webgpu = { backend: "webgpu", ms: 3.14, processes: 1 };

describe("a training backend", () => {
  it("is told with what its steps took, where they were timed", () => {
    const backend = { backend: "webgpu", device: "ACME", version: "1" };
    expect(describeBackend(backend)).toBe("webgpu (ACME)");
    const stepTimes = [webgpu, { backend: "wasm", ms: 8.44, processes: 1 }];
    expect(describeBackend({ ...backend, stepTimes })).toBe("webgpu (ACME; webgpu 3.1 ms a step, wasm 8.4)");
  });

  it("that several processes would train on says so", () => {
    const times = [webgpu, { backend: "wasm", ms: 123.4, processes: 4 }];
    expect(describeStepTimes(times)).toBe("webgpu 3.1 ms a step, wasm 123 in each of 4 processes");
  });

  it("that auto takes if it is faster is told with the other", () => {
    expect(describeAuto({ auto: "wasm", backends: [] })).toBe("wasm");
    expect(describeAuto({ auto: "wasm", autoIfFaster: "webgpu", backends: [] })).toBe(
      "wasm, or webgpu for a study whose training steps are faster on it",
    );
  });
});
