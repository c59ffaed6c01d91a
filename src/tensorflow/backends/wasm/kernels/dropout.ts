import * as tf from "@tensorflow/tfjs";
import type { DropoutMaskAttrs } from "../../../fused/dropout.js";
import { type WasmKernelCall, wasmKernel } from "../kernel.js";
import { addressOf, threadPool } from "../threads/thread-pool.js";

/** The mask of a dropout, drawn where it is needed. */
export const dropoutMask = wasmKernel("DropoutMask", ({ attrs, backend }: WasmKernelCall<never, DropoutMaskAttrs>) => {
  const { shape, threshold, kept, state } = attrs;
  const mask = backend.makeOutput([...shape], "float32");
  threadPool(backend).whole.dropoutMask(
    addressOf(backend, mask),
    tf.util.sizeFromShape(mask.shape),
    threshold,
    kept,
    state,
  );
  return mask;
});
