import * as tf from "@tensorflow/tfjs";
import { beforeAll, describe, expect, it } from "vitest";
import { TrialPruned } from "../../src/engine/errors.js";
import type { Trial } from "../../src/engine/trial/trial.js";
import { useBackend } from "../../src/tensorflow/backends/use-backend.js";
import { earlyStopping, restoredEpoch } from "../../src/tensorflow/callbacks/early-stopping.js";
import { reduceLROnPlateau } from "../../src/tensorflow/callbacks/reduce-lr-on-plateau.js";
import { firstStep, trialCallback } from "../../src/tensorflow/callbacks/trial-callback.js";
import { evaluateModel } from "../../src/tensorflow/evaluate-model.js";
import { fit } from "../../src/tensorflow/fit.js";
import { TensorWatch } from "../../src/tensorflow/leaks.js";
import { withSeededRandom } from "../../src/tensorflow/seed.js";
import type { TrainableTrial } from "../../src/tensorflow/trainable-trial.js";
import { RecordingTrial } from "./training-trial.js";

beforeAll(() => useBackend("wasm"));

function compiledModel(): tf.Sequential {
  const model = tf.sequential({
    layers: [
      tf.layers.dense({ units: 8, activation: "relu", inputShape: [4] }),
      tf.layers.dropout({ rate: 0.2 }),
      tf.layers.dense({ units: 3, activation: "softmax" }),
    ],
  });
  model.compile({ optimizer: tf.train.adam(0.05), loss: "categoricalCrossentropy", metrics: ["accuracy"] });
  return model;
}

/** Which of three features is the largest. */
function examples(count: number, shift: number) {
  const values = Array.from({ length: count * 4 }, (_, i) => Math.sin((i + shift) * (i + 2)));
  const x = tf.tensor2d(values, [count, 4]);
  return { x, y: tf.tidy(() => tf.oneHot(x.slice([0, 0], [count, 3]).argMax<tf.Tensor1D>(1), 3).toFloat()) };
}

const tensors = () => ({ train: examples(96, 0), validation: examples(32, 7) });

describe("fit", () => {
  it("takes the study engine's trial", () => {
    const accepts = (trial: Trial): TrainableTrial => trial;
    expect(accepts).toBeTypeOf("function");
  });

  it("trains, reports each epoch and returns its metrics", async () => {
    const trial = new RecordingTrial(4);
    const history = await withSeededRandom([1], () => fit(trial, compiledModel(), tensors(), { batchSize: 16 }));
    expect(history.epochs).toBe(4);
    expect(Object.keys(history.values).sort()).toEqual(["acc", "loss", "val_acc", "val_loss"]);
    expect(trial.reports).toEqual(history.values["val_loss"]!.map((value, epoch) => [value, epoch]));
    expect(trial.epochLogs.map(({ epoch, epochs }) => [epoch, epochs])).toEqual([
      [0, 4],
      [1, 4],
      [2, 4],
      [3, 4],
    ]);
    expect(trial.epochLogs[2]!.logs["val_acc"]).toBe(history.values["val_acc"]![2]);
    expect(history.last("loss")).toBeLessThan(history.values["loss"]![0]!);
    expect(history.best("val_accuracy")).toBe(Math.max(...history.values["val_acc"]!));
    expect(history.best("loss", "max")).toBe(Math.max(...history.values["loss"]!));
    expect(() => history.last("val_mse")).toThrow(/It has: .*val_loss/);
  });

  it.each([
    ["fit", (options: object) => fit(new RecordingTrial(1), compiledModel(), tensors(), options)],
    ["trialCallback", async (options: object) => trialCallback(new RecordingTrial(1), options)],
    ["earlyStopping", async (options: object) => earlyStopping(options)],
    ["reduceLROnPlateau", async (options: object) => reduceLROnPlateau(options)],
    ["evaluateModel", (options: object) => evaluateModel(compiledModel(), examples(8, 0), options)],
  ])("%s refuses an option that it does not know", async (name, call) => {
    await expect(call({ nonsense: 1 })).rejects.toThrow(`${name}: unknown option "nonsense". `);
  });

  it("learns what there is to learn", async () => {
    const history = await withSeededRandom([1], () => fit(new RecordingTrial(40), compiledModel(), tensors()));
    expect(history.last("val_acc")).toBeGreaterThan(0.85);
  });

  it("monitors the training loss where nothing validates, and what it is told to otherwise", async () => {
    const { train, validation } = tensors();
    const alone = new RecordingTrial();
    const history = await fit(alone, compiledModel(), { train });
    expect(alone.reports.map(([value]) => value)).toEqual(history.values["loss"]);
    const told = new RecordingTrial();
    const accuracies = await fit(told, compiledModel(), { train, validation }, { monitor: "val_accuracy" });
    expect(told.reports.map(([value]) => value)).toEqual(accuracies.values["val_acc"]);
  });

  it("names the metrics there are when the monitor is none of them", async () => {
    const failure = fit(new RecordingTrial(), compiledModel(), { train: examples(16, 0) }, { monitor: "val_loss" });
    await expect(failure).rejects.toThrow(/no metric "val_loss".* loss, acc.* validation data/);
  });

  it("reports every few epochs where asked", async () => {
    const trial = new RecordingTrial(7);
    await fit(trial, compiledModel(), tensors(), { reportEvery: 3 });
    expect(trial.reports.map(([, step]) => step)).toEqual([2, 5]);
    expect(trial.epochLogs).toHaveLength(7);
  });

  it("ends a pruned trial at once", async () => {
    const trial = new RecordingTrial(9, "study", 2);
    await expect(fit(trial, compiledModel(), tensors())).rejects.toThrow(TrialPruned);
    expect(trial.epochLogs).toHaveLength(2);
  });

  it("asks no pruner when retraining", async () => {
    const trial = new RecordingTrial(5, "retrain", 2);
    expect((await fit(trial, compiledModel(), tensors())).epochs).toBe(5);
    expect(trial.asked).toBe(0);
  });

  it("reports nothing to a study with several objectives", async () => {
    const trial = new RecordingTrial(2, "study", 1, ["minimize", "maximize"]);
    await fit(trial, compiledModel(), tensors());
    expect([trial.reports, trial.asked, trial.epochLogs.length]).toEqual([[], 0, 2]);
  });

  it("stops within a batch when aborted from outside the training", async () => {
    const trial = new RecordingTrial(1000);
    const reason = new Error("stopped by the user");
    let batches = 0;
    let abortedAt = Infinity;
    const stop = () => {
      abortedAt = batches;
      trial.controller.abort(reason);
    };
    const counting = {
      onBatchBegin: () => {
        if (++batches === 100) setImmediate(stop);
      },
    };
    await expect(fit(trial, compiledModel(), tensors(), { batchSize: 4, callbacks: [counting] })).rejects.toBe(reason);
    expect(batches - abortedAt).toBeLessThanOrEqual(1);
    await expect(fit(trial, compiledModel(), tensors())).rejects.toBe(reason);
  });

  it("ends with the best epoch's weights where early stopping says so", async () => {
    const { train, validation } = tensors();
    const model = compiledModel();
    const stop = earlyStopping({ patience: 3, restoreBestWeights: true });
    const history = await withSeededRandom([5], () =>
      fit(new RecordingTrial(300), model, { train, validation }, { callbacks: [stop] }),
    );
    expect(history.epochs).toBeLessThan(300);
    expect(stop.stoppedEpoch).toBe(history.epochs - 1);
    const [loss] = model.evaluate(validation.x, validation.y) as tf.Scalar[];
    expect(loss!.dataSync()[0]).toBeCloseTo(history.best("val_loss"), 5);
    expect(history.last("val_loss")).toBeGreaterThan(history.best("val_loss"));
    expect(restoredEpoch(model)).toBe(stop.bestEpoch);
    await fit(new RecordingTrial(1), model, { train, validation });
    expect(restoredEpoch(model)).toBeUndefined();
  });

  it("trains on data sets", async () => {
    const { train, validation } = tensors();
    const batches = ({ x, y }: typeof train) =>
      tf.data.zip({ xs: tf.data.array(x.arraySync()), ys: tf.data.array((y as tf.Tensor2D).arraySync()) }).batch(16);
    const trial = new RecordingTrial();
    const history = await fit(trial, compiledModel(), {
      train: batches(train),
      validation: batches(validation),
    });
    expect(trial.reports).toEqual(history.values["val_loss"]!.map((value, epoch) => [value, epoch]));
    expect(history.epochs).toBe(3);
  });

  it.each([undefined, 0, 2.5])("asks how many epochs where the study says %s", async (epochs) => {
    const trial = Object.assign(new RecordingTrial(), { epochs });
    await expect(fit(trial, compiledModel(), tensors())).rejects.toThrow(/number of epochs/);
  });

  it("leaves nothing behind but the model, whether it ends, is pruned or is stopped", async () => {
    const data = tensors();
    for (const trial of [new RecordingTrial(3), new RecordingTrial(3, "study", 2), new RecordingTrial(1000)]) {
      const watch = new TensorWatch();
      const stopping = {
        onEpochEnd: (epoch: number) => {
          if (epoch === 5) setImmediate(() => trial.controller.abort());
        },
      };
      const callbacks = [earlyStopping({ patience: 500, restoreBestWeights: true }), stopping];
      await fit(trial, compiledModel(), data, { callbacks }).catch(() => undefined);
      expect(watch.free().tensors).toBe(0);
    }
  });
});

describe("trialCallback", () => {
  it("does the same for model.fit", async () => {
    const { train, validation } = tensors();
    const validationData: [tf.Tensor, tf.Tensor] = [validation.x, validation.y];
    const trial = new RecordingTrial(undefined, "study", 3);
    const callbacks = [trialCallback(trial, { monitor: "val_acc" })];
    const training = compiledModel().fit(train.x, train.y, { epochs: 8, validationData, callbacks });
    await expect(training).rejects.toThrow(/Trial 3 was pruned after epoch 3 at val_acc/);
    expect(trial.epochLogs.map(({ epochs }) => epochs)).toEqual([8, 8, 8]);
  });
});

describe("several trainings in one trial", () => {
  it("count their steps on, in a loop of one epoch each, and are pruned", async () => {
    const { train } = tensors();
    const trial = new RecordingTrial(undefined, "study", 4);
    const model = compiledModel();
    const loop = async () => {
      for (;;) await model.fit(train.x, train.y, { callbacks: [trialCallback(trial)] });
    };
    await expect(loop()).rejects.toThrow("Trial 3 was pruned after epoch 4 at loss");
    expect(trial.reports.map(([, step]) => step)).toEqual([0, 1, 2, 3]);
    expect(trial.epochLogs.map(({ epoch, epochs }) => [epoch, epochs])).toEqual([
      [0, 1],
      [1, 3],
      [2, 3],
      [3, 4],
    ]);
  });

  it("count on where the epochs are counted by initialEpoch, or by nobody, or begin again", async () => {
    const { train } = tensors();
    const trial = new RecordingTrial(8);
    const callback = trialCallback(trial, { reportEvery: 2 });
    const model = compiledModel();
    const train1 = (range: { initialEpoch?: number; epochs: number }) =>
      model.fit(train.x, train.y, { ...range, callbacks: [callback] });
    for (let epoch = 0; epoch < 3; epoch++) await train1({ initialEpoch: epoch, epochs: epoch + 1 });
    await train1({ epochs: 2 });
    await fit(trial, compiledModel(), { train }, { epochs: 2 });
    expect(trial.epochLogs.map(({ epoch }) => epoch)).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(trial.epochLogs.map(({ epochs }) => epochs)).toEqual([1, 2, 3, 8, 8, 8, 8]);
    expect(trial.reports.map(([, step]) => step)).toEqual([1, 3, 5, 6]);
  });

  it("say of which step the weights are that were restored, and where the model's first one is", async () => {
    const { train, validation } = tensors();
    const trial = new RecordingTrial(3);
    const [first, second] = [compiledModel(), compiledModel()];
    await fit(trial, first, { train, validation });
    const stop = earlyStopping({ patience: 9, restoreBestWeights: true });
    await fit(trial, second, { train, validation }, { callbacks: [stop] });
    expect(restoredEpoch(second)).toBe(3 + stop.bestEpoch);
    expect([firstStep(first), firstStep(second)]).toEqual([0, 3]);
  });
});

describe("withSeededRandom", () => {
  it("makes two trainings on wasm equal to the last bit, and another seed different", async () => {
    const train = (seed: number) =>
      withSeededRandom([seed, 4], async () => (await fit(new RecordingTrial(5), compiledModel(), tensors())).values);
    const first = await train(1);
    expect(await train(1)).toEqual(first);
    expect(await train(2)).not.toEqual(first);
  });

  it("puts Math.random back, also after an error", async () => {
    const { random } = Math;
    await expect(withSeededRandom([1], () => Promise.reject(new Error("no")))).rejects.toThrow("no");
    expect(Math.random).toBe(random);
    expect(await withSeededRandom([], () => Math.random === random)).toBe(true);
  });
});
