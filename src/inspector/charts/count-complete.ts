import type { ChartSource } from "./chart-maker.js";

/** The version of a chart of COMPLETE trials alone: finished trials never change. */
export function countComplete({ trials }: Pick<ChartSource, "trials">): number {
  return trials.filter(({ state }) => state === "COMPLETE").length;
}
