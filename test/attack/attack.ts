import type { Rng } from "../../src/engine/math/rng.js";

/** What one round of an attack gets. */
interface Round {
  /** From 0; with the seed it decides all random choices, so that a round that found something can be repeated. */
  readonly number: number;
  readonly rng: Rng;
  /** An empty folder of its own, removed when the round held. */
  readonly folder: string;
}

/** An attack that stands ready. */
export interface Attacker {
  /** @throws when something was lost, wrong or let in, with what it was. */
  round(round: Round): Promise<void>;
  /** How many processes it has killed so far. */
  kills?(): number;
  end?(): Promise<void>;
}

/** One way to do harm, repeated with random choices. */
export interface Attack {
  /** Counted in the summary: `damaged databases`. */
  readonly name: string;
  /** How many rounds the short form in `npm test` has. */
  readonly shortRounds: number;
  /** How much of a long run's time it gets, relative to the others. */
  readonly share: number;
  /** What this machine has not that it needs: then its rounds are skipped. Default: nothing. */
  lacks?(): string | undefined;
  /** Prepares what all rounds share. */
  start(): Promise<Attacker>;
}

/** A whole number from 0 to `count - 1`. */
export function pick(rng: Rng, count: number): number {
  return Math.floor(rng.next() * count);
}

export function choose<T>(rng: Rng, items: readonly T[]): T {
  return items[pick(rng, items.length)]!;
}
