import { readFileSync } from "node:fs";
import * as tf from "@tensorflow/tfjs";
import { beforeAll, describe, expect, it } from "vitest";
import { earlyStopping } from "../../../src/tensorflow/callbacks/early-stopping.js";
import { reduceLROnPlateau } from "../../../src/tensorflow/callbacks/reduce-lr-on-plateau.js";
import { useBackend } from "../../../src/tensorflow/backends/use-backend.js";

/** What Keras did, recorded by scripts/record-keras-callbacks.py. */
interface Recorded<Options> {
  readonly options: Options;
  readonly values: readonly (number | "NaN")[];
  readonly epochs: number;
  /** The learning rate after each epoch; it began at 0.1. */
  readonly rates: readonly number[];
  /** The epoch whose weights the model had at the end. */
  readonly weightsOfEpoch: number;
}

interface EarlyStoppingOptions {
  readonly patience: number;
  readonly min_delta: number;
  readonly mode: "min" | "max";
  readonly baseline: number | null;
  readonly restore_best_weights: boolean;
  readonly start_from_epoch: number;
}

interface PlateauOptions {
  readonly factor: number;
  readonly patience: number;
  readonly min_delta: number;
  readonly mode: "min" | "max";
  readonly cooldown: number;
  readonly min_lr: number;
}

const recorded = JSON.parse(readFileSync(new URL("../../fixtures/keras-callbacks.json", import.meta.url), "utf8")) as {
  readonly earlyStopping: readonly Recorded<EarlyStoppingOptions>[];
  readonly reduceLROnPlateau: readonly Recorded<PlateauOptions>[];
};

beforeAll(() => useBackend("cpu"));

/** Plays the values to the callback as model.fit would; the model's one weight is the number of the epoch. */
async function play(callback: tf.Callback, values: readonly (number | "NaN")[], optimizer: tf.Optimizer) {
  const model = tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [1], useBias: false })] });
  model.compile({ optimizer, loss: "meanSquaredError" });
  callback.setModel(model);
  await callback.onTrainBegin();
  const rates: number[] = [];
  for (const [epoch, value] of values.entries()) {
    model.setWeights([tf.tensor2d([[epoch]])]);
    await callback.onEpochEnd(epoch, { m: Number(value) });
    rates.push(Reflect.get(optimizer, "learningRate") as number);
    if (model.stopTraining) break;
  }
  await callback.onTrainEnd();
  return { epochs: rates.length, rates, weightsOfEpoch: model.getWeights()[0]!.dataSync()[0] };
}

describe("earlyStopping", () => {
  it.each(recorded.earlyStopping.map((run, i) => ({ i, ...run })))("does what Keras did, run $i", async (run) => {
    const { options } = run;
    const callback = earlyStopping({
      monitor: "m",
      patience: options.patience,
      minDelta: options.min_delta,
      mode: options.mode,
      baseline: options.baseline ?? undefined,
      restoreBestWeights: options.restore_best_weights,
      startFromEpoch: options.start_from_epoch,
    });
    const result = await play(callback, run.values, tf.train.sgd(0.1));
    expect({ epochs: result.epochs, weightsOfEpoch: result.weightsOfEpoch }).toEqual({
      epochs: run.epochs,
      weightsOfEpoch: run.weightsOfEpoch,
    });
  });

  it("can be used again", async () => {
    const callback = earlyStopping({ monitor: "m", mode: "min", patience: 1 });
    expect((await play(callback, [1, 2, 3], tf.train.sgd(0.1))).epochs).toBe(2);
    expect((await play(callback, [5, 4, 4, 4], tf.train.sgd(0.1))).epochs).toBe(3);
  });

  it("asks for the mode where the metric's name does not say", async () => {
    await expect(play(earlyStopping({ monitor: "m" }), [1], tf.train.sgd(0.1))).rejects.toThrow(/Pass mode/);
  });

  it("finds Keras's accuracy under TensorFlow.js's name, and takes it to be better when higher", async () => {
    const callback = earlyStopping({ monitor: "val_accuracy" });
    const model = tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [1] })] });
    model.compile({ optimizer: "sgd", loss: "meanSquaredError" });
    callback.setModel(model);
    await callback.onTrainBegin();
    for (const [epoch, accuracy] of [0.5, 0.7, 0.6].entries()) await callback.onEpochEnd(epoch, { val_acc: accuracy });
    expect(callback).toMatchObject({ bestEpoch: 1, stoppedEpoch: 2 });
  });
});

describe("reduceLROnPlateau", () => {
  const optimizers = [
    () => tf.train.sgd(0.1),
    () => tf.train.adam(0.1),
    () => tf.train.momentum(0.1, 0.9),
    () => tf.train.rmsprop(0.1),
  ];

  it.each(recorded.reduceLROnPlateau.map((run, i) => ({ i, ...run })))("does what Keras did, run $i", async (run) => {
    const { options } = run;
    const callback = reduceLROnPlateau({
      monitor: "m",
      factor: options.factor,
      patience: options.patience,
      minDelta: options.min_delta,
      mode: options.mode,
      cooldown: options.cooldown,
      minLr: options.min_lr,
    });
    const { rates } = await play(callback, run.values, optimizers[run.i % optimizers.length]!());
    expect(rates).toHaveLength(run.rates.length);
    // Keras keeps the rate in float32.
    rates.forEach((rate, epoch) => expect(rate / run.rates[epoch]!).toBeCloseTo(1, 5));
  });

  it.each([
    ["sgd", () => tf.train.sgd(0.5)],
    ["momentum", () => tf.train.momentum(0.5, 0)],
    ["adagrad", () => tf.train.adagrad(0.5)],
    ["adam", () => tf.train.adam(0.5)],
  ])("changes the steps that %s takes", async (_, optimizer) => {
    const step = async (reduced: boolean) => {
      const model = tf.sequential({
        layers: [tf.layers.dense({ units: 1, inputShape: [1], useBias: false, kernelInitializer: "zeros" })],
      });
      model.compile({ optimizer: optimizer(), loss: "meanSquaredError" });
      const callback = reduceLROnPlateau({ monitor: "m", mode: "min", factor: 0.5, patience: 1 });
      callback.setModel(model);
      await callback.onTrainBegin();
      if (reduced) for (const epoch of [0, 1]) await callback.onEpochEnd(epoch, { m: 1 });
      await model.trainOnBatch(tf.tensor2d([[1]]), tf.tensor2d([[1]]));
      return model.getWeights()[0]!.dataSync()[0]!;
    };
    expect((await step(true)) / (await step(false))).toBeCloseTo(0.5, 4);
  });

  it("adds the learning rate to the epoch's metrics", async () => {
    const callback = reduceLROnPlateau({ monitor: "loss" });
    const model = tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [1] })] });
    model.compile({ optimizer: tf.train.sgd(0.25), loss: "meanSquaredError" });
    callback.setModel(model);
    const logs = { loss: 1 };
    await callback.onEpochEnd(0, logs);
    expect(logs).toEqual({ loss: 1, learning_rate: 0.25 });
  });

  it.each([1, 1.5, 0, NaN])("refuses a factor of %d", (factor) => {
    expect(() => reduceLROnPlateau({ factor })).toThrow(/factor must be between 0 and 1/);
  });
});
