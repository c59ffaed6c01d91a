import * as tf from "@tensorflow/tfjs";
import { type WasmKernelCall, wasmKernel } from "../kernel.js";
import { addressOf, NS_PER_NUMBER, threadPool } from "../threads/thread-pool.js";

/** Sums of what has channels and a vector of them, as each bias is added. Other sums are left to the stock kernel. */
export const add = wasmKernel("Add", ({ inputs: { a, b }, backend, stock }: WasmKernelCall<"a" | "b", object>) => {
  const channels = a.shape.at(-1);
  const isBias = b.shape.length === 1 && b.shape[0] === channels && a.shape.length > 1;
  if (!isBias || a.dtype !== "float32" || b.dtype !== "float32" || a.shape.includes(0)) return stock();
  const result = backend.makeOutput(a.shape, "float32");
  const rows = tf.util.sizeFromShape(a.shape) / channels!;
  const [x, shift, y] = [a, b, result].map((tensor) => addressOf(backend, tensor));
  threadPool(backend).run("addChannels", [x!, shift!, y!, channels!], { units: rows, each: channels! * NS_PER_NUMBER });
  return result;
});
