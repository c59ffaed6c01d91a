import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { defineStudy, type StudyDefinitionOptions } from "../../src/engine/study/define-study.js";
import { openStudy } from "../../src/engine/study/open-study.js";
import { int } from "../../src/engine/space.js";
import type { RunRequest } from "../../src/protocol/trainer.js";
import { openStorage } from "../../src/storage/open.js";
import { autoParallel, noAccelerators, planProcesses } from "../../src/trainer/plan-processes.js";
import type { BackendDescription } from "../../src/tensorflow/backends/backend.js";
import { studyFolder } from "./study-folder.js";

const GI_B = 2 ** 30;
const on = (backend: BackendDescription["backend"], memory?: number): BackendDescription => ({
  backend,
  device: "",
  version: "",
  ...(memory === undefined ? {} : { memory }),
});

describe("auto, as many processes as", () => {
  it.each([
    ["cores, where there is memory", on("wasm"), { cores: 8, memory: 64 * GI_B }, 8],
    ["memory is free for, 768 MiB each of four fifths", on("wasm"), { cores: 8, memory: 3 * GI_B }, 3],
    ["one at least", on("wasm"), { cores: 2, memory: 0.5 * GI_B }, 1],
    ["cores without TensorFlow.js too", null, { cores: 4, memory: 64 * GI_B }, 4],
    ["one on tfjs-node, which takes all cores", on("tfjs-node"), { cores: 8, memory: 64 * GI_B }, 1],
    [
      "a card has memory for, 4 GiB each of four fifths",
      on("tfjs-node-gpu", 24 * GI_B),
      { cores: 16, memory: 128 * GI_B },
      4,
    ],
    [
      "the machine has memory for, on a large card",
      on("tfjs-node-gpu", 80 * GI_B),
      { cores: 16, memory: 16 * GI_B },
      4,
    ],
    ["both cards have memory for", on("tfjs-node-gpu", 24 * GI_B), { cores: 16, memory: 128 * GI_B }, 8, [24, 24]],
    ["one on each card at least", on("tfjs-node-gpu"), { cores: 16, memory: 128 * GI_B }, 3, [undefined, 2, 4]],
    ["cores, on a large card", on("tfjs-node-gpu", 80 * GI_B), { cores: 8, memory: 128 * GI_B }, 8],
    ["one on a small card", on("tfjs-node-gpu", 4 * GI_B), { cores: 8, memory: 64 * GI_B }, 1],
    ["one on a card that does not tell", on("tfjs-node-gpu"), { cores: 8, memory: 64 * GI_B }, 1],
  ])("%s", (_, backend, machine, expected, cards: readonly (number | undefined)[] = []) => {
    const gpus = cards.map((size) => (size === undefined ? {} : { memory: size * GI_B }));
    expect(autoParallel(backend, machine, gpus)).toBe(expected);
  });

  it.each([
    ["one on webgpu, whose memory is not known", 64, 1, 1],
    ["webgpu has adapters", 64, 3, 3],
    ["the machine has memory for", 8, 3, 2],
    ["one where Dawn lists none", 64, 0, 1],
  ])("%s", (_, memory, adapters, expected) => {
    expect(autoParallel(on("webgpu"), { cores: 8, memory: memory * GI_B }, [], adapters)).toBe(expected);
  });
});

describe("how many processes work on a study", () => {
  const space = { x: int(1, 3) };
  type Options = Partial<StudyDefinitionOptions<typeof space>>;

  function plan(request: Partial<RunRequest>, options: Options = {}, trials: number | null = 20, url?: string) {
    const definition = defineStudy({ name: "s", direction: "minimize", space, objective: () => 0, ...options });
    const storage = openStorage(url ?? join(studyFolder(), "studies.db"));
    onTestFinished(() => storage.close());
    const { study } = openStudy(definition, { storage });
    for (let done = 0; done < 5; done++) study.tell(study.ask(), 0);
    const file = "s.study.ts";
    const found = { definition, exportName: "default", location: { file, line: 1 } };
    return planProcesses(
      { file, ...request },
      { found, backend: on("tfjs-node"), storage },
      study,
      trials,
      noAccelerators,
    );
  }

  it("is what was asked for, else what the file says, else the setting, else one", () => {
    expect(plan({ parallel: 2, defaultParallel: 4 }, { parallel: 3 }).parallel).toBe(2);
    expect(plan({ defaultParallel: 4 }, { parallel: 3 }).parallel).toBe(3);
    expect(plan({ defaultParallel: 4 }).parallel).toBe(4);
    expect(plan({ parallel: "auto" }, { parallel: 3 }).parallel).toBe(1);
    expect(plan({}).parallel).toBe(1);
  });

  it("is no more than there are trials left, and one where there are none", () => {
    expect(plan({ parallel: 8 }, {}, 7).parallel).toBe(2);
    expect(plan({ parallel: 8 }, {}, 5).parallel).toBe(1);
    expect(plan({ parallel: 8 }, {}, null).parallel).toBe(8);
  });

  it("is one on a study in memory, which cannot be shared", () => {
    expect(() => plan({ parallel: 2 }, {}, 20, "memory")).toThrow(/"s" is in memory, which 2 processes cannot share/);
    expect(plan({ parallel: "auto" }, {}, 20, "memory").parallel).toBe(1);
  });

  it("comes with what ends and pauses them", () => {
    expect(plan({ timeout: 5 }, { timeout: 60, pauseAfter: 2 })).toMatchObject({
      timeout: 5,
      pauseAfter: 2,
      worked: true,
    });
    expect(plan({}, { timeout: 60 })).toMatchObject({ timeout: 60, pauseAfter: 3 });
    expect(plan({})).toMatchObject({ timeout: null });
  });
});
