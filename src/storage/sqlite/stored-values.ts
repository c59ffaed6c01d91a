/** How Optuna stores what SQLite has no type for. */

export type StoredNumber = readonly [value: number | null, type: "FINITE" | "INF_POS" | "INF_NEG" | "NAN"];

export function storeNumber(value: number): StoredNumber {
  if (Number.isNaN(value)) return [null, "NAN"];
  if (value === Infinity) return [null, "INF_POS"];
  return value === -Infinity ? [null, "INF_NEG"] : [value, "FINITE"];
}

/** @returns `undefined` where type and value contradict each other. */
export function restoreNumber(value: unknown, type: string): number | undefined {
  switch (type) {
    case "FINITE":
      return typeof value === "number" ? value : undefined;
    case "INF_POS":
      return Infinity;
    case "INF_NEG":
      return -Infinity;
    case "NAN":
      return NaN;
    default:
      return undefined;
  }
}

/** Naive UTC with microseconds, which are always 000 of a millisecond here. */
export function storeDate(date: Date): string {
  return `${date.toISOString().replace("T", " ").slice(0, 23)}000`;
}

/**
 * As Optuna before 5 stored it: what the clock on the wall of its machine showed. Which zone that was no file says; this machine's is
 * taken. @returns `undefined` for what is no date. Microseconds are dropped.
 */
export function restoreLocalDate(text: string): Date | undefined {
  const shown = restoreDate(text);
  if (!shown) return undefined;
  const date = new Date(0);
  date.setFullYear(shown.getUTCFullYear(), shown.getUTCMonth(), shown.getUTCDate());
  date.setHours(shown.getUTCHours(), shown.getUTCMinutes(), shown.getUTCSeconds(), shown.getUTCMilliseconds());
  return date;
}

/** @returns `undefined` for what is no date. Microseconds are dropped. */
export function restoreDate(text: string): Date | undefined {
  const date = new Date(`${text.slice(0, 10)}T${text.slice(11, 23)}Z`);
  return Number.isNaN(date.getTime()) ? undefined : date;
}
