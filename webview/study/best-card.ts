import { nothing, type TemplateResult } from "lit";

import type { DashboardAction } from "../../src/protocol/dashboard.js";
import type { StudySummary } from "../../src/protocol/inspector.js";
import { formatNumber, formatParam } from "../../src/format/numbers.js";
import { html } from "../html.js";
import { icon } from "../icons.js";
import { cardMenu } from "../layout/card-menu.js";
import { definitions } from "../table/trial-details.js";
import { objectiveName } from "../objective-name.js";
import "./best-card.css";

/** The best trial: its value, its parameters, and its actions. */
export function bestCard(
  study: StudySummary,
  blocked: string | null,
  act: (action: DashboardAction) => void,
  select: (trial: number) => void,
): TemplateResult {
  return html`<section class="card area-best" aria-labelledby="best-title">
    <header class="card-head">
      <h2 id="best-title">Best Trial</h2>
      <span class="spacer"></span>
      ${cardMenu("best")}
    </header>
    <div class="card-body best">${body(study, blocked, act, select)}</div>
  </section>`;
}

function body(
  study: StudySummary,
  blocked: string | null,
  act: (action: DashboardAction) => void,
  select: (trial: number) => void,
): TemplateResult {
  const { best, directions } = study;
  if (directions.length > 1)
    return html`<div class="placeholder">
      ${directions.length} objectives:
      ${directions.map((direction, i) => `${direction} ${objectiveName(study, i)}`).join(", ")}. There is no single best
      trial. See the table for all values.
    </div>`;
  if (best === null) return html`<div class="placeholder">No complete trial yet.</div>`;
  return html`<div class="best-figure">
      <span class="best-value">${formatNumber(best.value)}</span>
      <span class="best-what"
        >${directions[0] === "maximize" ? "highest" : "lowest"} ${objectiveName(study).toLowerCase()},
        <button class="link" @click=${() => select(best.number)}>trial #${best.number}</button></span
      >
    </div>
    <div class="best-params" tabindex="0" role="region" aria-label="Parameters of the best trial">
      ${definitions(Object.entries(best.params).map(([name, value]) => [name, formatParam(value)]))}
    </div>
    <div class="best-actions">
      <vscode-button
        appearance="secondary"
        ?disabled=${blocked !== null}
        title=${blocked ?? "Train the best trial again, for longer, and save the model"}
        @click=${() => act({ type: "retrain" })}
        >${icon("star", "start")}Retrain Best</vscode-button
      >
      <button
        class="icon-button"
        title="Copy parameters"
        aria-label="Copy the best trial's parameters"
        @click=${() => act({ type: "copyParameters", trial: best.number })}
      >
        ${icon("copy")}
      </button>
      ${
        study.source === null
          ? nothing
          : html`<button
              class="icon-button"
              title="Show as code: the study file with these parameters as constants"
              aria-label="Show the best trial as code"
              @click=${() => act({ type: "showCode", trial: best.number })}
            >
              ${icon("code")}
            </button>`
      }
    </div>`;
}
