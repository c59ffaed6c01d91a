import * as tf from "@tensorflow/tfjs";
import { explicitPads } from "./conv2d-grad.js";
import { type Convolution, convolutionOf, convolve } from "./convolution.js";
import { type WasmKernelCall, wasmKernel } from "../kernel.js";

type Shape4D = [number, number, number, number];

/** Convolutions without dilation by our own kernel. */
export const conv2D = wasmKernel(
  "Conv2D",
  ({ inputs, attrs, backend, stock }: WasmKernelCall<"x" | "filter", tf.Conv2DAttrs>) => {
    const planned = planOf(inputs, attrs);
    if (!planned) return stock();
    return convolve(backend, planned.convolution, inputs.x, inputs.filter, planned.outShape);
  },
);

interface FusedInputs {
  readonly bias?: tf.TensorInfo | undefined;
  readonly preluActivationWeights?: tf.TensorInfo | undefined;
}

/** A convolution with bias and ReLU in one pass; other activations are left to the stock kernel. */
export const fusedConv2D = wasmKernel(
  "FusedConv2D",
  ({
    inputs,
    attrs,
    backend,
    stock,
  }: WasmKernelCall<"x" | "filter", tf.FusedConv2DAttrs> & { readonly inputs: FusedInputs }) => {
    const planned = planOf(inputs, attrs);
    const { filter, bias } = inputs;
    if (!planned || !coversFused(filter, bias, attrs.activation)) return stock(withPadForStock(inputs, attrs));
    const options = { bias, relu: attrs.activation === "relu" };
    return convolve(backend, planned.convolution, inputs.x, inputs.filter, planned.outShape, options);
  },
);

/** Whether our own kernel does what comes after the convolution; otherwise it is all the stock kernel's. */
export function coversFused(filter: tf.TensorInfo, bias: tf.TensorInfo | undefined, activation: unknown): boolean {
  const perChannel = !bias || tf.util.arraysEqual(bias.shape, [filter.shape[3]!]);
  return perChannel && (activation === "linear" || activation === "relu");
}

type WindowAttrs = Pick<tf.Conv2DAttrs, "strides" | "pad" | "dilations" | "dimRoundingMode">;

/** With "same" padding in numbers: where the last window ends before the image does, stock kernels read beside it for that word. */
export function withPadForStock(
  inputs: { readonly x: tf.TensorInfo; readonly filter: tf.TensorInfo },
  { strides, pad, dilations, dimRoundingMode }: WindowAttrs,
): Partial<WindowAttrs> {
  if (pad !== "same") return { pad };
  const [x, filter] = [inputs.x.shape as Shape4D, inputs.filter.shape as Shape4D];
  const { padInfo } = tf.backend_util.computeConv2DInfo(x, filter, strides, dilations ?? 1, pad, dimRoundingMode);
  // Which is what rounds.
  return { pad: explicitPads([padInfo.top, padInfo.bottom], [padInfo.left, padInfo.right]), dimRoundingMode: "floor" };
}

/** @returns undefined for what our kernel does not do. */
function planOf(
  inputs: { readonly x: tf.TensorInfo; readonly filter: tf.TensorInfo },
  { strides, pad, dilations, dimRoundingMode, dataFormat }: tf.Conv2DAttrs,
): { readonly convolution: Convolution; readonly outShape: Shape4D } | undefined {
  if (dataFormat !== "NHWC") return undefined;
  const [x, filter] = [inputs.x.shape as Shape4D, inputs.filter.shape as Shape4D];
  const info = tf.backend_util.computeConv2DInfo(x, filter, strides, dilations, pad, dimRoundingMode);
  const convolution = convolutionOf(info);
  return convolution && { convolution, outShape: info.outShape };
}
