import type * as tf from "@tensorflow/tfjs";
import { type WebGpuKernelCall, type Repair, runStock, webGpuKernel } from "./kernel.js";
import { type Program, runPerElement, type WebGpuBackend } from "./program.js";

/** WGSL that tells NaN by its bits: what comparisons, `clamp` or `log` make of it is the GPU's affair, and may be any number. */
export const IS_NAN = `
  fn isNan(x: f32) -> bool { return (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u; }`;

/** Keeps NaN, unlike the stock kernel: the loss of a network that has diverged would be a number like any other. */
export const clipByValue: Repair = (stock) =>
  webGpuKernel("ClipByValue", ({ inputs, attrs, backend }: WebGpuKernelCall<"x", tf.ClipByValueAttrs>) => {
    const { clipValueMin: least, clipValueMax: most } = attrs;
    if (inputs.x.dtype !== "float32") return runStock(stock("ClipByValue"), inputs.x, attrs, backend);
    return keepingNan(backend, inputs, "ClipByValue", "clamp(x(i), uniforms.least, uniforms.most)", { least, most });
  });

/** Likewise. Of what is below 0 it is NaN. */
export const log: Repair = () =>
  webGpuKernel("Log", ({ inputs, backend }: WebGpuKernelCall<"x", object>) =>
    keepingNan(backend, inputs, "Log", "select(log(x(i)), uniforms.nan, x(i) < 0.0)", {}),
  );

/** @param value WGSL of an element that is a number. */
function keepingNan(
  backend: WebGpuBackend,
  inputs: { readonly x: tf.TensorInfo },
  name: string,
  value: string,
  floats: NonNullable<Program["floats"]>,
): tf.TensorInfo {
  const code = `y[i] = select(${value}, x(i), isNan(x(i)));`;
  return runPerElement(backend, { name, functions: IS_NAN, code, inputs, outputs: { y: inputs.x.shape }, floats })[0]!;
}
