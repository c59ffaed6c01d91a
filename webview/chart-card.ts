import { nothing, type TemplateResult } from "lit";

import type { WireTrialState } from "../src/protocol/wire.js";
import { html } from "./html.js";
import { icon } from "./icons.js";

export interface ChartCardParts {
  readonly id: "history" | "importance" | "curves";
  readonly title: string;
  /** The title as drawn, if it differs from the accessible one. */
  readonly shownTitle?: TemplateResult;
  /** Beside the title, faint: what exactly is shown. */
  readonly note: TemplateResult | string;
  readonly asTable: boolean;
  readonly controls: TemplateResult | typeof nothing;
  readonly chart: TemplateResult;
  readonly onTable: () => void;
}

/** The frame of a chart: its title, its controls, and the switch between chart and table. */
export function chartCard({
  id,
  title,
  shownTitle,
  note,
  asTable,
  controls,
  chart,
  onTable,
}: ChartCardParts): TemplateResult {
  const label = asTable ? "Show as chart" : "Show as table";
  return html`<section class="card area-${id}" aria-labelledby="${id}-title">
    <header class="card-head">
      <h2 id="${id}-title" class="ellipsis" title=${title}>${shownTitle ?? title}</h2>
      ${note === "" ? nothing : html`<span class="note faint">${typeof note === "string" ? html`<span class="ellipsis" title=${note}>${note}</span>` : note}</span>`}
      <span class="spacer"></span>
      ${controls}
      <button class="icon-button" aria-label="${title}: ${label}" title=${label} @click=${onTable}>
        ${icon(asTable ? "graph" : "table")}
      </button>
    </header>
    <div class="card-body">${chart}</div>
  </section>`;
}

/** What the colors of a chart of trials mean. */
export function chartLegend(anyRunning = false): TemplateResult {
  return html`<span class="legend"><span class="dash" aria-hidden="true"></span>best</span>
    ${anyRunning ? legendEntry("RUNNING", "running") : nothing} ${legendEntry("COMPLETE", "complete")}
    ${legendEntry("PRUNED", "pruned")}`;
}

function legendEntry(state: WireTrialState, label: string): TemplateResult {
  return html`<span class="legend"><span class="dot" data-state=${state} aria-hidden="true"></span>${label}</span>`;
}
