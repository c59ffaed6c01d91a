import * as tf from "@tensorflow/tfjs";
import type { SoftmaxGradInputs } from "../../../fused/softmax.js";
import { type WasmKernelCall, wasmKernel } from "../kernel.js";
import { addressOf, NS_PER_NUMBER, threadPool } from "../threads/thread-pool.js";

export const softmax = wasmKernel(
  "Softmax",
  ({ inputs: { logits }, backend, stock }: WasmKernelCall<"logits", tf.SoftmaxAttrs>) => {
    if (logits.dtype !== "float32") return stock();
    const y = backend.makeOutput(logits.shape, "float32");
    const columns = logits.shape.at(-1) ?? 1;
    threadPool(backend).run("softmax", [addressOf(backend, logits), addressOf(backend, y), columns], {
      units: tf.util.sizeFromShape(y.shape) / columns,
      each: 4 * columns * NS_PER_NUMBER,
    });
    return y;
  },
);

export const softmaxGrad = wasmKernel(
  "SoftmaxGrad",
  ({ inputs, backend }: WasmKernelCall<SoftmaxGradInputs, object>) => {
    const dx = backend.makeOutput(inputs.y.shape, "float32");
    const [dy, y, to] = [inputs.dy, inputs.y, dx].map((tensor) => addressOf(backend, tensor));
    const columns = dx.shape.at(-1) ?? 1;
    const units = tf.util.sizeFromShape(dx.shape) / columns;
    threadPool(backend).run("softmaxGradient", [dy!, y!, to!, columns], { units, each: 2 * columns * NS_PER_NUMBER });
    return dx;
  },
);
