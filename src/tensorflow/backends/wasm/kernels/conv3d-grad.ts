import * as tf from "@tensorflow/tfjs";
import { floatsOf, type WasmKernelCall, wasmKernel } from "../kernel.js";
import { forEachWindow, windows3D } from "./pooling-windows.js";

type Shape5D = [number, number, number, number, number];

/** The gradient of a 3D convolution with respect to its input. The stock kernel is wrong. */
export const conv3DBackpropInput = wasmKernel(
  "Conv3DBackpropInputV2",
  ({ inputs, attrs, backend }: WasmKernelCall<"dy" | "filter", tf.Conv3DBackpropInputV2Attrs>) => {
    const filterShape = inputs.filter.shape as Shape5D;
    const info = tf.backend_util.computeConv3DInfo(attrs.inputShape, filterShape, attrs.strides, 1, attrs.pad);
    const gradient = backend.makeOutput(attrs.inputShape, "float32");
    const dx = floatsOf(backend, gradient).fill(0);
    const [dy, filter] = [floatsOf(backend, inputs.dy), floatsOf(backend, inputs.filter)];
    const { inChannels, outChannels } = info;
    forEachWindow(windows3D(info), (out, count, pixels, positions) => {
      for (let i = 0; i < count; i++) {
        let weight = positions[i]! * inChannels * outChannels;
        for (let c = 0; c < inChannels; c++) {
          let sum = 0;
          for (let o = 0; o < outChannels; o++, weight++) sum += dy[out + o]! * filter[weight]!;
          dx[pixels[i]! + c] = dx[pixels[i]! + c]! + sum;
        }
      }
    });
    return gradient;
  },
);

/** The gradient of a 3D convolution with respect to its filter. The stock kernel is wrong for strides over 1. */
export const conv3DBackpropFilter = wasmKernel(
  "Conv3DBackpropFilterV2",
  ({ inputs, attrs, backend }: WasmKernelCall<"x" | "dy", tf.Conv3DBackpropFilterV2Attrs>) => {
    const shape = inputs.x.shape as Shape5D;
    const info = tf.backend_util.computeConv3DInfo(shape, attrs.filterShape, attrs.strides, 1, attrs.pad);
    const gradient = backend.makeOutput(attrs.filterShape, "float32");
    const dFilter = floatsOf(backend, gradient).fill(0);
    const [x, dy] = [floatsOf(backend, inputs.x), floatsOf(backend, inputs.dy)];
    const { inChannels, outChannels } = info;
    forEachWindow(windows3D(info), (out, count, pixels, positions) => {
      for (let i = 0; i < count; i++) {
        let weight = positions[i]! * inChannels * outChannels;
        for (let c = 0; c < inChannels; c++) {
          const value = x[pixels[i]! + c]!;
          for (let o = 0; o < outChannels; o++, weight++) dFilter[weight] = dFilter[weight]! + value * dy[out + o]!;
        }
      }
    });
    return gradient;
  },
);
