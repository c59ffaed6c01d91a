import * as tf from "@tensorflow/tfjs";
import { activeBackendHas, runFused } from "./kernel.js";

export interface LayerNormalizationAttrs {
  /** Added to the variance before its root is taken. */
  readonly epsilon: number;
}

/**
 * Inputs of `LayerNormalization`: `x` [rows, columns], `gamma` and `beta` [columns]. Outputs: each row normalized by its own mean and
 * (biased) variance, scaled and moved; the rows' means; what their deviations were multiplied by.
 */
export type LayerNormalizationInputs = "x" | "gamma" | "beta";

/** Inputs of `LayerNormalizationGrad`. Outputs: gradients of `x`, `gamma`, `beta`. */
export type LayerNormalizationGradInputs = "dy" | "x" | "gamma" | "mean" | "scale";

/** What the hook reads of TensorFlow.js's layer. */
interface LayerNormalization extends tf.layers.Layer {
  /** From 0, once the layer is built. */
  readonly axis: number | readonly number[];
  readonly epsilon: number;
  /** null where `scale` is false. */
  readonly gamma: Readable | null;
  /** null where `center` is false. */
  readonly beta: Readable | null;
}

interface Readable {
  read(): tf.Tensor;
}

/**
 * Makes `tf.layers.layerNormalization` over the last axis one kernel forward and one back, on backends that have them. TensorFlow.js
 * repeats means, variances, gamma, and beta to the size of the input. The layer has no second derivative then. On all backends, it then
 * trains without gamma or beta; TensorFlow.js's own looks for those that `scale: false` and `center: false` leave out.
 */
export function fuseLayerNormalization(): void {
  tf.registerGradient(gradient);
  const layer = Object.getPrototypeOf(tf.layers.layerNormalization()) as LayerNormalization;
  const stock = layer.call;
  layer.call = function (this: LayerNormalization, inputs, kwargs) {
    const x = Array.isArray(inputs) ? inputs[0]! : inputs;
    const axes = [this.axis].flat();
    const isFused = axes.length === 1 && axes[0] === x.rank - 1 && activeBackendHas("LayerNormalization");
    const shape = axes.map((axis) => x.shape[axis]!);
    return tf.tidy(() => {
      const gamma = this.gamma ?? { read: () => tf.ones(shape) };
      const beta = this.beta ?? { read: () => tf.zeros(shape) };
      if (isFused) return normalize(x, gamma.read(), beta.read(), this.epsilon);
      const whole = Object.create(this, { scale: { value: true }, center: { value: true } }) as LayerNormalization;
      return stock.call(Object.assign(whole, { gamma, beta }), inputs, kwargs);
    });
  };
}

function normalize(x: tf.Tensor, gamma: tf.Tensor, beta: tf.Tensor, epsilon: number): tf.Tensor {
  const attrs: LayerNormalizationAttrs = { epsilon };
  const inputs = { x: x.reshape([-1, x.shape.at(-1)!]), gamma, beta };
  const [y] = runFused<[tf.Tensor, tf.Tensor, tf.Tensor]>("LayerNormalization", inputs, attrs);
  return y.reshape(x.shape);
}

const gradient: tf.GradConfig = {
  kernelName: "LayerNormalization",
  inputsToSave: ["x", "gamma"],
  outputsToSave: [false, true, true],
  gradFunc: (dys, saved) => {
    const [x, gamma, mean, scale] = saved as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
    const inputs = { dy: (dys as tf.Tensor[])[0]!, x, gamma, mean, scale };
    const [dx, dGamma, dBeta] = runFused<[tf.Tensor, tf.Tensor, tf.Tensor]>("LayerNormalizationGrad", inputs, {});
    return { x: () => dx, gamma: () => dGamma, beta: () => dBeta };
  },
};
