import { createRequire } from "node:module";
import { totalmem } from "node:os";
import { dirname, join, sep } from "node:path";
import * as tf from "@tensorflow/tfjs";
import { type BackendWasm, setThreadsCount, setWasmPaths, version_wasm } from "@tensorflow/tfjs-backend-wasm";
import { type Backend, BackendUnavailableError } from "./backend.js";
import { guardHeap } from "./wasm/heap.js";
import { registerWasmKernels } from "./wasm/register.js";

/** A WebAssembly heap has 32-bit addresses. */
const ADDRESSABLE = 2 ** 32;

/** WebAssembly with SIMD on one thread: no native code, every platform, the same losses from the same seed. */
export const wasm: Backend = {
  name: "wasm",
  registeredAs: "wasm",
  async start() {
    registerWasmKernels();
    if (tf.findBackendFactory("wasm") === null) {
      throw new BackendUnavailableError("wasm", "@tensorflow/tfjs-backend-wasm did not register itself.");
    }
    setWasmPaths(wasmFolder());
    setThreadsCount(1);
    const started = await withoutProcessListeners(() => tf.setBackend("wasm"));
    if (!started) throw new BackendUnavailableError("wasm", `WebAssembly could not start from ${wasmFolder()}.`);
    guardHeap(tf.backend() as BackendWasm);
    const simd = await tf.env().getAsync("WASM_HAS_SIMD_SUPPORT");
    const device = `CPU (WebAssembly${simd ? " SIMD" : ""}, 1 thread)`;
    return { backend: "wasm", device, version: version_wasm, memory: Math.min(ADDRESSABLE, totalmem()) };
  },
};

/** Where the package's `.wasm` files lie, in a workspace as in a packaged extension; ends with a separator. */
function wasmFolder(): string {
  const entry = createRequire(import.meta.url).resolve("@tensorflow/tfjs-backend-wasm/package.json");
  return join(dirname(entry), "dist") + sep;
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
