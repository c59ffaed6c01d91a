import { nothing, type PropertyValues, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";

import { MAX_TAG_LENGTH, MAX_TAGS, type Tag, type TagColor, tagColors } from "../../src/protocol/annotations.js";
import { html } from "../html.js";
import { icon } from "../icons.js";
import { AnnotationElement } from "./annotation-element.js";
import "./tags.css";

/** A tag as a chip. */
export function tagChip({ name, color }: Tag, action: TemplateResult | typeof nothing = nothing): TemplateResult {
  return html`<span class="tag"
    ><span class="tag-color" data-color=${color} aria-hidden="true"></span
    ><span class="ellipsis">${name}</span>${action}</span
  >`;
}

/** A study's or a trial's tags, which can be added and removed. */
@customElement("tunelens-tags")
export class TagsElement extends AnnotationElement {
  @property({ attribute: false }) accessor tags: readonly Tag[] = [];
  @property({ attribute: false }) accessor knownTags: readonly Tag[] = [];
  /** What the user is adding. */
  @state() private accessor draft: Tag | null = null;

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has("trial")) this.draft = this.problem = null;
  }

  protected override render(): TemplateResult {
    return html`<div class="tags" role="group" aria-label=${this.label}>
      ${this.tags.map((tag) => tagChip(tag, this.removeButton(tag)))}
      ${this.draft === null ? this.addButton() : this.form(this.draft)}
      ${this.problem === null ? nothing : html`<p class="error-text" role="alert">${this.problem}</p>`}
    </div>`;
  }

  private get label(): string {
    return this.trial === null ? "Tags of the study" : `Tags of trial ${this.trial}`;
  }

  private removeButton({ name }: Tag): TemplateResult | typeof nothing {
    if (this.blocked !== null) return nothing;
    return html`<button
      class="tag-remove"
      title="Remove tag"
      aria-label="Remove tag ${name}"
      ?disabled=${this.isSaving}
      @click=${() => void this.storeTags(this.tags.filter((tag) => tag.name !== name))}
    >
      ${icon("close")}
    </button>`;
  }

  private addButton(): TemplateResult {
    const isFull = this.tags.length >= MAX_TAGS;
    return html`<button
      class="text-button"
      title=${this.blocked ?? (isFull ? `At most ${MAX_TAGS} tags` : "Add a tag")}
      aria-label="Add Tag (${this.label})"
      ?disabled=${this.blocked !== null || isFull}
      @click=${this.edit}
    >
      ${icon("tag")}Add Tag
    </button>`;
  }

  private form(draft: Tag): TemplateResult {
    const list = `known-tags-${this.trial ?? "study"}`;
    return html`<form class="tag-form" aria-label="New tag" @submit=${this.onSubmit} @keydown=${this.onKey}>
      <input
        type="text"
        placeholder="Tag"
        aria-label="Name of the tag"
        list=${list}
        maxlength=${MAX_TAG_LENGTH}
        .value=${draft.name}
        @input=${this.onInput}
      />
      <datalist id=${list}>${this.knownTags.map(({ name }) => html`<option value=${name}></option>`)}</datalist>
      <span class="tag-colors" role="radiogroup" aria-label="Color">
        ${tagColors.map((color) => this.swatch(color, draft.color))}
      </span>
      <vscode-button type="submit" ?disabled=${this.isSaving || draft.name.trim() === ""} @click=${this.onSubmit}
        >Add</vscode-button
      >
    </form>`;
  }

  private swatch(color: TagColor, chosen: TagColor): TemplateResult {
    return html`<label class="tag-swatch" title=${color}
      ><input
        type="radio"
        name="color"
        aria-label=${color}
        .checked=${color === chosen}
        @change=${() => this.changeDraft({ color })} /><span class="tag-color" data-color=${color}></span
    ></label>`;
  }

  private readonly edit = (): void => {
    const used = new Set(this.knownTags.map(({ color }) => color));
    this.draft = { name: "", color: tagColors.find((color) => !used.has(color)) ?? tagColors[0] };
    void this.focusIn("input");
  };

  /** A tag that the study knows comes with its color. */
  private readonly onInput = (event: Event): void => {
    const name = (event.target as HTMLInputElement).value;
    const known = this.knownTags.find((tag) => tag.name === name.trim());
    this.changeDraft({ name, ...(known ? { color: known.color } : {}) });
  };

  private changeDraft(change: Partial<Tag>): void {
    if (this.draft !== null) this.draft = { ...this.draft, ...change };
  }

  private readonly onKey = (event: KeyboardEvent): void => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    this.draft = this.problem = null;
    void this.focusIn(".text-button");
  };

  private readonly onSubmit = (event: Event): void => {
    event.preventDefault();
    const { draft } = this;
    const name = draft?.name.trim();
    if (!draft || !name) return;
    const others = this.tags.filter((tag) => tag.name !== name);
    void this.storeTags([...others, { name, color: draft.color }]);
  };

  private async storeTags(tags: readonly Tag[]): Promise<void> {
    if (!(await this.store({ type: "tags", trial: this.trial, tags }))) return;
    this.tags = tags;
    this.draft = null;
    void this.focusIn(".text-button");
  }
}
