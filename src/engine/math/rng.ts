/** Uniform random numbers in [0, 1). */
export interface Rng {
  next(): number;
}

/** xoshiro128** (Blackman & Vigna, 2018), seeded through splitmix32: small, fast, the same on every platform. */
export class SeededRng implements Rng {
  private readonly state: Uint32Array;

  /** @param seeds whole numbers that together name the stream, e.g. the study's seed and the trial's number. */
  constructor(...seeds: readonly number[]) {
    let hash = 0x9e3779b9;
    for (const seed of seeds) {
      hash = mix(hash ^ (seed >>> 0));
      hash = mix(hash ^ (Math.floor(seed / 2 ** 32) >>> 0));
    }
    this.state = Uint32Array.from([1, 2, 3, 4], (i) => mix(hash + Math.imul(i, 0x9e3779b9)));
  }

  next(): number {
    // 53 random bits, as Math.random gives.
    return ((this.nextUint32() >>> 5) * 2 ** 26 + (this.nextUint32() >>> 6)) / 2 ** 53;
  }

  /** Where the stream is: four numbers of 32 bits, for `continueAt`. */
  position(): readonly number[] {
    return [...this.state];
  }

  /** Goes on where a stream was. */
  continueAt(position: readonly number[]): void {
    this.state.set(position);
  }

  private nextUint32(): number {
    const s = this.state;
    const [s0, s1, s2, s3] = [s[0]!, s[1]!, s[2]!, s[3]!];
    const result = Math.imul(rotateLeft(Math.imul(s1, 5), 7), 9) >>> 0;
    s[2] = s2 ^ s0;
    s[3] = s3 ^ s1;
    s[1] = s1 ^ s[2];
    s[0] = s0 ^ s[3];
    s[2] = s[2] ^ (s1 << 9);
    s[3] = rotateLeft(s[3], 11);
    return result;
  }
}

/** For a study without a seed. */
export const systemRng: Rng = { next: () => Math.random() };

function rotateLeft(x: number, k: number): number {
  return (x << k) | (x >>> (32 - k));
}

/** splitmix32's finalizer. */
function mix(x: number): number {
  let z = (x + 0x9e3779b9) | 0;
  z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
  z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
  return (z ^ (z >>> 15)) >>> 0;
}
