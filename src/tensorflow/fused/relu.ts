import * as tf from "@tensorflow/tfjs";
import { activeBackendHas } from "./kernel.js";

/** Inputs of `ReluGrad`, of one shape. Output: `dy` where `x` is above 0, else 0. */
export type ReluGradInputs = "dy" | "x";

/** Makes the gradient of a ReLU one kernel instead of three. */
export function fuseReluGradient(): void {
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
