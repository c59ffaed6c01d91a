import { SeededRng } from "../engine/math/rng.js";

let stream: SeededRng | undefined;

/** Stands for the seeded numbers that `Math.random` gives now; undefined where it has no seed. */
export function currentStream(): object | undefined {
  return stream;
}

/** Where the seeded numbers of `Math.random` are; undefined where it has no seed. */
export function randomPosition(): readonly number[] | undefined {
  return stream?.position();
}

/** Has `Math.random` go on where it was; does nothing where it has no seed. */
export function continueRandom(position: readonly number[] | undefined): void {
  if (position) stream?.continueAt(position);
}

/**
 * Runs `work` with `Math.random` replaced by a seeded generator. TensorFlow.js draws the seeds of initial weights, dropout,
 * and shuffling from it, so two runs with equal seeds give equal losses on a deterministic backend.
 *
 * It is replaced in the whole process, so run only one trial at a time.
 *
 * @param seeds integers that together select the random stream; if empty, `Math.random` is not replaced.
 */
export async function withSeededRandom<T>(seeds: readonly number[], work: () => T | Promise<T>): Promise<T> {
  if (seeds.length === 0) return await work();
  const before = { random: Math.random, stream };
  const rng = new SeededRng(...seeds);
  stream = rng;
  Math.random = () => rng.next();
  try {
    return await work();
  } finally {
    Math.random = before.random;
    stream = before.stream;
  }
}
