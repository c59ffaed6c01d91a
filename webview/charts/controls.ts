import { nothing, type TemplateResult } from "lit";

import type { ChartName, ChartState } from "../../src/protocol/charts.js";
import { html } from "../html.js";
import type { ChartChoice, ChartContext, ChartStudy } from "./chart.js";

/** Switches the axis of values to a logarithmic one. */
export function logToggle<Name extends ChartName>({ choice, choose }: ChartContext<Name>): TemplateResult {
  return html`<button
    class="text-toggle"
    aria-pressed=${choice.log === true}
    title="Logarithmic value axis"
    @click=${() => choose({ log: !choice.log } as ChartChoice<Name>)}
  >
    log
  </button>`;
}

/** What the colors of a chart of trials mean. */
export function trialLegend(endedEarly: ChartStudy["endedEarly"], hasRunning = false): TemplateResult {
  return html`<span class="legend"><span class="dash" aria-hidden="true"></span>best</span>
    ${hasRunning ? legendEntry("RUNNING", "running") : nothing} ${legendEntry("COMPLETE", "complete")}
    ${legendEntry("PRUNED", endedEarly)}`;
}

export function legendEntry(state: ChartState | "best", label: string): TemplateResult {
  return html`<span class="legend"><span class="dot" data-state=${state} aria-hidden="true"></span>${label}</span>`;
}
