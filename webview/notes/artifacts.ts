import { LitElement, nothing, type PropertyValues, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";

import type { Artifact } from "../../src/protocol/annotations.js";
import type { ArtifactContent } from "../../src/protocol/inspector.js";
import { emit } from "../events.js";
import { formatBytes } from "../format.js";
import { type DashboardHost, reasonOf } from "../host.js";
import { html } from "../html.js";
import { icon } from "../icons.js";
import { loadPart } from "../part.js";
import type { artifactView } from "./artifact-view.js";
import "./artifacts.css";

/** The files of a study or a trial. One that is opened shows what is in it. */
@customElement("tunelens-artifacts")
export class ArtifactsElement extends LitElement {
  @property({ attribute: false }) accessor host!: DashboardHost;
  /** The trial's number; null: the study's. */
  @property({ attribute: false }) accessor trial: number | null = null;
  @property({ attribute: false }) accessor artifacts: readonly Artifact[] = [];
  /** What is in those that were opened, by id: null while it is read, a string where that failed. */
  @state() private accessor contents: ReadonlyMap<string, ArtifactContent | string | null> = new Map();
  /** Loaded with the first artifact that is opened. */
  private view: typeof artifactView | null = null;

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has("trial")) this.contents = new Map();
  }

  protected override render(): TemplateResult {
    const of = this.trial === null ? "the study" : `trial ${this.trial}`;
    return html`<ul class="artifacts" aria-label="Artifacts of ${of}">
      ${this.artifacts.map((artifact) => html`<li class="artifact">${this.artifact(artifact)}</li>`)}
    </ul>`;
  }

  private artifact(artifact: Artifact): TemplateResult {
    const { id, filename } = artifact;
    const isOpen = this.contents.has(id);
    return html`<div class="artifact-head">
        <button class="artifact-name" aria-expanded=${isOpen} @click=${() => this.toggle(id)}>
          ${icon(isOpen ? "chevronDown" : "chevronRight")}<span class="ellipsis" title=${filename}>${filename}</span>
        </button>
        <span class="spacer"></span>
        ${this.action("saveArtifact", "Save As…", "save", artifact)}
        ${this.action("revealArtifact", "Show in File Manager", "folder", artifact)}
      </div>
      ${isOpen ? this.content(artifact) : nothing}`;
  }

  private action(
    type: "saveArtifact" | "revealArtifact",
    title: string,
    name: "save" | "folder",
    { id, filename }: Artifact,
  ): TemplateResult {
    return html`<button
      class="icon-button"
      title=${title}
      aria-label="${title}: ${filename}"
      @click=${() => emit(this, "act", { type, trial: this.trial, id })}
    >
      ${icon(name)}
    </button>`;
  }

  private content(artifact: Artifact): TemplateResult {
    const content = this.contents.get(artifact.id) ?? null;
    if (content === null) return html`<vscode-progress-ring aria-label="Loading"></vscode-progress-ring>`;
    if (typeof content === "string") return html`<p class="error-text" role="alert">${content}</p>`;
    if (content.kind === "content") return this.view!(artifact, content);
    return content.kind === "large"
      ? html`<p class="faint">${formatBytes(content.size)}: too large to show here. Save it to open it.</p>`
      : html`<p class="faint">
          ${content.path} is missing. Put the artifacts into the folder “artifacts” beside the database to see them.
        </p>`;
  }

  private toggle(id: string): void {
    const contents = new Map(this.contents);
    if (contents.delete(id)) {
      this.contents = contents;
      return;
    }
    this.contents = contents.set(id, null);
    void this.load(id);
  }

  private async read(trial: number | null, id: string): Promise<ArtifactContent> {
    this.view ??= (await loadPart("shows artifacts", () => import("./artifact-view.js"))).artifactView;
    return this.host.getArtifact(trial, id);
  }

  private async load(id: string): Promise<void> {
    const { trial } = this;
    const content = await this.read(trial, id).catch(reasonOf);
    if (trial === this.trial && this.contents.has(id)) this.contents = new Map(this.contents).set(id, content);
  }
}
