import type { BackendWasm } from "@tensorflow/tfjs-backend-wasm";
import { floatsOf, free } from "./kernel.js";

/** Sums for each channel, in double precision. @param add adds to the doubles that lie, all 0 at first, at this address. */
export function channelSums(backend: BackendWasm, channels: number, add: (sums: number) => void): Float64Array {
  const scratch = backend.makeOutput([channels, 2], "float32");
  const { buffer, byteOffset } = floatsOf(backend, scratch).fill(0);
  add(byteOffset);
  const sums = new Float64Array(buffer, byteOffset, channels).slice();
  free(backend, scratch);
  return sums;
}
