import type * as tf from "@tensorflow/tfjs";
import type {
  AdamStepAttrs,
  AdamStepInputs,
  MomentumStepAttrs,
  MomentumStepInputs,
  RMSPropStepAttrs,
  RMSPropStepInputs,
} from "../../fused/optimizers.js";
import { type WebGpuKernelCall, webGpuKernel } from "./kernel.js";
import { runPerElement } from "./program.js";

/** Adam (Kingma and Ba 2015), as TensorFlow.js does it: epsilon is added to the corrected second moment's root. */
export const adamStep = webGpuKernel(
  "AdamStep",
  ({ inputs, attrs, backend }: WebGpuKernelCall<AdamStepInputs, AdamStepAttrs>) => {
    const { learningRate, beta1, beta2, beta1Power, beta2Power, epsilon } = attrs;
    return runPerElement(backend, {
      name: "AdamStep",
      code: `
        let slope = gradient(i);
        let first = uniforms.beta1 * firstMoment(i) + uniforms.rest1 * slope;
        let second = uniforms.beta2 * secondMoment(i) + uniforms.rest2 * slope * slope;
        newFirstMoment[i] = first;
        newSecondMoment[i] = second;
        newValue[i] = value(i) - uniforms.rate * first / (sqrt(second * uniforms.correction) + uniforms.epsilon);`,
      inputs,
      outputs: likeValue(inputs.value, "newValue", "newFirstMoment", "newSecondMoment"),
      // Worked out here, in double precision: 1 - β₂ has few digits left in single precision.
      floats: {
        rate: learningRate / (1 - beta1Power),
        correction: 1 / (1 - beta2Power),
        ...{ beta1, beta2, rest1: 1 - beta1, rest2: 1 - beta2, epsilon },
      },
    });
  },
);

/** Gradient descent with momentum, also Nesterov's. */
export const momentumStep = webGpuKernel(
  "MomentumStep",
  ({ inputs, attrs, backend }: WebGpuKernelCall<MomentumStepInputs, MomentumStepAttrs>) => {
    const { learningRate, momentum, nesterov } = attrs;
    return runPerElement(backend, {
      name: "MomentumStep",
      code: `
        let sum = uniforms.momentum * accumulation(i) + gradient(i);
        newAccumulation[i] = sum;
        newValue[i] = value(i) - uniforms.rate * ${nesterov ? "(gradient(i) + uniforms.momentum * sum)" : "sum"};`,
      inputs,
      outputs: likeValue(inputs.value, "newValue", "newAccumulation"),
      floats: { rate: learningRate, momentum },
    });
  },
);

/** RMSProp (Tieleman and Hinton 2012), as TensorFlow.js does it: epsilon stands under the root. */
export const rmsPropStep = webGpuKernel(
  "RMSPropStep",
  ({ inputs, attrs, backend }: WebGpuKernelCall<RMSPropStepInputs, RMSPropStepAttrs>) => {
    const { learningRate, decay, momentum, epsilon } = attrs;
    return runPerElement(backend, {
      name: "RMSPropStep",
      code: `
        let slope = gradient(i);
        let square = uniforms.decay * meanSquare(i) + uniforms.rest * slope * slope;
        let change = uniforms.momentum * accumulation(i) + uniforms.rate * slope / sqrt(square + uniforms.epsilon);
        newMeanSquare[i] = square;
        newAccumulation[i] = change;
        newValue[i] = value(i) - change;`,
      inputs,
      outputs: likeValue(inputs.value, "newValue", "newMeanSquare", "newAccumulation"),
      floats: { rate: learningRate, decay, rest: 1 - decay, momentum, epsilon },
    });
  },
);

function likeValue({ shape }: tf.TensorInfo, ...names: readonly string[]): Record<string, number[]> {
  return Object.fromEntries(names.map((name) => [name, shape]));
}
