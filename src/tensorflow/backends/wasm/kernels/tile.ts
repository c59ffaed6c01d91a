import type * as tf from "@tensorflow/tfjs";
import type { BackendWasm } from "@tensorflow/tfjs-backend-wasm";
import { type WasmKernelCall, wasmKernel } from "../kernel.js";

/**
 * Repeats a tensor along its axes. Batch norm's gradient tiles a small tensor to the size of the layer's output; copying
 * blocks that double in size takes a fraction of what the stock kernel takes, which computes each element's place.
 */
export const tile = wasmKernel("Tile", ({ inputs, attrs, backend }: WasmKernelCall<"x", tf.TileAttrs>) => {
  const { x } = inputs;
  const shape = x.shape.map((size, axis) => size * attrs.reps[axis]!);
  const result = backend.makeOutput(shape, x.dtype);
  if (shape.includes(0)) return result;
  const target = bytesOf(backend, result);
  target.set(bytesOf(backend, x));
  repeatAxes(target, bytesOf(backend, x).length, x.shape, attrs.reps);
  return result;
});

/** `target` begins with the tensor; afterwards it is full. Innermost axis first, each spreading its blocks from the end. */
function repeatAxes(target: Uint8Array, byteLength: number, shape: readonly number[], reps: readonly number[]): void {
  let filled = byteLength;
  let blocks = shape.reduce((product, size) => product * size, 1);
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    blocks /= shape[axis]!;
    const repeats = reps[axis]!;
    if (repeats === 1) continue;
    const block = filled / blocks;
    for (let i = blocks - 1; i >= 0; i--) {
      const start = i * block * repeats;
      target.copyWithin(start, i * block, (i + 1) * block);
      repeatBlock(target, start, block, block * repeats);
    }
    filled *= repeats;
  }
}

/** Fills `length` bytes from `start` with the block that stands there, copying twice as much each time. */
function repeatBlock(target: Uint8Array, start: number, block: number, length: number): void {
  for (let done = block; done < length; done *= 2) {
    target.copyWithin(start + done, start, start + Math.min(done, length - done));
  }
}

function bytesOf(backend: BackendWasm, x: tf.TensorInfo): Uint8Array {
  const elements = backend.typedArrayFromHeap(x);
  return new Uint8Array(elements.buffer, elements.byteOffset, elements.byteLength);
}
