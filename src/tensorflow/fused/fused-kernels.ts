import { fuseBatchNormalization } from "./batch-normalization.js";
import { fuseCategoricalCrossentropy } from "./categorical-crossentropy.js";
import { fuseDropout } from "./dropout.js";
import { fuseOptimizers } from "./optimizers.js";
import { fuseReluGradient } from "./relu.js";

/**
 * TensorFlow.js composes batch normalization in training, losses, gradients and each optimizer's step out of dozens of small
 * operations. Once this has run, the same layers and optimizers ask the active backend for one kernel that does the whole,
 * and stay as they are on a backend that has none.
 *
 * To plug in a backend, register any of these under its name with `tf.registerKernel` before it starts; nothing else is
 * needed. Inputs and attributes are typed beside each hook:
 *
 * | kernel                | in this folder           | gives                        |
 * |-----------------------|--------------------------|------------------------------|
 * | `BatchNormTraining`   | `batch-normalization.ts` | output, mean, variance       |
 * | `BatchNormTrainingGrad` | likewise               | gradients of x, gamma, beta  |
 * | `MovingAverages`      | likewise                 | both averages, moved         |
 * | `CategoricalCrossentropy` | `categorical-crossentropy.ts` | a loss for each row |
 * | `CategoricalCrossentropyGrad` | likewise         | gradient of the output       |
 * | `AdamStep`            | `optimizers.ts`          | new value, new moments       |
 * | `MomentumStep`        | likewise                 | new value, new accumulation  |
 * | `RMSPropStep`         | likewise                 | new value, new accumulations |
 * | `ReluGrad` | `relu.ts` | gradient of a ReLU |
 *
 * Dropout needs no kernel: its mask is drawn here (`dropout.ts`), and multiplied by.
 *
 * Running it again does nothing.
 */
export function fuseTraining(): void {
  if (fused) return;
  fused = true;
  fuseBatchNormalization();
  fuseCategoricalCrossentropy();
  fuseDropout();
  fuseOptimizers();
  fuseReluGradient();
}

let fused = false;
