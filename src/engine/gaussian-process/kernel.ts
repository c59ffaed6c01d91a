/** Points in rows, each of `width` coordinates, of which the first `numericCount` are numbers and the others indices of choices. */
export interface Points {
  readonly values: Float64Array;
  readonly count: number;
  readonly width: number;
  readonly numericCount: number;
}

/** What makes a Gaussian process out of the kernel's family. */
export interface KernelParams {
  /** One per coordinate: how fast the function changes along it. */
  readonly inverseSquaredLengthscales: Float64Array;
  /** The variance of the function. */
  readonly scale: number;
  /** The variance of what is observed around it. */
  readonly noise: number;
}

/** Matérn's correlation with ν = 5/2 at a squared distance (Rasmussen & Williams, "Gaussian Processes for Machine Learning", 4.17). */
export function matern52(squaredDistance: number): number {
  const s = Math.sqrt(5 * squaredDistance);
  return (1 + s + (5 / 3) * squaredDistance) * Math.exp(-s);
}

/** The sum over coordinates of weighted squared differences; two choices are 1 apart. `a` and `b` are where the rows begin. */
export function squaredDistance(
  first: Float64Array,
  a: number,
  second: Float64Array,
  b: number,
  weights: Float64Array,
  numericCount: number,
): number {
  let sum = 0;
  for (let k = 0; k < numericCount; k++) {
    const difference = first[a + k]! - second[b + k]!;
    sum += weights[k]! * difference * difference;
  }
  for (let k = numericCount; k < weights.length; k++) if (first[a + k] !== second[b + k]) sum += weights[k]!;
  return sum;
}

/** Puts the points of both below one another. */
export function joinPoints(first: Points, second: Points): Points {
  const values = new Float64Array(first.values.length + second.values.length);
  values.set(first.values);
  values.set(second.values, first.values.length);
  return { ...first, values, count: first.count + second.count };
}
