import type * as tf from "@tensorflow/tfjs";
import { fit } from "../../../src/tensorflow/fit.js";
import { BATCH_SIZE, EXAMPLES, type Flavor, type Training } from "./model.js";

/**
 * A compiled model, trained by Tunelens' `fit` or TensorFlow.js's own.
 *
 * @param build makes it anew from the kernels that are given
 */
export function fitted(
  build: (kernels: readonly tf.Tensor[], withDropout: boolean) => tf.LayersModel,
  { x, y, ...given }: Readonly<Record<string, tf.Tensor>>,
  flavor: Flavor,
): Training {
  const kernels = Object.values(given);
  const data = { x: x!, y: y! };
  const model = build(kernels, true);
  return {
    async loss() {
      const [first, labels] = [data.x.slice(0, BATCH_SIZE), data.y.slice(0, BATCH_SIZE)];
      return (await build(kernels, false).trainOnBatch(first, labels)) as number;
    },
    steps: (count) => train(model, data, (count * BATCH_SIZE) / EXAMPLES, flavor),
  };
}

async function train(
  model: tf.LayersModel,
  data: { x: tf.Tensor; y: tf.Tensor },
  epochs: number,
  flavor: Flavor,
): Promise<void> {
  const batchSize = BATCH_SIZE;
  if (flavor === "stock") {
    await model.fit(data.x, data.y, { epochs, batchSize, verbose: 0 });
    return;
  }
  const signal = new AbortController().signal;
  const trial = { number: 0, purpose: "study", epochs, signal, report() {}, shouldPrune: () => false } as const;
  await fit(trial, model, { train: data }, { batchSize, monitor: "loss" });
}
