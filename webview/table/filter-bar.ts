import { LitElement, nothing, type PropertyValues, type TemplateResult } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";

import type { StudySummary } from "../../src/protocol/inspector.js";
import {
  bestMatches,
  complete,
  type Completion,
  type CompletionOption,
  valueOption,
} from "../../src/query/complete.js";
import type { QueriedStudy } from "../../src/query/fields.js";
import { compileFilter } from "../../src/query/filter.js";
import { QueryError } from "../../src/query/query-error.js";
import { emit } from "../events.js";
import type { DashboardHost } from "../host.js";
import { html } from "../html.js";
import { icon } from "../icons.js";
import type { Navigation } from "../navigation.js";
import "./filter-bar.css";

const MAX_OPTIONS = 50;
const MAX_HISTORY = 20;

/** What is offered below the box. */
interface Offer {
  readonly kind: "completions" | "history";
  readonly from: number;
  readonly to: number;
  readonly options: readonly CompletionOption[];
}

/**
 * The filter's clauses, and the box that adds one, with completions (Ctrl+Space), earlier clauses (arrow up), and errors at their place.
 */
@customElement("tunelens-filter-bar")
export class FilterBar extends LitElement {
  @property({ attribute: false }) accessor host!: DashboardHost;
  @property({ attribute: false }) accessor study!: StudySummary;
  @property({ attribute: false }) accessor navigation!: Navigation;
  @state() private accessor text = "";
  @state() private accessor offer: Offer | null = null;
  /** Of the offered options; -1: none yet. */
  @state() private accessor active = -1;
  /** Errors at the end are shown when Enter was pressed: until then, the clause is being written. */
  @state() private accessor isSubmitted = false;
  @query("input") private accessor input!: HTMLInputElement;
  @query(".query-mirror") private accessor mirror!: HTMLElement;
  @query(".query-options") private accessor list!: HTMLElement;
  /** Of the last field whose values were asked for. */
  private values: { readonly field: string; readonly options: readonly CompletionOption[] } | null = null;

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  protected override updated(changed: PropertyValues): void {
    // Only where it may differ: to ask how far the box is scrolled costs a layout of the page.
    if (this.text !== "") this.mirror.scrollLeft = this.input.scrollLeft;
    if (changed.has("offer" as keyof this)) this.placeOptions();
    this.querySelector(".query-option.active")?.scrollIntoView({ block: "nearest" });
  }

  protected override render(): TemplateResult {
    const { filter } = this.navigation;
    const error = this.error();
    const isShown = error !== null && (this.isSubmitted || error.from < this.text.trimEnd().length);
    return html`<div class="filter-bar">
      ${filter.length === 0 ? nothing : this.clauses(filter)} ${this.box(isShown ? error : null)}
      ${isShown ? this.problem(error) : nothing}
    </div>`;
  }

  private clauses(filter: readonly string[]): TemplateResult {
    return html`<ul class="clauses" aria-label="Filter">
        ${filter.map((clause) => this.clause(clause))}
      </ul>
      <button class="text-toggle" @click=${() => emit(this, "navigate", { filter: [] })}>Clear All</button>`;
  }

  private clause(clause: string): TemplateResult {
    const error = errorIn(clause, queriedStudy(this.study));
    return html`<li class=${error === null ? "clause" : "clause invalid"}>
      <button class="ellipsis" title=${error?.message ?? `Edit ${clause}`} @click=${() => this.edit(clause)}>
        ${clause}
      </button>
      <button
        class="icon-button"
        title="Remove"
        aria-label="Remove ${clause}"
        @click=${() => this.removeClause(clause)}
      >
        ${icon("close")}
      </button>
    </li>`;
  }

  private box(error: QueryError | null): TemplateResult {
    const { text, offer, active } = this;
    return html`<div class="query-box">
        ${this.mirrored(error)}
        <input
          type="text"
          role="combobox"
          spellcheck="false"
          autocomplete="off"
          placeholder="Filter: val_loss < 0.4 and state = complete"
          aria-label="Filter trials"
          aria-autocomplete="list"
          aria-expanded=${offer !== null}
          aria-controls="query-options"
          aria-activedescendant=${active >= 0 ? `query-option-${active}` : nothing}
          aria-invalid=${error !== null}
          aria-describedby=${error === null ? nothing : "query-error"}
          maxlength="2000"
          .value=${text}
          @input=${this.onInput}
          @keydown=${this.onKey}
          @click=${() => void this.offerCompletions()}
          @scroll=${() => (this.mirror.scrollLeft = this.input.scrollLeft)}
          @blur=${() => this.close()}
        />
        <button
          class="icon-button"
          title="Earlier filters"
          aria-label="Earlier filters"
          ?disabled=${this.navigation.filterHistory.length === 0}
          @mousedown=${(event: Event) => event.preventDefault()}
          @click=${this.offerHistory}
        >
          ${icon("history")}
        </button>
      </div>
      <ul id="query-options" class="query-options" popover="manual" role="listbox" aria-label="Completions">
        ${offer?.options.map((option, i) => this.option(option, i === active, i))}
      </ul>`;
  }

  /** The same text below the box, transparent but for the line under the error. */
  private mirrored(error: QueryError | null): TemplateResult {
    const { text } = this;
    const from = Math.min(error?.from ?? 0, Math.max(0, text.length - 1));
    const to = error === null ? 0 : Math.max(error.to, from + 1);
    return html`<div class="query-mirror" aria-hidden="true">
      <span>${text.slice(0, from)}</span
      ><span class=${error === null ? "" : "query-fault"}>${text.slice(from, to)}</span
      ><span>${text.slice(Math.max(from, to))}</span>
    </div>`;
  }

  private option({ text, detail }: CompletionOption, isActive: boolean, i: number): TemplateResult {
    return html`<li
      id="query-option-${i}"
      role="option"
      class=${isActive ? "query-option active" : "query-option"}
      aria-selected=${isActive}
      @mousedown=${(event: Event) => event.preventDefault()}
      @click=${() => this.accept(i)}
    >
      <span class="ellipsis">${text}</span><span class="faint">${detail}</span>
    </li>`;
  }

  private problem(error: QueryError): TemplateResult {
    const { suggestion, from, to } = error;
    return html`<p id="query-error" class="query-error error-text" role="status">
      <span>${error.message}</span>
      ${
        suggestion === null
          ? nothing
          : html`<button class="link" @click=${() => this.replace(from, to, suggestion)}>Use ${suggestion}</button>`
      }
    </p>`;
  }

  private error(): QueryError | null {
    return errorIn(this.text, queriedStudy(this.study));
  }

  private onInput(): void {
    this.text = this.input.value;
    this.isSubmitted = false;
    void this.offerCompletions();
  }

  private async offerCompletions(): Promise<void> {
    const { text } = this;
    const cursor = this.input.selectionStart ?? text.length;
    const completion = complete(text, cursor, queriedStudy(this.study));
    this.show(completion, completion.options);
    if (completion.valuesOf === null) return;
    const values = await this.valuesOf(completion.valuesOf);
    const isCurrent =
      this.text === text && this.input.selectionStart === cursor && document.activeElement === this.input;
    const typed = text.slice(completion.from, cursor).replace(/^["']/, "");
    if (isCurrent) this.show(completion, bestMatches(values, typed));
  }

  private show({ from, to }: Pick<Completion, "from" | "to">, options: readonly CompletionOption[]): void {
    const typed = this.text.slice(from, to);
    const isDone = options.length === 0 || (options.length === 1 && options[0]!.text === typed);
    this.offer = isDone ? null : { kind: "completions", from, to, options: options.slice(0, MAX_OPTIONS) };
    this.active = -1;
  }

  private async valuesOf(field: string): Promise<readonly CompletionOption[]> {
    if (this.values?.field !== field) {
      // Completions are a help: without values there are none.
      const values = await this.host.getFieldValues(field).catch(() => []);
      this.values = { field, options: values.map(valueOption) };
    }
    return this.values.options;
  }

  private readonly offerHistory = (): void => {
    const options = this.navigation.filterHistory.map((text) => ({ text, detail: "" }));
    if (options.length === 0) return;
    this.offer = { kind: "history", from: 0, to: this.text.length, options };
    this.active = 0;
    this.input.focus();
  };

  private onKey(event: KeyboardEvent): void {
    const { offer } = this;
    const last = (offer?.options.length ?? 0) - 1;
    if (event.key === "ArrowDown") {
      if (offer === null) void this.offerCompletions();
      else this.active = this.active >= last ? 0 : this.active + 1;
    } else if (event.key === "ArrowUp") {
      if (offer === null || (this.active < 0 && this.text === "")) this.offerHistory();
      else this.active = this.active <= 0 ? last : this.active - 1;
    } else if (event.key === " " && event.ctrlKey) void this.offerCompletions();
    else if (event.key === "Enter" || (event.key === "Tab" && this.active >= 0)) {
      if (this.active >= 0) this.accept(this.active);
      else this.submit();
    } else if (event.key === "Escape" && offer !== null) this.close();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  private accept(i: number): void {
    const { offer } = this;
    if (offer === null) return;
    const { text } = offer.options[i]!;
    const space = offer.kind === "completions" && text !== "(" ? " " : "";
    this.replace(offer.from, offer.to, `${text}${space}`);
    if (offer.kind === "completions") void this.offerCompletions();
  }

  private replace(from: number, to: number, by: string): void {
    const rest = this.text.slice(to);
    this.write(`${this.text.slice(0, from)}${by}${by.endsWith(" ") ? rest.trimStart() : rest}`, from + by.length);
  }

  private write(text: string, cursor = text.length): void {
    this.text = this.input.value = text;
    this.isSubmitted = false;
    this.close();
    this.input.focus();
    this.input.setSelectionRange(cursor, cursor);
  }

  private submit(): void {
    const text = this.text.trim();
    this.close();
    if (text === "") return;
    if (this.error() !== null) {
      this.isSubmitted = true;
      return;
    }
    const { filter, filterHistory } = this.navigation;
    this.write("");
    emit(this, "navigate", {
      filter: filter.includes(text) ? filter : [...filter, text],
      filterHistory: [text, ...filterHistory.filter((other) => other !== text)].slice(0, MAX_HISTORY),
    });
  }

  private edit(clause: string): void {
    this.removeClause(clause);
    this.write(clause);
  }

  private removeClause(clause: string): void {
    emit(this, "navigate", { filter: this.navigation.filter.filter((other) => other !== clause) });
  }

  private close(): void {
    this.offer = null;
    this.active = -1;
  }

  private placeOptions(): void {
    if (this.offer === null) {
      if (this.list.matches(":popover-open")) this.list.hidePopover();
      return;
    }
    if (!this.list.matches(":popover-open")) this.list.showPopover();
    const { left, top, bottom, width } = this.input.getBoundingClientRect();
    const { offsetHeight } = this.list;
    const isAbove = bottom + offsetHeight > window.innerHeight && top > offsetHeight;
    this.list.style.top = `${isAbove ? top - offsetHeight - 2 : bottom + 2}px`;
    this.list.style.left = `${left}px`;
    this.list.style.maxWidth = `${Math.max(240, width)}px`;
  }
}

/** What the page knows of a study's fields. Notes and tags of trials are known to the inspector: here only their names matter. */
function queriedStudy({ directions, metricNames, params, attributes }: StudySummary): QueriedStudy {
  return { directions, metricNames, params: params.map(({ name }) => name), attributes, systemAttrs: {} };
}

function errorIn(clause: string, study: QueriedStudy): QueryError | null {
  try {
    compileFilter(clause, study);
    return null;
  } catch (error) {
    if (error instanceof QueryError) return error;
    throw error;
  }
}
