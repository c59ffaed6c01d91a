import type { BackendWasm } from "@tensorflow/tfjs-backend-wasm";
import { TunelensError } from "../../../engine/errors.js";

/** What Emscripten's module gives the backend. */
interface Emscripten {
  readonly HEAPU8: Uint8Array;
  /** @returns an address in the heap, as a signed number; 0 where there is no room. */
  _malloc(bytes: number): number;
  _free(address: number): void;
}

const guarded = new WeakSet<Emscripten>();

/**
 * Makes an allocation that finds no room throw. TensorFlow.js takes the 0 that it gets for an address and writes over the beginning of the
 * heap; and a block that would end behind the last address is given away nevertheless, after which blocks overlap. Tensors would change in
 * silence, so from then on nothing is allocated any more.
 */
export function guardHeap(backend: BackendWasm): void {
  const module = backend.wasm as unknown as Emscripten;
  if (guarded.has(module)) return;
  guarded.add(module);
  // Its first call puts the real one in its place.
  module._free(module._malloc(1));
  const malloc = module._malloc;
  let full = false;
  module._malloc = (bytes) => {
    const address = full ? 0 : malloc(bytes) >>> 0;
    full ||= bytes > 0 && (address === 0 || address + bytes > module.HEAPU8.length);
    if (full) throw new HeapFullError();
    return address;
  };
}

/** A heap never shrinks: the process that has filled it had better end. */
class HeapFullError extends TunelensError {
  override readonly name = "HeapFullError";
  constructor() {
    super(
      "out-of-memory",
      "WebAssembly's 4 GB of memory ran out. Use smaller batches, fewer images, or a smaller network, free tensors with tf.tidy(), or train on another backend.",
    );
  }
}
