import * as tf from "@tensorflow/tfjs";
import type { BackendWasm } from "@tensorflow/tfjs-backend-wasm";
import { convolutionOf, filterGradient, inputGradient, spreadGradient } from "./convolution.js";
import { floatsOf, free, type WasmKernelCall, runKernel, wasmKernel } from "../kernel.js";

type Shape4D = [number, number, number, number];
type Conv2DInfo = tf.backend_util.Conv2DInfo;

/** TensorFlow.js asks for gradients of convolutions without dilation only. */
interface Dilations {
  readonly dilations?: [number, number] | number;
}

/**
 * The gradient of a 2D convolution with respect to its filter. With a dilation, as one forward convolution: the input's
 * channels become the batch, the batch becomes the channels, the output's gradient becomes the filter, and strides become
 * dilations and dilations strides.
 */
export const conv2DBackpropFilter = wasmKernel(
  "Conv2DBackpropFilter",
  ({ inputs, attrs, backend }: WasmKernelCall<"x" | "dy", tf.Conv2DBackpropFilterAttrs & Dilations>) => {
    const info = channelsLast(inputs.x.shape, attrs.filterShape, attrs);
    const convolution = convolutionOf(info);
    if (convolution) return filterGradient(backend, convolution, inputs.x, inputs.dy, attrs.filterShape);
    const x = runKernel(backend, "Transpose", { x: inputs.x }, { perm: [3, 1, 2, 0] });
    const dy = runKernel(backend, "Transpose", { x: inputs.dy }, { perm: [1, 2, 0, 3] });
    const strides = [info.dilationHeight, info.dilationWidth];
    const dilations = [info.strideHeight, info.strideWidth];
    const pad = explicitPads(
      [
        info.padInfo.top,
        lackingAtEnd(info.inHeight, info.outHeight, info.strideHeight, info.effectiveFilterHeight, info.padInfo.top),
      ],
      [
        info.padInfo.left,
        lackingAtEnd(info.inWidth, info.outWidth, info.strideWidth, info.effectiveFilterWidth, info.padInfo.left),
      ],
    );
    const byChannel = runKernel(backend, "Conv2D", { x, filter: dy }, { strides, pad, dataFormat: "NHWC", dilations });
    free(backend, x, dy);
    const gradient = channelsInside(backend, byChannel, info.filterShape);
    free(backend, byChannel);
    return gradient;
  },
);

/** How far the last window reaches past the input; 0 where it ends before the input does. */
function lackingAtEnd(inSize: number, outSize: number, stride: number, filter: number, before: number): number {
  return Math.max(0, (outSize - 1) * stride + filter - before - inSize);
}

/** [cin, height, width, cout] to the filter's [height, width, cin, cout], without rows and columns that no window saw. */
function channelsInside(backend: BackendWasm, x: tf.TensorInfo, filterShape: Shape4D): tf.TensorInfo {
  const [height, width, cin, cout] = filterShape;
  const [, xHeight, xWidth] = x.shape as Shape4D;
  const result = backend.makeOutput(filterShape, "float32");
  const [from, to] = [floatsOf(backend, x), floatsOf(backend, result)];
  let out = 0;
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      for (let c = 0; c < cin; c++, out += cout) {
        const start = ((c * xHeight + row) * xWidth + column) * cout;
        to.set(from.subarray(start, start + cout), out);
      }
    }
  }
  return result;
}

/**
 * The gradient of a 2D convolution with respect to its input, which is also the forward pass of a transposed convolution.
 * With a dilation, as one forward convolution: zeros are put between the output's gradients for strides, and the filter is
 * turned around.
 */
export const conv2DBackpropInput = wasmKernel(
  "Conv2DBackpropInput",
  ({ inputs, attrs, backend }: WasmKernelCall<"dy" | "filter", tf.Conv2DBackpropInputAttrs & Dilations>) => {
    const info = channelsLast(attrs.inputShape, inputs.filter.shape as Shape4D, attrs);
    const convolution = convolutionOf(info);
    if (convolution) return inputGradient(backend, convolution, inputs.dy, inputs.filter, attrs.inputShape);
    const dy = spreadOf(backend, info, inputs.dy);
    const filter = turned(backend, inputs.filter);
    const attributes = {
      strides: 1,
      pad: "valid",
      dataFormat: "NHWC",
      dilations: [info.dilationHeight, info.dilationWidth],
    };
    const dx = runKernel(backend, "Conv2D", { x: dy, filter }, attributes);
    free(backend, dy, filter);
    return dx;
  },
);

/** {@link spreadGradient} of a convolution that may have a dilation. */
export function spreadOf(backend: BackendWasm, info: Conv2DInfo, dy: tf.TensorInfo): tf.TensorInfo {
  const { batchSize: batch, outChannels: cout, padInfo, ...sizes } = info;
  const [filterHeight, filterWidth] = [info.effectiveFilterHeight, info.effectiveFilterWidth];
  const { top, left } = padInfo;
  return spreadGradient(backend, { ...sizes, batch, cout, filterHeight, filterWidth, top, left }, dy);
}

/** A filter [height, width, cin, cout] turned by 180° as [height, width, cout, cin]. */
function turned(backend: BackendWasm, filter: tf.TensorInfo): tf.TensorInfo {
  const [height, width, cin, cout] = filter.shape as Shape4D;
  const result = backend.makeOutput([height, width, cout, cin], "float32");
  const [from, to] = [floatsOf(backend, filter), floatsOf(backend, result)];
  const last = height * width - 1;
  for (let position = 0; position <= last; position++) {
    const [source, target] = [position * cin * cout, (last - position) * cin * cout];
    for (let i = 0; i < cin; i++) {
      for (let o = 0; o < cout; o++) to[target + o * cin + i] = from[source + i * cout + o]!;
    }
  }
  return result;
}

/** `pad` for a convolution with these rows and columns of zeros around its input. */
export function explicitPads(rows: [number, number], columns: [number, number]): tf.backend_util.ExplicitPadding {
  return [[0, 0], rows, columns, [0, 0]];
}

type ConvAttrs = Pick<tf.Conv2DBackpropFilterAttrs, "strides" | "pad" | "dataFormat" | "dimRoundingMode"> & Dilations;

function channelsLast(inputShape: number[], filterShape: Shape4D, attrs: ConvAttrs): Conv2DInfo {
  if (attrs.dataFormat === "NCHW") {
    throw new Error(
      `The wasm backend supports convolutions only of images shaped [batch, height, width, channels] ("channelsLast").`,
    );
  }
  const { strides, pad, dilations = 1, dimRoundingMode } = attrs;
  const shape = inputShape as Shape4D;
  return tf.backend_util.computeConv2DInfo(shape, filterShape, strides, dilations, pad, dimRoundingMode);
}
