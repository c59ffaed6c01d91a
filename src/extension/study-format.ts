import type { StudySummary, TrialSummary } from "../protocol/inspector.js";
import { changedTrialsOf } from "../protocol/study-source.js";
import type { BestTrial, EpochEnded } from "../protocol/trainer.js";
import { shownState } from "../format/shown-state.js";
import { formatDuration } from "../format/duration.js";
import { formatNumber, formatParam, formatValues } from "../format/numbers.js";
import type { WireNumber, WireParamValue } from "../protocol/wire.js";

/** The few figures that fit a lens or a line of a list. */

/** `34/80`; `34` when the study has no end, or was taken beyond it. */
export function formatCount(finished: number, trials: number | null): string {
  return trials === null || finished > trials ? String(finished) : `${finished}/${trials}`;
}

/** `#21: 0.612` */
export function formatBest(best: BestTrial): string {
  return `#${best.number}: ${formatNumber(best.value)}`;
}

/** `34/80 trials`, `1 trial`: with the noun. */
export function formatTrials(finished: number, trials: number | null): string {
  const count = formatCount(finished, trials);
  return `${count} ${count === "1" ? "trial" : "trials"}`;
}

/** The best so far: `best #21: 0.612`, or `5 on the Pareto front`; undefined while no trial is complete. */
export function describeFound(
  { best, front }: Pick<StudySummary, "best" | "front">,
  format: (best: BestTrial) => string = formatBest,
): string | undefined {
  if (best) return `best ${format(best)}`;
  return front ? `${front} on the Pareto front` : undefined;
}

/** `Process 4711 is running it.` */
export function describeProcesses(pids: readonly number[]): string {
  return pids.length === 1 ? `Process ${pids[0]} is running it.` : `Processes ${pids.join(", ")} are running it.`;
}

/** `epoch 5/30 · val_loss 0.71`; `step 5 · value 0.71` for an objective that reports by itself. */
export function formatProgress(event: EpochEnded): string {
  const { epoch, epochs } = event;
  const monitored = monitoredLog(event);
  const done = epochs === null ? `step ${epoch}` : `epoch ${formatCount(epoch + 1, epochs)}`;
  return [done, monitored && `${monitored[0]} ${formatNumber(monitored[1])}`].filter(Boolean).join(" · ");
}

/** The metric that the study monitors; if it monitors none, a validation metric rather than a training metric. */
function monitoredLog({ logs, monitor }: EpochEnded): [string, WireNumber] | undefined {
  if (monitor !== undefined && Object.hasOwn(logs, monitor)) return [monitor, logs[monitor]!];
  const entries = Object.entries(logs);
  return entries.find(([name]) => name.startsWith("val_")) ?? entries[0];
}

/** `filters = 32, layers = 3` */
export function formatParams(params: Readonly<Record<string, WireParamValue>>): string {
  return Object.entries(params)
    .map(([name, value]) => `${name} = ${formatParam(value)}`)
    .join(", ");
}

/** What is known of a trial that has a line. */
type DescribedTrial = Pick<
  TrialSummary,
  "number" | "state" | "values" | "durationMs" | "lastStep" | "lastValue" | "failReason"
> &
  Partial<Pick<TrialSummary, "pausedAt" | "continuedBy">>;

/** What a trial's line shows beside its number. */
export function describeTrial(row: DescribedTrial, progress: EpochEnded | undefined): string {
  if (row.state === "RUNNING") {
    if (progress) return formatProgress(progress);
    return row.lastStep === null ? "running" : `step ${row.lastStep} · ${formatNumber(row.lastValue ?? "NaN")}`;
  }
  if (row.state === "WAITING") return "queued";
  const value = row.values === null ? describeFailure(row) : formatValues(row.values);
  const word = shownState(row).toLowerCase();
  const pruned = row.state === "PRUNED" ? [`${word}${row.lastStep === null ? "" : ` at step ${row.lastStep}`}`] : [];
  if (row.continuedBy != null) pruned.push(`went on as #${row.continuedBy}`);
  const parts = row.values === null && pruned.length ? pruned : [value, ...pruned];
  return [...parts, ...(row.durationMs === null ? [] : [formatDuration(row.durationMs)])].join(" · ");
}

/** The first line of the reason, shortened for a list. */
function describeFailure(row: DescribedTrial): string {
  if (shownState(row) === "STOPPED") return "stopped";
  const { failReason } = row;
  const reason = failReason?.split("\n", 1)[0]?.trim();
  if (!reason) return "failed";
  return `failed: ${reason.length > 80 ? `${reason.slice(0, 79)}…` : reason}`;
}

/**
 * A study's total number of finished trials: the one that the user changed it to, the code's, or a larger number that it was extended to and has not reached yet.
 * @param coded the number in the code's text, if any.
 */
export function wantedTrials(
  coded: number | null,
  summary: Pick<StudySummary, "finished" | "source"> | undefined,
): number | null {
  const stored = summary?.source?.trials ?? null;
  const changed = changedTrialsOf(summary?.source, coded);
  if (changed !== undefined) return changed;
  if (coded === null || stored === null || !summary) return coded ?? stored;
  return summary.finished >= coded ? Math.max(coded, stored) : coded;
}

/** Whether starting it asks how many more trials to run. */
export function hasAllTrials(
  coded: number | null,
  summary: Pick<StudySummary, "finished" | "source"> | undefined,
): boolean {
  const wanted = wantedTrials(coded, summary);
  return wanted !== null && (summary?.finished ?? 0) >= wanted;
}
