import { writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
// It starts a file that lies beside it, which Node runs: the one that is built.
import { timeBackends } from "../../dist/trainer/time-backends.js";
import type { RunRequest } from "../../src/protocol/trainer.js";
import { openStorage } from "../../src/storage/open.js";
import { recordedRun } from "../supervisor/recorded-run.js";
import { hasWebGpu, pretendedGpu, softwareGpu } from "./pretended-gpu.js";
import { recordedTrainer } from "./recorded-trainer.js";
import { studyFolder } from "./study-folder.js";

const STUDY = `
import { existsSync, writeFileSync } from "node:fs";
import * as tf from "@tensorflow/tfjs";
import { categorical, defineStudy, random } from "tunelens";
import { fit } from "tunelens/training";

const x = tf.randomUniform([32, 4]);
const y = tf.tidy(() => x.sum(1, true));

export default defineStudy({
  name: "timed",
  space: { units: categorical([4, 8, 16]) },
  sampler: random(),
  trials: 1,
  seed: 5,
  epochs: 2,
  async objective(trial) {
    trial.setUserAttr("backend", tf.getBackend());
    if (tf.getBackend() === "webgpu") {
      trial.setUserAttr("adapter", (await navigator.gpu.requestAdapter()).info.device);
      if (existsSync("crash")) process.abort();
      if (existsSync("lose")) tf.backend().device.destroy();
    }
    if (existsSync("meet")) {
      writeFileSync("started-" + trial.number, "");
      while (!existsSync("started-" + (1 - trial.number))) await new Promise((resolve) => setTimeout(resolve, 20));
    }
    if (existsSync("endless") && tf.getBackend() === "wasm") await new Promise((resolve) => setTimeout(resolve, 1e9));
    const model = tf.sequential();
    model.add(tf.layers.dense({ units: trial.params.units, activation: "tanh", inputShape: [4] }));
    model.add(tf.layers.dropout({ rate: 0.2 }));
    model.add(tf.layers.dense({ units: 1 }));
    model.compile({ optimizer: "adam", loss: "meanSquaredError" });
    const history = await fit(trial, model, { train: { x, y } }, { batchSize: 8, monitor: "loss" });
    return history.last("loss");
  },
});
`;

function timedStudy(...files: readonly string[]): string {
  const folder = studyFolder();
  writeFileSync(join(folder, "timed.study.ts"), STUDY);
  for (const file of files) writeFileSync(join(folder, file), "");
  return folder;
}

/** In a training process of its own. */
async function runTimed(folder: string, env: NodeJS.ProcessEnv, request: Partial<RunRequest> = {}) {
  const { run, started, logs, trials } = await recordedTrainer(folder, [], env);
  await run("timed.study.ts", request);
  const about = logs.filter(({ message }) => /webgpu|wasm/.test(message));
  return { backend: started[0]!.backend!, processes: started[0]!.processes!, logs: about, trials: trials("timed") };
}

const TIMES = `tunelens:step-times:${hostname()}`;

/** What was measured is the other way round from now on. */
function swapTimes(folder: string): void {
  const storage = openStorage("sqlite:///.tunelens/studies.db", { cwd: folder });
  const id = storage.findStudy("timed")!;
  const stored = storage.getStudy(id).systemAttrs[TIMES] as { times: { ms: number }[] };
  const [webgpu, wasm] = stored.times as [{ ms: number }, { ms: number }];
  const times = [
    { ...webgpu, ms: wasm.ms },
    { ...wasm, ms: webgpu.ms },
  ];
  storage.setStudySystemAttr(id, TIMES, { ...stored, times });
  storage.close();
}

afterEach(() => void vi.unstubAllEnvs());

describe.skipIf(!hasWebGpu)("auto, where there is a GPU", () => {
  it("times the study's first steps on it and on wasm once, tells both, takes the faster, and changes no result", async () => {
    const folder = timedStudy();
    const first = await runTimed(folder, pretendedGpu());
    const stepTimes = [
      { backend: "webgpu", ms: expect.any(Number) as number, processes: 1 },
      { backend: "wasm", ms: expect.any(Number) as number, processes: 1 },
    ];
    expect(first.backend).toMatchObject({ backend: "wasm", stepTimes });
    expect(first.logs.map(({ level, message }) => `${level}: ${message}`)).toEqual([
      'info: Study "timed": timing its first training steps on webgpu (acme-gt-1) and wasm…',
      expect.stringMatching(/^info: Study "timed": webgpu [\d.]+ ms a step, wasm [\d.]+, so wasm trains it\.$/),
    ]);

    const untimed = await runTimed(timedStudy(), {}, { defaultBackend: "wasm" });
    expect(first.trials[0]!.values).toEqual(untimed.trials[0]!.values);
    expect(first.trials[0]!.intermediateValues).toEqual(untimed.trials[0]!.intermediateValues);

    swapTimes(folder);
    const resumed = await runTimed(folder, pretendedGpu(), { trials: 2 });
    expect(resumed.backend).toMatchObject({ backend: "webgpu", device: "acme-gt-1", stepTimes });
    expect(resumed.logs.map(({ message }) => message)).toEqual([
      expect.stringContaining("continues with webgpu instead of wasm"),
    ]);
    expect(resumed.trials.map(({ userAttrs }) => userAttrs.backend)).toEqual(["wasm", "webgpu"]);
  });

  it("goes on on wasm when the device is lost, and tells why", async () => {
    const folder = timedStudy();
    await runTimed(folder, pretendedGpu());
    swapTimes(folder);
    writeFileSync(join(folder, "lose"), "");
    for (const [name, value] of Object.entries(pretendedGpu())) vi.stubEnv(name, value);
    const { run, logs, trials } = recordedRun("timed", { file: join(folder, "timed.study.ts"), trials: 3 }, folder);
    await run.run();
    expect(logs.map(({ message }) => message)).toContainEqual(
      expect.stringMatching(/^Study "timed" goes on without webgpu, which failed: The GPU was lost during training/),
    );
    expect(trials().map(({ state, userAttrs }) => [state, userAttrs.backend])).toEqual([
      ["COMPLETE", "wasm"],
      ["FAIL", "webgpu"],
      ["COMPLETE", "wasm"],
    ]);
  });

  it.each([
    ["lose", /on webgpu, The GPU was lost during training/],
    ["crash", /on webgpu, it crashed: its process was ended by SIGABRT/],
  ])("takes wasm where timing fails, tells why, and does not try again: %s", async (file, reason) => {
    const folder = timedStudy(file);
    const { backend, logs } = await runTimed(folder, pretendedGpu());
    expect(backend.backend).toBe("wasm");
    expect(backend.stepTimes).toBeUndefined();
    expect(logs.at(-1)).toMatchObject({ level: "warn", message: expect.stringMatching(reason) as string });
    expect(logs.at(-1)!.message).toContain('Study "timed": webgpu could not be timed, so wasm trains it: ');
    expect((await runTimed(folder, pretendedGpu(), { trials: 2 })).logs).toEqual([]);
  });

  it("takes wasm where the first trial takes too few steps", async () => {
    const { logs } = await runTimed(timedStudy(), pretendedGpu(), { epochs: 1 });
    expect(logs.at(-1)!.message).toContain("its first trial took fewer than the 8 training steps that timing needs.");
  });

  it("gives each process an adapter of its own", async () => {
    for (const [name, value] of Object.entries(pretendedGpu())) vi.stubEnv(name, value);
    // Each of the two trials waits for the other.
    const folder = timedStudy("meet");
    const request = { file: join(folder, "timed.study.ts"), backend: "webgpu", trials: 2, parallel: 2 };
    const { run, started, trials } = recordedRun("timed", request, folder);
    await run.run();
    expect(started[0]!.processes).toMatchObject({ parallel: 2, adapters: ["ACME GT 1", "ACME GT 2"] });
    const trained = trials().map(({ userAttrs }) => userAttrs.adapter);
    expect(trained.toSorted()).toEqual(["acme-gt-1", "acme-gt-2"]);
  });
});

describe("a rival that takes too long to be timed", () => {
  it("loses", async () => {
    const cwd = timedStudy("endless");
    const study = { file: join(cwd, "timed.study.ts"), exportName: "default", seed: undefined, epochs: 2 };
    const candidates = [
      { backend: "cpu", processes: 1 },
      { backend: "wasm", processes: 1 },
    ] as const;
    const context = { cwd, signal: new AbortController().signal, timeout: 20_000 };
    expect(await timeBackends(study, candidates, context)).toEqual({
      times: [{ backend: "cpu", ms: expect.any(Number) as number, processes: 1 }],
      failed: null,
    });
  });
});

describe.skipIf(!hasWebGpu)("auto, where the only adapter is software", () => {
  it("says so, and times nothing", async () => {
    const { backend, logs } = await runTimed(timedStudy(), softwareGpu);
    expect(backend).toMatchObject({ backend: "wasm" });
    expect(logs.map(({ message }) => message)).toEqual([
      'Study "timed": webgpu is not used: its only adapter is CPU (swiftshader-device-subzero, a software adapter)',
    ]);
  });
});
