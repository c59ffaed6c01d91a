import * as tf from "@tensorflow/tfjs";
import { activeBackendHas } from "./kernel.js";

/** Inputs of `GeluGrad`, of one shape. Output: dy · (Φ(x) + x · φ(x)), with the normal distribution's function and density. */
export type GeluGradInputs = "dy" | "x";

/** What the hook reads of TensorFlow.js's layer. */
interface Activated extends tf.layers.Layer {
  readonly activation: { apply(x: tf.Tensor): tf.Tensor };
}

/** Makes the activation "gelu" one kernel (`Gelu`: x · Φ(x)) and its gradient another. TensorFlow.js composes them of two dozen. */
export function fuseGelu(): void {
  tf.registerGradient(gradient);
  const { activation } = tf.layers.activation({ activation: "gelu" }) as unknown as Activated;
  const gelu = Object.getPrototypeOf(activation) as Activated["activation"];
  const stock = gelu.apply;
  gelu.apply = function (this: Activated["activation"], x) {
    const isFused = x.dtype === "float32" && activeBackendHas("Gelu");
    return isFused ? tf.engine().runKernel<tf.Tensor>("Gelu", { x }) : stock.call(this, x);
  };
}

/** There is no second derivative. */
const gradient: tf.GradConfig = {
  kernelName: "Gelu",
  inputsToSave: ["x"],
  gradFunc: (dy, [x]) => ({ x: () => tf.engine().runKernel<tf.Tensor>("GeluGrad", { dy: dy as tf.Tensor, x: x! }) }),
};
