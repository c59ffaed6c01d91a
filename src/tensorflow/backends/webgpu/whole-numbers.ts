import type * as tf from "@tensorflow/tfjs";
import { type WebGpuKernelCall, type Repair, runStock, webGpuKernel } from "./kernel.js";
import { runPerElement, type WebGpuBackend } from "./program.js";

/**
 * Stock `Cast` gives whole numbers and truth values, asked for as floats, their own buffer again. Where a shader takes such a tensor's
 * elements as the floats it says they are, it does not compile; WebGPU does not say so in time, and the result stays what its buffer held
 * before. So did the mask of a recurrent layer, a truth value at first, when it was transposed.
 */
export const cast: Repair = (stock) =>
  webGpuKernel("Cast", ({ inputs, attrs, backend }: WebGpuKernelCall<"x", { readonly dtype: tf.DataType }>) =>
    attrs.dtype === "float32" && isWhole(inputs.x)
      ? floatsOf(backend, inputs.x)
      : runStock(stock("Cast"), inputs.x, attrs, backend),
  );

/** Stock `Transpose` takes elements for floats, whatever they are: the same error. */
export const transpose: Repair = (stock) =>
  webGpuKernel("Transpose", ({ inputs, attrs, backend }: WebGpuKernelCall<"x", object>) => {
    const { x } = inputs;
    if (!isWhole(x)) return runStock(stock("Transpose"), x, attrs, backend);
    const floats = floatsOf(backend, x);
    const turned = runStock(stock("Transpose"), floats, attrs, backend);
    const result = runStock(stock("Cast"), turned, { dtype: x.dtype }, backend);
    for (const { dataId } of [floats, turned]) backend.disposeData(dataId);
    return result;
  });

function isWhole({ dtype }: tf.TensorInfo): boolean {
  return dtype === "int32" || dtype === "bool";
}

function floatsOf(backend: WebGpuBackend, x: tf.TensorInfo): tf.TensorInfo {
  const { resource, values } = backend.tensorMap.get(x.dataId);
  if (!resource && values) return backend.makeTensorInfo(x.shape, "float32", Float32Array.from(values));
  return runPerElement(backend, { name: "Floats", code: "y[i] = x(i);", inputs: { x }, outputs: { y: x.shape } })[0]!;
}
