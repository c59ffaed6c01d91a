import * as tf from "@tensorflow/tfjs";
import type { BackendWasm } from "@tensorflow/tfjs-backend-wasm";
import type {
  BatchNormTrainingAttrs,
  BatchNormTrainingGradInputs,
  BatchNormTrainingInputs,
} from "../../../fused/batch-normalization.js";
import { channelSums } from "./channel-sums.js";
import { floatsOf, free, type WasmKernelCall, wasmKernel } from "../kernel.js";
import { addressOf, NS_PER_NUMBER, threadPool } from "../threads/thread-pool.js";

/** In three passes: the mean; the variance, about that mean; the result. */
export const batchNormTraining = wasmKernel(
  "BatchNormTraining",
  ({ inputs, attrs, backend }: WasmKernelCall<BatchNormTrainingInputs, BatchNormTrainingAttrs>) => {
    const channels = inputs.gamma.shape[0]!;
    const rows = tf.util.sizeFromShape(inputs.x.shape) / channels;
    const [y, mean, variance] = [inputs.x.shape, [channels], [channels]].map((shape) =>
      backend.makeOutput(shape, "float32"),
    );
    const work = { units: rows, each: channels * NS_PER_NUMBER };
    const x = addressOf(backend, inputs.x);
    const sums = channelSums(backend, "sumChannels", [x], rows, channels);
    const means = sums.map((sum) => sum / rows);
    floatsOf(backend, mean!).set(means);
    const squares = channelSums(backend, "sumSquares", [x, addressOf(backend, mean!)], rows, channels);
    const variances = squares.map((sum) => sum / rows);
    floatsOf(backend, variance!).set(variances);
    const [gamma, beta] = [floatsOf(backend, inputs.gamma), floatsOf(backend, inputs.beta)];
    const scale = variances.map((value, c) => gamma[c]! / Math.sqrt(value + attrs.epsilon));
    const shift = means.map((value, c) => beta[c]! - value * scale[c]!);
    withVectors(backend, [scale, shift], ([scaleAt, shiftAt]) =>
      threadPool(backend).run("scaleChannels", [x, scaleAt!, shiftAt!, addressOf(backend, y!), channels], work),
    );
    return [y!, mean!, variance!];
  },
);

/**
 * The gradient of batch normalization by the statistics of the batch itself (Ioffe and Szegedy 2015, section 3), in two passes.
 * With x̂ the normalized input: dx = gamma / σ · (dy − mean(dy) − x̂ · mean(dy · x̂)).
 */
export const batchNormTrainingGrad = wasmKernel(
  "BatchNormTrainingGrad",
  ({ inputs, attrs, backend }: WasmKernelCall<BatchNormTrainingGradInputs, BatchNormTrainingAttrs>) => {
    const channels = inputs.gamma.shape[0]!;
    const rows = tf.util.sizeFromShape(inputs.x.shape) / channels;
    const [dx, dGamma, dBeta] = [inputs.x.shape, [channels], [channels]].map((shape) =>
      backend.makeOutput(shape, "float32"),
    );
    const [dy, x, meansAt] = [inputs.dy, inputs.x, inputs.mean].map((input) => addressOf(backend, input));
    const plain = channelSums(backend, "sumChannels", [dy!], rows, channels);
    const centered = channelSums(backend, "sumProducts", [dy!, x!, meansAt!], rows, channels);
    const [gamma, mean, variance] = [inputs.gamma, inputs.mean, inputs.variance].map((input) =>
      Float64Array.from(floatsOf(backend, input)),
    );
    const inverse = variance!.map((value) => 1 / Math.sqrt(value + attrs.epsilon));
    const normalized = centered.map((sum, c) => sum * inverse[c]!);
    floatsOf(backend, dGamma!).set(normalized);
    floatsOf(backend, dBeta!).set(plain);
    // dx = a · dy + b · x + c, with the three worked out once for each channel.
    const a = gamma!.map((value, c) => value * inverse[c]!);
    const b = a.map((value, c) => (-value * inverse[c]! * normalized[c]!) / rows);
    const constant = a.map((value, c) => (-value * plain[c]!) / rows - b[c]! * mean![c]!);
    const work = { units: rows, each: 1.5 * channels * NS_PER_NUMBER };
    withVectors(backend, [a, b, constant], ([aAt, bAt, constantAt]) =>
      threadPool(backend).run(
        "combineChannels",
        [dy!, x!, aAt!, bAt!, constantAt!, addressOf(backend, dx!), channels],
        work,
      ),
    );
    return [dx!, dGamma!, dBeta!];
  },
);

/** Has some vectors in the heap, in single precision, while `use` works with their addresses. */
function withVectors(backend: BackendWasm, vectors: readonly Float64Array[], use: (addresses: number[]) => void): void {
  const scratch = vectors.map((vector) => backend.makeOutput([vector.length], "float32"));
  scratch.forEach((tensor, i) => floatsOf(backend, tensor).set(vectors[i]!));
  use(scratch.map((tensor) => addressOf(backend, tensor)));
  free(backend, ...scratch);
}
