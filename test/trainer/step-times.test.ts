import { describe, expect, it } from "vitest";
import { readStepTimes } from "../../src/protocol/step-times.js";
import { fastest } from "../../src/trainer/step-times.js";

const time = (backend: string, ms: number, processes = 1) => ({ backend, ms, processes });

describe("the fastest backend", () => {
  it("is where most steps are done in a time, all processes together", () => {
    expect(fastest({ times: [time("webgpu", 3), time("wasm", 8)], failed: null })).toBe("webgpu");
    expect(fastest({ times: [time("webgpu", 3), time("wasm", 8, 4)], failed: null })).toBe("wasm");
  });

  it("is none where timing or the device has failed", () => {
    expect(fastest({ times: [], failed: null })).toBeUndefined();
    expect(fastest({ times: [time("webgpu", 3), time("wasm", 8)], failed: "lost" })).toBeUndefined();
  });
});

describe("stored step times", () => {
  it("are read as far as they are some: another program may have written them", () => {
    const times = [time("webgpu", 3), time("wasm", 8)];
    expect(readStepTimes([...times, null, 3, { backend: "wasm", ms: "8", processes: 1 }])).toEqual(times);
    for (const none of [undefined, null, "3 ms", { 0: times[0] }]) expect(readStepTimes(none)).toEqual([]);
  });
});
