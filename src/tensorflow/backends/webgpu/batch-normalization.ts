import * as tf from "@tensorflow/tfjs";
import type {
  BatchNormTrainingAttrs,
  BatchNormTrainingGradInputs,
  BatchNormTrainingInputs,
  MovingAveragesAttrs,
  MovingAveragesInputs,
} from "../../fused/batch-normalization.js";
import { partialsPerChannel, type Reduction, runFromPartials } from "./channel-reduction.js";
import { type WebGpuKernelCall, webGpuKernel } from "./kernel.js";
import { runPerElement } from "./program.js";

/** Mean, sum of squares about it and count, of one more value (Welford 1962) and of two parts (Chan, Golub and LeVeque 1979). */
const moments: Reduction = {
  name: "BatchNormMoments",
  take: `
    let count = state.z + 1.0;
    let distance = x(i) - state.x;
    let mean = state.x + distance / count;
    return vec3<f32>(mean, state.y + distance * (x(i) - mean), count);`,
  merge: `
    let count = a.z + b.z;
    if (count == 0.0) { return a; }
    let distance = b.x - a.x;
    let part = b.z / count;
    return vec3<f32>(a.x + distance * part, a.y + b.y + distance * distance * a.z * part, count);`,
};

export const batchNormTraining = webGpuKernel(
  "BatchNormTraining",
  ({ inputs, attrs, backend }: WebGpuKernelCall<BatchNormTrainingInputs, BatchNormTrainingAttrs>) => {
    const { x, gamma, beta } = inputs;
    const channels = gamma.shape[0]!;
    const partials = partialsPerChannel(backend, moments, { x }, channels);
    const [mean, variance] = runFromPartials(backend, moments, partials, {
      code: "mean[i] = state.x; variance[i] = state.y / state.z;",
      inputs: {},
      outputs: { mean: [channels], variance: [channels] },
    }) as [tf.TensorInfo, tf.TensorInfo];
    const [y] = runPerElement(backend, {
      name: "BatchNormTraining",
      code: `
        let scale = gamma(channel) * inverseSqrt(variance(channel) + uniforms.epsilon);
        y[i] = (x(i) - mean(channel)) * scale + beta(channel);`,
      inputs: { x, gamma, beta, mean, variance },
      outputs: { y: x.shape },
      floats: { epsilon: attrs.epsilon },
      integers: { channels },
    });
    return [y!, mean, variance];
  },
);

export const movingAverages = webGpuKernel(
  "MovingAverages",
  ({ inputs, attrs, backend }: WebGpuKernelCall<MovingAveragesInputs, MovingAveragesAttrs>) => {
    const { shape } = inputs.mean;
    return runPerElement(backend, {
      name: "MovingAverages",
      code: `
        newMean[i] = movingMean(i) - (movingMean(i) - mean(i)) * uniforms.rate;
        newVariance[i] = movingVariance(i) - (movingVariance(i) - variance(i)) * uniforms.rate;`,
      inputs,
      outputs: { newMean: shape, newVariance: shape },
      floats: { rate: 1 - attrs.momentum },
    });
  },
);

/** Sums of dy, and of dy times x's distance from the mean. */
const slopes: Reduction = {
  name: "BatchNormSlopes",
  take: "return state + vec3<f32>(dy(i), dy(i) * (x(i) - mean(channel)), 0.0);",
  merge: "return a + b;",
};

/**
 * The gradient of batch normalization by the statistics of the batch itself (Ioffe and Szegedy 2015, section 3).
 * With x̂ the normalized input: dx = gamma / σ · (dy − mean(dy) − x̂ · mean(dy · x̂)).
 */
export const batchNormTrainingGrad = webGpuKernel(
  "BatchNormTrainingGrad",
  ({ inputs, attrs, backend }: WebGpuKernelCall<BatchNormTrainingGradInputs, BatchNormTrainingAttrs>) => {
    const { dy, x, gamma, mean, variance } = inputs;
    const channels = gamma.shape[0]!;
    const floats = { epsilon: attrs.epsilon };
    const partials = partialsPerChannel(backend, slopes, { dy, x, mean }, channels);
    const [dGamma, dBeta] = runFromPartials(backend, slopes, partials, {
      code: "dGamma[i] = state.y * inverseSqrt(variance(i) + uniforms.epsilon); dBeta[i] = state.x;",
      inputs: { variance },
      outputs: { dGamma: [channels], dBeta: [channels] },
      floats,
    }) as [tf.TensorInfo, tf.TensorInfo];
    const [dx] = runPerElement(backend, {
      name: "BatchNormTrainingGrad",
      code: `
        let inverse = inverseSqrt(variance(channel) + uniforms.epsilon);
        let normalized = (x(i) - mean(channel)) * inverse;
        let average = (dBeta(channel) + normalized * dGamma(channel)) / uniforms.rows;
        dx[i] = gamma(channel) * inverse * (dy(i) - average);`,
      inputs: { dy, x, gamma, mean, variance, dGamma, dBeta },
      outputs: { dx: x.shape },
      floats: { ...floats, rows: tf.util.sizeFromShape(x.shape) / channels },
      integers: { channels },
    });
    return [dx!, dGamma, dBeta];
  },
);
