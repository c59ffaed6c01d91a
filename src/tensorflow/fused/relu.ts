import * as tf from "@tensorflow/tfjs";
import { activeBackendHas } from "./kernel.js";

/** Inputs of `ReluGrad`, of one shape. Output: `dy` where `x` is above 0, else 0. */
export type ReluGradInputs = "dy" | "x";

/** Of `LeakyReluGrad`, with the same inputs. Output: `dy` where `x` is above 0, else `alpha · dy`. */
export interface LeakyReluGradAttrs {
  readonly alpha: number;
}

/** Makes the gradients of a ReLU, and of a leaky one, one kernel instead of three. */
export function fuseReluGradients(): void {
  fuseReluGradient();
  fuseLeakyReluGradient();
}

function fuseReluGradient(): void {
  const stock = tf.getGradient("Relu");
  tf.unregisterGradient("Relu");
  tf.registerGradient({
    ...stock,
    gradFunc: (dy, saved, attrs) =>
      activeBackendHas("ReluGrad")
        ? { x: () => reluGrad(dy as tf.Tensor, saved[0]!) }
        : stock.gradFunc(dy, saved, attrs),
  });
  tf.registerGradient({
    kernelName: "ReluGrad",
    inputsToSave: ["x"],
    gradFunc: (dy, [x]) => ({ dy: () => reluGrad(dy as tf.Tensor, x!), x: () => tf.zerosLike(x!) }),
  });
}

function reluGrad(dy: tf.Tensor, x: tf.Tensor): tf.Tensor {
  return tf.engine().runKernel("ReluGrad", { dy, x });
}

function fuseLeakyReluGradient(): void {
  const stock = tf.getGradient("LeakyRelu");
  tf.unregisterGradient("LeakyRelu");
  tf.registerGradient({
    ...stock,
    gradFunc: (dy, saved, attrs) =>
      activeBackendHas("LeakyReluGrad")
        ? { x: () => leakyReluGrad(dy as tf.Tensor, saved[0]!, attrs) }
        : stock.gradFunc(dy, saved, attrs),
  });
  tf.registerGradient({
    kernelName: "LeakyReluGrad",
    inputsToSave: ["x"],
    gradFunc: (dy, [x], attrs) => ({
      dy: () => leakyReluGrad(dy as tf.Tensor, x!, attrs),
      x: () => tf.zerosLike(x!),
    }),
  });
}

function leakyReluGrad(dy: tf.Tensor, x: tf.Tensor, attrs: tf.NamedAttrMap): tf.Tensor {
  return tf.engine().runKernel("LeakyReluGrad", { dy, x }, { alpha: attrs["alpha"]! });
}
