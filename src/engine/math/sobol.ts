import type { Rng } from "./rng.js";
import { SOBOL_DIRECTION_NUMBERS } from "./sobol-direction-numbers.js";

/** How many dimensions there are direction numbers for. */
export const SOBOL_DIMENSIONS = 250;
/** Coordinates are multiples of 2^-30. */
const BITS = 30;

/**
 * A Sobol sequence (Sobol' 1967, in the Gray code order of Antonov & Saleev 1979), with the direction numbers of Joe & Kuo 2008:
 * any 2^k points from the start, and from any multiple of 2^k, are spread evenly.
 */
export class SobolSequence {
  /** By dimension: a direction number for each bit of a point's index. */
  private readonly directions: readonly Uint32Array[];
  private readonly shift: Uint32Array;

  /**
   * @param dimensions 1 … `SOBOL_DIMENSIONS`.
   * @param scramble what to draw a random scrambling from, which keeps the even spread and makes each point uniform: Matoušek's
   *   linear matrix scrambling with a digital shift (1998), the affine form of Owen's. Without it the first point is all 0.
   */
  constructor(dimensions: number, scramble?: Rng) {
    const plain = directionNumbers(dimensions);
    this.directions = scramble ? plain.map((column) => scrambleColumn(column, scramble)) : plain;
    this.shift = Uint32Array.from({ length: dimensions }, () => (scramble ? randomBits(scramble) : 0));
  }

  /** The coordinates, each in [0, 1), of the point at an index from 0. */
  point(index: number): number[] {
    const gray = index ^ (index >>> 1);
    return this.directions.map((column, dimension) => {
      let bits = this.shift[dimension]!;
      for (let bit = 0; bit < BITS; bit++) if ((gray >>> bit) & 1) bits ^= column[bit]!;
      return bits / 2 ** BITS;
    });
  }
}

function directionNumbers(dimensions: number): Uint32Array[] {
  const rows = SOBOL_DIRECTION_NUMBERS.trim().split(/,\s*/, dimensions - 1);
  const first = Uint32Array.from({ length: BITS }, (_, bit) => 2 ** (BITS - 1 - bit));
  return [first, ...rows.map((row) => extend(row.split(" ").map((number) => parseInt(number, 36))))].slice(
    0,
    dimensions,
  );
}

/** The direction numbers that follow from a polynomial and the first of them. */
function extend([polynomial = 1, ...initial]: readonly number[]): Uint32Array {
  const degree = initial.length;
  const column = new Uint32Array(BITS);
  for (let bit = 0; bit < BITS; bit++) {
    if (bit < degree) {
      column[bit] = initial[bit]! * 2 ** (BITS - 1 - bit);
      continue;
    }
    let next = column[bit - degree]! ^ (column[bit - degree]! >>> degree);
    for (let k = 1; k < degree; k++) if ((polynomial >>> (degree - k)) & 1) next ^= column[bit - k]!;
    column[bit] = next;
  }
  return column;
}

/** Multiplies every direction number, as a vector of bits, by one random lower triangular matrix with ones on its diagonal. */
function scrambleColumn(column: Uint32Array, rng: Rng): Uint32Array {
  const matrix = Array.from({ length: BITS }, (_, row) => {
    const diagonal = 2 ** (BITS - 1 - row);
    return (randomBits(rng) & ~(2 * diagonal - 1)) | diagonal;
  });
  return column.map((vector) => {
    let bits = 0;
    for (const row of matrix) bits = (bits << 1) | parity(row & vector);
    return bits;
  });
}

function randomBits(rng: Rng): number {
  return Math.floor(rng.next() * 2 ** BITS);
}

function parity(bits: number): number {
  let folded = bits ^ (bits >>> 16);
  folded ^= folded >>> 8;
  folded ^= folded >>> 4;
  folded ^= folded >>> 2;
  return (folded ^ (folded >>> 1)) & 1;
}
