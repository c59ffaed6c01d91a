import { TunelensError } from "../engine/errors.js";
import { durationMs, type TrialSnapshot, lastStep, type TrialState } from "../engine/trial/trial-snapshot.js";
import type { TrialColumn, TrialSorting } from "../protocol/inspector.js";

type SortKey = number | string | boolean | null | undefined;

/** How states follow each other: what happens now first. */
const stateRanks: Readonly<Record<TrialState, number>> = { RUNNING: 0, WAITING: 1, COMPLETE: 2, PRUNED: 3, FAIL: 4 };

/**
 * Trials in a column's order. A trial without a value in that column comes last, NaN just before, whatever the
 * direction; equals stay ordered by number.
 * @throws TunelensError (code `unknown-column`)
 */
export function orderTrials(trials: readonly TrialSnapshot[], sort: TrialSorting["sort"]): readonly TrialSnapshot[] {
  if (sort === undefined) return trials;
  const keyOf = sortKey(sort.column);
  const sign = sort.descending ? -1 : 1;
  return trials
    .map((trial) => ({ trial, key: keyOf(trial) }))
    .sort((a, b) => {
      const rank = keyRank(a.key) - keyRank(b.key);
      if (rank !== 0) return isAtTheEnd(a.key) || isAtTheEnd(b.key) ? rank : sign * rank;
      return sign * compareKeys(a.key, b.key) || a.trial.number - b.trial.number;
    })
    .map(({ trial }) => trial);
}

function sortKey(column: TrialColumn): (trial: TrialSnapshot) => SortKey {
  if (column.startsWith("param:")) {
    const name = column.slice("param:".length);
    return (trial) => (Object.hasOwn(trial.params, name) ? trial.params[name] : undefined);
  }
  switch (column) {
    case "number":
      return (trial) => trial.number;
    case "state":
      return (trial) => stateRanks[trial.state];
    case "value":
      return (trial) => trial.values?.[0];
    case "duration":
      return (trial) => durationMs(trial) ?? undefined;
    case "startedAt":
      return (trial) => trial.datetimeStart?.getTime();
    case "lastStep":
      return (trial) => lastStep(trial) ?? undefined;
    default:
      throw new TunelensError("unknown-column", `Cannot sort trials by "${column}".`);
  }
}

/** A categorical parameter may mix types: each type together, in this order. */
function keyRank(key: SortKey): number {
  if (key === undefined) return 5;
  if (Number.isNaN(key)) return 4;
  if (key === null) return 0;
  return typeof key === "boolean" ? 1 : typeof key === "number" ? 2 : 3;
}

function isAtTheEnd(key: SortKey): boolean {
  return key === undefined || Number.isNaN(key);
}

/** Of one rank. */
function compareKeys(a: SortKey, b: SortKey): number {
  if (typeof a === "string" && typeof b === "string") return a < b ? -1 : a > b ? 1 : 0;
  const [x, y] = [Number(a), Number(b)];
  return x < y ? -1 : x > y ? 1 : 0;
}
