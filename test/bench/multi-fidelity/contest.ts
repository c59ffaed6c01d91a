import { median } from "../median.js";
import type { Replay } from "./replay.js";

/** The least loss after so many epochs; Infinity before the first. */
export function bestAfter({ improvements }: Replay, epochs: number): number {
  return improvements.findLast(([trained]) => trained <= epochs)?.[2] ?? Infinity;
}

/** How many epochs were trained until a loss was reached; Infinity: never. */
export function epochsTo({ improvements }: Replay, loss: number): number {
  return improvements.find(([, , found]) => found <= loss)?.[0] ?? Infinity;
}

/** How long it took until a loss was reached, in epochs; Infinity: never. */
export function timeTo({ improvements }: Replay, loss: number): number {
  return improvements.find(([, , found]) => found <= loss)?.[1] ?? Infinity;
}

/** The mean over runs of ln(least loss after so many epochs / the table's least). */
export function meanLogRegret(replays: readonly Replay[], best: number, epochs: number): number {
  return replays.reduce((sum, replay) => sum + Math.log(bestAfter(replay, epochs) / best), 0) / replays.length;
}

/** The mean over epochs 1 … `epochs` of ln(least loss / the table's least): the area under the regret, on a scale that is the same for all tables. */
export function regretArea(replay: Replay, best: number, epochs: number): number {
  let sum = 0;
  let [at, loss] = [1, NaN];
  for (const [trained, , found] of [...replay.improvements, [epochs + 1, 0, 0] as const]) {
    const until = Math.min(trained, epochs + 1);
    // Before the first finite loss, as bad as that.
    sum += (until - at) * Math.log((Number.isNaN(loss) ? (replay.improvements[0]?.[2] ?? best) : loss) / best);
    [at, loss] = [until, found];
  }
  return sum / epochs;
}

/** What all have to reach: the median of the losses that Optuna's TPE + Hyperband ends with. */
export function targetOf(rivals: readonly Replay[]): number {
  return median(rivals.map(({ improvements }) => improvements.at(-1)?.[2] ?? Infinity));
}
