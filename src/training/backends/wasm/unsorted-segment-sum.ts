import type * as tf from "@tensorflow/tfjs";
import { type KernelCall, wasmKernel } from "./kernel.js";

/**
 * Sums the slices of `x` that have the same segment id, the gradient of an embedding's look-up among others.
 * Ids below 0 or not below `numSegments` are left out, as TensorFlow does on a GPU and TensorFlow.js on `cpu`.
 */
export const unsortedSegmentSum = wasmKernel(
  "UnsortedSegmentSum",
  ({ inputs, attrs, backend }: KernelCall<"x" | "segmentIds", tf.UnsortedSegmentSumAttrs>) => {
    const { x, segmentIds } = inputs;
    const sliceShape = x.shape.slice(segmentIds.shape.length);
    const sliceSize = sliceShape.reduce((product, size) => product * size, 1);
    const result = backend.makeOutput([attrs.numSegments, ...sliceShape], x.dtype);
    const values = backend.typedArrayFromHeap(x);
    const ids = backend.typedArrayFromHeap(segmentIds);
    const sums = backend.typedArrayFromHeap(result).fill(0);
    ids.forEach((id: number, slice: number) => {
      if (id < 0 || id >= attrs.numSegments) return;
      const [from, to] = [slice * sliceSize, id * sliceSize];
      for (let i = 0; i < sliceSize; i++) sums[to + i] = sums[to + i]! + values[from + i]!;
    });
    return result;
  },
);
