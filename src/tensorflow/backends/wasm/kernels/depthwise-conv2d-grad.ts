import * as tf from "@tensorflow/tfjs";
import { spreadOf } from "./conv2d-grad.js";
import { floatsOf, free, type WasmKernelCall, reshaped, runKernel, wasmKernel } from "../kernel.js";

type Shape4D = [number, number, number, number];
type Conv2DInfo = tf.backend_util.Conv2DInfo;

/** The gradient of a depthwise convolution with respect to its filter [height, width, channels, multiplier]. */
export const depthwiseConv2dNativeBackpropFilter = wasmKernel(
  "DepthwiseConv2dNativeBackpropFilter",
  ({ inputs, attrs, backend }: WasmKernelCall<"x" | "dy", tf.DepthwiseConv2dNativeBackpropFilterAttrs>) => {
    const { strides, dilations, pad, dimRoundingMode, filterShape } = attrs;
    const shape = inputs.x.shape as Shape4D;
    const info = tf.backend_util.computeConv2DInfo(shape, filterShape, strides, dilations, pad, dimRoundingMode, true);
    const gradient = backend.makeOutput(filterShape, "float32");
    const data = {
      x: floatsOf(backend, inputs.x),
      dy: floatsOf(backend, inputs.dy),
      gradient: floatsOf(backend, gradient).fill(0),
    };
    for (let row = 0; row < info.filterHeight; row++) {
      for (let column = 0; column < info.filterWidth; column++) addFilterPosition(data, info, row, column);
    }
    return gradient;
  },
);

interface FilterGradientData {
  readonly x: Float32Array;
  readonly dy: Float32Array;
  readonly gradient: Float32Array;
}

/** Sums, for one row and column of the filter, what each output's gradient says about it. */
function addFilterPosition(
  { x, dy, gradient }: FilterGradientData,
  info: Conv2DInfo,
  row: number,
  column: number,
): void {
  const multiplier = info.outChannels / info.inChannels;
  const at = (row * info.filterWidth + column) * info.outChannels;
  for (let b = 0; b < info.batchSize; b++) {
    for (let oy = 0; oy < info.outHeight; oy++) {
      const y = oy * info.strideHeight + row * info.dilationHeight - info.padInfo.top;
      if (y < 0 || y >= info.inHeight) continue;
      for (let ox = 0; ox < info.outWidth; ox++) {
        const i = ox * info.strideWidth + column * info.dilationWidth - info.padInfo.left;
        if (i < 0 || i >= info.inWidth) continue;
        const pixel = ((b * info.inHeight + y) * info.inWidth + i) * info.inChannels;
        const out = ((b * info.outHeight + oy) * info.outWidth + ox) * info.outChannels;
        for (let c = 0, o = 0; c < info.inChannels; c++) {
          const value = x[pixel + c]!;
          for (let m = 0; m < multiplier; m++, o++) gradient[at + o] = gradient[at + o]! + value * dy[out + o]!;
        }
      }
    }
  }
}

/**
 * The gradient of a depthwise convolution with respect to its input, as one forward depthwise convolution with the filter
 * turned around; with a multiplier, the gradients of the outputs of one channel are then summed.
 */
export const depthwiseConv2dNativeBackpropInput = wasmKernel(
  "DepthwiseConv2dNativeBackpropInput",
  ({ inputs, attrs, backend }: WasmKernelCall<"dy" | "filter", tf.DepthwiseConv2dNativeBackpropInputAttrs>) => {
    const { strides, dilations, pad, dimRoundingMode, inputShape } = attrs;
    const filterShape = inputs.filter.shape as Shape4D;
    const info = tf.backend_util.computeConv2DInfo(
      inputShape,
      filterShape,
      strides,
      dilations,
      pad,
      dimRoundingMode,
      true,
    );
    const dy = spreadOf(backend, info, inputs.dy);
    const perOutput = [info.filterHeight, info.filterWidth, info.outChannels, 1];
    const filterByOutput = reshaped(backend, inputs.filter, perOutput);
    const filter = runKernel(backend, "Reverse", { x: filterByOutput }, { dims: [0, 1] });
    const attributes = { strides: 1, pad: "valid", dataFormat: "NHWC", dilations };
    const dxByOutput = runKernel(backend, "DepthwiseConv2dNative", { x: dy, filter }, attributes);
    free(backend, dy, filterByOutput, filter);
    if (info.outChannels === info.inChannels) return dxByOutput;

    const grouped = reshaped(backend, dxByOutput, [...inputShape, info.outChannels / info.inChannels]);
    const dx = runKernel(backend, "Sum", { x: grouped }, { axis: [4], keepDims: false });
    free(backend, dxByOutput, grouped);
    return dx;
  },
);
