import { workerData } from "node:worker_threads";

/**
 * Runs in threads beside the main one, where `simd.ts` starts it, and computes parts of what that one computes. The main thread takes
 * parts too, of the same list, and so waits for nobody but those who are at a part: a thread that the system lets wait costs nothing.
 */

/** Computes the units from `first` to before `end`, its last two arguments, of what the arguments before describe. */
type Kernel = (...args: number[]) => void;

/** What a thread is started with. */
export interface KernelThreadData {
  /** Of `training-kernels.wasm`. */
  readonly module: object;
  /** The heap that all tensors live in. */
  readonly memory: object;
  /** Address of a little memory there that the thread has to itself. */
  readonly scratch: number;
  /** Whether two tiles beside each other are computed at once. */
  readonly wide: boolean;
  readonly job: SharedArrayBuffer;
}

/** What Node has, whose types know WebAssembly only in a browser. */
declare const WebAssembly: {
  readonly Instance: new (module: object, imports: object) => { readonly exports: object };
  readonly RuntimeError: ErrorConstructor;
};

/** Of what `assembly/windows.ts`, `assembly/tiles.ts`, and `assembly/functions.ts` keep. */
export const STARTS_BYTES = 2 * 48 * 4 + 64 + 6 * 32 + 124;

/** @returns the functions of `assembly/index.ts`. */
export function instantiate({ module, memory, scratch, wide }: Omit<KernelThreadData, "job">): object {
  const own = { windows: { starts: scratch }, winograd: { squares: scratch + STARTS_BYTES } };
  const imports = { env: { memory }, ...own, tiles: { wide: Number(wide) } };
  const kernels = new WebAssembly.Instance(module, imports).exports as { storeConstants(): void };
  kernels.storeConstants();
  return kernels;
}

/** Where a job's words lie. */
const Word = {
  NUMBER: 0,
  GATE: 1,
  NEXT_PART: 2,
  PARTS: 3,
  PART: 4,
  TOTAL: 5,
  KERNEL: 6,
  ARGUMENTS: 7,
  FAILED: 8,
} as const;
const WORDS = 16;
const MOST_ARGUMENTS = 32;

/** In the gate, beside the number of threads at work: whether others may join them. */
const OPEN = 1 << 16;

/** How often a thread looks whether there is something new before it sleeps until then: for a little longer than waking up takes. */
const LOOKS = 20_000;

/** One job after the other, in memory that the threads share. */
export class KernelJobs {
  readonly shared: SharedArrayBuffer;
  private readonly words: Int32Array;
  private readonly args: Float64Array;
  private readonly kernels: readonly Kernel[];

  constructor(exports: object, shared = new SharedArrayBuffer(4 * WORDS + 8 * MOST_ARGUMENTS)) {
    this.shared = shared;
    this.words = new Int32Array(shared, 0, WORDS);
    this.args = new Float64Array(shared, 4 * WORDS);
    // In the module's own order, which all threads see.
    this.kernels = Object.values(exports).filter((value) => typeof value === "function") as Kernel[];
  }

  /**
   * Has the threads that are free compute, and computes with them until all is done.
   * @param total units; `part` of them are taken at a time
   */
  run(kernel: Kernel, args: readonly number[], total: number, part: number): void {
    const { words } = this;
    this.args.set(args);
    words[Word.ARGUMENTS] = args.length;
    words[Word.KERNEL] = this.kernels.indexOf(kernel);
    words[Word.TOTAL] = total;
    words[Word.PART] = part;
    words[Word.PARTS] = Math.ceil(total / part);
    words[Word.NEXT_PART] = 0;
    Atomics.or(words, Word.GATE, OPEN);
    Atomics.add(words, Word.NUMBER, 1);
    Atomics.notify(words, Word.NUMBER);
    try {
      this.takeParts();
    } finally {
      Atomics.and(words, Word.GATE, ~OPEN);
      this.waitForOthers();
    }
    if (Atomics.exchange(words, Word.FAILED, 0) !== 0)
      throw new WebAssembly.RuntimeError("a kernel failed in a thread");
  }

  /** Takes part in whatever comes, for ever. */
  serve(): never {
    for (let seen = 0; ;) {
      for (let looks = 0; looks < LOOKS && Atomics.load(this.words, Word.NUMBER) === seen;) looks++;
      Atomics.wait(this.words, Word.NUMBER, seen);
      seen = Atomics.load(this.words, Word.NUMBER);
      if (Atomics.add(this.words, Word.GATE, 1) & OPEN) {
        try {
          this.takeParts();
        } catch {
          Atomics.store(this.words, Word.FAILED, 1);
        }
      }
      Atomics.sub(this.words, Word.GATE, 1);
      Atomics.notify(this.words, Word.GATE);
    }
  }

  private takeParts(): void {
    const { words } = this;
    const kernel = this.kernels[words[Word.KERNEL]!]!;
    const args = Array.from(this.args.subarray(0, words[Word.ARGUMENTS]));
    const [parts, part, total] = [words[Word.PARTS]!, words[Word.PART]!, words[Word.TOTAL]!];
    for (let i = 0; (i = Atomics.add(words, Word.NEXT_PART, 1)) < parts;)
      kernel(...args, i * part, Math.min(total, (i + 1) * part));
  }

  /** Those who joined; nobody can any more. */
  private waitForOthers(): void {
    for (let looks = 0; looks < LOOKS; looks++) if (Atomics.load(this.words, Word.GATE) === 0) return;
    for (let others = 0; (others = Atomics.load(this.words, Word.GATE)) !== 0;)
      Atomics.wait(this.words, Word.GATE, others);
  }
}

const started = workerData as { readonly kernels?: KernelThreadData } | null;
if (started?.kernels) new KernelJobs(instantiate(started.kernels), started.kernels.job).serve();
