import type { ExtremeGradInputs } from "../../../fused/extremes.js";
import { type WasmKernelCall, wasmKernel } from "../kernel.js";
import { addressOf, NS_PER_NUMBER, threadPool } from "../threads/thread-pool.js";

export const extremeGrad = wasmKernel(
  "ExtremeGrad",
  ({ inputs, backend }: WasmKernelCall<ExtremeGradInputs, object>) => {
    const [outer, middle, inner] = inputs.x.shape as [number, number, number];
    const dx = backend.makeOutput(inputs.x.shape, "float32");
    const [dy, y, x, to] = [inputs.dy, inputs.y, inputs.x, dx].map((tensor) => addressOf(backend, tensor));
    const each = middle * inner * NS_PER_NUMBER;
    threadPool(backend).run("extremeGradient", [dy!, y!, x!, to!, middle, inner], { units: outer, each });
    return dx;
  },
);
