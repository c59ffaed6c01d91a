import * as tf from "@tensorflow/tfjs";
import { describe, expect, it } from "vitest";
import { useBackend } from "../../src/tensorflow/backends/use-backend.js";
import { explainRefusedLabels } from "../../src/tensorflow/mistakes/explain-labels.js";
import { trialCallback } from "../../src/tensorflow/callbacks/trial-callback.js";
import type { FitData } from "../../src/tensorflow/fit-data.js";
import { fit, type FitOptions } from "../../src/tensorflow/fit.js";
import { History } from "../../src/tensorflow/history.js";
import { noteMetrics, returnedMetric } from "../../src/tensorflow/mistakes/returned-metric.js";
import { RecordingTrial } from "./training-trial.js";

// The cases below are tensors.
await useBackend("cpu");

class WarnedTrial extends RecordingTrial {
  override readonly number: number = 0;
  readonly warnings: string[] = [];
  warnOnce(topic: string, message: string, about?: { readonly stack: string }): void {
    expect(about?.stack).toContain("mistakes.test.ts");
    this.warnings.push(`${topic}: ${message}`);
  }
}

interface Case {
  readonly units?: number;
  readonly activation?: "softmax" | "sigmoid" | "linear";
  readonly loss?: string;
  readonly optimizer?: tf.Optimizer;
  readonly x?: tf.Tensor;
  readonly y?: tf.Tensor;
  readonly validation?: tf.Tensor;
  readonly options?: FitOptions;
}

const N = 12;
const inputs = (n = N) => tf.randomNormal([n, 2], 0, 1, "float32", 1);
const indices = (n = N) => tf.tensor1d(Array.from({ length: n }, (_, i) => i % 3));
const oneHot = (n = N) => tf.oneHot(indices(n).toInt(), 3).toFloat();
const halves = () => tf.tensor2d(Array.from({ length: N }, (_, i) => [i % 2]));

/** Trains for an epoch. @returns what it warned of, or what it threw. */
async function trained({ units = 3, activation = "softmax", loss = "categoricalCrossentropy", ...given }: Case) {
  const { optimizer = tf.train.sgd(0.01), x = inputs(), y = oneHot(), validation, options = {} } = given;
  const model = tf.sequential({ layers: [tf.layers.dense({ units, activation, inputShape: [2] })] });
  model.compile({ optimizer, loss });
  const trial = new WarnedTrial(1);
  const held = validation && { x: inputs(validation.shape[0]), y: validation };
  try {
    await fit(trial, model, { train: { x, y }, validation: held }, options);
  } catch (error) {
    expect((error as Error).stack).toContain("mistakes.test.ts");
    return (error as Error).message;
  }
  return trial.warnings;
}

describe("labels that the loss cannot take", () => {
  const sparse = { loss: "sparseCategoricalCrossentropy" } as const;
  const binary = { loss: "binaryCrossentropy", units: 1, activation: "sigmoid" } as const;
  it.each<[string, Case, string]>([
    [
      "indices for one-hot",
      { y: indices() },
      "The labels have the shape [12], and the model has 3 outputs: categoricalCrossentropy needs one-hot labels. Write tf.oneHot(labels, 3)",
    ],
    [
      "a column of indices for one-hot",
      { y: indices().reshape([N, 1]) },
      "Write tf.oneHot(labels, 3), or use the loss sparseCategoricalCrossentropy.",
    ],
    ["too many classes", { units: 2 }, "give the last layer units: 3."],
    [
      "one output for several classes",
      { units: 1, activation: "sigmoid", y: halves() },
      'use activation: "sigmoid" and the loss binaryCrossentropy.',
    ],
    ["one-hot for indices", { ...sparse }, "Write labels.argMax(-1), or use the loss categoricalCrossentropy."],
    [
      "indices from 1",
      { ...sparse, y: indices().add(1) },
      "The labels go from 1 to 3, but with 3 units, sparseCategoricalCrossentropy needs integers from 0 to 2. Subtract 1.",
    ],
    ["indices that are not whole", { ...sparse, y: indices().add(0.5) }, "needs integers from 0 to 2"],
    [
      "two outputs for two classes",
      { ...binary, units: 2, y: halves() },
      'give the last layer units: 1 and activation: "sigmoid".',
    ],
  ])("%s: the training does not begin", async (_, given, says) => {
    expect(await trained(given)).toContain(says);
  });

  it.each<[string, Case, string]>([
    [
      "one-hot times 255",
      { y: oneHot().mul(255) },
      "labels: the labels go from 0 to 255, but categoricalCrossentropy needs labels from 0 to 1.",
    ],
    ["several classes per example", { y: tf.ones([N, 3]) }, "labels: the rows of the labels do not sum to 1"],
    [
      "-1 and 1 for two classes",
      { ...binary, y: halves().mul(2).sub(1) },
      "labels: the labels go from -1 to 1, but binaryCrossentropy needs labels from 0 to 1.",
    ],
    [
      "one class only",
      { y: tf.oneHot(tf.zeros([N], "int32"), 3).toFloat() },
      "classes: all 12 training labels are of class 0, so there is nothing to learn.",
    ],
    [
      "other classes to validate on",
      { units: 6, ...sparse, y: indices(), validation: indices().add(3) },
      "classes: the validation data has classes that the training data lacks (3, 4, 5). Shuffle",
    ],
    [
      "sorted examples and validationSplit",
      {
        ...sparse,
        x: inputs(40),
        y: tf.tensor1d(Array.from({ length: 40 }, (_, i) => Math.floor(i / 20))),
        options: { validationSplit: 0.5 },
      },
      "classes: all 20 training labels are of class 0",
    ],
  ])("%s: warned of", async (_, given, says) => {
    expect(await trained(given)).toEqual([expect.stringContaining(says)]);
  });

  it.each<[string, Case]>([
    ["one-hot", { validation: oneHot() }],
    [
      "smoothed one-hot",
      {
        y: oneHot()
          .mul(0.9)
          .add(0.1 / 3),
      },
    ],
    ["indices", { ...sparse, y: indices(), validation: indices() }],
    ["a column of indices", { ...sparse, y: indices().reshape([N, 1]) }],
    ["two classes", { ...binary, y: halves() }],
    ["a list of two classes", { ...binary, y: halves().reshape([N]) }],
    ["probabilities", { ...binary, y: halves().mul(0.5) }],
    ["several classes per example", { loss: "binaryCrossentropy", activation: "sigmoid", y: tf.ones([N, 3]) }],
    ["a few examples of one class", { ...sparse, x: inputs(3), y: tf.tensor1d([1, 1, 1]) }],
    ["a rare class that only the validation has", { ...sparse, y: indices().minimum(1), validation: indices() }],
    ["numbers for a regression", { loss: "meanSquaredError", activation: "linear", units: 1, y: halves().mul(300) }],
    ["a shuffled validationSplit", { ...sparse, x: inputs(40), y: indices(40), options: { validationSplit: 0.5 } }],
  ])("%s: nothing to say", async (_, given) => {
    expect(await trained(given)).toEqual([]);
  });
});

describe("a model that cannot learn", () => {
  it.each<[string, Case, string]>([
    [
      "a softmax of one unit",
      { units: 1, loss: "binaryCrossentropy", y: halves() },
      'is always 1. Use activation: "sigmoid"',
    ],
    ["no softmax", { activation: "linear" }, 'needs probabilities. Use activation: "softmax".'],
    [
      "no sigmoid",
      { activation: "linear", units: 1, loss: "binaryCrossentropy", y: halves() },
      'Use activation: "sigmoid".',
    ],
    [
      "a batch larger than the data",
      { options: { batchSize: 64 } },
      "batchSize is 64, but there are only 12 training examples, so each epoch is a single step.",
    ],
    ["NaN in the inputs", { x: tf.fill([N, 2], NaN) }, "the loss is NaN after epoch 1, because train.x contains NaN."],
    [
      "NaN in the labels",
      { loss: "meanSquaredError", activation: "linear", y: tf.fill([N, 3], NaN) },
      "because train.y contains NaN.",
    ],
    [
      "a rate that is too high",
      {
        loss: "meanSquaredError",
        activation: "linear",
        x: inputs().mul(1e20),
        options: { batchSize: 2 },
        optimizer: tf.train.sgd(1e30),
      },
      "or try a lower learning rate than 1e+30.",
    ],
  ])("%s: warned of", async (_, given, says) => {
    expect(await trained(given)).toEqual([expect.stringContaining(says)]);
  });

  it("NaN in the validation data: warned of there", async () => {
    const train = { x: inputs(), y: oneHot() };
    const spoiled = { x: tf.fill([N, 2], NaN), y: oneHot() };
    const split = { x: inputs().concat(spoiled.x), y: oneHot(2 * N) };
    const told = async (data: FitData, options: FitOptions = {}) => {
      const model = tf.sequential({ layers: [tf.layers.dense({ units: 3, activation: "softmax", inputShape: [2] })] });
      model.compile({ optimizer: "sgd", loss: "categoricalCrossentropy" });
      const trial = new WarnedTrial(1);
      await fit(trial, model, data, options);
      return trial.warnings;
    };
    expect(await told({ train, validation: spoiled })).toEqual([
      "nan: the val_loss is NaN after epoch 1, because validation.x contains NaN. Remove or replace these values.",
    ]);
    expect(await told({ train: split }, { validationSplit: 0.5 })).toEqual([
      expect.stringContaining("the val_loss is NaN after epoch 1, because train.x contains NaN."),
    ]);
  });

  it("a learning rate that is a string, or NaN: the training does not begin", async () => {
    expect(await trained({ optimizer: tf.train.adam("0.01" as never) })).toContain(
      'Adam is the string "0.01". Pass a number',
    );
    expect(await trained({ optimizer: tf.train.sgd(NaN) })).toContain("SGD is NaN. Pass a number");
  });

  it("a batch as large as the data, and a default batch: nothing to say", async () => {
    expect(await trained({ options: { batchSize: N } })).toEqual([]);
    expect(await trained({})).toEqual([]);
  });

  it("a softmax in a layer of its own: nothing to say", async () => {
    const model = tf.sequential({
      layers: [tf.layers.dense({ units: 3, inputShape: [2] }), tf.layers.activation({ activation: "softmax" })],
    });
    model.compile({ optimizer: "sgd", loss: "categoricalCrossentropy" });
    const trial = new WarnedTrial(1);
    await fit(trial, model, { train: { x: inputs(), y: oneHot() } });
    expect(trial.warnings).toEqual([]);
  });

  it("model.fit with trialCallback is looked at too", async () => {
    const model = tf.sequential({ layers: [tf.layers.dense({ units: 3, inputShape: [2] })] });
    model.compile({ optimizer: "sgd", loss: "categoricalCrossentropy" });
    const trial = new WarnedTrial(1);
    await model.fit(inputs(), oneHot(), { callbacks: [trialCallback(trial)], verbose: 0 });
    expect(trial.warnings).toEqual([expect.stringContaining('Use activation: "softmax".')]);
  });

  it("model.fit with a batch larger than the data: warned of, unless TensorFlow.js chose it", async () => {
    const model = tf.sequential({ layers: [tf.layers.dense({ units: 3, activation: "softmax", inputShape: [2] })] });
    model.compile({ optimizer: "sgd", loss: "categoricalCrossentropy" });
    const trial = new WarnedTrial(1);
    const train = (batchSize?: number) =>
      model.fit(inputs(), oneHot(), { callbacks: [trialCallback(trial)], verbose: 0, ...(batchSize && { batchSize }) });
    await train();
    expect(trial.warnings).toEqual([]);
    await train(4 * N);
    expect(trial.warnings).toEqual([expect.stringContaining(`there are only ${N} training examples`)]);
  });

  it("model.fit with labels that are not one-hot: its error says what to write", async () => {
    explainRefusedLabels();
    const model = tf.sequential({ layers: [tf.layers.dense({ units: 3, activation: "softmax", inputShape: [2] })] });
    model.compile({ optimizer: "sgd", loss: "categoricalCrossentropy" });
    await expect(model.fit(inputs(), tf.zeros([N, 1]), { verbose: 0 })).rejects.toThrow(
      "categoricalCrossentropy needs one-hot labels. Write tf.oneHot(labels, 3)",
    );
    await expect(model.fit(tf.zeros([N, 5]), oneHot(), { verbose: 0 })).rejects.toThrow(/input/);
  });
});

describe("arguments of fit that are something else", () => {
  const model = () => {
    const built = tf.sequential({ layers: [tf.layers.dense({ units: 3, activation: "softmax", inputShape: [2] })] });
    built.compile({ optimizer: "sgd", loss: "categoricalCrossentropy" });
    return built;
  };
  const data = () => ({ train: { x: inputs(), y: oneHot() } });
  const bare = tf.sequential({ layers: [tf.layers.dense({ units: 3, inputShape: [2] })] });
  it.each<[string, () => readonly [unknown, unknown, unknown?], string]>([
    [
      "no trial",
      () => [model(), data()],
      "the first argument is not the objective's trial. Write fit(trial, model, data).",
    ],
    [
      "a promised model",
      () => [new WarnedTrial(1), Promise.resolve(model()), data()],
      "the model is a promise. Write `await` before it.",
    ],
    [
      "a loaded model with its origin",
      () => [new WarnedTrial(1), { model: model(), provenance: {} }, data()],
      "Pass the field model of what loadModel returned.",
    ],
    [
      "promised data",
      () => [new WarnedTrial(1), model(), Promise.resolve(data())],
      "the data is a promise. Write `await` before it.",
    ],
    ["data without train", () => [new WarnedTrial(1), model(), data().train], "Write { train: { x, y } }."],
    [
      "arrays",
      () => [new WarnedTrial(1), model(), { train: { x: [[1, 2]], y: [[1, 0, 0]] } }],
      "train.x is an array. Make a tensor of it",
    ],
    [
      "typed arrays",
      () => [new WarnedTrial(1), model(), { train: { x: inputs(), y: new Float32Array(36) } }],
      "train.y is a Float32Array. Make a tensor",
    ],
    [
      "validation without labels",
      () => [new WarnedTrial(1), model(), { ...data(), validation: { x: inputs() } }],
      "validation is an object (x). Pass { x, y }",
    ],
    [
      "a model that is not compiled",
      () => [new WarnedTrial(1), bare, data()],
      "The model is not compiled. Call model.compile(",
    ],
  ])("%s", async (_, args, says) => {
    await expect((fit as (...args: readonly unknown[]) => Promise<unknown>)(...args())).rejects.toThrow(says);
  });

  it("several inputs by name or in order, and data sets, are taken", async () => {
    const data = tf.data.zip({ xs: tf.data.array([[1, 2]]), ys: tf.data.array([[1, 0, 0]]) }).batch(1);
    await fit(new WarnedTrial(1), model(), { train: data });
    await fit(new WarnedTrial(1), model(), { train: { x: [inputs()], y: [oneHot()] } });
  });
});

describe("data sets", () => {
  const told = async (train: FitData["train"], loss = "categoricalCrossentropy") => {
    const model = tf.sequential({ layers: [tf.layers.dense({ units: 3, activation: "softmax", inputShape: [2] })] });
    model.compile({ optimizer: "sgd", loss });
    const trial = new WarnedTrial(2);
    try {
      await fit(trial, model, { train });
    } catch (error) {
      expect((error as Error).stack).toContain("mistakes.test.ts");
      return (error as Error).message;
    }
    return trial.warnings;
  };
  const rows = Array.from({ length: N }, (_, i) => ({ xs: [i, 1], ys: [i % 3] }));
  const oneHotRows = rows.map(({ xs, ys }) => ({ xs, ys: [0, 1, 2].map((label) => Number(label === ys[0])) }));
  const batch = () => ({ xs: inputs(), ys: oneHot() });

  it.each<[string, FitData["train"], string]>([
    ["indices for one-hot", tf.data.array(rows).batch(4), "needs one-hot labels. Write tf.oneHot(labels, 3)"],
    [
      "single examples",
      tf.data.array(oneHotRows),
      "the data set has single examples instead of batches. Add .batch(32)",
    ],
    [
      "pairs",
      tf.data
        .zip([tf.data.array(oneHotRows.map(({ xs }) => xs)), tf.data.array(oneHotRows.map(({ ys }) => ys))])
        .batch(4),
      "the data set has a tensor instead of batches of { xs, ys }.",
    ],
    [
      "x and y",
      tf.data.generator(function* () {
        yield { x: inputs(), y: oneHot() };
      }),
      "instead of batches of { xs, ys }",
    ],
    [
      "nothing",
      tf.data
        .array(oneHotRows)
        .filter(() => false)
        .batch(4),
      "The training data has no batches.",
    ],
    [
      "one iterator for all epochs",
      tf.data.generator(
        (
          (batches) => () =>
            batches
        )([batch()][Symbol.iterator]()),
      ),
      "no batches in epoch 2. Pass tf.data.generator a function that starts anew each time",
    ],
  ])("of %s: the training does not go on", async (_, train, says) => {
    expect(await told(train)).toContain(says);
  });

  it("of one-hot labels times 255: warned of once; right ones: nothing to say", async () => {
    const far = tf.data.array(oneHotRows).map((row) => ({ xs: row["xs"], ys: row["ys"].map((value) => 255 * value) }));
    const warnings = await told(far.batch(4));
    expect([...new Set(warnings)]).toEqual([expect.stringContaining("the labels go from 0 to 255")]);
    expect(await told(tf.data.array(oneHotRows).batch(4))).toEqual([]);
    expect(await told(tf.data.array(rows).batch(4), "sparseCategoricalCrossentropy")).toEqual([]);
  });

  it("whose later batches have other labels: told before they are trained on", async () => {
    const later = [...rows.slice(0, -1), { xs: [1, 1], ys: [3] }];
    expect(await told(tf.data.array(later).batch(4), "sparseCategoricalCrossentropy")).toContain("The labels go from");
  });
});

describe("a training of very many epochs, such as one per game that is played", () => {
  const N_EPOCHS = 200_000;
  const PEAK = 50_000;
  const rewards = Array.from({ length: N_EPOCHS }, (_, epoch) => -Math.abs(epoch - PEAK) - 0.5);

  it("has a best value, and what is returned of it is known", () => {
    const trial = new RecordingTrial();
    for (const [epoch, reward] of rewards.entries()) noteMetrics(trial, { reward, loss: epoch + 0.25, games: epoch });
    expect(new History({ reward: rewards }).best("reward")).toBe(-0.5);
    const byReward = { metric: "reward", better: "maximize" };
    expect(returnedMetric(trial, -0.5)).toEqual(byReward);
    expect(returnedMetric(trial, rewards.at(-1)!)).toEqual(byReward);
    expect(returnedMetric(trial, rewards[1]!)).toBeUndefined();
    expect(returnedMetric(trial, 0.25)).toEqual({ metric: "loss", better: "minimize" });
  });
});
