import { existsSync, readdirSync } from "node:fs";
import * as tf from "@tensorflow/tfjs";
import { expect, it } from "vitest";
import { nopPruner } from "../../../src/engine/pruners/none.js";
import { random } from "../../../src/engine/samplers/random.js";
import { configurationsOf } from "../../../src/engine/schedulers/configurations.js";
import type { Scheduler } from "../../../src/engine/schedulers/scheduler.js";
import { createStudy } from "../../../src/engine/study/create-study.js";
import { continuedTrialNumber } from "../../../src/engine/trial/paused.js";
import { StudyTrial } from "../../../src/engine/trial/study-trial.js";
import type { Trial } from "../../../src/engine/trial/trial.js";
import { MemoryStorage } from "../../../src/storage/memory.js";
import { fit } from "../../../src/tensorflow/fit.js";
import { withSeededRandom } from "../../../src/tensorflow/seed.js";
import { CheckpointFolder } from "../../../src/trainer/checkpoint-folder.js";
import { temporaryFolder } from "../../temporary-folder.js";

const EPOCHS = 6;

/** Each configuration for two epochs, then two further, then to its end; the last one that was paused first. */
const twoByTwo: Scheduler = {
  name: "TwoByTwo",
  next(study, { mayTryNew }) {
    const paused = configurationsOf(study).findLast(({ state }) => state === "paused");
    if (mayTryNew) return { try: "new", until: 1 };
    return paused ? { continue: paused.last.number, until: paused.curve.size + 1 } : { end: true };
  },
};

async function objective(trial: Trial): Promise<number> {
  const rate = trial.suggestFloat("rate", 0.001, 0.1);
  const seed = trial instanceof StudyTrial ? trial.randomSeed : undefined;
  return withSeededRandom(seed === undefined ? [] : [seed], async () => {
    const model = tf.sequential({
      layers: [
        tf.layers.dense({ units: 6, activation: "relu", inputShape: [4] }),
        tf.layers.dropout({ rate: 0.3 }),
        tf.layers.dense({ units: 1 }),
      ],
    });
    model.compile({ optimizer: tf.train.adam(rate), loss: "meanSquaredError" });
    const x = tf.randomUniform([40, 4], 0, 1, "float32", 1);
    const history = await fit(trial, model, { train: { x, y: x.sum(1, true) } }, { batchSize: 8 });
    return history.last("loss");
  });
}

async function study(scheduler?: Scheduler) {
  const created = createStudy({
    storage: new MemoryStorage(),
    sampler: random(),
    ...(scheduler ? { scheduler } : { pruner: nopPruner() }),
    seed: 5,
  });
  const folder = temporaryFolder();
  const warnings: string[] = [];
  const checkpoints = new CheckpointFolder(created, folder, {
    limits: { interval: 1e6, budget: 100 },
    changedSince: () => [],
    warn: (message) => void warnings.push(message),
  });
  const run = async (trials: number) => {
    await created.optimize(objective, { trials, totalTrials: 3, epochs: EPOCHS, checkpoints });
    checkpoints.sweep();
    return existsSync(folder) ? readdirSync(folder).length : 0;
  };
  return { created, run, warnings };
}

it("a training that is paused and continued has the losses of an uninterrupted one, to the last bit, and keeps its checkpoint meanwhile", async () => {
  const whole = await study();
  await whole.run(3);
  const paused = await study(twoByTwo);
  expect(await paused.run(3)).toBe(3);
  expect(await paused.run(1)).toBe(3);
  expect(await paused.run(Infinity)).toBe(0);
  const trials = paused.created.trials;
  expect(trials.map((trial) => [trial.state, continuedTrialNumber(trial)])).toEqual([
    ["PRUNED", undefined],
    ["PRUNED", undefined],
    ["PRUNED", undefined],
    ["PRUNED", 2],
    ["COMPLETE", 3],
    ["PRUNED", 1],
    ["COMPLETE", 5],
    ["PRUNED", 0],
    ["COMPLETE", 7],
  ]);
  const done = [trials[8]!, trials[6]!, trials[4]!];
  for (const [i, expected] of whole.created.trials.entries()) {
    expect(done[i]!.intermediateValues).toEqual(expected.intermediateValues);
    expect(done[i]!.values).toEqual(expected.values);
    expect(done[i]!.params).toEqual(expected.params);
  }
  expect(paused.warnings).toEqual([]);
});
