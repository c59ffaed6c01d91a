import { join } from "node:path";
import { mkdir, rm } from "node:fs/promises";
import * as tf from "@tensorflow/tfjs";
import type { Checkpoint } from "../../../src/engine/trial/checkpoint.js";
import { fit } from "../../../src/tensorflow/fit.js";
import { temporaryFolder } from "../../temporary-folder.js";

const ROUNDS = 7;
/** About half a second. */
const EPOCHS = 40;
const EXAMPLES = 320;
/** Seconds, as a study has it by default. */
const INTERVAL = 30;

/**
 * One line: what checkpoints add to a training's time when they are saved as often as they ever are, and at a study's interval. Rounds with
 * and without them take turns.
 */
export async function printCheckpointOverhead(): Promise<void> {
  const place = temporaryFolder();
  const times = { without: [] as number[], with: [] as number[] };
  let saved = 0;
  try {
    await train();
    for (let round = 0; round < ROUNDS; round++) {
      times.without.push(await train());
      times.with.push(await train(checkpointsIn(place, () => saved++)));
    }
  } finally {
    await rm(place, { recursive: true, force: true });
  }
  const [without, withThem] = [median(times.without), median(times.with)];
  const each = ((withThem - without) * ROUNDS) / saved;
  const share = (part: number) => `${(part * 100).toFixed(2)} %`;
  console.log(
    `checkpoints of a CNN with Adam: ${share((withThem - without) / without)} of the time at the most (${saved} in ${ROUNDS} rounds, ` +
      `${each.toFixed(1)} ms each), ${share(each / 1000 / INTERVAL)} at one in ${INTERVAL} s`,
  );
}

/** Always due: how often they are saved is then decided by what they cost. */
function checkpointsIn(place: string, onSaved: () => void): Checkpoint {
  return {
    interval: 1e-3,
    isDue: true,
    async save(step, write) {
      const folder = join(place, `${step}`);
      await mkdir(folder, { recursive: true });
      await write(folder);
      await rm(folder, { recursive: true });
      onSaved();
    },
    load: () => undefined,
  };
}

/** @returns milliseconds. */
async function train(fitCheckpoint?: Checkpoint): Promise<number> {
  const [x, y] = [tf.randomUniform([EXAMPLES, 8, 8, 1], 0, 1, "float32", 1), tf.zeros([EXAMPLES, 10])];
  const model = tf.sequential({
    layers: [
      tf.layers.conv2d({ filters: 16, kernelSize: 3, activation: "relu", inputShape: [8, 8, 1] }),
      tf.layers.batchNormalization(),
      tf.layers.flatten(),
      tf.layers.dense({ units: 128, activation: "relu" }),
      tf.layers.dense({ units: 10, activation: "softmax" }),
    ],
  });
  model.compile({ optimizer: "adam", loss: "meanSquaredError" });
  const { signal } = new AbortController();
  const trial = { number: 0, purpose: "study", epochs: EPOCHS, signal, fitCheckpoint } as const;
  const started = performance.now();
  await fit({ ...trial, report() {}, shouldPrune: () => false }, model, { train: { x, y } }, { monitor: "loss" });
  const took = performance.now() - started;
  model.optimizer.dispose();
  model.dispose();
  tf.dispose([x, y]);
  return took;
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[numbers.length >> 1]!;
}
