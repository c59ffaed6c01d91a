import * as tf from "@tensorflow/tfjs";
import { floatsOf, type KernelCall, wasmKernel } from "./kernel.js";
import { addressOf, NS_PER_NUMBER, simd } from "./simd.js";
import { forEachWindow, type Windows, windows2D, windows3D } from "./windows.js";

type Shape4D = [number, number, number, number];
type Shape5D = [number, number, number, number, number];
type Pool2DAttrs = Pick<tf.MaxPoolGradAttrs, "filterSize" | "strides" | "pad" | "dimRoundingMode">;
type Pool3DAttrs = Pick<tf.MaxPool3DGradAttrs, "filterSize" | "strides" | "pad" | "dimRoundingMode">;

/**
 * The gradient of max pooling: each window hands its gradient to the first of its largest elements, and to it alone. The
 * stock kernel drops the gradient of a window whose maximum is tied, which after a ReLU is every window of zeros.
 */
export const maxPoolGrad = wasmKernel(
  "MaxPoolGrad",
  ({ inputs: { dy, input }, attrs, backend }: KernelCall<"dy" | "input", Pool2DAttrs>) => {
    const info = pool2DInfo(input.shape, attrs);
    const dx = backend.makeOutput(input.shape, "float32");
    const windows = info.outHeight * info.outWidth * info.inChannels * info.filterHeight * info.filterWidth;
    simd(backend).run(
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
  ({ inputs: { dy, input }, attrs, backend }: KernelCall<"dy" | "input", Pool2DAttrs>) => {
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
export const maxPool3D = wasmKernel("MaxPool3D", ({ inputs, attrs, backend }: KernelCall<"x", Pool3DAttrs>) => {
  const info = pool3DInfo(inputs.x.shape, attrs);
  const y = backend.makeOutput(info.outShape, "float32");
  const [from, to] = [floatsOf(backend, inputs.x), floatsOf(backend, y)];
  forEachWindow(windows3D(info), (out, count, pixels) => {
    for (let c = 0; c < info.inChannels; c++)
      to[out + c] = count === 0 ? -Infinity : from[largestOf(from, c, count, pixels)]!;
  });
  return y;
});

interface PoolData {
  readonly x: Float32Array;
  readonly dy: Float32Array;
  /** Starts at 0. */
  readonly dx: Float32Array;
}

type HandOut = (windows: Windows, data: PoolData) => void;

function handToLargest(windows: Windows, { x, dy, dx }: PoolData): void {
  forEachWindow(windows, (out, count, pixels) => {
    if (count === 0) return;
    for (let c = 0; c < windows.inChannels; c++) {
      const largest = largestOf(x, c, count, pixels);
      dx[largest] = dx[largest]! + dy[out + c]!;
    }
  });
}

/** Offset of the first of the largest elements of channel `c` under a window. */
function largestOf(x: Float32Array, c: number, count: number, pixels: Int32Array): number {
  let where = pixels[0]! + c;
  let largest = x[where]!;
  for (let i = 1; i < count; i++) {
    const value = x[pixels[i]! + c]!;
    if (value > largest) {
      largest = value;
      where = pixels[i]! + c;
    }
  }
  return where;
}

function handOutEqually(windows: Windows, { dy, dx }: PoolData): void {
  forEachWindow(windows, (out, count, pixels) => {
    for (let c = 0; c < windows.inChannels; c++) {
      const part = dy[out + c]! / count;
      for (let i = 0; i < count; i++) dx[pixels[i]! + c] = dx[pixels[i]! + c]! + part;
    }
  });
}

function gradient3D(kernelName: string, handOut: HandOut): tf.KernelConfig {
  return wasmKernel(kernelName, ({ inputs, attrs, backend }: KernelCall<"dy" | "input", Pool3DAttrs>) => {
    const dx = backend.makeOutput(inputs.input.shape, "float32");
    const x = floatsOf(backend, inputs.input);
    const windows = windows3D(pool3DInfo(inputs.input.shape, attrs));
    handOut(windows, { x, dy: floatsOf(backend, inputs.dy), dx: floatsOf(backend, dx).fill(0) });
    return dx;
  });
}

function pool2DInfo(shape: number[], { filterSize, strides, pad, dimRoundingMode }: Pool2DAttrs) {
  return tf.backend_util.computePool2DInfo(shape as Shape4D, filterSize, strides, 1, pad, dimRoundingMode);
}

function pool3DInfo(shape: number[], { filterSize, strides, pad, dimRoundingMode }: Pool3DAttrs) {
  return tf.backend_util.computePool3DInfo(shape as Shape5D, filterSize, strides, 1, pad, dimRoundingMode);
}
