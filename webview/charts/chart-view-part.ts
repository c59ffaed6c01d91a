import { loadPart } from "../part.js";

let loading: Promise<unknown> | null = null;

/** Loads what draws charts. Header and rows do not wait for it. One that failed is tried again by the next call. */
export function loadChartView(): Promise<unknown> {
  loading ??= loadPart("draws charts", () => import("./chart-view.js")).catch((error: unknown) => {
    loading = null;
    throw error;
  });
  return loading;
}
