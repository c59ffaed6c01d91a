import * as tf from "@tensorflow/tfjs";
import { type WasmKernelCall, wasmKernel } from "../kernel.js";

/**
 * Gathers slices, as each batch of examples is taken, as wholes. The stock kernel finds each number's place, and with batch dimensions a
 * wrong one.
 */
export const gatherV2 = wasmKernel(
  "GatherV2",
  ({ inputs: { x, indices }, attrs, backend, stock }: WasmKernelCall<"x" | "indices", tf.GatherV2Attrs>) => {
    const [axis] = tf.util.parseAxisParam(attrs.axis, x.shape) as [number];
    const areThere = backend.typedArrayFromHeap(indices).every((index) => index >= 0 && index < x.shape[axis]!);
    // It says what is wrong.
    if (x.dtype === "string" || !areThere) return stock();
    const [tensor, which] = [x, indices] as [tf.Tensor, tf.Tensor]; // Whose shapes are read, and no more.
    const info = tf.backend_util.segment_util.collectGatherOpShapeInfo(tensor, which, axis, attrs.batchDims);
    const { batchSize, outerSize, dimSize, sliceSize, outputShape } = info;
    const result = backend.makeOutput(outputShape, x.dtype);
    const [from, to] = [backend.typedArrayFromHeap(x), backend.typedArrayFromHeap(result)];
    const all = backend.typedArrayFromHeap(indices);
    const count = all.length / batchSize;
    let target = 0;
    for (let outer = 0; outer < batchSize * outerSize; outer++) {
      const firstIndex = Math.floor(outer / outerSize) * count;
      for (let i = 0; i < count; i++, target += sliceSize) {
        const start = (outer * dimSize + all[firstIndex + i]!) * sliceSize;
        to.set(from.subarray(start, start + sliceSize), target);
      }
    }
    return result;
  },
);
