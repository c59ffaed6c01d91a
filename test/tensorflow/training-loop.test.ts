import { join } from "node:path";
import * as tf from "@tensorflow/tfjs";
import { beforeAll, describe, expect, it } from "vitest";
import { TrialPruned } from "../../src/engine/errors.js";
import { useBackend } from "../../src/tensorflow/backends/use-backend.js";
import { earlyStopping, restoredEpoch } from "../../src/tensorflow/callbacks/early-stopping.js";
import { reduceLROnPlateau } from "../../src/tensorflow/callbacks/reduce-lr-on-plateau.js";
import { continueFrom } from "../../src/tensorflow/initial-model.js";
import { learningRateOf } from "../../src/tensorflow/learning-rate.js";
import { loadModel, saveModel } from "../../src/tensorflow/saved-model.js";
import { withSeededRandom } from "../../src/tensorflow/seed.js";
import { trainingLoop, type TrainingLoopOptions } from "../../src/tensorflow/training-loop.js";
import type { TrainingCallback } from "../../src/tensorflow/user-callbacks.js";
import { temporaryFolder } from "../temporary-folder.js";
import { RecordingTrial } from "./training-trial.js";

beforeAll(() => useBackend("wasm"));

const x = () => tf.tensor2d([0, 0, 0, 1, 1, 0, 1, 1], [4, 2]);
const y = () => tf.tensor2d([0, 1, 1, 2], [4, 1]);

/** A network and an epoch that trains it with `optimizer.minimize`: nothing is compiled. */
function network(rate = 0.1) {
  const model = tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [2], kernelInitializer: "ones" })] });
  const optimizer = tf.train.adam(rate);
  const [inputs, targets] = [x(), y()];
  const epoch = () => {
    const loss = () => tf.losses.meanSquaredError(targets, model.apply(inputs) as tf.Tensor).asScalar();
    return { loss: optimizer.minimize(loss, true)! };
  };
  return { model, optimizer, epoch };
}

const noLosses = (values: number[]) => () => ({ val_loss: values.shift()! });

describe("trainingLoop", () => {
  it("reports what each epoch measured, reads scalars and frees them", async () => {
    const { model, optimizer, epoch } = network();
    const trial = new RecordingTrial(3);
    await trainingLoop(new RecordingTrial(1), epoch, { model, optimizer });
    const { numTensors } = tf.memory();
    const history = await trainingLoop(trial, epoch, { model, optimizer });
    expect(tf.memory().numTensors).toBe(numTensors);
    expect(history.epochs).toBe(3);
    expect(trial.reports).toEqual(history.values["loss"]!.map((loss, step) => [loss, step]));
    expect(trial.epochLogs.map(({ epoch, epochs }) => [epoch, epochs])).toEqual([0, 1, 2].map((epoch) => [epoch, 3]));
  });

  it.each([
    ["nothing", () => undefined, "the epoch returned undefined instead of metrics by name. Write return { loss }."],
    ["a number", () => 0.5, "the epoch returned a value of type number instead of metrics by name."],
    ["a tensor", () => tf.scalar(1), "the epoch returned a tensor instead of metrics by name."],
    [
      "a promise as a metric",
      () => ({ loss: Promise.resolve(1) }),
      'a promise instead of a number as its metric "loss". Write `await`',
    ],
  ])("says what to write where an epoch returns %s", async (_, returned, says) => {
    await expect(trainingLoop(new RecordingTrial(1), returned as never)).rejects.toThrow(says);
  });

  it("prunes, stops when aborted, and ends as a callback says", async () => {
    await expect(trainingLoop(new RecordingTrial(9, "study", 2), noLosses([3, 2, 1]))).rejects.toThrow(TrialPruned);
    const trial = new RecordingTrial(9);
    const reason = new Error("stopped by the user");
    const stopping = () => {
      setImmediate(() => trial.controller.abort(reason));
      return { loss: 1 };
    };
    await expect(trainingLoop(trial, stopping)).rejects.toBe(reason);
    expect(trial.reports).toEqual([]);
    const history = await trainingLoop(new RecordingTrial(9), noLosses([3, 4, 5, 6]), {
      callbacks: [earlyStopping({ patience: 2 })],
    });
    expect(history.values["val_loss"]).toEqual([3, 4, 5]);
  });

  it("ends with the best epoch's weights, and lowers the rate, where callbacks say so", async () => {
    const { model, optimizer } = network();
    const losses = [3, 1, 2, 2, 2];
    const epoch = (epoch: number) => {
      model.setWeights(model.getWeights().map((weight) => tf.fill(weight.shape, epoch)));
      return { val_loss: losses[epoch]! };
    };
    const callbacks = [
      earlyStopping({ patience: 9, restoreBestWeights: true }),
      reduceLROnPlateau({ patience: 3, factor: 0.5 }),
    ];
    await trainingLoop(new RecordingTrial(5), epoch, { model, optimizer, callbacks });
    expect(restoredEpoch(model)).toBe(1);
    expect(model.getWeights().map((weight) => weight.dataSync()[0])).toEqual([1, 1]);
    expect(learningRateOf(optimizer)).toBeCloseTo(0.05);
  });

  it("goes on from a saved model as if it had never stopped, the optimizer too", async () => {
    const whole = network();
    const inOneGo = await trainingLoop(new RecordingTrial(6), whole.epoch, {
      model: whole.model,
      optimizer: whole.optimizer,
    });
    const first = network();
    const { values } = await trainingLoop(new RecordingTrial(3), first.epoch, {
      model: first.model,
      optimizer: first.optimizer,
    });
    const folder = temporaryFolder();
    const backend = { backend: "wasm", device: "CPU", version: "4.22.0" } as const;
    const saved = { study: "loop", trial: 3, params: {}, metrics: {}, history: values, backend, seed: null };
    await saveModel(first.model, join(folder, "model"), saved);
    const trial = new RecordingTrial(3);
    const continuation = continueFrom(trial, await loadModel(join(folder, "model")));
    const second = network();
    const rest = await trainingLoop(trial, second.epoch, { model: second.model, optimizer: second.optimizer });
    expect(continuation).toMatchObject({ used: true, optimizerRestored: true });
    expect([...values["loss"]!, ...rest.values["loss"]!]).toEqual(inOneGo.values["loss"]);
    expect(trial.reports.map(([, step]) => step)).toEqual([3, 4, 5]);
  });

  it("lowers an optimizer's rate without a network, and says what a callback needs", async () => {
    const optimizer = tf.train.adam(0.1);
    const run = (callbacks: TrainingCallback[], given: TrainingLoopOptions = {}) =>
      trainingLoop(new RecordingTrial(3), () => ({ val_loss: 1 }), { ...given, callbacks });
    const history = await run([reduceLROnPlateau({ patience: 1, factor: 0.5 })], { optimizer });
    expect(history.values["learning_rate"]).toEqual([0.1, 0.1, 0.05]);
    expect(learningRateOf(optimizer)).toBe(0.025);
    await expect(run([reduceLROnPlateau()])).rejects.toThrow("Write trainingLoop(trial, epoch, { optimizer }).");
    await expect(run([earlyStopping({ restoreBestWeights: true })], { optimizer })).rejects.toThrow(
      "earlyStopping: restoreBestWeights needs the network. Write trainingLoop(trial, epoch, { model }).",
    );
  });

  it("needs no network, and says what is missing", async () => {
    const slope = tf.variable(tf.scalar(0));
    const optimizer = tf.train.sgd(0.1);
    const epoch = () => ({ loss: optimizer.minimize(() => slope.sub(2).square().asScalar(), true)! });
    const history = await withSeededRandom([1], () => trainingLoop(new RecordingTrial(30), epoch));
    expect(history.last("loss")).toBeLessThan(1e-3);
    await expect(trainingLoop(new RecordingTrial(0), epoch)).rejects.toThrow(/trainingLoop\(…, \{ epochs \}\)/);
    await expect(trainingLoop(new RecordingTrial(1), epoch, { optimzer: 1 } as object)).rejects.toThrow(
      'trainingLoop: unknown option "optimzer". Did you mean "optimizer"?',
    );
  });
});
