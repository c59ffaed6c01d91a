import { cpSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs";
import { beforeAll, describe, expect, it } from "vitest";
import type { Checkpoint, SavedCheckpoint } from "../../../src/engine/trial/checkpoint.js";
import { useBackend } from "../../../src/tensorflow/backends/use-backend.js";
import { checkpointCallback } from "../../../src/tensorflow/callbacks/checkpoint-callback.js";
import { earlyStopping } from "../../../src/tensorflow/callbacks/early-stopping.js";
import { reduceLROnPlateau } from "../../../src/tensorflow/callbacks/reduce-lr-on-plateau.js";
import { trialCallback } from "../../../src/tensorflow/callbacks/trial-callback.js";
import { fit, type FitOptions } from "../../../src/tensorflow/fit.js";
import type { FitData } from "../../../src/tensorflow/fit-data.js";
import type { History } from "../../../src/tensorflow/history.js";
import { TensorWatch } from "../../../src/tensorflow/leaks.js";
import { trainingLoop } from "../../../src/tensorflow/training-loop.js";
import { withSeededRandom } from "../../../src/tensorflow/seed.js";
import { temporaryFolder } from "../../temporary-folder.js";
import { RecordingTrial } from "../training-trial.js";

beforeAll(() => useBackend("wasm"));

const EPOCHS = 5;

/** A trial that keeps all its checkpoints, one after each epoch. */
class CheckpointedTrial extends RecordingTrial {
  readonly warnings: string[] = [];
  readonly fitCheckpoint: Checkpoint;

  constructor(
    readonly folder: string,
    from?: SavedCheckpoint,
  ) {
    super(EPOCHS);
    let last = from;
    this.fitCheckpoint = {
      interval: 0,
      isDue: true,
      isPausing: false,
      async save(step, write) {
        mkdirSync(join(folder, String(step)), { recursive: true });
        await write(join(folder, String(step)));
        last = { step, folder: join(folder, String(step)) };
      },
      load: () => last,
    };
  }

  warnOnce(_topic: string, message: string): void {
    this.warnings.push(message);
  }
}

interface Training {
  build(): { model: tf.LayersModel; data: FitData; options?: FitOptions };
}

const optimizers = {
  adam: () => tf.train.adam(0.01),
  rmsprop: () => tf.train.rmsprop(0.01),
  "rmsprop, centered, with momentum": () => tf.train.rmsprop(0.005, 0.9, 0.5, 1e-7, true),
  momentum: () => tf.train.momentum(0.05, 0.9),
  sgd: () => tf.train.sgd(0.05),
  adamax: () => tf.train.adamax(0.01),
  adagrad: () => tf.train.adagrad(0.05),
};

function values(shape: number[], shift: number): tf.Tensor {
  const data = Array.from({ length: tf.util.sizeFromShape(shape) }, (_, i) => Math.sin((i + shift) * ((i % 13) + 2)));
  return tf.tensor(data, shape);
}

function classes(count: number, shift: number): tf.Tensor {
  return tf.tidy(() =>
    tf
      .oneHot(
        tf.tensor1d(
          Array.from({ length: count }, (_, i) => (i * 7 + shift) % 3),
          "int32",
        ),
        3,
      )
      .toFloat(),
  );
}

function examples(shape: number[]): FitData {
  const of = (count: number, shift: number) => ({ x: values([count, ...shape], shift), y: classes(count, shift) });
  return { train: of(50, 0), validation: of(20, 5) };
}

const layers = {
  dense: () => [
    tf.layers.dense({ units: 8, activation: "relu", inputShape: [6] }),
    tf.layers.dropout({ rate: 0.3 }),
    tf.layers.dense({ units: 3, activation: "softmax" }),
  ],
  cnn: () => [
    tf.layers.conv2d({ filters: 3, kernelSize: 3, inputShape: [6, 6, 1] }),
    tf.layers.batchNormalization(),
    tf.layers.activation({ activation: "relu" }),
    tf.layers.dropout({ rate: 0.3 }),
    tf.layers.flatten(),
    tf.layers.dense({ units: 3, activation: "softmax" }),
  ],
  lstm: () => [
    tf.layers.lstm({ units: 4, inputShape: [5, 2], dropout: 0.2, recurrentDropout: 0.2 }),
    tf.layers.dense({ units: 3, activation: "softmax" }),
  ],
};
const shapes = { dense: [6], cnn: [6, 6, 1], lstm: [5, 2] };

function training(network: keyof typeof layers, optimizer: () => tf.Optimizer, options?: () => FitOptions): Training {
  return {
    build() {
      const model = tf.sequential({ layers: layers[network]() });
      model.compile({ optimizer: optimizer(), loss: "categoricalCrossentropy", metrics: ["accuracy"] });
      return { model, data: examples(shapes[network]), options: { batchSize: 8, ...options?.() } };
    },
  };
}

interface Outcome {
  readonly history: History;
  readonly weights: number[][];
  readonly leaked: number;
}

async function trained({ build }: Training, trial: RecordingTrial): Promise<Outcome> {
  const watch = new TensorWatch();
  const training = withSeededRandom([3], async () => {
    const { model, data, options } = build();
    const history = await fit(trial, model, data, options);
    return { history, weights: model.getWeights().map((weight) => [...weight.dataSync()]) };
  });
  const outcome = await training.catch((error: unknown) => {
    watch.free();
    throw error;
  });
  return { ...outcome, leaked: watch.free().tensors };
}

/** Trains on the whole, and then anew from the checkpoint after each epoch. */
async function expectSameFromEachEpoch(what: Training): Promise<Outcome> {
  const folder = temporaryFolder();
  const whole = new CheckpointedTrial(folder);
  const expected = await trained(what, whole);
  expect(expected).toEqual(await trained(what, new RecordingTrial(EPOCHS)));
  expect(whole.warnings).toEqual([]);
  const saved = readdirSync(folder)
    .map(Number)
    .sort((a, b) => a - b);
  expect(saved).toEqual(expected.history.values["loss"]!.map((_, epoch) => epoch));
  for (const step of saved) {
    const copy = join(temporaryFolder(), String(step));
    cpSync(join(folder, String(step)), copy, { recursive: true });
    const trial = new CheckpointedTrial(temporaryFolder(), { step, folder: copy });
    expect(await trained(what, trial)).toEqual(expected);
    expect(trial.reports).toEqual(whole.reports.slice(step + 1));
    expect(trial.epochLogs).toEqual(whole.epochLogs.slice(step + 1));
  }
  return expected;
}

describe("a training continued from a checkpoint gives what it gives without an interruption, to the last bit", () => {
  it.each(Object.keys(optimizers) as (keyof typeof optimizers)[])("a dense network with %s", async (name) => {
    await expectSameFromEachEpoch(training("dense", optimizers[name]));
  });

  it.each(["adam", "rmsprop", "momentum"] as const)("a CNN with batch normalization, dropout, and %s", async (name) => {
    await expectSameFromEachEpoch(training("cnn", optimizers[name]));
  });

  it.each(["adam", "rmsprop", "momentum"] as const)("an LSTM with dropout and %s", async (name) => {
    await expectSameFromEachEpoch(training("lstm", optimizers[name]));
  });

  it("with a learning rate that was reduced", async () => {
    const options = () => ({ callbacks: [reduceLROnPlateau({ patience: 1, factor: 0.5, minDelta: 10 })] });
    const { history } = await expectSameFromEachEpoch(training("dense", optimizers.sgd, options));
    expect(history.values["learning_rate"]!.at(-1)).toBeLessThan(0.05 / 4);
    await expectSameFromEachEpoch(training("dense", optimizers.adam, options));
  });

  it("with early stopping that gives the best weights back", async () => {
    const options = () => ({ callbacks: [earlyStopping({ patience: 2, minDelta: 10, restoreBestWeights: true })] });
    const { history } = await expectSameFromEachEpoch(training("dense", optimizers.adam, options));
    expect(history.epochs).toBeLessThan(EPOCHS);
  });

  it("with the fields of a callback of one's own", async () => {
    class Counting extends tf.Callback {
      private epochs = 0;
      private best = Infinity;
      private seen = new Map<number, number>();
      override async onEpochEnd(epoch: number, logs: tf.Logs = {}): Promise<void> {
        this.best = Math.min(this.best, await value(logs["loss"]!));
        this.seen.set(epoch, this.best);
        logs["counted"] = ++this.epochs;
        logs["best"] = this.best;
      }
    }
    await expectSameFromEachEpoch(training("dense", optimizers.adam, () => ({ callbacks: [new Counting()] })));
  });

  it("a loop of one's own whose epochs change nothing but the network and its optimizer", async () => {
    const { build } = training("dense", optimizers.adam);
    const looped = async (trial: RecordingTrial) =>
      withSeededRandom([3], async () => {
        const { model, data } = build();
        const { x, y } = data.train as { x: tf.Tensor; y: tf.Tensor };
        const optimizer = tf.train.adam(0.01);
        const epoch = () => {
          const noisy = () => model.apply(x.mul(1 + Math.random()), { training: true }) as tf.Tensor;
          const loss = optimizer.minimize(() => tf.losses.meanSquaredError(y, noisy()), true)!;
          return { loss };
        };
        const { values } = await trainingLoop(trial, epoch, { model, optimizer, checkpoint: true });
        return { values, weights: model.getWeights().map((weight) => [...weight.dataSync()]) };
      });
    const folder = temporaryFolder();
    const expected = await looped(new CheckpointedTrial(folder));
    for (let step = 0; step < EPOCHS; step++) {
      const from = { step, folder: join(folder, `${step}`) };
      expect(await looped(new CheckpointedTrial(temporaryFolder(), from))).toEqual(expected);
    }
  });

  it.each(["tensors", "data sets"])("model.fit with checkpointCallback, on %s", async (kind) => {
    const fitted = async (trial: RecordingTrial) =>
      withSeededRandom([3], async () => {
        const { model, data } = training("dense", optimizers.adam).build();
        const { x, y } = data.train as { x: tf.Tensor; y: tf.Tensor };
        const sets = tf.data.zip({
          xs: tf.data.array(x.arraySync() as number[][]),
          ys: tf.data.array(y.arraySync() as number[][]),
        });
        const batches = sets.shuffle(50, "7").batch(8);
        const stopping = earlyStopping({ monitor: "loss", patience: 3, minDelta: 10, restoreBestWeights: true });
        const options = {
          callbacks: [stopping],
          ...(kind === "tensors" ? {} : { data: { train: batches as FitData["train"] } }),
        };
        const checkpoints = await checkpointCallback(trial, model, options);
        const { initialEpoch } = checkpoints;
        const callbacks = [stopping, trialCallback(trial), checkpoints];
        const args = { epochs: EPOCHS, initialEpoch, callbacks, verbose: 0 as const };
        if (kind === "tensors") await model.fit(x, y, { ...args, batchSize: 8 });
        else await model.fitDataset(batches, args);
        const weights = model.getWeights().map((weight) => [...weight.dataSync()]);
        return { history: checkpoints.history.values, weights, drawn: Math.random() };
      });
    const folder = temporaryFolder();
    const whole = new CheckpointedTrial(folder);
    const expected = await fitted(whole);
    expect(expected).toEqual(await fitted(new RecordingTrial(EPOCHS)));
    const saved = readdirSync(folder).map(Number);
    expect(saved.length).toBe(expected.history["loss"]!.length);
    for (const step of saved) {
      const trial = new CheckpointedTrial(temporaryFolder(), { step, folder: join(folder, `${step}`) });
      expect(await fitted(trial)).toEqual(expected);
      expect(trial.reports).toEqual(whole.reports.slice(step + 1));
    }
  });

  it("a loop of one's own with several networks, optimizers, and an agent that remembers", async () => {
    const looped = async (trial: RecordingTrial) =>
      withSeededRandom([5], async () => {
        const { model: actor, data } = training("dense", optimizers.adam).build();
        const { model: critic } = training("dense", optimizers.adam).build();
        const { x, y } = data.train as { x: tf.Tensor; y: tf.Tensor };
        const scale = tf.variable(tf.scalar(1));
        const agent = { seen: new Float32Array(3), steps: 0, episodes: [{ reward: NaN }], greedy: () => 1, actor };
        const chosen = [tf.train.adam(0.01), tf.train.rmsprop(0.01)] as const;
        const epoch = () => {
          agent.seen.set([agent.seen[0]! + Math.random()], agent.steps++ % 3);
          agent.episodes.push({ reward: agent.seen.reduce((sum, value) => sum + value, 0) });
          const noise = agent.episodes.at(-1)!.reward;
          const losses = [actor, critic].map((model, i) =>
            chosen[i]!.minimize(() => {
              const output = model.apply(x.mul(noise), { training: true }) as tf.Tensor;
              return tf.losses.meanSquaredError(y, output.mul(scale));
            }, true)!,
          );
          return { loss: losses[0]!, critic: losses[1]! };
        };
        const { values } = await trainingLoop(trial, epoch, { checkpoint: [actor, critic, ...chosen, scale, agent] });
        return {
          values,
          weights: critic.getWeights().map((weight) => [...weight.dataSync()]),
          episodes: agent.episodes,
        };
      });
    const folder = temporaryFolder();
    const whole = new CheckpointedTrial(folder);
    const expected = await looped(whole);
    expect(whole.warnings).toEqual([]);
    for (let step = 0; step < EPOCHS; step++) {
      const from = { step, folder: join(folder, `${step}`) };
      expect(await looped(new CheckpointedTrial(temporaryFolder(), from))).toEqual(expected);
    }
  });

  it("a loop of one's own only with what can be saved", async () => {
    class Agent {
      readonly buffer = { items: new Map() };
    }
    const options = { checkpoint: [new Agent()], epochs: 2 };
    const loop = trainingLoop(new CheckpointedTrial(temporaryFolder()), () => ({ loss: 1 }), options);
    await expect(loop).rejects.toThrow('checkpoint cannot save "buffer.items" of Agent');
  });

  it("a loop of one's own only with its network and optimizer", async () => {
    const loop = trainingLoop(new CheckpointedTrial(temporaryFolder()), () => ({ loss: 1 }), { checkpoint: true });
    await expect(loop).rejects.toThrow("Pass model and optimizer, or a list");
  });

  it.each([undefined, "7"])("with data sets shuffled by the seed %s", async (seed) => {
    await expectSameFromEachEpoch({
      build() {
        const { model } = training("dense", optimizers.adam).build();
        const set = (count: number, shift: number) =>
          tf.data
            .zip({
              xs: tf.data.array(values([count, 6], shift).arraySync() as number[][]),
              ys: tf.data.array(classes(count, shift).arraySync() as number[][]),
            })
            .shuffle(count, seed)
            .batch(8) as FitData["validation"];
        return { model, data: { train: set(50, 0), validation: set(20, 5) } as FitData };
      },
    });
  });
});

describe("a training that carries more from epoch to epoch is continued to the last bit too", () => {
  it("stateful layers", async () => {
    await expectSameFromEachEpoch({
      build() {
        const lstm = tf.layers.lstm({ units: 2, stateful: true, batchInputShape: [10, 2, 2] });
        const layer = tf.layers.bidirectional({ layer: lstm, batchInputShape: [10, 2, 2] });
        const model = tf.sequential({ layers: [layer, tf.layers.dense({ units: 3, activation: "softmax" })] });
        model.compile({ optimizer: "sgd", loss: "categoricalCrossentropy" });
        return { model, data: examples([2, 2]), options: { batchSize: 10, shuffle: false } };
      },
    });
  });

  it.each([undefined, "7"])(
    "an epoch of some batches of an endless data set, shuffled by the seed %s",
    async (seed) => {
      await expectSameFromEachEpoch({
        build() {
          const { model } = training("dense", optimizers.adam).build();
          const rows = values([50, 6], 0).arraySync() as number[][];
          // A generator that draws, too.
          const noisy = tf.data.generator(function* () {
            for (const row of rows) yield { xs: row.map((value) => value + Math.random()), ys: [1, 0, 0] };
          });
          const train = noisy.shuffle(20, seed).repeat().batch(8) as unknown as FitData["train"];
          return { model, data: { train }, options: { batchesPerEpoch: 4 } };
        },
      });
    },
  );
});

describe("a checkpoint", () => {
  it("of another network is refused, with what to do", async () => {
    const folder = temporaryFolder();
    await trained(training("dense", optimizers.adam), new CheckpointedTrial(folder));
    const other = new CheckpointedTrial(temporaryFolder(), { step: 1, folder: join(folder, "1") });
    await expect(trained(training("cnn", optimizers.adam), other)).rejects.toThrow(/must build the same network/);
  });
});

it("a disk that is full, or refuses to be written on, ends no training", async () => {
  const expected = await trained(training("dense", optimizers.adam), new RecordingTrial(EPOCHS));
  const trial = new CheckpointedTrial(temporaryFolder());
  const refusing = { ...trial.fitCheckpoint, save: () => Promise.reject(new Error("ENOSPC: no space left on device")) };
  Reflect.set(trial, "fitCheckpoint", refusing);
  expect(await trained(training("dense", optimizers.adam), trial)).toEqual(expected);
  expect(new Set(trial.warnings)).toEqual(
    new Set(["a checkpoint could not be saved: ENOSPC: no space left on device"]),
  );
});

describe("a trial with several trainings", () => {
  /** As in cross-validation, the objective draws between its trainings, and looks at its networks. */
  const folds = (): Training[] => [
    training("dense", optimizers.adam),
    training("cnn", optimizers.momentum, () => ({ callbacks: [earlyStopping({ patience: 1, minDelta: 10 })] })),
    training("dense", optimizers.rmsprop),
  ];

  async function allTrained(trial: CheckpointedTrial): Promise<unknown> {
    return withSeededRandom([3], async () => {
      const outcomes: unknown[] = [];
      for (const { build } of folds()) {
        const { model, data, options } = build();
        const { values: history } = await fit(trial, model, data, options);
        const weights = model.getWeights().map((weight) => [...weight.dataSync()]);
        outcomes.push({ history, weights, drawn: Math.random() });
      }
      return outcomes;
    });
  }

  it("continues in the one that was interrupted, and does not train the others again", async () => {
    const folder = temporaryFolder();
    const whole = new CheckpointedTrial(folder);
    const expected = await allTrained(whole);
    const steps = whole.reports.map(([, step]) => step);
    expect(steps).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
    for (const step of steps) {
      const place = temporaryFolder();
      const continued = new CheckpointedTrial(place, { step, folder: join(folder, `${step}`) });
      expect(await allTrained(continued)).toEqual(expected);
      expect(continued.reports).toEqual(whole.reports.slice(step + 1));
      // What the continued trial saves is as good.
      const last = steps.length - 2;
      if (step >= last) continue;
      const again = new CheckpointedTrial(temporaryFolder(), { step: last, folder: join(place, `${last}`) });
      expect(await allTrained(again)).toEqual(expected);
    }
    expect(whole.warnings).toEqual([]);
  });

  it("leaves nothing on the device", async () => {
    const before = tf.memory().numTensors;
    const watch = new TensorWatch();
    await allTrained(new CheckpointedTrial(temporaryFolder()));
    watch.free();
    expect(tf.memory().numTensors).toBe(before);
  });

  it("saves nothing once two train at the same time, or one has failed", async () => {
    const both = new CheckpointedTrial(temporaryFolder());
    await Promise.all(folds().map((each) => trainedIn(both, each)));
    expect(readdirSync(both.folder).length).toBeLessThan(EPOCHS);
    const failing = new CheckpointedTrial(temporaryFolder());
    const fails = { onEpochEnd: () => Promise.reject(new Error("A callback fails.")) };
    await expect(
      trainedIn(
        failing,
        training("dense", optimizers.sgd, () => ({ callbacks: [fails] })),
      ),
    ).rejects.toThrow("A callback fails.");
    await trainedIn(failing, training("dense", optimizers.sgd));
    expect(readdirSync(failing.folder)).toEqual([]);
  });

  const trainedIn = (trial: CheckpointedTrial, { build }: Training) => {
    const { model, data, options } = build();
    return fit(trial, model, data, options);
  };
});

async function value(logged: number | tf.Scalar): Promise<number> {
  return typeof logged === "number" ? logged : (await logged.data())[0]!;
}
