import * as tf from "@tensorflow/tfjs";
import { batchNormTraining, batchNormTrainingGrad } from "./batch-normalization.js";
import { adamStep, momentumStep, rmsPropStep } from "./optimizers.js";
import { reluGrad } from "./relu-grad.js";

const kernels = [adamStep, batchNormTraining, batchNormTrainingGrad, momentumStep, reluGrad, rmsPropStep];

/** Adds the fused kernels of training, each an op of TensorFlow, to tfjs-node. Running it again does nothing. */
export function registerTensorFlowKernels(): void {
  for (const kernel of kernels) {
    if (tf.getKernel(kernel.kernelName, kernel.backendName) === undefined) tf.registerKernel(kernel);
  }
}
