import type { BackendWasm } from "@tensorflow/tfjs-backend-wasm";
import type * as tf from "@tensorflow/tfjs";
import type { LSTMAttrs, LSTMGradInputs, LSTMInputs } from "../../../fused/lstm.js";
import { free, type WasmKernelCall, wasmKernel } from "../kernel.js";
import { addressOf, threadPool } from "../threads/thread-pool.js";
import { PRODUCTS_PER_NS } from "./convolution.js";

export const lstm = wasmKernel("LSTM", ({ inputs, attrs, backend }: WasmKernelCall<LSTMInputs, LSTMAttrs>) => {
  const [steps, batch, width] = inputs.z.shape as Shape3D;
  const units = width / 4;
  const [states, gates] = [[2, steps, batch, units], inputs.z.shape].map((shape) =>
    backend.makeOutput(shape, "float32"),
  );
  const panels = packed(backend, inputs.recurrentKernel, units, width, false);
  const { z, hidden, cell } = inputs;
  const [from, by, h, c, to, opened] = [z, panels, hidden, cell, states!, gates!].map((x) => addressOf(backend, x));
  const cells = to! + 4 * steps * batch * units;
  threadPool(backend).run(
    "lstm",
    [from!, by!, h!, c!, to!, cells, opened!, steps, batch, units, Number(attrs.hard)],
    examples(batch, steps, units),
  );
  free(backend, panels);
  return [states!, gates!];
});

export const lstmGrad = wasmKernel(
  "LSTMGrad",
  ({ inputs, attrs, backend }: WasmKernelCall<LSTMGradInputs, LSTMAttrs>) => {
    const [steps, batch, width] = inputs.gates.shape as Shape3D;
    const units = width / 4;
    const outputs = [inputs.gates.shape, [batch, units], [batch, units]].map((shape) =>
      backend.makeOutput(shape, "float32"),
    );
    const panels = packed(backend, inputs.recurrentKernel, width, units, true);
    const { dStates, cell, states, gates } = inputs;
    const [flow, by, first, before, opened, dz, dHidden, dCell] = [
      ...[dStates, panels, cell, states, gates],
      ...outputs,
    ].map((x) => addressOf(backend, x));
    const half = 4 * steps * batch * units;
    threadPool(backend).run(
      "lstmGradient",
      [
        ...([flow!, flow! + half, by!, first!, before! + half, opened!, dHidden!, dCell!, dz!] as const),
        ...([steps, batch, units, Number(attrs.hard)] as const),
      ],
      examples(batch, steps, units),
    );
    free(backend, panels);
    return outputs;
  },
);

type Shape3D = [number, number, number];

/** Whole tiles of examples: six rows. */
function examples(batch: number, steps: number, units: number) {
  return { units: batch, each: (steps * units * 4 * units) / PRODUCTS_PER_NS, step: 6 };
}

function packed(
  backend: BackendWasm,
  matrix: tf.TensorInfo,
  inner: number,
  columns: number,
  turned: boolean,
): tf.TensorInfo {
  const panels = backend.makeOutput([Math.ceil(columns / 8), inner, 8], "float32");
  const [from, to] = [addressOf(backend, matrix), addressOf(backend, panels)];
  threadPool(backend).whole.packColumns(from, to, inner, columns, Number(turned));
  return panels;
}
