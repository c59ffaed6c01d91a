import { nothing, type PropertyValues, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";

import { type Artifact, MAX_NOTE_LENGTH, type Note } from "../../src/protocol/annotations.js";
import { emit } from "../events.js";
import { html } from "../html.js";
import { icon } from "../icons.js";
import { AnnotationElement } from "./annotation-element.js";
import type { markdown } from "./markdown.js";
import type { imageArtifact } from "./note-image.js";
import "./note.css";

/** A study's or a trial's note, shown as Markdown and edited as text. */
@customElement("tunelens-note")
export class NoteElement extends AnnotationElement {
  @property({ attribute: false }) accessor note!: Note;
  /** Of the trial or the study, which the note may show. */
  @property({ attribute: false }) accessor artifacts: readonly Artifact[] = [];
  /** What the user is writing, and the version that it will replace. */
  @state() private accessor draft: Note | null = null;
  @state() private accessor isPreview = false;
  /** What shows notes, loaded with the first one. */
  @state() private accessor viewer: {
    readonly markdown: typeof markdown;
    readonly imageArtifact: typeof imageArtifact;
  } | null = null;

  /** Whether it could not be loaded: then a note is shown as it was written. */
  @state() private accessor isViewerMissing = false;

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has("trial")) this.close();
    if (this.viewer === null && !this.isViewerMissing && (this.isPreview || this.note.body !== ""))
      void this.loadViewer();
  }

  protected override render(): TemplateResult {
    if (this.draft !== null) return this.editor(this.draft);
    const { body } = this.note;
    if (body === "") return html`${this.editButton("Add Note")}`;
    return html`<div class="note" role="group" aria-label=${this.label}>
      ${this.shown(body)} ${this.editButton(null)}
    </div>`;
  }

  private async loadViewer(): Promise<void> {
    try {
      const [{ markdown }, { imageArtifact }] = await Promise.all([import("./markdown.js"), import("./note-image.js")]);
      this.viewer = { markdown, imageArtifact };
    } catch {
      this.isViewerMissing = true;
    }
  }

  private shown(body: string): TemplateResult | typeof nothing {
    if (this.isViewerMissing) return html`<pre class="artifact-text" tabindex="0">${body}</pre>`;
    if (this.viewer === null) return nothing;
    const { markdown, imageArtifact } = this.viewer;
    return markdown(body, this.openLink, this.headings, (href, description) => {
      const artifact = imageArtifact(this.artifacts, href);
      if (artifact === undefined) return null;
      return html`<tunelens-note-image
        .host=${this.host}
        .trial=${this.trial}
        .artifact=${artifact}
        .description=${description}
      ></tunelens-note-image>`;
    });
  }

  /** A study's note is below the page's title, a trial's below that of its details. */
  private get headings(): 2 | 4 {
    return this.trial === null ? 2 : 4;
  }

  private get label(): string {
    return this.trial === null ? "Note of the study" : `Note of trial ${this.trial}`;
  }

  private editButton(text: string | null): TemplateResult {
    const title = this.blocked ?? (text === null ? "Edit note" : "Add a note in Markdown");
    return html`<button
      class=${text === null ? "icon-button note-edit" : "text-button"}
      title=${title}
      aria-label="${text ?? "Edit note"} (${this.label})"
      ?disabled=${this.blocked !== null}
      @click=${this.edit}
    >
      ${icon(text === null ? "edit" : "note")}${text ?? nothing}
    </button>`;
  }

  private editor(draft: Note): TemplateResult {
    return html`<div class="note-editor" role="group" aria-label=${this.label} @keydown=${this.onKey}>
      ${
        this.isPreview
          ? html`<div class="note-preview">${this.shown(draft.body)}</div>`
          : html`<textarea
              aria-label="${this.label}, in Markdown"
              rows="6"
              maxlength=${MAX_NOTE_LENGTH}
              .value=${draft.body}
              ?disabled=${this.isSaving}
              @input=${this.onInput}
            ></textarea>`
      }
      ${this.problem === null ? nothing : html`<p class="error-text" role="alert">${this.problem}</p>`}
      <div class="note-actions">
        <vscode-button ?disabled=${this.isSaving} title="Save (Ctrl+Enter)" @click=${() => void this.save()}
          >${this.isSaving ? "Saving…" : "Save"}</vscode-button
        >
        <vscode-button appearance="secondary" title="Discard changes (Escape)" @click=${this.cancel}
          >Cancel</vscode-button
        >
        <span class="spacer"></span>
        <button class="text-toggle" aria-pressed=${this.isPreview} @click=${this.togglePreview}>Preview</button>
      </div>
    </div>`;
  }

  private readonly edit = (): void => {
    this.draft = this.note;
    void this.focusIn("textarea");
  };

  private readonly togglePreview = (): void => {
    this.isPreview = !this.isPreview;
  };

  private readonly onInput = (event: Event): void => {
    const body = (event.target as HTMLTextAreaElement).value;
    if (this.draft !== null) this.draft = { ...this.draft, body };
  };

  private readonly onKey = (event: KeyboardEvent): void => {
    if (event.key === "Escape") this.cancel();
    else if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) void this.save();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };

  private readonly cancel = (): void => {
    this.close();
    void this.focusIn("button");
  };

  private close(): void {
    this.draft = this.problem = null;
    this.isPreview = this.isSaving = false;
  }

  private async save(): Promise<void> {
    const { draft, trial } = this;
    if (draft === null || !(await this.store({ type: "note", trial, ...draft }))) return;
    this.note = { body: draft.body, version: draft.version + 1 };
    this.cancel();
  }

  private readonly openLink = (url: string): void => emit(this, "act", { type: "openLink", url });
}
