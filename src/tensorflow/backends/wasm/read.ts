import type * as tf from "@tensorflow/tfjs";
import type { BackendWasm } from "@tensorflow/tfjs-backend-wasm";

/** What the backend keeps of a tensor, beside other things. */
interface Internals {
  readonly dataIdMap: { get(dataId: tf.DataId): { readonly dtype: tf.DataType; readonly shape: number[] } };
}

/**
 * Makes reading out of the heap ten times as fast, once for a backend: it takes a slice of bytes, which V8 copies one by one where threads share them.
 */
export function readQuickly(backend: BackendWasm): void {
  if (Object.hasOwn(backend, "readSync")) return;
  const stock = backend.readSync.bind(backend);
  const { dataIdMap } = backend as unknown as Internals;
  backend.readSync = (dataId, start, end) => {
    const { dtype, shape } = dataIdMap.get(dataId);
    if (dtype === "string") return stock(dataId, start, end);
    const all = backend.typedArrayFromHeap({ dataId, dtype, shape });
    const values = all.subarray(start ?? 0, end || all.length);
    const copy = new (values.constructor as Float32ArrayConstructor)(values.length);
    Buffer.from(values.buffer, values.byteOffset, values.byteLength).copy(Buffer.from(copy.buffer));
    return copy;
  };
}
