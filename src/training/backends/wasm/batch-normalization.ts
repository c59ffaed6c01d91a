import type {
  BatchNormTrainingAttrs,
  BatchNormTrainingGradInputs,
  BatchNormTrainingInputs,
} from "../../fused/batch-normalization.js";
import { floatsOf, type KernelCall, wasmKernel } from "./kernel.js";

/** Sums over the batch are kept in float64: there are as many terms as pixels. */
export const batchNormTraining = wasmKernel(
  "BatchNormTraining",
  ({ inputs, attrs, backend }: KernelCall<BatchNormTrainingInputs, BatchNormTrainingAttrs>) => {
    const channels = inputs.gamma.shape[0]!;
    const outputs = [inputs.x.shape, [channels], [channels]].map((shape) => backend.makeOutput(shape, "float32"));
    const [x, gamma, beta] = [inputs.x, inputs.gamma, inputs.beta].map((input) => floatsOf(backend, input));
    const [y, mean, variance] = outputs.map((output) => floatsOf(backend, output));
    const means = meansOf(x!, channels);
    const variances = variancesOf(x!, means);
    mean!.set(means);
    variance!.set(variances);
    const scale = variances.map((value, c) => gamma![c]! / Math.sqrt(value + attrs.epsilon));
    const shift = means.map((value, c) => beta![c]! - value * scale[c]!);
    scaleAndShift(x!, scale, shift, y!);
    return outputs;
  },
);

function meansOf(x: Float32Array, channels: number): Float64Array {
  const sums = new Float64Array(channels);
  for (let start = 0; start < x.length; start += channels) {
    for (let c = 0; c < channels; c++) sums[c] = sums[c]! + x[start + c]!;
  }
  return sums.map((sum) => (sum * channels) / x.length);
}

function variancesOf(x: Float32Array, means: Float64Array): Float64Array {
  const channels = means.length;
  const sums = new Float64Array(channels);
  for (let start = 0; start < x.length; start += channels) {
    for (let c = 0; c < channels; c++) {
      const difference = x[start + c]! - means[c]!;
      sums[c] = sums[c]! + difference * difference;
    }
  }
  return sums.map((sum) => (sum * channels) / x.length);
}

function scaleAndShift(x: Float32Array, scale: Float64Array, shift: Float64Array, y: Float32Array): void {
  const channels = scale.length;
  for (let start = 0; start < x.length; start += channels) {
    for (let c = 0; c < channels; c++) y[start + c] = x[start + c]! * scale[c]! + shift[c]!;
  }
}

/**
 * The gradient of batch normalisation by the statistics of the batch itself (Ioffe and Szegedy 2015, section 3), in two passes.
 * With x̂ the normalised input: dx = gamma / σ · (dy − mean(dy) − x̂ · mean(dy · x̂)).
 */
export const batchNormTrainingGrad = wasmKernel(
  "BatchNormTrainingGrad",
  ({ inputs, attrs, backend }: KernelCall<BatchNormTrainingGradInputs, BatchNormTrainingAttrs>) => {
    const channels = inputs.gamma.shape[0]!;
    const outputs = [inputs.x.shape, [channels], [channels]].map((shape) => backend.makeOutput(shape, "float32"));
    const [dy, x] = [floatsOf(backend, inputs.dy), floatsOf(backend, inputs.x)];
    const [gamma, mean, variance] = [inputs.gamma, inputs.mean, inputs.variance].map((input) =>
      Float64Array.from(floatsOf(backend, input)),
    );
    const [dx, dGamma, dBeta] = outputs.map((output) => floatsOf(backend, output));
    const inverse = variance!.map((value) => 1 / Math.sqrt(value + attrs.epsilon));
    const { plain, normalised } = gradientSums(dy, x, mean!, inverse);
    dGamma!.set(normalised);
    dBeta!.set(plain);
    // dx = a · dy + b · x + c, with the three worked out once for each channel.
    const rows = x.length / channels;
    const a = gamma!.map((value, c) => value * inverse[c]!);
    const b = a.map((value, c) => (-value * inverse[c]! * normalised[c]!) / rows);
    const constant = a.map((value, c) => (-value * plain[c]!) / rows - b[c]! * mean![c]!);
    for (let start = 0; start < x.length; start += channels) {
      for (let c = 0; c < channels; c++) {
        dx![start + c] = a[c]! * dy[start + c]! + b[c]! * x[start + c]! + constant[c]!;
      }
    }
    return outputs;
  },
);

/** For each channel, the sums of `dy` and of `dy` times the normalised input. */
function gradientSums(dy: Float32Array, x: Float32Array, mean: Float64Array, inverse: Float64Array) {
  const channels = mean.length;
  const [plain, centred] = [new Float64Array(channels), new Float64Array(channels)];
  for (let start = 0; start < x.length; start += channels) {
    for (let c = 0; c < channels; c++) {
      const slope = dy[start + c]!;
      plain[c] = plain[c]! + slope;
      centred[c] = centred[c]! + slope * (x[start + c]! - mean[c]!);
    }
  }
  return { plain, normalised: centred.map((sum, c) => sum * inverse[c]!) };
}
