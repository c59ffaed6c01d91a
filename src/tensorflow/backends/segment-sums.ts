/**
 * Sums slices that have the same id. Ids below 0 or not below the number of segments are left out, as TensorFlow does on a GPU.
 * @param sums starts at 0.
 */
export function sumSegments(
  values: ArrayLike<number>,
  ids: ArrayLike<number>,
  sliceSize: number,
  sums: Float32Array | Int32Array,
): void {
  const numSegments = sliceSize === 0 ? 0 : sums.length / sliceSize;
  for (let slice = 0; slice < ids.length; slice++) {
    const id = ids[slice]!;
    if (id < 0 || id >= numSegments) continue;
    const [from, to] = [slice * sliceSize, id * sliceSize];
    for (let i = 0; i < sliceSize; i++) sums[to + i] = sums[to + i]! + values[from + i]!;
  }
}
