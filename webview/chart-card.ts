import { html, nothing, type TemplateResult } from "lit";

import { icon } from "./icons.js";

export interface ChartCardParts {
  readonly id: "history" | "importance" | "curves";
  readonly title: string;
  /** Beside the title, faint: what exactly is shown. */
  readonly note: string;
  readonly asTable: boolean;
  readonly controls: TemplateResult | typeof nothing;
  readonly chart: TemplateResult;
  readonly onTable: () => void;
}

/** The frame of a chart: its title, its controls, and the switch to the same as a table. */
export function chartCard({ id, title, note, asTable, controls, chart, onTable }: ChartCardParts): TemplateResult {
  const label = asTable ? "Show as chart" : "Show as table";
  return html`<section class="card area-${id}" aria-labelledby="${id}-title">
    <header class="card-head">
      <h2 id="${id}-title">${title}</h2>
      ${note === "" ? nothing : html`<span class="faint ellipsis">${note}</span>`}
      <span class="spacer"></span>
      ${controls}
      <button class="icon-button" aria-label="${title}: ${label}" title=${label} @click=${onTable}>
        ${icon(asTable ? "graph" : "table")}
      </button>
    </header>
    <div class="card-body">${chart}</div>
  </section>`;
}
