import * as tf from "@tensorflow/tfjs";
import { beforeAll, describe, expect, it } from "vitest";
import { useBackend } from "../../src/tensorflow/backends/use-backend.js";
import { trialCallback } from "../../src/tensorflow/callbacks/trial-callback.js";
import { RecordingTrial } from "./training-trial.js";

beforeAll(() => useBackend("wasm"));

describe("a list of callbacks", () => {
  it.each(["fit", "fitDataset"] as const)(
    "of model.%s may begin with a plain object and have callbacks after it",
    async (method) => {
      const model = tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [2] })] });
      model.compile({ optimizer: "sgd", loss: "meanSquaredError" });
      const trial = new RecordingTrial(2);
      const own: number[] = [];
      const callbacks = [{ onEpochEnd: (epoch: number) => void own.push(epoch) }, trialCallback(trial)];
      const [xs, ys] = [tf.ones([4, 2]), tf.ones([4, 1])];
      const args = { epochs: 2, verbose: 0 as const, callbacks };
      if (method === "fit") await model.fit(xs, ys, args);
      else await model.fitDataset(tf.data.array([{ xs, ys }]), args);
      expect(own).toEqual([0, 1]);
      expect(trial.reports.map(([, step]) => step)).toEqual([0, 1]);
    },
  );
});
