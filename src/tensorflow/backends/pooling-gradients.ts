import * as tf from "@tensorflow/tfjs";
import { forEachWindow, type Windows } from "./wasm/kernels/pooling-windows.js";

type Shape4D = [number, number, number, number];
type Shape5D = [number, number, number, number, number];
export type Pool2DAttrs = Pick<tf.MaxPoolGradAttrs, "filterSize" | "strides" | "pad" | "dimRoundingMode">;
export type Pool3DAttrs = Pick<tf.MaxPool3DGradAttrs, "filterSize" | "strides" | "pad" | "dimRoundingMode">;

export interface PoolData {
  readonly x: Float32Array;
  readonly dy: Float32Array;
  /** Starts at 0. */
  readonly dx: Float32Array;
}

export type HandOut = (windows: Windows, data: PoolData) => void;

/** To the first of the largest elements under a window. */
export function handToLargest(windows: Windows, { x, dy, dx }: PoolData): void {
  forEachWindow(windows, (out, count, pixels) => {
    if (count === 0) return;
    for (let c = 0; c < windows.inChannels; c++) {
      const largest = largestOf(x, c, count, pixels);
      dx[largest] = dx[largest]! + dy[out + c]!;
    }
  });
}

/** Offset of the first of the largest elements of channel `c` under a window. */
export function largestOf(x: Float32Array, c: number, count: number, pixels: Int32Array): number {
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

/** To the elements under a window, but not to the padding. */
export function handOutEqually(windows: Windows, { dy, dx }: PoolData): void {
  forEachWindow(windows, (out, count, pixels) => {
    for (let c = 0; c < windows.inChannels; c++) {
      const part = dy[out + c]! / count;
      for (let i = 0; i < count; i++) dx[pixels[i]! + c] = dx[pixels[i]! + c]! + part;
    }
  });
}

export function pool2DInfo(shape: number[], { filterSize, strides, pad, dimRoundingMode }: Pool2DAttrs) {
  return tf.backend_util.computePool2DInfo(shape as Shape4D, filterSize, strides, 1, pad, dimRoundingMode);
}

export function pool3DInfo(shape: number[], { filterSize, strides, pad, dimRoundingMode }: Pool3DAttrs) {
  return tf.backend_util.computePool3DInfo(shape as Shape5D, filterSize, strides, 1, pad, dimRoundingMode);
}
