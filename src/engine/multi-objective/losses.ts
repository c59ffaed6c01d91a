import type { Direction } from "../storage.js";

/** One number per objective, the smaller the better. Never NaN; may be ±Infinity. */
export type Loss = readonly number[];

/** Objective values as losses: those to be maximized with their sign turned. */
export function toLoss(values: readonly number[], directions: readonly Direction[]): Loss {
  return values.map((value, i) => (directions[i] === "maximize" ? -value : value));
}

/** Whether `a` is nowhere worse than `b` and somewhere better. */
export function dominates(a: Loss, b: Loss): boolean {
  let better = false;
  for (let i = 0; i < a.length; i++) {
    if (a[i]! > b[i]!) return false;
    if (a[i]! < b[i]!) better = true;
  }
  return better;
}

export interface UniqueLosses {
  /** Each different loss once, in lexicographic order. */
  readonly losses: readonly Loss[];
  /** Per different loss, the index of the first that has it. */
  readonly first: readonly number[];
  /** Per loss given, its place in `losses`. */
  readonly place: readonly number[];
}

/** What is left when equal losses are taken together, in an order in which none dominates an earlier one. */
export function uniqueLosses(given: readonly Loss[]): UniqueLosses {
  const order = [...given.keys()].sort((a, b) => compare(given[a]!, given[b]!) || a - b);
  const losses: Loss[] = [];
  const first: number[] = [];
  const place = new Array<number>(given.length).fill(0);
  for (const index of order) {
    const loss = given[index]!;
    if (losses.length === 0 || compare(losses.at(-1)!, loss) !== 0) {
      losses.push(loss);
      first.push(index);
    }
    place[index] = losses.length - 1;
  }
  return { losses, first, place };
}

function compare(a: Loss, b: Loss): number {
  for (let i = 0; i < a.length; i++) {
    if (a[i]! < b[i]!) return -1;
    if (a[i]! > b[i]!) return 1;
  }
  return 0;
}
