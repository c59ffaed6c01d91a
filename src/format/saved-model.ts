import type { ModelSummary } from "../protocol/saved-model.js";
import { formatValues } from "./numbers.js";

/** `val_acc 0.9889`, `value 0.41`, `(0.9, 1200)`: what its training came to; undefined if unknown. */
export function formatModelValue({ values, metric }: Pick<ModelSummary, "values" | "metric">): string | undefined {
  if (values.length === 0) return undefined;
  return values.length === 1 ? `${metric ?? "value"} ${formatValues(values)}` : formatValues(values);
}

/** `12 kB`, `3.4 MB` */
export function formatBytes(bytes: number): string {
  return bytes < 1e6 ? `${Math.max(1, Math.round(bytes / 1e3))} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}
