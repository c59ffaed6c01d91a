import type { BackendWasm } from "@tensorflow/tfjs-backend-wasm";
import { floatsOf, free } from "../kernel.js";
import { type Address, NS_PER_NUMBER, type SharedKernels, threadPool } from "../threads/thread-pool.js";

/** Rows that are summed on their own: the same however many threads there are, so that the sums are the same too. */
const PART_ROWS = 512;

type Kernel = "sumChannels" | "sumSquares" | "sumProducts" | "sumNormalized";

/**
 * Sums for each channel, in double precision, by one of the kernels of `assembly/channels.ts`.
 * @param inputs of the kernel, each [rows, channels] but for means and scales
 */
export function channelSums(
  backend: BackendWasm,
  kernel: Kernel,
  inputs: readonly Address[],
  rows: number,
  channels: number,
): Float64Array {
  const parts = Math.ceil(rows / PART_ROWS);
  const scratch = backend.makeOutput([parts, channels, 2], "float32");
  const { buffer, byteOffset } = floatsOf(backend, scratch).fill(0);
  const args = [...inputs, byteOffset, rows, channels, PART_ROWS] as SharedKernels[Kernel];
  threadPool(backend).run(kernel, args, { units: parts, each: PART_ROWS * channels * NS_PER_NUMBER });
  const partSums = new Float64Array(buffer, byteOffset, parts * channels);
  const sums = partSums.slice(0, channels);
  for (let i = channels; i < partSums.length; i++) sums[i % channels]! += partSums[i]!;
  free(backend, scratch);
  return sums;
}
