import * as tf from "@tensorflow/tfjs";
import Table from "cli-table3";
import { nopPruner } from "../../../src/engine/pruners/none.js";
import { createStudy } from "../../../src/engine/study/create-study.js";
import { openStorage } from "../../../src/storage/open.js";
import { LastCallback } from "../../../src/tensorflow/callbacks/checkpoint-callbacks.js";
import { fit } from "../../../src/tensorflow/fit.js";
import { CheckpointFolder } from "../../../src/trainer/checkpoint-folder.js";
import { temporaryFolder } from "../../temporary-folder.js";

/** Seconds, as a study has it by default. */
const INTERVAL = 30;
/** Saved again and again. */
const SAVES = 12;
/** Of a training that saves as often as it ever does. */
const SECONDS = 20;

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

/** What checkpoints took of a training: milliseconds. */
interface Taken {
  saves: number;
  /** The training waited for them. */
  blocked: number;
  /** Of all threads of this process, while nothing else ran. */
  cpu: number;
  wall: number;
}

/**
 * What checkpoints cost dense networks of three sizes with Adam, saved as in a study: to a file system, with checksums, flushed, and named in a
 * database. Their CPU time is measured while the training waits for them, so it is theirs alone; the time for which they hold up a training
 * is measured while it goes on.
 */
export async function printCheckpointOverhead(): Promise<void> {
  const table = new Table({
    head: [
      "weights",
      "MB",
      "CPU ms",
      "held up ms",
      `CPU at 1 in ${INTERVAL} s`,
      `held up at 1 in ${INTERVAL} s`,
      "CPU at most",
      "held up at most",
    ],
  });
  for (const size of sizes) table.push(await measured(size));
  console.log(
    `Checkpoints: one of ${SAVES}; "at most" is of a training of ${SECONDS} s that saves as often as it ever does.`,
  );
  console.log(table.toString());
}

async function measured(size: Size): Promise<string[]> {
  const alone = await training(size, 0, SAVES);
  const often = await training(size, 1e-3, Infinity);
  const cpu = alone.taken.cpu / alone.taken.saves;
  const heldUp = often.taken.blocked / Math.max(1, often.taken.saves);
  const share = (part: number) => `${(part * 100).toFixed(2)} %`;
  return [
    size.name,
    (alone.bytes / 1e6).toFixed(1),
    cpu.toFixed(1),
    heldUp.toFixed(1),
    share(cpu / (INTERVAL * 1000)),
    share(heldUp / (INTERVAL * 1000)),
    `${share((cpu * often.taken.saves) / often.cpu)} (${often.taken.saves} saves)`,
    share(often.taken.blocked / often.wall),
  ];
}

/** @param interval seconds, as a study has it. @param epochs Infinity: as many as `SECONDS` have. */
async function training(
  { inputs, units }: Size,
  interval: number,
  epochs: number,
): Promise<{ readonly taken: Taken; readonly cpu: number; readonly wall: number; readonly bytes: number }> {
  const cwd = temporaryFolder();
  const storage = openStorage("sqlite:///studies.db", { cwd });
  const study = createStudy({ storage, name: "bench", pruner: nopPruner() });
  const warn = (message: string) => console.warn(message);
  const options = { limits: { interval, budget: 2000 }, changedSince: () => [], warn };
  const checkpoints = new CheckpointFolder(study, storage.checkpointFolder!(study.id)!, options);
  const taken: Taken = { saves: 0, blocked: 0, cpu: 0, wall: 0 };
  const { write } = checkpoints;
  checkpoints.write = (...args) => {
    taken.saves++;
    return write.apply(checkpoints, args);
  };
  const stop = watch(taken);
  let result = { taken, cpu: 0, wall: 0, bytes: 0 };
  try {
    await study.optimize(
      async (trial) => {
        const model = modelOf(inputs, units);
        const [x, y] = [tf.randomUniform([320, inputs], 0, 1, "float32", 1), tf.zeros([320, 10])];
        const started = performance.now();
        const before = process.cpuUsage();
        const ends = { onEpochEnd: () => void (model.stopTraining = performance.now() - started >= SECONDS * 1000) };
        const callbacks = epochs === Infinity ? [new tf.CustomCallback(ends)] : [];
        await fit(
          trial,
          model,
          { train: { x, y } },
          { epochs: Math.min(epochs, 1e6), callbacks, batchSize: 64, monitor: "loss" },
        );
        result = {
          taken,
          cpu: milliseconds(process.cpuUsage(before)),
          wall: performance.now() - started,
          bytes: model.countParams() * 12,
        };
        model.optimizer.dispose();
        model.dispose();
        tf.dispose([x, y]);
        return 0;
      },
      { trials: 1, checkpoints },
    );
    return result;
  } finally {
    stop();
    storage.close();
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

/** Adds up what the end of each epoch takes that is the checkpoints' own. */
function watch(taken: Taken): () => void {
  const { prototype } = LastCallback;
  const original = Object.getOwnPropertyDescriptor(prototype, "onEpochEnd")!;
  const own = original.value as LastCallback["onEpochEnd"];
  prototype.onEpochEnd = async function (...args) {
    const [started, before] = [performance.now(), process.cpuUsage()];
    await own.apply(this, args);
    taken.blocked += performance.now() - started;
    taken.cpu += milliseconds(process.cpuUsage(before));
  };
  return () => Object.defineProperty(prototype, "onEpochEnd", original);
}

function milliseconds({ user, system }: NodeJS.CpuUsage): number {
  return (user + system) / 1000;
}
