import * as tf from "@tensorflow/tfjs";
import { erf, gelu, geluGrad, tanh } from "./kernels/activations.js";
import { add } from "./kernels/add.js";
import { batchNormTraining, batchNormTrainingGrad } from "./kernels/batch-normalization.js";
import { computeByCpuWhereWrong } from "./by-cpu.js";
import { cast } from "./kernels/cast.js";
import { categoricalCrossentropy, categoricalCrossentropyGrad } from "./kernels/categorical-crossentropy.js";
import { clipByValue } from "./kernels/clip-by-value.js";
import { conv2D, fusedConv2D } from "./kernels/conv2d.js";
import { conv2DBackpropFilter, conv2DBackpropInput } from "./kernels/conv2d-grad.js";
import { conv3DBackpropFilter, conv3DBackpropInput } from "./kernels/conv3d-grad.js";
import { depthwiseConv2dNative, fusedDepthwiseConv2D } from "./kernels/depthwise-conv2d.js";
import {
  depthwiseConv2dNativeBackpropFilter,
  depthwiseConv2dNativeBackpropInput,
} from "./kernels/depthwise-conv2d-grad.js";
import { dilatedConvGradients } from "./kernels/dilated-conv-gradient.js";
import { dropoutMask } from "./kernels/dropout.js";
import { einsum, einsumGradient } from "./kernels/einsum.js";
import { extremeGrad } from "./kernels/extremes.js";
import { gatherV2 } from "./kernels/gather.js";
import { identity } from "./kernels/identity.js";
import { layerNormalization, layerNormalizationGrad } from "./kernels/layer-normalization.js";
import { lstm, lstmGrad } from "./kernels/lstm.js";
import { batchMatMul, fusedMatMul } from "./kernels/mat-mul.js";
import { adamStep, momentumStep, rmsPropStep } from "./kernels/optimizers.js";
import { avgPool3DGrad, avgPoolGrad, maxPool3D, maxPool3DGrad, maxPoolGrad } from "./kernels/pooling.js";
import { leakyRelu, leakyReluGrad, relu, reluGrad } from "./kernels/relu.js";
import { softmax, softmaxGrad } from "./kernels/softmax.js";
import { sum } from "./kernels/sum.js";
import { tile } from "./kernels/tile.js";
import { unsortedSegmentSum } from "./kernels/unsorted-segment-sum.js";

const kernels: readonly tf.KernelConfig[] = [
  adamStep,
  add,
  avgPool3DGrad,
  avgPoolGrad,
  batchMatMul,
  batchNormTraining,
  batchNormTrainingGrad,
  cast,
  categoricalCrossentropy,
  categoricalCrossentropyGrad,
  clipByValue,
  conv2D,
  conv2DBackpropFilter,
  conv2DBackpropInput,
  conv3DBackpropFilter,
  conv3DBackpropInput,
  depthwiseConv2dNative,
  depthwiseConv2dNativeBackpropFilter,
  depthwiseConv2dNativeBackpropInput,
  dropoutMask,
  einsum,
  erf,
  extremeGrad,
  fusedConv2D,
  fusedDepthwiseConv2D,
  fusedMatMul,
  gatherV2,
  gelu,
  geluGrad,
  identity,
  layerNormalization,
  layerNormalizationGrad,
  leakyRelu,
  leakyReluGrad,
  lstm,
  lstmGrad,
  maxPool3D,
  maxPool3DGrad,
  maxPoolGrad,
  momentumStep,
  relu,
  reluGrad,
  rmsPropStep,
  softmax,
  softmaxGrad,
  sum,
  tanh,
  tile,
  unsortedSegmentSum,
];

/**
 * Completes the stock wasm backend for training: kernels it lacks, kernels it has wrong, kernels it has slow. Must run
 * before the backend starts, because a kernel is set up when it does. Running it again does nothing.
 */
export function registerWasmKernels(): void {
  for (const kernel of kernels) {
    const stock = tf.getKernel(kernel.kernelName, kernel.backendName);
    if (stock === kernel) continue;
    if (stock !== undefined) tf.unregisterKernel(kernel.kernelName, kernel.backendName);
    tf.registerKernel(kernel);
  }
  computeByCpuWhereWrong();
  for (const gradient of [einsumGradient, ...dilatedConvGradients]) {
    const stock = tf.getGradient(gradient.kernelName);
    if (stock === gradient) continue;
    if (stock !== undefined) tf.unregisterGradient(gradient.kernelName);
    tf.registerGradient(gradient);
  }
}
