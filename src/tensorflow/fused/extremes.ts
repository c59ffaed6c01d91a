import * as tf from "@tensorflow/tfjs";
import { activeBackendHas } from "./kernel.js";

/** Inputs of `ExtremeGrad`: `x` [outer, middle, inner], its extreme over the middle axis `y` [outer, inner], and what flows back to it. */
export type ExtremeGradInputs = "dy" | "y" | "x";

/** Makes the gradient of `tf.max` and `tf.min` over neighboring axes one kernel instead of a comparison, a conversion, and a product. Neither has a second derivative. */
export function fuseExtremeGradients(): void {
  for (const [kernelName, attribute] of [
    ["Max", "reductionIndices"],
    ["Min", "axis"],
  ] as const) {
    const stock = tf.getGradient(kernelName);
    tf.unregisterGradient(kernelName);
    tf.registerGradient({
      ...stock,
      gradFunc: (dy, [x, y], attrs) => {
        const axes = tf.util.parseAxisParam(attrs[attribute] as number[], x!.shape).toSorted((a, b) => a - b);
        const isOneAxis = axes.every((axis, i) => axis === axes[0]! + i);
        if (!isOneAxis || x!.dtype !== "float32" || !activeBackendHas("ExtremeGrad"))
          return stock.gradFunc(dy, [x!, y!], attrs);
        return { x: () => gradient(dy as tf.Tensor, x!, y!, axes) };
      },
    });
  }
}

function gradient(dy: tf.Tensor, x: tf.Tensor, y: tf.Tensor, axes: readonly number[]): tf.Tensor {
  const size = (from: number, to?: number) => tf.util.sizeFromShape(x.shape.slice(from, to));
  const [first, end] = [axes[0] ?? 0, (axes.at(-1) ?? -1) + 1];
  const [outer, middle, inner] = [size(0, first), size(first, end), size(end)];
  const inputs = { dy: dy.reshape([outer, inner]), y: y.reshape([outer, inner]), x: x.reshape([outer, middle, inner]) };
  return tf.engine().runKernel<tf.Tensor>("ExtremeGrad", inputs).reshape(x.shape);
}
