import * as tf from "@tensorflow/tfjs";
import { batchNormTraining, batchNormTrainingGrad, movingAverages } from "./batch-normalization.js";
import { categoricalCrossentropy, categoricalCrossentropyGrad } from "./categorical-crossentropy.js";
import { clipByValue, log } from "./not-a-number.js";
import { adamStep, momentumStep, rmsPropStep } from "./optimizers.js";
import { reluGrad } from "./relu-grad.js";
import { cast, transpose } from "./whole-numbers.js";

const kernels = [
  adamStep,
  batchNormTraining,
  batchNormTrainingGrad,
  categoricalCrossentropy,
  categoricalCrossentropyGrad,
  momentumStep,
  movingAverages,
  reluGrad,
  rmsPropStep,
];

/**
 * Adds the fused kernels of training, as compute shaders, to webgpu, and repairs stock kernels, which must be there already. Running it
 * again does nothing.
 */
export function registerWebGpuKernels(): void {
  if (registered) return;
  registered = true;
  for (const kernel of kernels) tf.registerKernel(kernel);
  const stock = new Map(
    ["Cast", "ClipByValue", "Log", "Transpose"].map((name) => [name, tf.getKernel(name, "webgpu")]),
  );
  for (const repair of [cast, clipByValue, log, transpose]) {
    const kernel = repair((name) => stock.get(name)!);
    tf.unregisterKernel(kernel.kernelName, kernel.backendName);
    tf.registerKernel(kernel);
  }
}

let registered = false;
