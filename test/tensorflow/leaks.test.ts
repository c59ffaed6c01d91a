import * as tf from "@tensorflow/tfjs";
import { beforeAll, describe, expect, it } from "vitest";
import { useBackend } from "../../src/tensorflow/backends/use-backend.js";
import { fit } from "../../src/tensorflow/fit.js";
import { leakWarning, TensorWatch } from "../../src/tensorflow/leaks.js";
import { RecordingTrial } from "./training-trial.js";

beforeAll(() => useBackend("wasm"));

describe("TensorWatch", () => {
  it("frees what was made and forgotten, and says how much that was", () => {
    const before = tf.tensor1d([1, 2, 3]);
    const { numTensors, numBytes } = tf.memory();
    const watch = new TensorWatch();
    const forgotten = tf.zeros([10, 10]);
    tf.tensor1d([1, 2], "int32").dispose();
    tf.tidy(() => before.square().sum().dataSync());
    const labels = tf.tensor1d([true, false], "bool");
    expect(watch.free()).toMatchObject({ tensors: 2, bytes: 402, variables: 0 });
    expect([forgotten.isDisposed, labels.isDisposed, before.isDisposed]).toEqual([true, true, false]);
    expect(tf.memory()).toMatchObject({ numTensors, numBytes });
  });

  it("knows where leaked tensors were made, at the top, by an operation, and in tidy, where it traces", () => {
    const { trackTensor, endScope } = tf.engine();
    const watch = new TensorWatch(0, true);
    const ones = function madeAtTheTop() {
      return tf.ones([2]);
    };
    const sum = function madeByAnOperation(x: tf.Tensor) {
      return x.add(1);
    };
    const tidied = function madeInTidy(x: tf.Tensor) {
      return tf.tidy(() => ({ result: [x.mul(2).add(1)] }));
    };
    const x = ones();
    tidied(sum(x));
    const { tensors, origins } = watch.free();
    const made = origins.map(({ stack }) => /made\w+/.exec(stack!.split("\n").slice(1).join())![0]);
    expect([tensors, made.sort()]).toEqual([3, ["madeAtTheTop", "madeByAnOperation", "madeInTidy"]]);
    expect([tf.engine().trackTensor, tf.engine().endScope]).toEqual([trackTensor, endScope]);
  });

  it("finds tensors made inside tidy and returned, and in async code", async () => {
    const watch = new TensorWatch();
    tf.tidy(() => tf.ones([2]).add(1));
    await Promise.resolve();
    tf.ones([3]);
    expect(watch.free()).toMatchObject({ tensors: 2 });
  });

  it("frees models and optimizers without counting them as leaks", async () => {
    const { numTensors } = tf.memory();
    const watch = new TensorWatch();
    const model = tf.sequential({
      layers: [tf.layers.dense({ units: 2, inputShape: [3] }), tf.layers.batchNormalization()],
    });
    model.compile({ optimizer: tf.train.momentum(0.1, 0.9), loss: "meanSquaredError" });
    const [x, y] = [tf.ones([4, 3]), tf.ones([4, 2])];
    await fit(new RecordingTrial(2), model, { train: { x, y } });
    tf.dispose([x, y]);
    expect(watch.free()).toEqual({ tensors: 0, bytes: 0, variables: 10, origins: [] });
    expect(tf.memory().numTensors).toBe(numTensors);
  });

  it("leaves to later trials what the study keeps", () => {
    const watch = new TensorWatch();
    const kept = tf.keep(tf.ones([5]));
    expect(watch.free()).toMatchObject({ tensors: 0 });
    expect(kept.isDisposed).toBe(false);
    kept.dispose();
  });

  it("stops watching once it has freed", () => {
    const { trackTensor, disposeTensor } = tf.engine();
    new TensorWatch().free();
    expect(tf.engine().trackTensor).toBe(trackTensor);
    expect(tf.engine().disposeTensor).toBe(disposeTensor);
  });
});

describe("leakWarning", () => {
  it("names how many and how much, and says what to do", () => {
    expect(leakWarning({ tensors: 12, bytes: 3_100_000, variables: 4, origins: [] })).toMatch(
      /^12 tensors \(3\.1 MB\) were still allocated.*tf\.tidy/,
    );
    expect(leakWarning({ tensors: 1, bytes: 400, variables: 0, origins: [] })).toMatch(/^1 tensor \(0\.4 kB\) was/);
    expect(leakWarning({ tensors: 2, bytes: 800, variables: 0, origins: [] }, ["a.ts:3", "a.ts:9"])).toMatch(
      /were freed; made at a\.ts:3, a\.ts:9\. Wrap/,
    );
    expect(leakWarning({ tensors: 0, bytes: 0, variables: 40, origins: [] })).toBeUndefined();
  });
});
