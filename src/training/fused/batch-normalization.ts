import * as tf from "@tensorflow/tfjs";
import { activeBackendHas, runFused } from "./kernel.js";

/** Of both kernels. */
export interface BatchNormTrainingAttrs {
  /** Added to the variance before its root is taken. */
  readonly epsilon: number;
}

/**
 * Inputs of `BatchNormTraining`: `x` has the channels on its last axis, `gamma` and `beta` are [channels]. Outputs: `x`
 * normalised by its own mean and variance (the biased one) over all other axes, scaled and moved; that mean; that variance.
 */
export type BatchNormTrainingInputs = "x" | "gamma" | "beta";

/** Inputs of `BatchNormTrainingGrad`. Outputs: gradients of `x` (with what flows through mean and variance), `gamma`, `beta`. */
export type BatchNormTrainingGradInputs = "dy" | "x" | "gamma" | "mean" | "variance";

/** Inputs of `MovingAverages`, all of one shape. Outputs: both averages, moved towards the batch's. */
export type MovingAveragesInputs = "movingMean" | "movingVariance" | "mean" | "variance";

export interface MovingAveragesAttrs {
  /** How much of the averages stays. */
  readonly momentum: number;
}

/** What the hook reads of TensorFlow.js's layer. */
interface BatchNormalization extends tf.layers.Layer {
  readonly axis: number;
  readonly epsilon: number;
  readonly momentum: number;
  readonly gamma: Weight | null;
  readonly beta: Weight | null;
  readonly movingMean: Weight;
  readonly movingVariance: Weight;
}

interface Weight {
  read(): tf.Tensor;
  write(value: tf.Tensor): unknown;
}

/** Makes `tf.layers.batchNormalization` train by the kernels where it can: channels last, with gamma and beta. */
export function fuseBatchNormalization(): void {
  tf.registerGradient(gradient);
  const layer = Object.getPrototypeOf(tf.layers.batchNormalization()) as BatchNormalization;
  const stock = layer.call;
  layer.call = function (this: BatchNormalization, inputs, kwargs) {
    const x = Array.isArray(inputs) ? inputs[0]! : inputs;
    const { gamma, beta } = this;
    const fusable = kwargs["training"] === true && (this.axis === -1 || this.axis === x.rank - 1) && gamma && beta;
    if (!fusable || !activeBackendHas("BatchNormTraining")) return stock.call(this, inputs, kwargs);
    return tf.tidy(() => {
      this.invokeCallHook(inputs, kwargs);
      const weights = { gamma: gamma.read(), beta: beta.read() };
      const attrs: BatchNormTrainingAttrs = { epsilon: this.epsilon };
      type Outputs = [tf.Tensor, tf.Tensor, tf.Tensor];
      const [y, mean, variance] = runFused<Outputs>("BatchNormTraining", { x, ...weights }, attrs);
      moveAverages(this, mean, variance);
      return y;
    });
  };
}

function moveAverages(layer: BatchNormalization, mean: tf.Tensor, variance: tf.Tensor): void {
  const { movingMean, movingVariance, momentum } = layer;
  if (!activeBackendHas("MovingAverages")) {
    moveTowards(movingMean, mean, momentum);
    moveTowards(movingVariance, variance, momentum);
    return;
  }
  const inputs = { movingMean: movingMean.read(), movingVariance: movingVariance.read(), mean, variance };
  const attrs: MovingAveragesAttrs = { momentum };
  const [newMean, newVariance] = runFused<[tf.Tensor, tf.Tensor]>("MovingAverages", inputs, attrs);
  movingMean.write(newMean);
  movingVariance.write(newVariance);
}

function moveTowards(average: Weight, value: tf.Tensor, momentum: number): void {
  const before = average.read();
  average.write(before.sub(before.sub(value).mul(1 - momentum)));
}

const gradient: tf.GradConfig = {
  kernelName: "BatchNormTraining",
  inputsToSave: ["x", "gamma"],
  outputsToSave: [false, true, true],
  gradFunc: (dys, saved, attrs) => {
    const [x, gamma, mean, variance] = saved as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
    // The moving averages, all that the other outputs are for, are no part of a loss.
    const dy = (dys as tf.Tensor[])[0]!;
    const inputs = { dy, x, gamma, mean, variance };
    const [dx, dGamma, dBeta] = runFused<[tf.Tensor, tf.Tensor, tf.Tensor]>("BatchNormTrainingGrad", inputs, attrs);
    return { x: () => dx, gamma: () => dGamma, beta: () => dBeta };
  },
};
