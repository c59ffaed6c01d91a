import type { ChartName } from "../../src/protocol/charts.js";
import { emit } from "../events.js";
import type { ChartContext } from "./chart.js";

/** @param from what the chart asks for bubbles up from this element. */
export function chartContext<Name extends ChartName>(
  from: EventTarget,
  {
    card,
    study,
    choice,
    blocked,
    selected,
  }: { readonly card: string } & Pick<ChartContext<Name>, "study" | "choice" | "blocked" | "selected">,
): ChartContext<Name> {
  return {
    study,
    choice,
    blocked,
    selected,
    filter: (clause) => emit(from, "filter", clause),
    choose: (change) => emit(from, "choose", { card, change }),
    select: (trial) => emit(from, "select-trial", trial),
    open: (study, trial) => emit(from, "act", { type: "openStudy", study, trial }),
    offer: (label, items, at) => emit(from, "offer", { label, items, at }),
    show: (chart, choice) => emit(from, "show-chart", { chart, choice }),
    act: (action) => emit(from, "act", action),
  };
}

/** For a property that is made anew with every snapshot: whether it says something else. */
export function differs(value: unknown, before: unknown): boolean {
  return JSON.stringify(value) !== JSON.stringify(before);
}
