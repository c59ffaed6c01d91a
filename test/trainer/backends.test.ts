import { execFile } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it, onTestFinished, vi } from "vitest";
// It starts a file that lies beside it, which Node runs: the one that is built.
import { probeIsolated } from "../../dist/tensorflow/backends/isolated-probe.js";
import type { RunRequest } from "../../src/protocol/trainer.js";
import { isAlive } from "./is-alive.js";
import { pretendedDawn } from "./pretended-dawn.js";
import { recordedTrainer } from "./recorded-trainer.js";
import { studyFolder } from "./study-folder.js";

/** Installs packages in a workspace, as these CommonJS modules. */
function install(folder: string, packages: Readonly<Record<string, string>>): void {
  for (const [name, source] of Object.entries(packages)) {
    const path = join(folder, "node_modules", name);
    mkdirSync(path, { recursive: true });
    writeFileSync(join(path, "package.json"), JSON.stringify({ name, version: "1.0.0", main: "index.js" }));
    writeFileSync(join(path, "index.js"), source);
  }
}

/** What a CUDA whose libraries do not fit does to a process. */
const ABORTS = `
  console.error("2026-01-01 F tensorflow/stream_executor/cuda/cuda_dnn.cc:1: Loaded runtime CuDNN library: 7.6 but source was compiled with: 8.1");
  process.abort();`;
const THROWS = `throw new Error("libcudart.so.11.0: cannot open shared object file");`;
const tracks = (file: string) => `require("fs").writeFileSync(${JSON.stringify(file)}, "");`;

/** Where no driver is found; what the loader prints is in the process's own stderr. */
const noDriver = { VK_ICD_FILENAMES: "/nowhere.json", VK_DRIVER_FILES: "/nowhere.json" };

describe("the training backends of a workspace", () => {
  it("are listed best first, with what they train on or the reason they cannot, and what auto takes", async () => {
    const { trainer } = await recordedTrainer(studyFolder(), [], noDriver);
    const { auto, backends } = await trainer.functions.probeBackends();
    expect(auto).toBe("wasm");
    expect(backends.map(({ name }) => name)).toEqual(["tfjs-node-gpu", "webgpu", "tfjs-node", "wasm", "cpu"]);
    for (const probe of backends) {
      if (probe.usable) expect(probe.description).toMatchObject({ backend: probe.name, memory: expect.any(Number) });
      else if (probe.name === "webgpu")
        expect(probe.reason).toMatch(
          /^Vulkan has no graphics driver here\. |^the Vulkan loader, .* is missing\. |there is no graphics adapter/,
        );
      else expect(probe.reason).toContain(`not installed in the workspace. Run: ${probe.command}`);
    }
    expect(backends.filter(({ usable }) => usable).map(({ name }) => name)).toEqual(["wasm", "cpu"]);
  });

  it("that crash, do not load or find no adapter are told with their last words, and cost the process that asks nothing", async () => {
    const folder = studyFolder();
    install(folder, { "@tensorflow/tfjs-node-gpu": ABORTS, "@tensorflow/tfjs-node": THROWS });
    const noAdapter = `module.exports = { globals: {}, create: () => ({ requestAdapter: async () => null }) };`;
    const { trainer } = await recordedTrainer(folder, [], pretendedDawn(noAdapter));
    const { auto, backends } = await trainer.functions.probeBackends();
    expect(auto).toBe("wasm");
    expect(backends).toMatchObject([
      {
        name: "tfjs-node-gpu",
        usable: false,
        reason: expect.stringMatching(
          /^it crashed: its process was ended by SIGABRT: .*compiled with: 8\.1\. The NVIDIA driver, CUDA, and cuDNN must match/,
        ),
      },
      { name: "webgpu", usable: false, reason: expect.stringContaining("there is no graphics adapter.") },
      {
        name: "tfjs-node",
        usable: false,
        reason: expect.stringContaining("libcudart.so.11.0: cannot open shared object file"),
        command: "npm rebuild @tensorflow/tfjs-node",
      },
      { name: "wasm", usable: true },
      { name: "cpu", usable: true },
    ]);
    expect(await trainer.functions.ping()).toBe("pong");
  });
});

describe("webgpu", () => {
  const probe = async (dawn: string) => {
    vi.stubEnv("NODE_OPTIONS", pretendedDawn(dawn).NODE_OPTIONS);
    onTestFinished(() => void vi.unstubAllEnvs());
    return probeIsolated("webgpu", { workspace: studyFolder() });
  };
  const printing = (line: string) => `
    const create = () => ({ requestAdapter: async () => (require("fs").writeSync(2, ${JSON.stringify(`${line}\n`)}), null) });
    module.exports = { globals: {}, create };`;

  it.each([
    [
      "Warning: Couldn't load Vulkan: libvulkan.so.1: cannot open",
      /^the Vulkan loader, libvulkan\.so\.1, is missing\./,
    ],
    ["Warning: vkCreateInstance failed with VK_ERROR_INCOMPATIBLE_DRIVER", /^Vulkan has no graphics driver here\./],
    ["", /^there is no graphics adapter\./],
  ])("without an adapter says why: %j", async (line, reason) => {
    expect(await probe(printing(line))).toEqual({
      name: "webgpu",
      usable: false,
      reason: expect.stringMatching(reason),
    });
  });

  it("whose native code does not load says why", async () => {
    const dawn = `throw new Error("/x/dawn.node: version \`GLIBC_2.35' not found\\nRequire stack:");`;
    expect(await probe(dawn)).toMatchObject({
      usable: false,
      reason: "Dawn does not load: /x/dawn.node: version `GLIBC_2.35' not found",
    });
  });
});

describe("a backend that hangs", () => {
  it("is ended after the time it may take, and said to be unusable", async () => {
    const workspace = studyFolder();
    const hangs = `require("fs").writeFileSync("pid", String(process.pid)); for (;;);`;
    install(workspace, { "@tensorflow/tfjs-node": hangs });
    const probe = await probeIsolated("tfjs-node", { workspace, timeout: 4_000 });
    expect(probe).toEqual({
      name: "tfjs-node",
      usable: false,
      reason: expect.stringMatching(
        /^it did not complete a training step within 4 s\. .*npm rebuild @tensorflow\/tfjs-node$/,
      ),
    });
    const pid = Number(readFileSync(join(workspace, "pid"), "utf8"));
    await expect.poll(() => isAlive(pid)).toBe(false);
  });
});

describe("a backend asked for by name", () => {
  it("that crashes is told with its last words and what to do, and leaves no study behind", async () => {
    const folder = studyFolder();
    install(folder, { "@tensorflow/tfjs-node-gpu": ABORTS });
    const { run } = await recordedTrainer(folder);
    await expect(run("dense.study.ts", { backend: "tfjs-node-gpu" })).rejects.toMatchObject({
      code: "backend-unavailable",
      message: expect.stringMatching(
        /^The training backend "tfjs-node-gpu" is not available: it crashed: its process was ended by SIGABRT: .*compiled with: 8\.1\. The NVIDIA driver/,
      ),
    });
    expect(existsSync(join(folder, ".tunelens", "studies.db"))).toBe(false);
  });
});

describe("auto", () => {
  it("passes by what crashes, says why, and the study runs on", async () => {
    const folder = studyFolder();
    install(folder, { "@tensorflow/tfjs-node-gpu": ABORTS });
    const { run, started, logs } = await recordedTrainer(folder);
    expect(await run("dense.study.ts")).toMatchObject({ reason: "trials", counts: { FAIL: 0, RUNNING: 0 } });
    expect(started[0]!.backend).toMatchObject({ backend: "wasm" });
    expect(logs[0]).toMatchObject({
      level: "warn",
      message: expect.stringMatching(
        /^The training backend "tfjs-node-gpu" is installed but not available: it crashed: .*SIGABRT/,
      ),
    });
  });

  it("tries nothing that the request or the study rules out", async () => {
    const folder = studyFolder();
    const tried = join(folder, "tried");
    install(folder, { "@tensorflow/tfjs-node": tracks(tried) });
    const asked = await recordedTrainer(folder);
    await asked.run("dense.study.ts", { backend: "wasm", trials: 1 });
    expect(existsSync(tried)).toBe(false);
    const byDefault = await recordedTrainer(folder);
    await byDefault.run("chosen-backend.study.ts", { trials: 1 });
    expect(existsSync(tried)).toBe(false);
  });
});

describe("wasm on several threads", () => {
  it("trains, and lets its process end by itself", async () => {
    const script = join(studyFolder(), "train.mjs");
    const training = new URL("../../dist/tensorflow/index.js", import.meta.url).href;
    const tensorflow = pathToFileURL(createRequire(import.meta.url).resolve("@tensorflow/tfjs")).href;
    writeFileSync(
      script,
      `import tf from ${JSON.stringify(tensorflow)};
       import { useBackend } from ${JSON.stringify(training)};
       const { device } = await useBackend("wasm", { threads: 3 });
       const images = tf.ones([8, 64, 64, 16]);
       for (let i = 0; i < 20; i++) tf.conv2d(images, tf.ones([3, 3, 16, 32]), 1, "same").dispose();
       console.log(device);`,
    );
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [script], { timeout: 30_000 });
    expect(stdout.trim()).toBe("CPU (WebAssembly SIMD, 3 threads)");
    expect(stderr).toBe("");
  });
});

describe("the backend of a study", () => {
  const trainedOn = async (request: Partial<RunRequest>) => {
    const { run, started, trials } = await recordedTrainer(studyFolder());
    await run("chosen-backend.study.ts", request);
    expect(started[0]!.backend!.backend).toBe(trials("chosen-backend")[0]!.userAttrs.backend);
    return started[0]!.backend!.backend;
  };

  it("is the request's, else the study's, else the request's default; tensors of before are taken over", async () => {
    expect(await trainedOn({ backend: "wasm", defaultBackend: "cpu" })).toBe("wasm");
    expect(await trainedOn({ defaultBackend: "wasm" })).toBe("cpu");
  });

  it("is the request's default where the study is silent", async () => {
    const { run, started } = await recordedTrainer(studyFolder());
    await run("dense.study.ts", { defaultBackend: "cpu", trials: 1 });
    expect(started[0]!.backend).toMatchObject({ backend: "cpu" });
  });

  it("leaves the other processes of the study their part of the cores", async () => {
    const cores = availableParallelism();
    const device = async (parallel: number) => {
      const { run, started } = await recordedTrainer(studyFolder());
      await run("dense.study.ts", { backend: "wasm", parallel });
      return started[0]!.backend!.device;
    };
    expect(await device(1)).toContain(cores === 1 ? "SIMD, 1 thread)" : `SIMD, ${Math.min(cores, 4)} threads)`);
    // The study has so many trials, and no more processes.
    expect(await device(3)).toContain(
      cores < 6 ? "SIMD, 1 thread)" : `SIMD, ${Math.min(Math.floor(cores / 3), 4)} threads)`,
    );
  });

  it("must be one there is", async () => {
    const { run } = await recordedTrainer(studyFolder());
    await expect(run("dense.study.ts", { defaultBackend: "gpu" })).rejects.toMatchObject({
      code: "invalid-argument",
      message: '"gpu" is not a training backend. Use one of: auto, tfjs-node-gpu, webgpu, tfjs-node, wasm, cpu.',
    });
  });
});
