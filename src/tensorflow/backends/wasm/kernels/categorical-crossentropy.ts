import type {
  CategoricalCrossentropyAttrs,
  CategoricalCrossentropyGradInputs,
  CategoricalCrossentropyInputs,
} from "../../../fused/categorical-crossentropy.js";
import { floatsOf, type WasmKernelCall, wasmKernel } from "../kernel.js";

export const categoricalCrossentropy = wasmKernel(
  "CategoricalCrossentropy",
  ({
    inputs,
    attrs: { epsilon },
    backend,
  }: WasmKernelCall<CategoricalCrossentropyInputs, CategoricalCrossentropyAttrs>) => {
    const classes = inputs.output.shape.at(-1)!;
    const loss = backend.makeOutput(inputs.output.shape.slice(0, -1), "float32");
    const [losses, target, output] = [loss, inputs.target, inputs.output].map((tensor) => floatsOf(backend, tensor));
    for (let row = 0; row < losses!.length; row++) {
      const from = row * classes;
      const sum = sumOf(output!, from, classes);
      let value = 0;
      for (let i = from; i < from + classes; i++) {
        // Of labels, most are 0.
        if (target![i]! === 0) continue;
        value -= target![i]! * Math.log(Math.min(Math.max(output![i]! / sum, epsilon), 1 - epsilon));
      }
      losses![row] = value;
    }
    return loss;
  },
);

/** With p = output / sum: dp = −dy · target / p, and nothing where p was cut off; d output = (dp − Σ dp · p) / sum. */
export const categoricalCrossentropyGrad = wasmKernel(
  "CategoricalCrossentropyGrad",
  ({
    inputs,
    attrs: { epsilon },
    backend,
  }: WasmKernelCall<CategoricalCrossentropyGradInputs, CategoricalCrossentropyAttrs>) => {
    const classes = inputs.output.shape.at(-1)!;
    const gradient = backend.makeOutput(inputs.output.shape, "float32");
    const [dx, dy, target, output] = [gradient, inputs.dy, inputs.target, inputs.output].map((tensor) =>
      floatsOf(backend, tensor),
    );
    for (let row = 0; row < dy!.length; row++) {
      const from = row * classes;
      const sum = sumOf(output!, from, classes);
      let flow = 0;
      for (let i = from; i < from + classes; i++) {
        const p = output![i]! / sum;
        const slope = p >= epsilon && p <= 1 - epsilon ? (-dy![row]! * target![i]!) / p : 0;
        dx![i] = slope;
        flow += slope * p;
      }
      for (let i = from; i < from + classes; i++) dx![i] = (dx![i]! - flow) / sum;
    }
    return gradient;
  },
);

function sumOf(values: Float32Array, from: number, length: number): number {
  let sum = 0;
  for (let i = from; i < from + length; i++) sum += values[i]!;
  return sum;
}
