import { findBestTrial } from "../engine/study/best-trials.js";
import type { ParamValue } from "../engine/distribution.js";
import type { TrialSnapshot } from "../engine/trial/trial-snapshot.js";
import type { Direction } from "../engine/storage.js";
import type { ParamValueOutline } from "../protocol/inspector.js";
import { toWire, toWireParams } from "../protocol/wire.js";

const MAX_VALUES = 50;

/** The values that COMPLETE and PRUNED trials have of a parameter, the one with the best trial first, then the one most tried. */
export function paramValues(
  trials: readonly TrialSnapshot[],
  directions: readonly Direction[],
  param: string,
): ParamValueOutline[] {
  const tried = trials.filter(
    ({ state, params }) => (state === "COMPLETE" || state === "PRUNED") && Object.hasOwn(params, param),
  );
  const single = directions.length === 1 ? directions[0]! : undefined;
  const byValue = new Map<ParamValue, TrialSnapshot[]>();
  for (const trial of tried) {
    const value = trial.params[param]!;
    const same = byValue.get(value);
    if (same) same.push(trial);
    else byValue.set(value, [trial]);
  }
  const ranks = new Map<ParamValueOutline, number>();
  for (const [value, having] of byValue) {
    const best = single === undefined ? undefined : findBestTrial(having, single);
    const wire = toWireParams({ value })["value"]!;
    const found = best ? { number: best.number, value: toWire(best.values![0]!) } : null;
    const rank = best ? best.values![0]! * (single === "maximize" ? -1 : 1) : Infinity;
    ranks.set({ value: wire, trials: having.length, best: found }, rank);
  }
  return [...ranks]
    .sort(([a, rankA], [b, rankB]) => (rankA === rankB ? b.trials - a.trials : rankA - rankB))
    .slice(0, MAX_VALUES)
    .map(([outline]) => outline);
}
