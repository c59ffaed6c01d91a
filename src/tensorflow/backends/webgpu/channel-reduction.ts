import * as tf from "@tensorflow/tfjs";
import { type Program, runPerElement, runProgram, THREADS, type WebGpuBackend } from "./program.js";

/** A reduction over all axes but the last, whose state is three numbers, at first 0. */
export interface Reduction {
  readonly name: string;
  /** WGSL that returns the state with one element more, from `state`, `i` and `channel`. */
  readonly take: string;
  /** WGSL that returns the state of two parts, from `a` and `b`. */
  readonly merge: string;
}

/**
 * The first of two stages: each workgroup reduces every so many rows of up to 64 channels. A thread takes few rows, and a tree merges
 * what the threads have, so that rounding errors stay small however many rows there are. Neighbors in a workgroup read neighbors in memory.
 * @param inputs the first one is what is reduced.
 * @returns [parts, channels, 3], for {@link runFromPartials}, which frees it.
 */
export function partialsPerChannel(
  backend: WebGpuBackend,
  reduction: Reduction,
  inputs: Readonly<Record<string, tf.TensorInfo>>,
  channels: number,
): tf.TensorInfo {
  const rows = tf.util.sizeFromShape(Object.values(inputs)[0]!.shape) / channels;
  const lanes = Math.min(64, 2 ** Math.ceil(Math.log2(channels)));
  const rowsAtOnce = THREADS / lanes;
  const parts = Math.min(MOST_PARTS, Math.ceil(rows / (rowsAtOnce * ROWS_PER_THREAD)));
  const take = `fn take(state: vec3<f32>, i: i32, channel: i32) -> vec3<f32> { ${reduction.take} }`;
  const code = `
    var<workgroup> states: array<vec3<f32>, THREADS>;
    fn run(group: vec3<i32>, thread: i32) {
      let channel = group.y * ${lanes} + thread % ${lanes};
      var state = vec3<f32>(0.0);
      if (channel < uniforms.channels) {
        for (var row = group.x * ${rowsAtOnce} + thread / ${lanes}; row < uniforms.rows; row += uniforms.parts * ${rowsAtOnce}) {
          state = take(state, row * uniforms.channels + channel, channel);
        }
      }
      states[thread] = state;
      for (var half = THREADS / 2; half >= ${lanes}; half /= 2) {
        workgroupBarrier();
        if (thread < half) { states[thread] = merge(states[thread], states[thread + half]); }
      }
      if (thread < ${lanes} && channel < uniforms.channels) {
        let to = (group.x * uniforms.channels + channel) * 3;
        for (var k = 0; k < 3; k++) { partials[to + k] = states[thread][k]; }
      }
    }`;
  const [partials] = runProgram(backend, {
    name: reduction.name,
    functions: take + merging(reduction),
    code,
    inputs,
    outputs: { partials: [parts, channels, 3] },
    integers: { rows, channels, parts },
    groups: [parts, Math.ceil(channels / lanes)],
  });
  return partials!;
}

const ROWS_PER_THREAD = 32;
/** The second stage goes through them one after the other. */
const MOST_PARTS = 256;

/** The second stage. `code` is for each channel `i`, whose rows' `state` it has. */
export function runFromPartials(
  backend: WebGpuBackend,
  reduction: Reduction,
  partials: tf.TensorInfo,
  program: Pick<Program, "code" | "inputs" | "outputs" | "floats">,
): tf.TensorInfo[] {
  const [parts, channels] = partials.shape as [number, number];
  const code = `
    var state = vec3<f32>(0.0);
    for (var part = 0; part < uniforms.parts; part++) {
      let at = (part * uniforms.channels + i) * 3;
      state = merge(state, vec3<f32>(partials(at), partials(at + 1), partials(at + 2)));
    }
    ${program.code}`;
  const outputs = runPerElement(backend, {
    ...program,
    name: `${reduction.name}Merged`,
    functions: merging(reduction),
    code,
    inputs: { ...program.inputs, partials },
    integers: { parts, channels },
  });
  backend.disposeData(partials.dataId);
  return outputs;
}

function merging({ merge }: Reduction): string {
  return `fn merge(a: vec3<f32>, b: vec3<f32>) -> vec3<f32> { ${merge} }`;
}
