import type * as tf from "@tensorflow/tfjs";
import { floatsOf, type WasmKernelCall, wasmKernel } from "../kernel.js";
import { addressOf, NS_PER_NUMBER, threadPool } from "../threads/thread-pool.js";
import {
  handOutEqually,
  type HandOut,
  handToLargest,
  largestOf,
  type Pool2DAttrs,
  pool2DInfo,
  type Pool3DAttrs,
  pool3DInfo,
} from "../../pooling-gradients.js";
import { forEachWindow, windows2D, windows3D } from "./pooling-windows.js";

/**
 * The gradient of max pooling: each window hands its gradient to the first of its largest elements, and to it alone. The
 * stock kernel drops the gradient of a window whose maximum is tied, which after a ReLU is every window of zeros.
 */
export const maxPoolGrad = wasmKernel(
  "MaxPoolGrad",
  ({ inputs: { dy, input }, attrs, backend }: WasmKernelCall<"dy" | "input", Pool2DAttrs>) => {
    const info = pool2DInfo(input.shape, attrs);
    const dx = backend.makeOutput(input.shape, "float32");
    const windows = info.outHeight * info.outWidth * info.inChannels * info.filterHeight * info.filterWidth;
    threadPool(backend).run(
      "maxPoolGradient",
      [
        addressOf(backend, dy),
        addressOf(backend, input),
        addressOf(backend, dx),
        info.inHeight,
        info.inWidth,
        info.outHeight,
        info.outWidth,
        info.inChannels,
        info.filterHeight,
        info.filterWidth,
        info.strideHeight,
        info.strideWidth,
        info.padInfo.top,
        info.padInfo.left,
      ],
      { units: info.batchSize, each: windows * NS_PER_NUMBER },
    );
    return dx;
  },
);

/** As {@link maxPoolGrad}, over three axes. */
export const maxPool3DGrad = gradient3D("MaxPool3DGrad", handToLargest);

/**
 * The gradient of average pooling: each window hands it out in equal parts to the elements that it averaged. The stock
 * kernel counts the padding among them, which the average does not.
 */
export const avgPoolGrad = wasmKernel(
  "AvgPoolGrad",
  ({ inputs: { dy, input }, attrs, backend }: WasmKernelCall<"dy" | "input", Pool2DAttrs>) => {
    const dx = backend.makeOutput(input.shape, "float32");
    const x = floatsOf(backend, input);
    const windows = windows2D(pool2DInfo(input.shape, attrs));
    handOutEqually(windows, { x, dy: floatsOf(backend, dy), dx: floatsOf(backend, dx).fill(0) });
    return dx;
  },
);

/** As {@link avgPoolGrad}, over three axes. */
export const avgPool3DGrad = gradient3D("AvgPool3DGrad", handOutEqually);

/** Max pooling over three axes. The stock kernel takes a negative maximum for 0. */
export const maxPool3D = wasmKernel("MaxPool3D", ({ inputs, attrs, backend }: WasmKernelCall<"x", Pool3DAttrs>) => {
  const info = pool3DInfo(inputs.x.shape, attrs);
  const y = backend.makeOutput(info.outShape, "float32");
  const [from, to] = [floatsOf(backend, inputs.x), floatsOf(backend, y)];
  forEachWindow(windows3D(info), (out, count, pixels) => {
    for (let c = 0; c < info.inChannels; c++)
      to[out + c] = count === 0 ? -Infinity : from[largestOf(from, c, count, pixels)]!;
  });
  return y;
});

function gradient3D(kernelName: string, handOut: HandOut): tf.KernelConfig {
  return wasmKernel(kernelName, ({ inputs, attrs, backend }: WasmKernelCall<"dy" | "input", Pool3DAttrs>) => {
    const dx = backend.makeOutput(inputs.input.shape, "float32");
    const x = floatsOf(backend, inputs.input);
    const windows = windows3D(pool3DInfo(inputs.input.shape, attrs));
    handOut(windows, { x, dy: floatsOf(backend, inputs.dy), dx: floatsOf(backend, dx).fill(0) });
    return dx;
  });
}
