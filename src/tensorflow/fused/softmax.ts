import * as tf from "@tensorflow/tfjs";
import { activeBackendHas } from "./kernel.js";

/** Inputs of `SoftmaxGrad`, of one shape: what flows back, and the softmax over the last axis. Output: dy · y less y · Σ dy · y. */
export type SoftmaxGradInputs = "dy" | "y";

/** Makes the gradient of a softmax one kernel instead of four. */
export function fuseSoftmaxGradient(): void {
  const stock = tf.getGradient("Softmax");
  tf.unregisterGradient("Softmax");
  tf.registerGradient({
    ...stock,
    gradFunc: (dy, saved, attrs) =>
      activeBackendHas("SoftmaxGrad")
        ? { logits: () => tf.engine().runKernel<tf.Tensor>("SoftmaxGrad", { dy: dy as tf.Tensor, y: saved[0]! }) }
        : stock.gradFunc(dy, saved, attrs),
  });
}
