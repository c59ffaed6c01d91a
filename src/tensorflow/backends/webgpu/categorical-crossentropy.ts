import * as tf from "@tensorflow/tfjs";
import type {
  CategoricalCrossentropyAttrs,
  CategoricalCrossentropyGradInputs,
  CategoricalCrossentropyInputs,
} from "../../fused/categorical-crossentropy.js";
import { type WebGpuKernelCall, webGpuKernel } from "./kernel.js";
import { IS_NAN } from "./not-a-number.js";
import { MOST_GROUPS, type Program, runProgram, type WebGpuBackend } from "./program.js";

export const categoricalCrossentropy = webGpuKernel(
  "CategoricalCrossentropy",
  ({ inputs, attrs, backend }: WebGpuKernelCall<CategoricalCrossentropyInputs, CategoricalCrossentropyAttrs>) => {
    const { target: truth, output } = inputs;
    const code = `
      var part = 0.0;
      for (var i = first + thread; i < last; i += THREADS) {
        part -= truth(i) * log(clamp(output(i) / sum, uniforms.epsilon, 1.0 - uniforms.epsilon));
      }
      let value = total(part, thread);
      if (thread == 0) { loss[row] = select(value, sum, isNan(sum)); }`;
    const outputs = { loss: output.shape.slice(0, -1) };
    return runPerRow(backend, { name: "CategoricalCrossentropy", code, inputs: { truth, output }, outputs }, attrs);
  },
);

/** With p = output / sum: dp = −dy · target / p, and nothing where p was cut off; d output = (dp − Σ dp · p) / sum. */
export const categoricalCrossentropyGrad = webGpuKernel(
  "CategoricalCrossentropyGrad",
  ({ inputs, attrs, backend }: WebGpuKernelCall<CategoricalCrossentropyGradInputs, CategoricalCrossentropyAttrs>) => {
    const { dy, target: truth, output } = inputs;
    const functions = `
      fn slope(row: i32, i: i32, p: f32) -> f32 {
        return select(0.0, -dy(row) * truth(i) / p, p >= uniforms.epsilon && p <= 1.0 - uniforms.epsilon);
      }`;
    const code = `
      var part = 0.0;
      for (var i = first + thread; i < last; i += THREADS) {
        let p = output(i) / sum;
        part += slope(row, i, p) * p;
      }
      let flow = total(part, thread);
      for (var i = first + thread; i < last; i += THREADS) { dx[i] = (slope(row, i, output(i) / sum) - flow) / sum; }`;
    const outputs = { dx: output.shape };
    const program = { name: "CategoricalCrossentropyGrad", functions, code, inputs: { dy, truth, output }, outputs };
    return runPerRow(backend, program, attrs);
  },
);

/** @param program its code is for each `row`, whose elements `first` to `last` of `output` have the sum `sum`, in a workgroup of its own. */
function runPerRow(
  backend: WebGpuBackend,
  { functions = "", code, ...program }: Omit<Program, "groups">,
  { epsilon }: CategoricalCrossentropyAttrs,
): tf.TensorInfo {
  const { shape } = program.inputs["output"]!;
  const classes = shape.at(-1)!;
  const rows = tf.util.sizeFromShape(shape) / classes;
  const groups = Math.min(rows, MOST_GROUPS);
  const perRow = `
    fn run(group: vec3<i32>, thread: i32) {
      for (var row = group.x; row < uniforms.rows; row += ${groups}) {
        let first = row * uniforms.classes;
        let last = first + uniforms.classes;
        var outputs = 0.0;
        for (var i = first + thread; i < last; i += THREADS) { outputs += output(i); }
        let sum = total(outputs, thread);
        ${code}
      }
    }`;
  const [result] = runProgram(backend, {
    ...program,
    functions: TOTAL + IS_NAN + functions,
    code: perRow,
    floats: { epsilon },
    integers: { rows, classes },
    groups: [groups, 1],
  });
  return result!;
}

/** WGSL for the sum of what the threads of a workgroup have. */
const TOTAL = `
  var<workgroup> parts: array<f32, THREADS>;
  fn total(part: f32, thread: i32) -> f32 {
    parts[thread] = part;
    for (var half = THREADS / 2; half >= 1; half /= 2) {
      workgroupBarrier();
      if (thread < half) { parts[thread] += parts[thread + half]; }
    }
    workgroupBarrier();
    let sum = parts[0];
    workgroupBarrier();
    return sum;
  }`;
