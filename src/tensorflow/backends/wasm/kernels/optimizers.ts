import * as tf from "@tensorflow/tfjs";
import type { BackendWasm } from "@tensorflow/tfjs-backend-wasm";
import type {
  AdamStepAttrs,
  AdamStepInputs,
  MomentumStepAttrs,
  MomentumStepInputs,
  RMSPropStepAttrs,
  RMSPropStepInputs,
} from "../../../fused/optimizers.js";
import { floatsOf, type WasmKernelCall, wasmKernel } from "../kernel.js";
import { addressOf, NS_PER_NUMBER, threadPool } from "../threads/thread-pool.js";

/** Adam (Kingma and Ba 2015), as TensorFlow.js does it: epsilon is added to the corrected second moment's root. */
export const adamStep = wasmKernel(
  "AdamStep",
  ({ inputs, attrs, backend }: WasmKernelCall<AdamStepInputs, AdamStepAttrs>) => {
    const { learningRate, beta1, beta2, beta1Power, beta2Power, epsilon } = attrs;
    const outputs = likeValue(backend, inputs.value, 3);
    const at = (tensor: tf.TensorInfo) => addressOf(backend, tensor);
    threadPool(backend).run(
      "adamStep",
      [
        at(inputs.value),
        at(inputs.gradient),
        at(inputs.firstMoment),
        at(inputs.secondMoment),
        at(outputs[0]!),
        at(outputs[1]!),
        at(outputs[2]!),
        learningRate / (1 - beta1Power),
        1 / (1 - beta2Power),
        beta1,
        beta2,
        epsilon,
      ],
      { units: tf.util.sizeFromShape(inputs.value.shape), each: 2 * NS_PER_NUMBER, step: 4 },
    );
    return outputs;
  },
);

/** Gradient descent with momentum, also Nesterov's. */
export const momentumStep = wasmKernel(
  "MomentumStep",
  ({ inputs, attrs, backend }: WasmKernelCall<MomentumStepInputs, MomentumStepAttrs>) => {
    const { learningRate, momentum, nesterov } = attrs;
    const outputs = likeValue(backend, inputs.value, 2);
    const [value, gradient] = [floatsOf(backend, inputs.value), floatsOf(backend, inputs.gradient)];
    const accumulation = floatsOf(backend, inputs.accumulation);
    const [newValue, newAccumulation] = outputs.map((output) => floatsOf(backend, output)) as Two;
    for (let i = 0; i < value.length; i++) {
      const sum = momentum * accumulation[i]! + gradient[i]!;
      newAccumulation[i] = sum;
      newValue[i] = value[i]! - learningRate * (nesterov ? gradient[i]! + momentum * sum : sum);
    }
    return outputs;
  },
);

/** RMSProp (Tieleman and Hinton 2012), as TensorFlow.js does it: epsilon stands under the root. */
export const rmsPropStep = wasmKernel(
  "RMSPropStep",
  ({ inputs, attrs, backend }: WasmKernelCall<RMSPropStepInputs, RMSPropStepAttrs>) => {
    const { learningRate, decay, momentum, epsilon } = attrs;
    const outputs = likeValue(backend, inputs.value, 3);
    const at = (tensor: tf.TensorInfo) => addressOf(backend, tensor);
    threadPool(backend).run(
      "rmsPropStep",
      [
        at(inputs.value),
        at(inputs.gradient),
        at(inputs.meanSquare),
        at(inputs.accumulation),
        at(outputs[0]!),
        at(outputs[1]!),
        at(outputs[2]!),
        learningRate,
        decay,
        momentum,
        epsilon,
      ],
      { units: tf.util.sizeFromShape(inputs.value.shape), each: 2 * NS_PER_NUMBER, step: 4 },
    );
    return outputs;
  },
);

type Two = [Float32Array, Float32Array];

function likeValue(backend: BackendWasm, value: tf.TensorInfo, count: number): tf.TensorInfo[] {
  return Array.from({ length: count }, () => backend.makeOutput(value.shape, "float32"));
}
