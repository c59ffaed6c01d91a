import { LitElement, nothing, type PropertyValues, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { guard } from "lit/directives/guard.js";

import { formatDuration } from "../../src/format/duration.js";
import { formatNumber, formatParam } from "../../src/format/numbers.js";
import { shownState } from "../../src/format/shown-state.js";
import { ownValue } from "../../src/protocol/own-value.js";
import type { StudySummary, TrialDetail } from "../../src/protocol/inspector.js";
import { chartStudy } from "../charts/chart.js";
import { emit } from "../events.js";
import { formatJson } from "../format.js";
import { type DashboardHost, reasonOf } from "../host.js";
import { html } from "../html.js";
import { icon } from "../icons.js";
import { objectiveName } from "../objective-name.js";
import { stateLabels } from "../trial-state.js";
import "./code-changes.js";
import "./trial-comparison.css";

/** How many trials are compared at once. */
export const MAX_COMPARED = 10;

/** Letters of a code's name that tell it from others. */
const SHOWN_CODE = 7;

/** Of each trial, in their order. */
interface Row {
  readonly name: string;
  readonly cells: readonly string[];
}

/** Trials side by side: what differs first, and their curves over each other. */
@customElement("tunelens-trial-comparison")
export class TrialComparison extends LitElement {
  @property({ attribute: false }) accessor host!: DashboardHost;
  @property({ attribute: false }) accessor study!: StudySummary;
  /** The first ten are compared. */
  @property({ attribute: false }) accessor numbers: readonly number[] = [];
  @state() private accessor trials: readonly TrialDetail[] = [];
  @state() private accessor problem: string | null = null;

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has("numbers") && String(changed.get("numbers")) !== String(this.numbers)) void this.load();
  }

  protected override render(): TemplateResult {
    const { trials, problem, numbers } = this;
    const more = numbers.length - MAX_COMPARED;
    return html`<section class="details" aria-label="Comparison">
      <header class="details-head">
        <h3>Compare</h3>
        <span class="faint">${more > 0 ? `the first ${MAX_COMPARED} of ${numbers.length} trials` : ""}</span>
        <span class="spacer"></span>
        <button
          class="icon-button"
          title="Close"
          aria-label="Close comparison"
          @click=${() => emit(this, "navigate", { isComparing: false })}
        >
          ${icon("close")}
        </button>
      </header>
      ${problem === null ? nothing : html`<p class="placeholder error-text">${problem}</p>`}
      ${trials.length === 0 ? nothing : this.body(trials)}
    </section>`;
  }

  private body(trials: readonly TrialDetail[]): TemplateResult {
    const sections = [
      ["Results", results(trials, this.study)],
      ["Parameters", rowsOf(trials, ({ params }) => params, formatParam)],
      ["Attributes", rowsOf(trials, ({ userAttrs }) => userAttrs, formatJson)],
    ] as const;
    const curves = trials.map(({ number, state: of, intermediateValues }) => {
      return { number, state: of, points: intermediateValues };
    });
    const hasCurves = curves.some(({ points }) => points.length > 0);
    return html`<div class="details-body">
      <div class="comparison" tabindex="0" role="region" aria-label="Trials side by side">
        <table>
          <thead>
            <tr>
              <td></td>
              ${trials.map(({ number }) => html`<th scope="col">#${number}</th>`)}
            </tr>
          </thead>
          ${sections.map(([title, rows]) => (rows.length === 0 ? nothing : section(title, rows, trials.length)))}
        </table>
      </div>
      <tunelens-code-changes .host=${this.host} .trials=${trials}></tunelens-code-changes>
      ${
        hasCurves
          ? html`<tunelens-chart
              .name=${"curves"}
              .data=${guard([trials], () => ({ value: { curves, density: null }, error: null }))}
              .study=${{ ...chartStudy(this.study), best: null }}
            ></tunelens-chart>`
          : nothing
      }
    </div>`;
  }

  private async load(): Promise<void> {
    const { numbers } = this;
    try {
      const trials = await Promise.all(numbers.slice(0, MAX_COMPARED).map((number) => this.host.getTrial(number)));
      if (numbers !== this.numbers) return;
      this.trials = trials;
      this.problem = null;
    } catch (error) {
      if (numbers === this.numbers) this.problem = reasonOf(error);
    }
  }
}

function section(title: string, rows: readonly Row[], trials: number): TemplateResult {
  return html`<tbody>
    <tr>
      <th scope="rowgroup" class="comparison-title" colspan=${trials + 1}>${title}</th>
    </tr>
    ${rows.map(
      ({ name, cells }) =>
        html`<tr class=${differs(cells) ? "differs" : ""}>
          <th scope="row" class="ellipsis" title=${name}>${name}</th>
          ${cells.map((cell) => html`<td class="ellipsis" title=${cell}>${cell === "" ? "–" : cell}</td>`)}
        </tr>`,
    )}
  </tbody>`;
}

function results(trials: readonly TrialDetail[], study: StudySummary): Row[] {
  const row = (name: string, cell: (trial: TrialDetail) => string): Row => ({ name, cells: trials.map(cell) });
  return [
    row("State", (trial) => stateLabels[shownState(trial)]),
    ...study.directions.map((_, objective) =>
      row(objectiveName(study, objective), ({ values }) => {
        const value = values?.[objective];
        return value === undefined ? "" : formatNumber(value);
      }),
    ),
    row("Duration", ({ durationMs }) => (durationMs === null ? "" : formatDuration(durationMs))),
    row("Code", ({ code }) => code?.slice(0, SHOWN_CODE) ?? ""),
  ];
}

/** What differs first. */
function rowsOf<T>(
  trials: readonly TrialDetail[],
  recordOf: (trial: TrialDetail) => Readonly<Record<string, T>>,
  format: (value: T) => string,
): Row[] {
  const names = new Set(trials.flatMap((trial) => Object.keys(recordOf(trial))));
  const rows = Array.from(names, (name) => ({
    name,
    cells: trials.map((trial) => {
      const value = ownValue(recordOf(trial), name);
      return value === undefined ? "" : format(value);
    }),
  }));
  return rows.sort((a, b) => Number(differs(b.cells)) - Number(differs(a.cells)));
}

function differs(cells: readonly string[]): boolean {
  return new Set(cells).size > 1;
}
