import type * as tf from "@tensorflow/tfjs";
import { withPadForStock } from "./conv2d.js";
import { type WasmKernelCall, wasmKernel } from "../kernel.js";

/** Depthwise convolutions by the stock kernel. */
export const depthwiseConv2dNative = wasmKernel("DepthwiseConv2dNative", byStock);

/** As {@link depthwiseConv2dNative}, with bias and activation. */
export const fusedDepthwiseConv2D = wasmKernel("FusedDepthwiseConv2D", byStock);

function byStock({
  inputs,
  attrs,
  stock,
}: WasmKernelCall<"x" | "filter", tf.DepthwiseConv2dNativeAttrs>): tf.TensorInfo {
  return stock(withPadForStock(inputs, attrs));
}
