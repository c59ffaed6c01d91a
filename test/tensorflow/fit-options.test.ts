import * as tf from "@tensorflow/tfjs";
import { describe, expect, it } from "vitest";
import { useBackend } from "../../src/tensorflow/backends/use-backend.js";
import { evaluateModel } from "../../src/tensorflow/evaluate-model.js";
import type { FitData } from "../../src/tensorflow/fit-data.js";
import { fit, type FitOptions } from "../../src/tensorflow/fit.js";
import { RecordingTrial } from "./training-trial.js";

await useBackend("wasm");

/** Weights that are the same each time, and a loss whose first value is that of these weights. */
function network() {
  const inputs = tf.input({ shape: [2] });
  const dense = (units: number, name: string) =>
    tf.layers.dense({ units, activation: "softmax", kernelInitializer: "ones", biasInitializer: "ones", name });
  const outputs = ["one", "two"].map((name) => dense(2, `${name}${tf.util.now()}`).apply(inputs) as tf.SymbolicTensor);
  return { inputs, outputs };
}

function single(optimizer: tf.Optimizer = tf.train.sgd(0.5)): tf.LayersModel {
  const { inputs, outputs } = network();
  const model = tf.model({ inputs, outputs: outputs[0]! });
  model.compile({ optimizer, loss: "categoricalCrossentropy", metrics: ["accuracy"] });
  return model;
}

const x = tf.tensor2d(
  Array.from({ length: 16 }, (_, i) => Math.sin(i * i)),
  [8, 2],
);
const classes = [0, 1, 1, 0, 0, 1, 0, 1];
const y = tf.tidy(() => tf.oneHot(tf.tensor1d(classes, "int32"), 2).toFloat());
const batches = (size = 4) =>
  tf.data.zip({ xs: tf.data.array(x.arraySync()), ys: tf.data.array(y.arraySync() as number[][]) }).batch(size);

const train = (data: FitData, options: FitOptions, model = single(), trial = new RecordingTrial(2)) =>
  fit(trial, model, data, { shuffle: false, ...options });

const weightsOf = (model: tf.LayersModel) => model.getWeights().flatMap((weight) => [...weight.dataSync()]);

describe("fit's data", () => {
  it("may be tensors to train on and a data set to validate on, and the other way round", async () => {
    const validation = { x, y };
    const tensors = await train({ train: { x, y }, validation }, { batchSize: 4 });
    const { numTensors } = tf.memory();
    const mixed = await train({ train: { x, y }, validation: batches() }, { batchSize: 4 });
    // The weights of one more network.
    expect(tf.memory().numTensors - numTensors).toBeLessThan(8);
    const otherWay = await train({ train: batches(), validation }, {});
    for (const { values } of [mixed, otherWay]) {
      expect(Object.keys(values).sort()).toEqual(["acc", "loss", "val_acc", "val_loss"]);
      for (const [name, series] of Object.entries(tensors.values))
        series.forEach((value, i) => expect(values[name]![i]).toBeCloseTo(value, 5));
    }
  });

  it("is split as Keras splits it: the last examples validate", async () => {
    const split = await train({ train: { x, y } }, { validationSplit: 0.25, batchSize: 6 });
    const [first, last] = [0, 6].map((start) => ({
      x: x.slice(start, start ? 2 : 6),
      y: y.slice(start, start ? 2 : 6),
    }));
    const byHand = await train({ train: first!, validation: last! }, { batchSize: 6 });
    expect(split.values).toEqual(byHand.values);
  });

  it("may go on longer than an epoch", async () => {
    let batchesSeen = 0;
    const counting = { onBatchEnd: () => void batchesSeen++ };
    const history = await train(
      { train: batches().repeat(), validation: batches().repeat() },
      { batchesPerEpoch: 3, validationBatches: 2, callbacks: [counting] },
    );
    expect([batchesSeen, history.epochs]).toEqual([6, 2]);
  });

  it("starts from a later epoch where asked, and steps are counted from there", async () => {
    const trial = new RecordingTrial(5);
    const history = await train({ train: { x, y } }, { initialEpoch: 3 }, single(), trial);
    expect(history.epochs).toBe(2);
    expect(trial.reports.map(([, step]) => step)).toEqual([3, 4]);
  });
});

describe("sampleWeight", () => {
  it("weighs the loss of each example, and so what is learned", async () => {
    const weights = [3, 0, 1, 0.5, 2, 1, 0, 4];
    const model = single();
    const history = await train(
      { train: { x, y } },
      { sampleWeight: tf.tensor1d(weights), batchSize: 8, epochs: 1 },
      model,
    );
    // All classes are equally likely before the first step.
    const mean = weights.reduce((sum, weight) => sum + weight * Math.log(2), 0) / 8;
    expect(history.values["loss"]![0]).toBeCloseTo(mean, 5);
    const zeros = single();
    const before = weightsOf(zeros);
    await train({ train: { x, y } }, { sampleWeight: tf.zeros([8]) }, zeros);
    expect(weightsOf(zeros)).toEqual(before);
  });

  it("does what classWeight does where all examples of a class weigh the same, and both multiply", async () => {
    const [byClass, byExample, both] = [single(), single(), single()];
    const data = { train: { x, y }, validation: { x, y } };
    const sampleWeight = tf.tensor1d(classes.map((which) => (which ? 6 : 0.5)));
    const expected = await train(data, { classWeight: { 0: 0.5, 1: 6 }, batchSize: 3 }, byClass);
    const weighed = await train(data, { sampleWeight, batchSize: 3 }, byExample);
    const half = tf.tensor1d(classes.map((which) => (which ? 3 : 0.5)));
    const multiplied = await train(data, { sampleWeight: half, classWeight: { 0: 1, 1: 2 }, batchSize: 3 }, both);
    expect([weighed.values, multiplied.values]).toEqual([expected.values, expected.values]);
    expect(weightsOf(byExample)).toEqual(weightsOf(byClass));
  });

  it("goes with the examples when they are shuffled and split", async () => {
    // Only examples of weight 0 are in the training part: nothing is learned.
    const model = single();
    const before = weightsOf(model);
    const sampleWeight = tf.tensor1d([0, 0, 0, 0, 0, 0, 5, 5]);
    await train({ train: { x, y } }, { sampleWeight, shuffle: true, validationSplit: 0.25, batchSize: 2 }, model);
    expect(weightsOf(model)).toEqual(before);
  });

  it("may be of one of several outputs, and refuses one that is not there and another number of examples", async () => {
    const { inputs, outputs } = network();
    const model = tf.model({ inputs, outputs });
    model.compile({ optimizer: tf.train.sgd(0.5), loss: "categoricalCrossentropy" });
    const [one, two] = model.outputNames;
    const before = weightsOf(model);
    await train({ train: { x, y: [y, y] } }, { sampleWeight: { [two!]: tf.zeros([8]) } }, model);
    const after = weightsOf(model);
    // Kernel and bias of the first output, then of the second.
    expect(after.slice(6)).toEqual(before.slice(6));
    expect(after.slice(0, 6)).not.toEqual(before.slice(0, 6));
    const wrong = (sampleWeight: NonNullable<FitOptions["sampleWeight"]>) =>
      train({ train: { x, y: [y, y] } }, { sampleWeight }, model);
    await expect(wrong({ three: tf.zeros([8]) })).rejects.toThrow(`no output is named "three". Use: ${one}, ${two}.`);
    await expect(wrong(tf.zeros([7]))).rejects.toThrow("sampleWeight has 7 numbers for 8 examples");
  });
});

describe("a data set's weights", () => {
  const weights = [3, 0, 1, 0.5, 2, 1, 0, 4];
  const weighed = (size: number) =>
    tf.data
      .zip({
        xs: tf.data.array(x.arraySync()),
        ys: tf.data.array(y.arraySync() as number[][]),
        sampleWeight: tf.data.array(weights),
      })
      .batch(size);
  const byClass = { 0: 0.5, 1: 6 };

  it("do what those of tensors do: by class, by example, and both", async () => {
    const sampleWeight = tf.tensor1d(weights);
    for (const [batched, option] of [
      [batches(3), { classWeight: byClass }],
      [weighed(3), { sampleWeight }],
      [weighed(3), { sampleWeight, classWeight: byClass }],
    ] as const) {
      const [ofTensors, ofBatches] = [single(), single()];
      const expected = await train({ train: { x, y } }, { ...option, batchSize: 3 }, ofTensors);
      const classWeight = "classWeight" in option ? { classWeight: option.classWeight } : {};
      const { numTensors } = tf.memory();
      const history = await train({ train: batched }, classWeight, ofBatches);
      expect(tf.memory().numTensors - numTensors).toBeLessThan(4);
      expect(history.values).toEqual(expected.values);
      expect(weightsOf(ofBatches)).toEqual(weightsOf(ofTensors));
    }
  });

  it("may be of one of several outputs, by its name, with several inputs", async () => {
    const inputs = ["left", "right"].map((name) => tf.input({ shape: [2], name }));
    const both = tf.layers.concatenate().apply(inputs) as tf.SymbolicTensor;
    const output = (name: string) =>
      tf.layers.dense({ units: 2, activation: "softmax", name }).apply(both) as tf.SymbolicTensor;
    const model = tf.model({ inputs, outputs: [output("kind"), output("place")] });
    model.compile({ optimizer: tf.train.sgd(0.5), loss: "categoricalCrossentropy" });
    const [kind, place] = ["kind", "place"].map((name) => model.getLayer(name).getWeights()[0]!.arraySync());
    const batch = () => ({
      xs: { right: x.clone(), left: x.clone() },
      ys: { place: y.clone(), kind: y.clone() },
      sampleWeight: { place: tf.zeros([8]) },
    });
    const endless = tf.data.generator(function* () {
      for (;;) yield batch();
    });
    const { numTensors } = tf.memory();
    const history = await train(
      { train: endless, validation: endless },
      { batchesPerEpoch: 2, validationBatches: 1 },
      model,
    );
    expect(tf.memory().numTensors).toBe(numTensors);
    expect(Object.keys(history.values)).toEqual(expect.arrayContaining(["val_kind_loss", "val_place_loss"]));
    expect(model.getLayer("kind").getWeights()[0]!.arraySync()).not.toEqual(kind);
    expect(model.getLayer("place").getWeights()[0]!.arraySync()).toEqual(place);
  });
});

describe("a model with several outputs", () => {
  it("has the metrics of its validation under the names of those of its training", async () => {
    const { inputs } = network();
    const output = (name: string, units: number) =>
      tf.layers.dense({ units, activation: "softmax", name }).apply(inputs) as tf.SymbolicTensor;
    const model = tf.model({ inputs, outputs: [output("first", 2), output("second", 2), output("third", 2)] });
    const losses = ["categoricalCrossentropy", "meanSquaredError", "meanAbsoluteError"];
    // Nothing is learned, so that both are the same.
    model.compile({ optimizer: tf.train.sgd(0), loss: losses, metrics: { second: "accuracy" } });
    const examples = { x, y: [y, y, y] };
    const data = tf.data.generator(function* () {
      yield { xs: x.clone(), ys: [y.clone(), y.clone(), y.clone()] };
    });
    for (const validation of [examples, data]) {
      const { values } = await train({ train: examples, validation }, { epochs: 1, batchSize: 8 }, model);
      const names = ["loss", "first_loss", "second_loss", "third_loss", "second_acc"];
      expect(Object.keys(values).sort()).toEqual([...names, ...names.map((name) => `val_${name}`)].sort());
      for (const name of names) expect(values[`val_${name}`]![0]).toBeCloseTo(values[name]![0]!, 5);
      const { numTensors } = tf.memory();
      const evaluated = await evaluateModel(model, validation);
      expect(tf.memory().numTensors).toBe(numTensors);
      for (const name of names) expect(evaluated[name]).toBeCloseTo(values[name]![0]!, 5);
    }
  });
});

describe("fit's options", () => {
  it.each<[string, FitData, FitOptions]>([
    ["validationSplit must be between 0 and 1, not 20", { train: { x, y } }, { validationSplit: 20 }],
    [
      "validationSplit and validation exclude each other",
      { train: { x, y }, validation: { x, y } },
      { validationSplit: 0.2 },
    ],
    ["validationSplit needs tensors", { train: batches() }, { validationSplit: 0.2 }],
    [
      "sampleWeight needs tensors. Give the batches of a data set their own: { xs, ys, sampleWeight }",
      { train: batches() },
      { sampleWeight: tf.zeros([8]) },
    ],
    ["batchesPerEpoch needs a data set", { train: { x, y } }, { batchesPerEpoch: 2 }],
  ])("%s", async (message, data, options) => {
    await expect(train(data, options)).rejects.toThrow(`fit: ${message}`);
  });
});
