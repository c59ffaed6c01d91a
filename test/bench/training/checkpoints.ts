import * as tf from "@tensorflow/tfjs";
import Table from "cli-table3";
import { nopPruner } from "../../../src/engine/pruners/none.js";
import type { Trial } from "../../../src/engine/trial/trial.js";
import { createStudy } from "../../../src/engine/study/create-study.js";
import { openStorage } from "../../../src/storage/open.js";
import { LastCallback } from "../../../src/tensorflow/callbacks/checkpoint-callbacks.js";
import { fit } from "../../../src/tensorflow/fit.js";
import { CheckpointFolder } from "../../../src/trainer/checkpoint-folder.js";
import { temporaryFolder } from "../../temporary-folder.js";

/** Seconds, as a study has it by default. */
const INTERVAL = 30;
/** Each is measured, and the first is left out: it compiles. */
const SAVES = 9;
const EXAMPLES = 128;

interface Size {
  readonly name: string;
  readonly inputs: number;
  readonly units: readonly number[];
}

const sizes: readonly Size[] = [
  { name: "small", inputs: 64, units: [128, 64] },
  { name: "1 M", inputs: 784, units: [1024, 200] },
  { name: "10 M", inputs: 784, units: [3000, 2500] },
];

/** Milliseconds of CPU time that a checkpoint took. */
interface Taken {
  /** Of all threads of this process. */
  readonly all: number;
  /** Of the one that trains. */
  readonly own: number;
}

/**
 * What checkpoints cost dense networks of three sizes with Adam, saved as in a study: to the file system, with checksums, flushed, and named
 * in a database. Training waits for them here, so the CPU time is theirs alone, whatever else the machine does.
 */
export async function printCheckpointOverhead(): Promise<void> {
  const head = ["weights", "MB", "CPU ms", "of them, ms in the training's thread", `share at one in ${INTERVAL} s`];
  const table = new Table({ head, style: { head: [], border: [] } });
  for (const size of sizes) {
    const { taken, megabytes } = await training(size);
    const [all, own] = [median(taken.map((each) => each.all)), median(taken.map((each) => each.own))];
    const share = `${((all / (INTERVAL * 1000)) * 100).toFixed(2)} %`;
    table.push([size.name, megabytes.toFixed(1), all.toFixed(1), own.toFixed(1), share]);
  }
  console.log("Checkpoints, medians:");
  console.log(table.toString());
}

async function training({ inputs, units }: Size): Promise<{ readonly taken: Taken[]; readonly megabytes: number }> {
  const storage = openStorage("sqlite:///studies.db", { cwd: temporaryFolder() });
  const study = createStudy({ storage, name: "bench", pruner: nopPruner() });
  const options = {
    limits: { interval: 0, budget: 2000 },
    changedSince: () => [],
    warn: (message: string) => console.warn(message),
  };
  const checkpoints = new CheckpointFolder(study, storage.checkpointFolder!(study.id)!, options);
  const taken: Taken[] = [];
  const stop = watch(taken);
  let weights = 0;
  try {
    const objective = async (trial: Trial) => {
      const model = modelOf(inputs, units);
      weights = model.countParams();
      const x = tf.randomUniform([EXAMPLES, inputs], 0, 1, "float32", 1);
      await fit(trial, model, { train: { x, y: tf.zeros([EXAMPLES, 10]) } }, { epochs: SAVES, batchSize: 64 });
      return 0;
    };
    await study.optimize(objective, { trials: 1, checkpoints });
    // Weights, and two moments of each.
    return { taken: taken.slice(1), megabytes: (weights * 3 * 4) / 1e6 };
  } finally {
    stop();
    storage.close();
    tf.disposeVariables();
  }
}

function modelOf(inputs: number, units: readonly number[]): tf.LayersModel {
  const [first, ...rest] = units;
  const layers = [
    tf.layers.dense({ units: first!, activation: "relu", inputShape: [inputs] }),
    ...rest.map((count) => tf.layers.dense({ units: count, activation: "relu" })),
    tf.layers.dense({ units: 10, activation: "softmax" }),
  ];
  const model = tf.sequential({ layers });
  model.compile({ optimizer: "adam", loss: "meanSquaredError" });
  return model;
}

/** Measures what the end of each epoch takes that is the checkpoints' own. */
function watch(taken: Taken[]): () => void {
  const { prototype } = LastCallback;
  const original = Object.getOwnPropertyDescriptor(prototype, "onEpochEnd")!;
  const own = original.value as LastCallback["onEpochEnd"];
  prototype.onEpochEnd = async function (...args) {
    const before = [process.cpuUsage(), process.threadCpuUsage()] as const;
    await own.apply(this, args);
    taken.push({
      all: milliseconds(process.cpuUsage(before[0])),
      own: milliseconds(process.threadCpuUsage(before[1])),
    });
  };
  return () => Object.defineProperty(prototype, "onEpochEnd", original);
}

function milliseconds({ user, system }: NodeJS.CpuUsage): number {
  return (user + system) / 1000;
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[numbers.length >> 1]!;
}
