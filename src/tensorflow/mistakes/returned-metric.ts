import { directionByName } from "../callbacks/monitor.js";
import type { TrainableTrial } from "../trainable-trial.js";

/** Each metric's values at the epochs of a trial. */
const metrics = new WeakMap<TrainableTrial, Map<string, number[]>>();

export function noteMetrics(trial: TrainableTrial, logs: Readonly<Record<string, number>>): void {
  const noted = metrics.get(trial) ?? new Map<string, number[]>();
  metrics.set(trial, noted);
  for (const [name, value] of Object.entries(logs)) noted.set(name, [...(noted.get(name) ?? []), value]);
}

/**
 * The metric that an objective returned, and in which direction it is better, if that is certain: the value is the metric's last or best
 * one, to the last digit, and of no metric that is better in the other direction.
 */
export function returnedMetric(
  trial: TrainableTrial,
  value: number,
): { readonly metric: string; readonly better: "minimize" | "maximize" } | undefined {
  const found = [...(metrics.get(trial) ?? [])].flatMap(([metric, values]) => {
    const direction = directionByName(metric);
    return direction && isLastOrBest(value, values, direction) ? [{ metric, direction }] : [];
  });
  const [first] = found;
  if (!first || found.some(({ direction }) => direction !== first.direction)) return undefined;
  return { metric: first.metric, better: first.direction === "min" ? "minimize" : "maximize" };
}

function isLastOrBest(value: number, values: readonly number[], direction: "min" | "max"): boolean {
  const best = direction === "max" ? Math.max(...values) : Math.min(...values);
  const own = [values.at(-1)!, best];
  // An error rate, 1 - accuracy, may happen to be the accuracy of another epoch.
  const isComplement = direction === "max" && own.some((other) => Math.abs(1 - other - value) < 1e-6);
  return own.includes(value) && !isComplement && value !== 0 && value !== 1;
}
