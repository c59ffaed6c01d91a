import { readFileSync } from "node:fs";
import type * as tf from "@tensorflow/tfjs";
import type { BackendWasm } from "@tensorflow/tfjs-backend-wasm";
import { floatsOf } from "./kernel.js";

/** An address in wasm's heap, in bytes. */
type Address = number;

/** Exports of `assembly/`, where what they do is said. */
interface SimdKernels {
  adamStep(
    value: Address,
    gradient: Address,
    first: Address,
    second: Address,
    newValue: Address,
    newFirst: Address,
    newSecond: Address,
    count: number,
    rate: number,
    correction: number,
    beta1: number,
    beta2: number,
    epsilon: number,
  ): void;
  packFilter(filter: Address, panels: Address, positions: number, cin: number, cout: number, turned: boolean): void;
  convolve(
    x: Address,
    filter: Address,
    bias: Address,
    y: Address,
    starts: Address,
    batch: number,
    inHeight: number,
    inWidth: number,
    cin: number,
    outHeight: number,
    outWidth: number,
    cout: number,
    filterHeight: number,
    filterWidth: number,
    strideHeight: number,
    strideWidth: number,
    floor: number,
  ): void;
  filterGradient(
    x: Address,
    dy: Address,
    gradient: Address,
    batch: number,
    inHeight: number,
    inWidth: number,
    cin: number,
    outHeight: number,
    outWidth: number,
    cout: number,
    filterHeight: number,
    filterWidth: number,
    strideHeight: number,
    strideWidth: number,
  ): void;
  placeImages(
    x: Address,
    y: Address,
    batch: number,
    height: number,
    width: number,
    channels: number,
    outHeight: number,
    outWidth: number,
    top: number,
    left: number,
    rowStep: number,
    columnStep: number,
  ): void;
  sumChannels(x: Address, sums: Address, rows: number, channels: number): void;
  sumSquares(x: Address, means: Address, sums: Address, rows: number, channels: number): void;
  sumProducts(dy: Address, x: Address, means: Address, sums: Address, rows: number, channels: number): void;
  scaleChannels(x: Address, scale: Address, shift: Address, y: Address, rows: number, channels: number): void;
  combineChannels(
    dy: Address,
    x: Address,
    a: Address,
    b: Address,
    c: Address,
    dx: Address,
    rows: number,
    channels: number,
  ): void;
  maxPoolGradient(
    dy: Address,
    x: Address,
    dx: Address,
    batch: number,
    inHeight: number,
    inWidth: number,
    outHeight: number,
    outWidth: number,
    channels: number,
    filterHeight: number,
    filterWidth: number,
    strideHeight: number,
    strideWidth: number,
    top: number,
    left: number,
  ): void;
  reluGradient(dy: Address, x: Address, dx: Address, count: number): void;
  copyRows(from: Address, fromColumns: number, to: Address, columns: number, rows: number): void;
}

/** What Node has, whose types know WebAssembly only in a browser. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: unknown };
};

/** Emscripten's module, which the backend keeps; its exports have the heap that all tensors live in. */
interface StartedBackend {
  readonly wasm: { readonly asm: { readonly memory: object } };
}

const instances = new WeakMap<object, SimdKernels>();
let compiled: object | undefined;

/** Our own kernels, which work in the heap of the backend and keep nothing there. */
export function simd(backend: BackendWasm): SimdKernels {
  const { memory } = (backend as unknown as StartedBackend).wasm.asm;
  let instance = instances.get(memory);
  if (instance === undefined) {
    compiled ??= new WebAssembly.Module(readFileSync(file));
    instance = new WebAssembly.Instance(compiled, { env: { memory } }).exports as SimdKernels;
    instances.set(memory, instance);
  }
  return instance;
}

/** As far from `src/training/backends/wasm/` as from the same folder of `dist/`. `npm run build:node` writes it. */
const file = new URL("../../../../dist/training-kernels.wasm", import.meta.url);

/** Where a float tensor lies in the heap. It stays there when the heap grows. */
export function addressOf(backend: BackendWasm, x: tf.TensorInfo): Address {
  return floatsOf(backend, x).byteOffset;
}
