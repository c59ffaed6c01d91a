/** One engine of `npm run bench:training`: `tensorflow-js.ts BACKEND tunelens|stock TASK VALUES`. Answers questions line by line. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, sep } from "node:path";
import { createInterface } from "node:readline";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import * as tf from "@tensorflow/tfjs";
import { setWasmPaths } from "@tensorflow/tfjs-backend-wasm";
import type { BackendName } from "../../../src/engine/training-backend.js";
import { tfjsNode } from "../../../src/tensorflow/backends/tfjs-node.js";
import { webgpu } from "../../../src/tensorflow/backends/webgpu.js";
import { useBackend } from "../../../src/tensorflow/backends/use-backend.js";
import type { Flavor, Task } from "./model.js";
import { models } from "./models.js";

interface ComputePass {
  dispatchWorkgroups(...counts: number[]): void;
}

const [backend, flavor, taskFile, valuesFile] = process.argv.slice(2) as [BackendName, Flavor, string, string];
/** Where the optional backends are installed. */
const workspace = process.env["TUNELENS_BACKENDS"] ?? process.cwd();
const task = JSON.parse(readFileSync(taskFile, "utf8")) as Task;
const values = new Float32Array(readFileSync(valuesFile).buffer);
await (flavor === "stock" ? startStock() : useBackend(backend, { workspace }));
let programs = 0;
if (backend === "webgpu") countPrograms();

const training = models[task.model]!.start(given(), flavor);

for await (const line of createInterface(process.stdin)) {
  const question = JSON.parse(line) as { ask: "loss" | "steps" | "memory"; steps?: number };
  try {
    console.log(JSON.stringify(await answer(question)));
  } catch (error) {
    console.log(JSON.stringify({ error: (error as Error).message.split("\n")[0] }));
  }
}
process.exit();

async function answer({ ask, steps = 0 }: { ask: string; steps?: number }): Promise<object> {
  if (ask === "loss") return { loss: await training.loss() };
  if (ask === "memory") {
    collectGarbage();
    return { bytes: tf.memory().numBytes, tensors: tf.memory().numTensors, rss: process.memoryUsage.rss() };
  }
  const before = programs;
  const [cpu, wall] = [process.cpuUsage(), performance.now()];
  await training.steps(steps);
  const { user, system } = process.cpuUsage(cpu);
  const times = { cpu: (user + system) / 1000 / steps, wall: (performance.now() - wall) / steps };
  return backend === "webgpu" ? { ...times, programs: (programs - before) / steps } : times;
}

/** What nothing refers to any more is no leak; V8 lets it lie for thousands of steps. */
function collectGarbage(): void {
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
}

/** Counts what is sent to the GPU, by whomever. */
function countPrograms(): void {
  const { GPUComputePassEncoder } = globalThis as unknown as { GPUComputePassEncoder: { prototype: ComputePass } };
  const { dispatchWorkgroups } = GPUComputePassEncoder.prototype;
  GPUComputePassEncoder.prototype.dispatchWorkgroups = function (this: ComputePass, ...counts) {
    programs++;
    dispatchWorkgroups.apply(this, counts);
  };
}

async function startStock(): Promise<void> {
  if (backend === "tfjs-node") await tfjsNode.start({ workspace });
  else if (backend === "webgpu") await webgpu.start({ workspace });
  else {
    const entry = createRequire(import.meta.url).resolve("@tensorflow/tfjs-backend-wasm/package.json");
    setWasmPaths(join(dirname(entry), "dist") + sep);
    await tf.setBackend(backend);
  }
}

function given(): Record<string, tf.Tensor> {
  let offset = 0;
  const next = (shape: readonly number[]) => {
    const size = tf.util.sizeFromShape([...shape]);
    return tf.tensor(values.slice(offset, (offset += size)), [...shape]);
  };
  return Object.fromEntries(task.given.map(({ name, shape }) => [name, next(shape)]));
}
