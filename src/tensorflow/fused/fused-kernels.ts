import { fuseBatchNormalization } from "./batch-normalization.js";
import { fuseCategoricalCrossentropy } from "./categorical-crossentropy.js";
import { fuseDropout } from "./dropout.js";
import { fuseExtremeGradients } from "./extremes.js";
import { fuseGatherGradient } from "./gather.js";
import { fuseGelu } from "./gelu.js";
import { fuseLayerNormalization } from "./layer-normalization.js";
import { fuseLSTM } from "./lstm.js";
import { fuseOptimizers } from "./optimizers.js";
import { fuseOrthogonal } from "./orthogonal.js";
import { fuseReluGradients } from "./relu.js";
import { fuseSoftmaxGradient } from "./softmax.js";
import { fuseTileGradient } from "./tile.js";

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
 * | `ReluGrad`, `LeakyReluGrad` | `relu.ts` | gradient of a ReLU, and of a leaky one |
 * | `SoftmaxGrad` | `softmax.ts` | gradient of a softmax |
 * | `ExtremeGrad` | `extremes.ts` | gradient of a maximum or minimum |
 * | `Gelu`, `GeluGrad` | `gelu.ts` | the activation, its gradient |
 * | `LayerNormalization` | `layer-normalization.ts` | output, means, scales |
 * | `LayerNormalizationGrad` | likewise | gradients of x, gamma, beta |
 * | `LSTM` | `lstm.ts` | states, gates |
 * | `LSTMGrad` | likewise | gradients of what the gates get, and of the first states |
 *
 * These need no kernel: dropout, whose mask is drawn here and multiplied by (`dropout.ts`); the gradients of `tf.tile` and `tf.gather`
 * (`tile.ts`, `gather.ts`); the orthogonal initializer (`orthogonal.ts`).
 *
 * Running it again does nothing.
 */
export function fuseTraining(): void {
  if (fused) return;
  fused = true;
  fuseBatchNormalization();
  fuseCategoricalCrossentropy();
  fuseDropout();
  fuseExtremeGradients();
  fuseGatherGradient();
  fuseGelu();
  fuseLayerNormalization();
  fuseLSTM();
  fuseOptimizers();
  fuseOrthogonal();
  fuseReluGradients();
  fuseSoftmaxGradient();
  fuseTileGradient();
}

let fused = false;
