import { TunelensError } from "../engine/errors.js";
import type { StudySnapshot } from "../engine/storage.js";
import { failReasonOf } from "../engine/trial/fail-reason.js";
import {
  durationMs,
  type Json,
  lastStep,
  own,
  type TrialSnapshot,
  type TrialState,
} from "../engine/trial/trial-snapshot.js";
import { readTags } from "../protocol/annotations.js";
import type { TrialColumn, TrialOrder } from "../protocol/inspector.js";
import { readPeakMemory } from "../protocol/peak-memory.js";
import { bestReported, lastReported } from "../query/fields.js";

type SortKey = number | string | boolean | null | undefined;

/** How states follow each other: what happens now first. */
const stateRanks: Readonly<Record<TrialState, number>> = { RUNNING: 0, WAITING: 1, COMPLETE: 2, PRUNED: 3, FAIL: 4 };

type KeyOf = (trial: TrialSnapshot) => SortKey;

/**
 * Trials in the order of columns, each for those that are equal in the ones before it. A trial without a value in a column comes last, NaN
 * just before, whatever the direction; equals stay ordered by number.
 * @throws TunelensError (code `unknown-column`)
 */
export function orderTrials(
  trials: readonly TrialSnapshot[],
  sort: readonly TrialOrder[],
  study: StudySnapshot,
): readonly TrialSnapshot[] {
  if (sort.length === 0) return trials;
  const orders = sort.map(({ column, descending }) => orderOf(trials.map(sortKey(column, study)), descending));
  return Array.from(trials.keys())
    .sort((a, b) => {
      for (const order of orders) {
        const first = order(a, b);
        if (first !== 0) return first;
      }
      return trials[a]!.number - trials[b]!.number;
    })
    .map((place) => trials[place]!);
}

/** Compares keys by their places. What can be known of each alone is, as there are many comparisons. */
function orderOf(keys: readonly SortKey[], descending: boolean): (a: number, b: number) => number {
  const sign = descending ? -1 : 1;
  const ranks = Int8Array.from(keys, (key) => (isAtTheEnd(key) ? keyRank(key) : sign * keyRank(key)));
  return (a, b) => {
    const rank = ranks[a]! - ranks[b]!;
    if (rank !== 0) return rank;
    const [x, y] = [keys[a], keys[b]];
    return x! < y! ? -sign : x! > y! ? sign : 0;
  };
}

function sortKey(column: TrialColumn, study: StudySnapshot): KeyOf {
  const [kind, ...rest] = column.split(":");
  const name = rest.join(":");
  if (kind === "param") return (trial) => own(trial.params, name);
  if (kind === "attribute") return (trial) => scalar(own(trial.userAttrs, name));
  if (kind === "value") return (trial) => trial.values?.[Number(name)];
  if (column === "best") return bestReported(study.directions[0] ?? "minimize");
  if (column === "tags") return (trial) => readTags(study.systemAttrs, trial.id)[0]?.name;
  const keyOf = own(ofEveryTrial, column);
  if (keyOf === undefined) throw new TunelensError("unknown-column", `Cannot sort trials by "${column}".`);
  return keyOf;
}

const ofEveryTrial: Readonly<Record<string, KeyOf>> = {
  number: (trial) => trial.number,
  state: (trial) => stateRanks[trial.state],
  last: lastReported,
  lastStep: (trial) => lastStep(trial) ?? undefined,
  duration: (trial) => durationMs(trial) ?? undefined,
  startedAt: (trial) => trial.datetimeStart?.getTime(),
  memory: (trial) => readPeakMemory(trial.systemAttrs)?.bytes,
  failReason: failReasonOf,
};

/** A list or a record has an order only as text. */
function scalar(value: Json | undefined): SortKey {
  return typeof value === "object" && value !== null ? JSON.stringify(value) : value;
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
