import * as tf from "@tensorflow/tfjs";
import { activeBackendHas, runFused } from "./kernel.js";

/** Of both kernels. */
export interface BatchNormTrainingAttrs {
  /** Added to the variance before its root is taken. */
  readonly epsilon: number;
}

/**
 * Inputs of `BatchNormTraining`: `x` has the channels on its last axis, `gamma` and `beta` are [channels]. Outputs: `x`
 * normalized by its own mean and variance (the biased one) over all other axes, scaled and moved; that mean; that variance.
 */
export type BatchNormTrainingInputs = "x" | "gamma" | "beta";

/** Inputs of `BatchNormTrainingGrad`. Outputs: gradients of `x` (with what flows through mean and variance), `gamma`, `beta`. */
export type BatchNormTrainingGradInputs = "dy" | "x" | "gamma" | "mean" | "variance";

/** Inputs of `MovingAverages`, all of one shape. Outputs: both averages, moved toward the batch's. */
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
  readonly gamma?: Pick<Weight, "read">;
  readonly beta?: Pick<Weight, "read">;
  readonly movingMean: Weight;
  readonly movingVariance: Weight;
}

interface Weight {
  read(): tf.Tensor;
  write(value: tf.Tensor): unknown;
}

/**
 * Makes `tf.layers.batchNormalization` train by the kernels of backends that have them. On all backends it then trains over any axis,
 * without gamma or beta, and on any number of axes; TensorFlow.js's own has no gradient where the channels are not last, looks for the
 * gamma that `scale: false` leaves out, and ends at four axes.
 */
export function fuseBatchNormalization(): void {
  tf.registerGradient(gradient);
  const layer = Object.getPrototypeOf(tf.layers.batchNormalization()) as BatchNormalization;
  const stock = layer.call;
  layer.call = function (this: BatchNormalization, inputs, kwargs) {
    const x = Array.isArray(inputs) ? inputs[0]! : inputs;
    return tf.tidy(() => {
      this.invokeCallHook(inputs, kwargs);
      const axis = this.axis < 0 ? this.axis + x.rank : this.axis;
      const whole = channelsLast(this, x.shape[axis]!);
      const isFused = kwargs["training"] === true && activeBackendHas("BatchNormTraining");
      const normalize = (input: tf.Tensor) =>
        isFused ? normalizeBatch(whole, input) : (stock.call(whole, input, kwargs) as tf.Tensor);
      return axis === x.rank - 1 && x.rank <= 4 ? normalize(x) : byRows(x, axis, normalize);
    });
  };
}

/** The layer, for inputs whose channels are last, and with both of gamma and beta: 1 and 0 where it has none. */
function channelsLast(layer: BatchNormalization, channels: number): BatchNormalization {
  const constant = (value: number) => ({ read: () => tf.fill([channels], value) });
  const gamma = layer.gamma ?? constant(1);
  const beta = layer.beta ?? constant(0);
  const own = { axis: { value: -1 }, gamma: { value: gamma }, beta: { value: beta } };
  return Object.create(layer, own) as BatchNormalization;
}

/** What `normalize` makes of rows of channels, in the shape of `x`, whose channels are on `axis`. */
function byRows(x: tf.Tensor, axis: number, normalize: (rows: tf.Tensor) => tf.Tensor): tf.Tensor {
  const order = [...x.shape.keys()].toSpliced(axis, 1).concat(axis);
  const turned = x.transpose(order);
  const rows = normalize(turned.reshape([-1, x.shape[axis]!]));
  return rows.reshape(turned.shape).transpose(order.map((_, i) => order.indexOf(i)));
}

function normalizeBatch(layer: BatchNormalization, x: tf.Tensor): tf.Tensor {
  const inputs = { x, gamma: layer.gamma!.read(), beta: layer.beta!.read() };
  const attrs: BatchNormTrainingAttrs = { epsilon: layer.epsilon };
  type Outputs = [tf.Tensor, tf.Tensor, tf.Tensor];
  const [y, mean, variance] = runFused<Outputs>("BatchNormTraining", inputs, attrs);
  moveAverages(layer, mean, variance);
  return y;
}

function moveAverages(layer: BatchNormalization, mean: tf.Tensor, variance: tf.Tensor): void {
  const { movingMean, movingVariance, momentum } = layer;
  if (!activeBackendHas("MovingAverages")) {
    moveToward(movingMean, mean, momentum);
    moveToward(movingVariance, variance, momentum);
    return;
  }
  const inputs = { movingMean: movingMean.read(), movingVariance: movingVariance.read(), mean, variance };
  const attrs: MovingAveragesAttrs = { momentum };
  const [newMean, newVariance] = runFused<[tf.Tensor, tf.Tensor]>("MovingAverages", inputs, attrs);
  movingMean.write(newMean);
  movingVariance.write(newVariance);
}

function moveToward(average: Weight, value: tf.Tensor, momentum: number): void {
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
