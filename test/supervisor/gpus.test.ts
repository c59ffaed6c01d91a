import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { studyFolder } from "../trainer/study-folder.js";
import { recordedRun } from "./recorded-run.js";

/** Two cards that pretend: a driver that lists them, and a tfjs-node-gpu that computes on the processor. */

const cards = ["GPU-8f3a", "GPU-02cd"];

/** As `nvidia-smi`: all cards, or those that are named. */
const DRIVER = `#!/bin/sh
for argument; do case "$argument" in --id=*) named=\${argument#--id=};; esac; done
echo asked >> "$(dirname "$0")/asked"
for id in \${named:-${cards.join(" ")}}; do echo "$id, NVIDIA T4, 15360"; done
`;

const TFJS_NODE_GPU = `
const tf = require("@tensorflow/tfjs");
const start = tf.findBackendFactory("cpu");
tf.registerBackend("tensorflow", () => Object.assign(start(), { isUsingGpuDevice: true }));
for (const kernel of tf.getKernelsForBackend("cpu")) tf.registerKernel({ ...kernel, backendName: "tensorflow" });
exports.version = { "tfjs-node": "4.22.0" };
`;

const ONE_AT_A_TIME = `
import { command, defineStudy, float, random } from "tunelens";
const program = 'require("fs").appendFileSync("seen", (process.env.CUDA_VISIBLE_DEVICES ?? "all") + "\\\\n"); console.log("loss=1")';
export default defineStudy({
  name: "one at a time",
  space: { x: float(0, 1) },
  sampler: random(),
  trials: 2,
  isolation: "trial",
  objective: command([process.execPath, "-e", program], { report: "loss" }),
});
`;

let folder: string;

beforeEach(() => {
  folder = studyFolder();
  const tools = join(folder, "tools");
  const packageFolder = join(folder, "node_modules", "@tensorflow", "tfjs-node-gpu");
  for (const path of [tools, packageFolder]) mkdirSync(path, { recursive: true });
  writeFileSync(join(tools, "nvidia-smi"), DRIVER);
  chmodSync(join(tools, "nvidia-smi"), 0o755);
  writeFileSync(join(packageFolder, "package.json"), `{ "name": "@tensorflow/tfjs-node-gpu", "main": "index.js" }`);
  writeFileSync(join(packageFolder, "index.js"), TFJS_NODE_GPU);
  vi.stubEnv("PATH", `${tools}${delimiter}${process.env["PATH"]!}`);
});

afterEach(() => {
  vi.unstubAllEnvs();
});

describe.skipIf(process.platform === "win32")("several processes on several GPUs", () => {
  const run = (parallel: number) => recordedRun("gpus", { file: join(folder, "gpus.study.ts"), parallel }, folder);

  it("see one each", async () => {
    const { run: study, started, trials } = run(2);
    await study.run();
    expect(started[0]).toMatchObject({
      backend: { backend: "tfjs-node-gpu", device: "NVIDIA T4 (CUDA)", memory: 15 * 2 ** 30 },
      processes: { parallel: 2, gpus: cards },
    });
    const seen = trials().map(({ userAttrs }) => userAttrs.gpu);
    expect(seen.toSorted()).toEqual(cards.toSorted());
    expect(trials().map(({ userAttrs }) => userAttrs.backend)).toEqual(["tensorflow", "tensorflow"]);
  });

  it("see one each, and so do the programs that they run", async () => {
    const { run: study, started } = recordedRun("programs", { file: join(folder, "gpu-program.study.ts") }, folder);
    await study.run();
    expect(started[0]).toMatchObject({ backend: null, processes: { parallel: 2, gpus: cards } });
    expect(readdirSync(folder).filter((name) => name.startsWith("GPU-"))).toEqual(cards.toSorted());
    // The process that joins has been told which one is its own.
    expect(readFileSync(join(folder, "tools", "asked"), "utf8")).toBe("asked\n");
  });

  it("are all seen by the programs of one process at a time, whichever runs them", async () => {
    const file = join(folder, "one.study.ts");
    writeFileSync(file, ONE_AT_A_TIME);
    const { run: study, started } = recordedRun("one at a time", { file }, folder);
    await study.run();
    expect(started[0]).toMatchObject({ processes: { parallel: 1, gpus: [] } });
    expect(readFileSync(join(folder, "seen"), "utf8")).toBe("all\nall\n");
  });

  it("share those that CUDA_VISIBLE_DEVICES names", async () => {
    vi.stubEnv("CUDA_VISIBLE_DEVICES", cards[1]);
    const { run: study, trials } = run(2);
    await study.run();
    expect(trials().map(({ userAttrs }) => userAttrs.gpu)).toEqual([cards[1], cards[1]]);
  });
});
