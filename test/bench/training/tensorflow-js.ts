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
import { fit } from "../../../src/tensorflow/fit.js";
import type { Layer, Task } from "./models.js";

interface ComputePass {
  dispatchWorkgroups(...counts: number[]): void;
}

const [backend, flavor, taskFile, valuesFile] = process.argv.slice(2) as [BackendName, string, string, string];
/** Where the optional backends are installed. */
const workspace = process.env["TUNELENS_BACKENDS"] ?? process.cwd();
const task = JSON.parse(readFileSync(taskFile, "utf8")) as Task;
const values = new Float32Array(readFileSync(valuesFile).buffer);
await (flavor === "stock" ? startStock() : useBackend(backend, { workspace }));
let programs = 0;
if (backend === "webgpu") countPrograms();

const { weights, x, y } = tensors();
const model = build(true);

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
  if (ask === "loss") {
    const fixed = build(false);
    const batch = [x, y].map((all) => all.slice(0, task.batchSize)) as [tf.Tensor, tf.Tensor];
    return { loss: await fixed.trainOnBatch(...batch) };
  }
  if (ask === "memory") {
    collectGarbage();
    return { bytes: tf.memory().numBytes, tensors: tf.memory().numTensors, rss: process.memoryUsage.rss() };
  }
  const before = programs;
  const [cpu, wall] = [process.cpuUsage(), performance.now()];
  await train((steps * task.batchSize) / task.examples);
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

async function train(epochs: number): Promise<void> {
  const { batchSize } = task;
  if (flavor === "stock") {
    await model.fit(x, y, { epochs, batchSize, verbose: 0 });
    return;
  }
  const signal = new AbortController().signal;
  const trial = { number: 0, purpose: "study", epochs, signal, report() {}, shouldPrune: () => false } as const;
  await fit(trial, model, { train: { x, y } }, { batchSize, monitor: "loss" });
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

function tensors() {
  let offset = 0;
  const next = (shape: readonly number[]) => {
    const size = tf.util.sizeFromShape([...shape]);
    return tf.tensor(values.slice(offset, (offset += size)), [...shape]);
  };
  const initial = task.weightShapes.map(next);
  return { weights: initial, x: next([task.examples, ...task.inputShape]), y: next([task.examples, 10]) };
}

function build(withDropout: boolean): tf.LayersModel {
  const network = tf.sequential();
  network.add(tf.layers.inputLayer({ inputShape: [...task.inputShape] }));
  for (const layer of task.layers) network.add(layerOf(layer, withDropout));
  let next = 0;
  for (const layer of network.layers) {
    if (layer.getClassName() === "BatchNormalization" || layer.countParams() === 0) continue;
    layer.setWeights([weights[next++]!, weights[next++]!]);
  }
  network.compile({ optimizer: tf.train.adam(task.learningRate), loss: "categoricalCrossentropy" });
  return network;
}

function layerOf(layer: Layer, withDropout: boolean): tf.layers.Layer {
  switch (layer.type) {
    case "conv":
      return tf.layers.conv2d({ filters: layer.filters, kernelSize: 3, padding: "same", activation: "relu" });
    case "batchNorm":
      return tf.layers.batchNormalization();
    case "maxPool":
      return tf.layers.maxPooling2d({ poolSize: 2 });
    case "dropout":
      return tf.layers.dropout({ rate: withDropout ? layer.rate : 0 });
    case "flatten":
      return tf.layers.flatten();
    case "dense":
      return tf.layers.dense({ units: layer.units, activation: layer.activation });
  }
}
