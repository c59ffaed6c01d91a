import * as tf from "@tensorflow/tfjs";
import { batchNormTraining, batchNormTrainingGrad, movingAverages } from "./batch-normalization.js";
import { adamStep, momentumStep, rmsPropStep } from "./optimizers.js";
import { reluGrad } from "./relu-grad.js";

const kernels = [
  adamStep,
  batchNormTraining,
  batchNormTrainingGrad,
  momentumStep,
  movingAverages,
  reluGrad,
  rmsPropStep,
];

/** Adds the fused kernels of training, as compute shaders, to webgpu. Running it again does nothing. */
export function registerWebGpuKernels(): void {
  for (const kernel of kernels) {
    if (tf.getKernel(kernel.kernelName, kernel.backendName) === undefined) tf.registerKernel(kernel);
  }
}
