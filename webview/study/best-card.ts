import { nothing, type TemplateResult } from "lit";

import type { DashboardAction } from "../../src/protocol/dashboard.js";
import type { StudySummary } from "../../src/protocol/inspector.js";
import { formatNumber, formatParam } from "../../src/format/numbers.js";
import { formatInteger } from "../format.js";
import { html } from "../html.js";
import { icon } from "../icons.js";
import { cardMenu } from "../layout/card-menu.js";
import { definitions } from "../table/trial-details.js";
import { objectiveName } from "../objective-name.js";
import "./best-card.css";

/** The best trial: its value, its parameters, and its actions. */
export function bestCard(
  study: StudySummary,
  act: (action: DashboardAction) => void,
  select: (trial: number) => void,
): TemplateResult {
  return html`<section class="card area-best" aria-labelledby="best-title">
    <header class="card-head">
      <h2 id="best-title">${study.directions.length > 1 ? "Best Trials" : "Best Trial"}</h2>
      <span class="spacer"></span>
      ${cardMenu("best")}
    </header>
    <div class="card-body best">${body(study, act, select)}</div>
  </section>`;
}

function body(
  study: StudySummary,
  act: (action: DashboardAction) => void,
  select: (trial: number) => void,
): TemplateResult {
  const { best, directions } = study;
  if (directions.length > 1) return front(study, select);
  if (best === null) return nothingBest(study);
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

function nothingBest({ counts, finished }: StudySummary): TemplateResult {
  const onlyFailed = finished > 0 && counts.COMPLETE + counts.PRUNED + counts.RUNNING === 0;
  return html`<div class="placeholder">
    ${onlyFailed ? "Every trial failed. Select one in the table to see why." : "No complete trial yet."}
  </div>`;
}

/** Several objectives have no single best trial, but a front: how many trials are on it, and which is best in each objective. */
function front(study: StudySummary, select: (trial: number) => void): TemplateResult {
  const { front: size, extremes, directions } = study;
  if (!size || !extremes) return nothingBest(study);
  const head = directions.map((_, i) => html`<th scope="col">${objectiveName(study, i)}</th>`);
  return html`<div class="best-figure">
      <span class="best-value">${formatInteger(size)}</span>
      <span class="best-what">${size === 1 ? "trial" : "trials"} on the Pareto front</span>
    </div>
    <div class="best-params" tabindex="0" role="region" aria-label="The best trial of each objective">
      <table class="best-extremes">
        <thead>
          <tr>
            <th scope="col">Best</th>
            <th scope="col">Trial</th>
            ${head}
          </tr>
        </thead>
        <tbody>
          ${extremes.map(
            ({ number, values }, objective) =>
              html`<tr>
                <th scope="row">
                  ${directions[objective] === "maximize" ? "Highest" : "Lowest"} ${objectiveName(study, objective)}
                </th>
                <td><button class="link" @click=${() => select(number)}>#${number}</button></td>
                ${values.map((value) => html`<td>${formatNumber(value)}</td>`)}
              </tr>`,
          )}
        </tbody>
      </table>
    </div>`;
}
