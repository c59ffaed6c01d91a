import { readFileSync } from "node:fs";
import { extname } from "node:path";
import { Worker } from "node:worker_threads";
import type * as tf from "@tensorflow/tfjs";
import type { BackendWasm } from "@tensorflow/tfjs-backend-wasm";
import { floatsOf } from "../kernel.js";
import { areWideTilesFaster, compileKernels, PROBE_BYTES } from "./kernel-module.js";
import { instantiate, KernelJobs, type KernelThreadData, STARTS_BYTES } from "./kernel-thread.js";

/** An address in wasm's heap, in bytes. */
export type Address = number;

/** The kernels of `assembly/` that compute all at once, where what they do is said. */
interface WholeKernels {
  countNonZeros(x: Address, count: number, limit: number): number;
  dropoutMask(mask: Address, count: number, threshold: number, kept: number, state: number): void;
  packColumns(b: Address, panels: Address, inner: number, columns: number, turned: number): void;
  copyRows(from: Address, fromColumns: number, to: Address, columns: number, rows: number): void;
}

/** The arguments of what sums products in windows. */
type WindowSums = [
  x: Address,
  filter: Address,
  bias: Address,
  y: Address,
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
  yHeight: number,
  yWidth: number,
  rowStep: number,
  columnStep: number,
  floor: number,
];

/** Those that threads can share, each with the names of its arguments but for the last two, `first` and `end`. */
export interface SharedKernels {
  adamStep: [
    value: Address,
    gradient: Address,
    firstMoment: Address,
    secondMoment: Address,
    newValue: Address,
    newFirstMoment: Address,
    newSecondMoment: Address,
    rate: number,
    correction: number,
    beta1: number,
    beta2: number,
    epsilon: number,
  ];
  addChannels: [x: Address, shift: Address, y: Address, channels: number];
  convolve: WindowSums;
  dots: WindowSums;
  filterGradient: [
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
    filterWidth: number,
    strideHeight: number,
    strideWidth: number,
  ];
  packFilter: [
    filter: Address,
    panels: Address,
    cin: number,
    cout: number,
    start: number,
    rows: number,
    columns: number,
    rowStep: number,
    columnStep: number,
    turned: number,
  ];
  erf: [x: Address, y: Address];
  extremeGradient: [dy: Address, y: Address, x: Address, dx: Address, middle: number, inner: number];
  gelu: [x: Address, y: Address];
  geluGradient: [dy: Address, x: Address, dx: Address];
  leakyRelu: [x: Address, y: Address, slope: number];
  leakyReluGradient: [dy: Address, x: Address, dx: Address, slope: number];
  lstm: [
    z: Address,
    panels: Address,
    firstHidden: Address,
    firstCell: Address,
    hidden: Address,
    cells: Address,
    gates: Address,
    steps: number,
    batch: number,
    units: number,
    hard: number,
  ];
  lstmGradient: [
    dHidden: Address,
    dCells: Address,
    panels: Address,
    firstCell: Address,
    cells: Address,
    gates: Address,
    dFirstHidden: Address,
    dFirstCell: Address,
    dz: Address,
    steps: number,
    batch: number,
    units: number,
    hard: number,
  ];
  multiplyMatrices: [
    a: Address,
    aBytes: number,
    b: Address,
    bBytes: number,
    y: Address,
    turned: Address,
    panels: Address,
    rows: number,
    inner: number,
    columns: number,
    turnA: number,
    turnB: number,
  ];
  normalizeRows: [
    x: Address,
    gamma: Address,
    beta: Address,
    y: Address,
    means: Address,
    scales: Address,
    columns: number,
    epsilon: number,
  ];
  normalizeRowsGradient: [
    dy: Address,
    x: Address,
    gamma: Address,
    means: Address,
    scales: Address,
    dx: Address,
    columns: number,
  ];
  placeImages: [
    x: Address,
    y: Address,
    height: number,
    width: number,
    channels: number,
    outHeight: number,
    outWidth: number,
    top: number,
    left: number,
    rowStep: number,
    columnStep: number,
  ];
  transformFilter: [panels: Address, transformed: Address, cin: number, cout: number];
  winograd: [
    x: Address,
    filter: Address,
    bias: Address,
    y: Address,
    inHeight: number,
    inWidth: number,
    cin: number,
    outHeight: number,
    outWidth: number,
    cout: number,
    floor: number,
  ];
  sumChannels: [x: Address, sums: Address, rows: number, channels: number, partRows: number];
  sumSquares: [x: Address, means: Address, sums: Address, rows: number, channels: number, partRows: number];
  sumNormalized: [
    dy: Address,
    x: Address,
    means: Address,
    scales: Address,
    sums: Address,
    rows: number,
    channels: number,
    partRows: number,
  ];
  sumProducts: [
    dy: Address,
    x: Address,
    means: Address,
    sums: Address,
    rows: number,
    channels: number,
    partRows: number,
  ];
  scaleChannels: [x: Address, scale: Address, shift: Address, y: Address, channels: number];
  combineChannels: [dy: Address, x: Address, a: Address, b: Address, c: Address, dx: Address, channels: number];
  maxPoolGradient: [
    dy: Address,
    x: Address,
    dx: Address,
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
  ];
  relu: [x: Address, y: Address];
  reluGradient: [dy: Address, x: Address, dx: Address];
  rmsPropStep: [
    value: Address,
    gradient: Address,
    meanSquare: Address,
    accumulation: Address,
    newValue: Address,
    newMeanSquare: Address,
    newAccumulation: Address,
    rate: number,
    decay: number,
    momentum: number,
    epsilon: number,
  ];
  softmax: [x: Address, y: Address, columns: number];
  softmaxGradient: [dy: Address, y: Address, dx: Address, columns: number];
  sparseFilterGradient: [
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
  ];
  sparseInputGradient: [
    dy: Address,
    filters: Address,
    dx: Address,
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
  ];
  tanh: [x: Address, y: Address];
}

/** How a kernel's work can be shared. */
interface Work {
  /** How many units there are, as the kernel counts them. */
  readonly units: number;
  /** How long one takes, roughly, in nanoseconds. */
  readonly each: number;
  /** Parts begin at multiples of so many. Default: 1. */
  readonly step?: number;
}

/** Emscripten's module, which the backend keeps; its exports have the heap that all tensors live in. */
interface StartedBackend {
  readonly wasm: {
    readonly asm: { readonly memory: { readonly buffer: ArrayBuffer } };
    _malloc(bytes: number): number;
    _free(address: number): void;
  };
}

/** As far from `src/tensorflow/backends/wasm/threads/` as from the same folder of `dist/`. `npm run build:kernels` writes it. */
const file = new URL("../../../../../dist/training-kernels.wasm", import.meta.url);

/** For kernels that do a thing or two with each number of a large tensor. */
export const NS_PER_NUMBER = 0.5;

/** What `assembly/windows.ts` and, behind it, `assembly/winograd.ts` keep there. */
const SCRATCH_BYTES = STARTS_BYTES + 393_216;

/** In nanoseconds: what takes less is not worth waking a thread up. */
const SHORTEST_PART = 40_000;

/** So that a thread which the system lets wait does fewer of them. */
const PARTS_PER_THREAD = 4;

type Exports = Readonly<Record<string, (...args: number[]) => void>>;

/** Our own kernels, which work in the heap of the backend and keep nothing there but their scratch. */
class ThreadPool {
  readonly whole: WholeKernels;
  private readonly module = compileKernels(readFileSync(file));
  private readonly wide: boolean;
  private readonly exports: Exports;
  private threads: { readonly jobs: KernelJobs; readonly workers: readonly Worker[] } | undefined;

  constructor(
    readonly memory: { readonly buffer: ArrayBuffer },
    private readonly backend: StartedBackend,
  ) {
    const scratch = this.scratch();
    const { module } = this;
    const [narrow, wide] = [false, true].map((wide) => instantiate({ module, memory, scratch, wide }) as Exports);
    this.wide = this.isFaster(wide!, narrow!);
    this.exports = this.wide ? wide! : narrow!;
    this.whole = this.exports as unknown as WholeKernels;
  }

  /** Has all units computed, by several threads where that is sooner done. The result is the same with any number of them. */
  run<K extends keyof SharedKernels>(name: K, args: SharedKernels[K], { units, each, step = 1 }: Work): void {
    const kernel = this.exports[name]!;
    const parts = Math.min(Math.floor((units * each) / SHORTEST_PART), allowed * PARTS_PER_THREAD);
    if (allowed === 1 || parts < 2) {
      kernel(...args, 0, units);
      return;
    }
    this.threads ??= this.startThreads();
    this.threads.jobs.run(kernel, args, units, Math.ceil(units / parts / step) * step);
  }

  endThreads(): void {
    for (const worker of this.threads?.workers ?? []) void worker.terminate();
    this.threads = undefined;
  }

  private isFaster(wide: Exports, narrow: Exports): boolean {
    const address = this.backend.wasm._malloc(PROBE_BYTES) >>> 0;
    const faster = areWideTilesFaster(narrow["convolve"]!, wide["convolve"]!, this.memory.buffer, address);
    this.backend.wasm._free(address);
    return faster;
  }

  private startThreads() {
    const jobs = new KernelJobs(this.exports);
    const workers = Array.from({ length: allowed - 1 }, () => {
      const { module, memory, wide } = this;
      const kernels: KernelThreadData = { module, memory, wide, scratch: this.scratch(), job: jobs.shared };
      const thread = new URL(`./kernel-thread${extname(import.meta.url)}`, import.meta.url);
      const worker = new Worker(thread, { workerData: { kernels }, execArgv: [] });
      worker.on("error", (error) => process.emitWarning(`Training continues without one of its threads: ${error}`));
      worker.unref();
      return worker;
    });
    return { jobs, workers };
  }

  private scratch(): Address {
    return this.backend.wasm._malloc(SCRATCH_BYTES) >>> 0;
  }
}

let current: ThreadPool | undefined;
let allowed = 1;

/** On how many threads the kernels compute, the main one among them. */
export function allowedThreads(): number {
  return allowed;
}

/** From now on. They start when there is enough to do. */
export function allowThreads(threads: number): void {
  if (threads === allowed) return;
  allowed = threads;
  current?.endThreads();
}

export function threadPool(backend: BackendWasm): ThreadPool {
  const started = backend as unknown as StartedBackend;
  const { memory } = started.wasm.asm;
  if (current?.memory !== memory) {
    current?.endThreads();
    current = new ThreadPool(memory, started);
  }
  return current;
}

/** Where a float tensor lies in the heap. It stays there when the heap grows. */
export function addressOf(backend: BackendWasm, x: tf.TensorInfo): Address {
  return floatsOf(backend, x).byteOffset;
}
