import { directionByName } from "../../engine/metric-direction.js";
import type { TrainableTrial } from "../trainable-trial.js";

/** A metric of a trial's epochs so far. */
interface Noted {
  /** In which direction it is better. */
  readonly direction: "min" | "max";
  readonly last: number;
  readonly best: number;
}

/** By name, those whose names say in which direction they are better. */
const metrics = new WeakMap<TrainableTrial, Map<string, Noted>>();

/** Called after each epoch. */
export function noteMetrics(trial: TrainableTrial, logs: Readonly<Record<string, number>>): void {
  const noted = metrics.get(trial) ?? new Map<string, Noted>();
  metrics.set(trial, noted);
  for (const [name, last] of Object.entries(logs)) {
    const direction = directionByName(name);
    if (!direction) continue;
    const before = noted.get(name)?.best ?? last;
    noted.set(name, { direction, last, best: direction === "max" ? Math.max(before, last) : Math.min(before, last) });
  }
}

/**
 * The metric that an objective returned, and in which direction it is better, if that is certain: the value is the metric's last or best
 * one, to the last digit, and of no metric that is better in the other direction.
 */
export function returnedMetric(
  trial: TrainableTrial,
  value: number,
): { readonly metric: string; readonly better: "minimize" | "maximize" } | undefined {
  const found = [...(metrics.get(trial) ?? [])].flatMap(([metric, noted]) =>
    isLastOrBest(value, noted) ? [{ metric, direction: noted.direction }] : [],
  );
  const [first] = found;
  if (!first || found.some(({ direction }) => direction !== first.direction)) return undefined;
  return { metric: first.metric, better: first.direction === "min" ? "minimize" : "maximize" };
}

function isLastOrBest(value: number, { direction, last, best }: Noted): boolean {
  const own = [last, best];
  // An error rate, 1 - accuracy, may happen to be the accuracy of another epoch.
  const isComplement = direction === "max" && own.some((other) => Math.abs(1 - other - value) < 1e-6);
  return own.includes(value) && !isComplement && value !== 0 && value !== 1;
}
