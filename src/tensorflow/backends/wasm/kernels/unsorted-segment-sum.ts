import type * as tf from "@tensorflow/tfjs";
import { sumSegments } from "../../segment-sums.js";
import { type WasmKernelCall, wasmKernel } from "../kernel.js";

/**
 * Sums the slices of `x` that have the same segment id, the gradient of an embedding's look-up among others.
 */
export const unsortedSegmentSum = wasmKernel(
  "UnsortedSegmentSum",
  ({ inputs, attrs, backend }: WasmKernelCall<"x" | "segmentIds", tf.UnsortedSegmentSumAttrs>) => {
    const { x, segmentIds } = inputs;
    const sliceShape = x.shape.slice(segmentIds.shape.length);
    const sliceSize = sliceShape.reduce((product, size) => product * size, 1);
    const result = backend.makeOutput([attrs.numSegments, ...sliceShape], x.dtype);
    const sums = (backend.typedArrayFromHeap(result) as Float32Array).fill(0);
    sumSegments(backend.typedArrayFromHeap(x), backend.typedArrayFromHeap(segmentIds), sliceSize, sums);
    return result;
  },
);
