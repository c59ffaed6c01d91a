import * as tf from "@tensorflow/tfjs";
import type {
  BatchNormTrainingAttrs,
  BatchNormTrainingGradInputs,
  BatchNormTrainingInputs,
} from "../../fused/batch-normalization.js";
import { type TensorFlowKernelCall, opAttrs, type TensorFlowBackend, tensorFlowKernel } from "./kernel.js";

export const batchNormTraining = tensorFlowKernel(
  "BatchNormTraining",
  ({
    inputs: { x, gamma, beta },
    attrs,
    backend,
  }: TensorFlowKernelCall<BatchNormTrainingInputs, BatchNormTrainingAttrs>) => {
    const none = tf.tensor1d([], "float32");
    const all = [asImages(x), gamma, beta, none, none];
    const outputs = backend.executeMultipleOutputs("FusedBatchNormV2", opAttrsOf(attrs, backend), all, 5);
    const [y, mean, unbiased] = outputs as [tf.Tensor, tf.Tensor, tf.Tensor];
    const rows = rowsOf(x);
    return [y.reshape(x.shape), mean, unbiased.mul(Math.max(rows - 1, 1) / rows)];
  },
);

export const batchNormTrainingGrad = tensorFlowKernel(
  "BatchNormTrainingGrad",
  ({ inputs, attrs, backend }: TensorFlowKernelCall<BatchNormTrainingGradInputs, BatchNormTrainingAttrs>) => {
    const { dy, x, gamma, mean, variance } = inputs;
    // CUDA's kernel keeps the reciprocal of the deviation where the processor's keeps the variance.
    const spread = backend.isUsingGpuDevice ? (variance as tf.Tensor).add(attrs.epsilon).rsqrt() : variance;
    const all = [asImages(dy), asImages(x), gamma, mean, spread];
    const outputs = backend.executeMultipleOutputs("FusedBatchNormGradV2", opAttrsOf(attrs, backend), all, 5);
    const [dx, dGamma, dBeta] = outputs as [tf.Tensor, tf.Tensor, tf.Tensor];
    return [dx.reshape(x.shape), dGamma, dBeta];
  },
);

function opAttrsOf({ epsilon }: BatchNormTrainingAttrs, backend: TensorFlowBackend) {
  const format = { data_format: { text: "NHWC" }, is_training: true };
  return opAttrs(backend, { T: "float32", U: "float32", epsilon: { float: epsilon }, ...format });
}

/** TensorFlow's ops take images: all axes but the channels' are one to them. */
function asImages(x: tf.TensorInfo): tf.Tensor {
  return x.shape.length === 4 ? (x as tf.Tensor) : (x as tf.Tensor).reshape([rowsOf(x), 1, 1, x.shape.at(-1)!]);
}

function rowsOf({ shape }: tf.TensorInfo): number {
  return tf.util.sizeFromShape(shape.slice(0, -1));
}
