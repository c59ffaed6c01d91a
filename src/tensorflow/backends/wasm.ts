import { createRequire } from "node:module";
import { availableParallelism, totalmem } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import * as tf from "@tensorflow/tfjs";
import { type BackendWasm, setThreadsCount, setWasmPaths, version_wasm } from "@tensorflow/tfjs-backend-wasm";
import { type Backend, BackendUnavailableError } from "./backend.js";
import { guardHeap } from "./wasm/heap.js";
import { readQuickly } from "./wasm/read.js";
import { registerWasmKernels } from "./wasm/register.js";
import { allowedThreads, allowThreads } from "./wasm/threads/thread-pool.js";

/** A WebAssembly heap has 32-bit addresses. */
const ADDRESSABLE = 2 ** 32;

/** Past these, what stays on one thread takes longer than more of them would save. */
const MOST_THREADS = 4;

/** WebAssembly with SIMD: no native code, every platform, the same losses from the same seed on any number of threads. */
export const wasm: Backend = {
  name: "wasm",
  registeredAs: "wasm",
  async start({ threads = Math.min(availableParallelism(), MOST_THREADS) }) {
    registerWasmKernels();
    if (tf.findBackendFactory("wasm") === null) {
      throw new BackendUnavailableError("wasm", "@tensorflow/tfjs-backend-wasm did not register itself.");
    }
    setWasmPaths(wasmFiles());
    setThreadsCount(1); // Of TensorFlow.js's own kernels. Threads are for ours.
    const started = await withoutProcessListeners(() => tf.setBackend("wasm"));
    if (!started) throw new BackendUnavailableError("wasm", "WebAssembly cannot start.");
    const backend = tf.backend() as BackendWasm;
    guardHeap(backend);
    readQuickly(backend);
    allowThreads(threads);
    return { backend: "wasm", device: device(), version: version_wasm, memory: Math.min(ADDRESSABLE, totalmem()) };
  },
  shareCores(processes) {
    allowThreads(Math.max(1, Math.min(allowedThreads(), Math.floor(availableParallelism() / processes))));
    return device();
  },
};

function device(): string {
  const threads = allowedThreads();
  return `CPU (WebAssembly SIMD, ${threads} ${threads === 1 ? "thread" : "threads"})`;
}

/** TensorFlow.js's builds, but for the one with SIMD, whose memory `npm run build:kernels` has made one that threads can share. */
function wasmFiles() {
  const stock = dirname(createRequire(import.meta.url).resolve("@tensorflow/tfjs-backend-wasm/package.json"));
  const inStock = (name: string) => [name, join(stock, "dist", name)] as const;
  const simd = "tfjs-backend-wasm-simd.wasm";
  return {
    ...Object.fromEntries(["tfjs-backend-wasm.wasm", "tfjs-backend-wasm-threaded-simd.wasm"].map(inStock)),
    [simd]: fileURLToPath(new URL(`../../../dist/${simd}`, import.meta.url)),
  };
}

/**
 * Emscripten, once started, makes every unhandled rejection and uncaught exception of the process its own. What it adds is
 * taken back, so that errors in a study reach whoever is there to report them.
 */
async function withoutProcessListeners<T>(start: () => Promise<T>): Promise<T> {
  const events = ["uncaughtException", "unhandledRejection"] as const;
  const before = events.map((event) => new Set(process.rawListeners(event)));
  try {
    return await start();
  } finally {
    events.forEach((event, i) => {
      for (const listener of process.rawListeners(event)) {
        if (!before[i]!.has(listener)) process.removeListener(event, listener as () => void);
      }
    });
  }
}
