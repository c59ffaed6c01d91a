import { LitElement, nothing, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";

import { formatNumber, formatParam } from "../../src/format/numbers.js";
import { shortLine } from "../../src/format/visible-text.js";
import { html } from "../html.js";
import { icon } from "../icons.js";
import { openPopover } from "../popover.js";
import { choicesClause, type FilterAxis, rangeClause } from "./range-clause.js";
import "./param-picker.css";

const CHOICE_CHARS = 40;

/** A button that opens what a drag along an axis does, for the keyboard: an axis, and from where to where. */
@customElement("tunelens-range-filter")
export class RangeFilter extends LitElement {
  @property({ attribute: false }) accessor axes: readonly FilterAxis[] = [];
  @property({ attribute: false }) accessor onFilter: (clause: string) => void = () => {};
  @state() private accessor field = "";
  @state() private accessor problem: string | null = null;

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  protected override render(): TemplateResult {
    const axis = this.axis();
    return html`<button
        class="icon-button"
        title="Filter by a Range"
        aria-label="Filter by a Range"
        aria-haspopup="dialog"
        @click=${() => openPopover(this)}
      >
        ${icon("filter")}
      </button>
      <div class="popover param-picker" popover role="dialog" aria-label="Filter by a Range">
        <form class="range-form" @submit=${this.submit} @keydown=${submitOnEnter}>
          <label
            >Axis
            <select name="axis" @change=${({ target }: Event) => this.choose((target as HTMLSelectElement).value)}>
              ${this.axes.map(
                ({ field, title }) => html`<option value=${field} ?selected=${field === axis?.field}>${title}</option>`,
              )}
            </select></label
          >
          ${axis === undefined ? nothing : axis.scale === "category" ? choices(axis) : numbers(axis)}
          ${this.problem === null ? nothing : html`<p class="error-text" role="alert">${this.problem}</p>`}
          <vscode-button @click=${() => this.querySelector("form")!.requestSubmit()}>Filter</vscode-button>
        </form>
      </div>`;
  }

  private axis(): FilterAxis | undefined {
    return this.axes.find(({ field }) => field === this.field) ?? this.axes[0];
  }

  private choose(field: string): void {
    this.field = field;
    this.problem = null;
  }

  private readonly submit = (event: Event): void => {
    event.preventDefault();
    const axis = this.axis();
    if (axis === undefined) return;
    const data = new FormData(event.target as HTMLFormElement);
    const clause = axis.scale === "category" ? this.choiceClause(axis, data) : this.numberClause(axis, data);
    if (clause === null) return;
    this.problem = null;
    this.querySelector<HTMLElement>("[popover]")!.hidePopover();
    this.onFilter(clause);
  };

  private choiceClause(axis: FilterAxis, data: FormData): string | null {
    const places = data.getAll("choice").map(Number);
    if (places.length === 0) this.problem = "Choose at least one value.";
    return choicesClause(axis, places);
  }

  private numberClause(axis: FilterAxis, data: FormData): string | null {
    const [from, to] = ["from", "to"].map((name, end) => numberOf(data.get(name), axis.range[end]!));
    if (Number.isFinite(from) && Number.isFinite(to)) return rangeClause(axis, from!, to!);
    this.problem = "Enter numbers, such as 0.01 or 1e-3.";
    return null;
  }
}

/** A form sends itself only where its button is one of HTML's own. */
function submitOnEnter(event: KeyboardEvent): void {
  if (event.key !== "Enter" || !(event.target instanceof HTMLInputElement)) return;
  event.preventDefault();
  (event.currentTarget as HTMLFormElement).requestSubmit();
}

function numbers({ range }: FilterAxis): TemplateResult {
  const field = (name: string, label: string, end: number) =>
    html`<label>${label} <input name=${name} inputmode="decimal" placeholder=${formatNumber(end)} /></label>`;
  return html`${field("from", "From", range[0])} ${field("to", "To", range[1])}`;
}

function choices({ choices }: FilterAxis): TemplateResult {
  return html`<fieldset>
    <legend>Values</legend>
    ${choices.map(
      (choice, place) =>
        html`<label
          ><input type="checkbox" name="choice" value=${place} />${shortLine(formatParam(choice), CHOICE_CHARS)}</label
        >`,
    )}
  </fieldset>`;
}

/** What is left empty is the end of the axis. */
function numberOf(text: FormDataEntryValue | null, end: number): number {
  return typeof text !== "string" || text.trim() === "" ? end : Number(text);
}
