import * as tf from "@tensorflow/tfjs";

/** As much of TensorFlow.js's WebGPU backend as is called here; the last two are its own affair in TypeScript alone. */
export interface WebGpuBackend {
  readonly device: Device;
  /** What belongs to each tensor's `dataId`. */
  readonly tensorMap: { get(dataId: object): TensorData };
  makeTensorInfo(shape: number[], dtype: "float32", values?: Float32Array): tf.TensorInfo;
  disposeData(dataId: object): void;
  uploadToGPU(dataId: object): void;
  /** Binds `output`, `inputs` and the uniforms, in this order, and queues the program. */
  recordAndSubmit(
    program: { readonly pipeline: object; readonly dispatch: readonly number[] },
    output: tf.TensorInfo,
    inputs: readonly tf.TensorInfo[],
    uniforms: readonly { readonly type: "int32" | "float32"; readonly data: readonly number[] }[],
  ): void;
}

interface TensorData {
  readonly dtype: tf.DataType;
  /** On the GPU; null before it is needed there. */
  readonly resource?: object | null;
  readonly values: ArrayLike<number> | null;
}

interface Device {
  createShaderModule(options: { readonly code: string; readonly label: string }): object;
  createComputePipeline(options: {
    readonly layout: "auto";
    readonly label: string;
    readonly compute: { readonly module: object; readonly entryPoint: string };
  }): object;
}

/** Threads in a workgroup: what WebGPU grants everywhere. */
export const THREADS = 256;

export interface Program {
  readonly name: string;
  /** WGSL of functions that `code` calls. */
  readonly functions?: string;
  /**
   * WGSL with a function `run(group: vec3<i32>, thread: i32)`, run by each of the 256 threads of each workgroup. It has `NAME(i)` for each
   * input's element i, arrays called as the outputs, `uniforms.NAMESize` for how many elements each of these has, `uniforms.NAME`, `uniforms.nan`, `THREADS`.
   */
  readonly code: string;
  /** Of any shape, in floats. */
  readonly inputs: Readonly<Record<string, tf.TensorInfo>>;
  /** Their shapes. With the inputs there are 8 at most: what WebGPU grants everywhere. */
  readonly outputs: Readonly<Record<string, readonly number[]>>;
  readonly floats?: Readonly<Record<string, number>>;
  readonly integers?: Readonly<Record<string, number>>;
  /** How many workgroups, along x and y. */
  readonly groups: readonly [number, number];
}

/**
 * Queues a compute shader that writes several tensors. `runWebGPUProgram`, the backend's own way, writes one: this does what it does, with a
 * shader whose further outputs are bound among the inputs.
 * @returns the outputs, in their order.
 */
export function runProgram(backend: WebGpuBackend, program: Program): tf.TensorInfo[] {
  const { inputs, outputs, floats = {}, integers = {} } = program;
  const made = Object.values(outputs).map((shape) => backend.makeTensorInfo([...shape], "float32"));
  const bound = [...made, ...Object.values(inputs)];
  for (const { dataId } of bound) backend.uploadToGPU(dataId);
  const [output, ...others] = bound.map(flat);
  const uniforms = [
    ...Object.values(floats).map((value) => ({ type: "float32" as const, data: [value] })),
    ...Object.values(integers).map((value) => ({ type: "int32" as const, data: [value] })),
  ];
  const dispatch = [...program.groups, 1];
  backend.recordAndSubmit({ pipeline: pipelineOf(backend, program), dispatch }, output!, others, uniforms);
  return made;
}

type PerElement = Omit<Program, "groups">;

/**
 * Likewise, with WGSL for each element `i` of the first output.
 * @param code may use `channel` too, where an integer `channels` is given: i's place on the last axis.
 */
export function runPerElement(backend: WebGpuBackend, { code, ...program }: PerElement): tf.TensorInfo[] {
  const [[name, shape]] = Object.entries(program.outputs) as [[string, readonly number[]]];
  const groups = Math.min(Math.ceil(tf.util.sizeFromShape([...shape]) / THREADS), MOST_GROUPS);
  const channel = program.integers?.["channels"] ? "let channel = i % uniforms.channels;" : "";
  const loop = `
    fn run(group: vec3<i32>, thread: i32) {
      for (var i = group.x * THREADS + thread; i < uniforms.${name}Size; i += ${groups} * THREADS) {
        ${channel}
        ${code}
      }
    }`;
  return runProgram(backend, { ...program, code: loop, groups: [groups, 1] });
}

/** Along one axis: what WebGPU grants everywhere. */
export const MOST_GROUPS = 65_535;

/** Its elements in a row, so that shaders need not know of shapes. */
function flat({ dataId, shape, dtype }: tf.TensorInfo): tf.TensorInfo {
  return { dataId, shape: [tf.util.sizeFromShape(shape)], dtype };
}

const pipelines = new WeakMap<Device, Map<string, object>>();

function pipelineOf(backend: WebGpuBackend, program: Program): object {
  const { device } = backend;
  const code = shaderOf(backend, program);
  const known = pipelines.get(device) ?? new Map<string, object>();
  pipelines.set(device, known);
  let pipeline = known.get(code);
  if (!pipeline) {
    const label = program.name;
    const compute = { module: device.createShaderModule({ code, label }), entryPoint: "start" };
    pipeline = device.createComputePipeline({ layout: "auto", label, compute });
    known.set(code, pipeline);
  }
  return pipeline;
}

function shaderOf(backend: WebGpuBackend, program: Program): string {
  const { functions = "", code, inputs, outputs, floats = {}, integers = {} } = program;
  const outputNames = Object.keys(outputs);
  const inputNames = Object.keys(inputs);
  const names = [...outputNames, ...inputNames];
  // The backend gives each tensor's shape and strides, here one number each: those of the first output come last.
  const shapes = [...names.slice(1), names[0]!].flatMap((name) => [`${name}Size: i32`, `${name}Stride: i32`]);
  const own = [
    ...Object.keys(floats).map((name) => `${name}: f32`),
    ...Object.keys(integers).map((name) => `${name}: i32`),
  ];
  const bindings = names.map((name, i) => {
    const isOutput = i < outputNames.length;
    // What is in the buffer: whole numbers and truth values are i32.
    const type = isOutput || backend.tensorMap.get(inputs[name]!.dataId).dtype === "float32" ? "f32" : "i32";
    return isOutput
      ? `@group(0) @binding(${i}) var<storage, read_write> ${name}: array<f32>;`
      : `@group(0) @binding(${i}) var<storage, read> ${name}Elements: array<${type}>;
         fn ${name}(i: i32) -> f32 { return f32(${name}Elements[i]); }`;
  });
  return `
    const THREADS = ${THREADS};
    struct Uniforms { nan: f32, infinity: f32, ${[...shapes, ...own].join(", ")} };
    ${bindings.join("\n")}
    @group(0) @binding(${names.length}) var<uniform> uniforms: Uniforms;
    ${functions}
    ${code}
    @compute @workgroup_size(${THREADS})
    fn start(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
      run(vec3<i32>(group), i32(thread));
    }`;
}
