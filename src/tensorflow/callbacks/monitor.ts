import type * as tf from "@tensorflow/tfjs";
import type { CallSite } from "../../engine/call-site.js";
import { TunelensError } from "../../engine/errors.js";
import { directionByName } from "../../engine/metric-direction.js";

/** `auto`: `max` for a metric that is better when higher (accuracy and so on), `min` for losses and errors. */
export type Mode = "auto" | "min" | "max";

/** What TensorFlow.js hands a callback: numbers, and scalars on the device that nobody has read yet. */
export type Logs = NonNullable<Parameters<tf.Callback["onEpochEnd"]>[1]>;

/**
 * Whether a metric is better when lower or when higher.
 * @throws TunelensError code `unknown-metric-direction` where `mode` is `auto` and the name does not say, as Keras 3 does.
 */
export function directionOf(metric: string, mode: Mode): "min" | "max" {
  const direction = mode === "auto" ? directionByName(metric) : mode;
  if (direction) return direction;
  throw new TunelensError(
    "unknown-metric-direction",
    `The name of the metric "${metric}" does not show whether lower or higher is better. Pass mode: "min" or "max".`,
  );
}

/** Whether `value` is better than `reference` by more than `minDelta`, as Keras compares: NaN never is, anything beats nothing. */
export function improves(
  value: number,
  reference: number | undefined,
  direction: "min" | "max",
  minDelta: number,
): boolean {
  if (reference === undefined) return true;
  return direction === "min" ? value + Math.abs(minDelta) < reference : value - Math.abs(minDelta) > reference;
}

/** Reads the scalars of `logs`, in place, so that the callbacks after this one find numbers too. */
export async function resolvedLogs(logs: Logs): Promise<Record<string, number>> {
  const entries = Object.entries(logs).map(async ([name, value]): Promise<[string, number]> => {
    if (typeof value === "number") return [name, value];
    const number = (await value.data())[0]!;
    value.dispose();
    return [name, number];
  });
  return Object.assign(logs, Object.fromEntries(await Promise.all(entries)));
}

/** TensorFlow.js calls it `acc` where Keras calls it `accuracy`; both names find it. */
export function metricNamed<T>(values: Readonly<Record<string, T>>, name: string): T | undefined {
  return values[name] ?? values[name.replace(/accuracy$/, "acc")] ?? values[name.replace(/acc$/, "accuracy")];
}

/**
 * The monitored value.
 * @param site who monitors it.
 * @throws TunelensError code `unknown-metric`, naming those there are.
 */
export function monitoredValue(logs: Readonly<Record<string, number>>, monitor: string, site: CallSite): number {
  const value = metricNamed(logs, monitor);
  if (value !== undefined) return value;
  const hint = hintFor(logs, monitor);
  const known = Object.keys(logs).join(", ");
  const message = `There is no metric "${monitor}" to monitor. Use one of: ${known}.${hint}`;
  throw site.locate(new TunelensError("unknown-metric", message));
}

function hintFor(logs: Readonly<Record<string, number>>, monitor: string): string {
  const hasValidation = Object.keys(logs).some((name) => name.startsWith("val_"));
  if (monitor.startsWith("val_") && !hasValidation) return " Metrics that start with val_ need validation data.";
  if (/acc(uracy)?$/.test(monitor)) return ' For accuracy, compile the model with metrics: ["accuracy"].';
  return "";
}
