const SIZE = 624;
const SHIFT = 397;

/**
 * MT19937 (Matsumoto & Nishimura, "Mersenne Twister", ACM TOMACS 8, 1998), seeded as NumPy's `RandomState(seed)`. For what must
 * come out as in Python; all else draws from `SeededRng`.
 */
export class MersenneTwister {
  private readonly state = new Uint32Array(SIZE);
  private position = SIZE;

  /** @param seed a whole number in [0, 2^32). */
  constructor(seed: number) {
    const { state } = this;
    state[0] = seed;
    for (let i = 1; i < SIZE; i++) state[i] = Math.imul(1812433253, state[i - 1]! ^ (state[i - 1]! >>> 30)) + i;
  }

  /** In [0, 2^32). */
  nextUint32(): number {
    if (this.position === SIZE) this.twist();
    let y = this.state[this.position++]!;
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    return (y ^ (y >>> 18)) >>> 0;
  }

  /** In place, as `RandomState.shuffle` orders a list. */
  shuffle(items: Uint32Array): void {
    for (let i = items.length - 1; i > 0; i--) {
      const j = this.upTo(i);
      [items[i], items[j]] = [items[j]!, items[i]!];
    }
  }

  /** A whole number from 0 to `max`, both included; `max` < 2^32. */
  private upTo(max: number): number {
    const mask = 2 ** (32 - Math.clz32(max)) - 1;
    for (;;) {
      const value = (this.nextUint32() & mask) >>> 0;
      if (value <= max) return value;
    }
  }

  private twist(): void {
    const { state } = this;
    for (let i = 0; i < SIZE; i++) {
      const y = (state[i]! & 0x80000000) | (state[(i + 1) % SIZE]! & 0x7fffffff);
      state[i] = state[(i + SHIFT) % SIZE]! ^ (y >>> 1) ^ (y & 1 ? 0x9908b0df : 0);
    }
    this.position = 0;
  }
}
