import { LitElement, nothing, type PropertyValues, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";

import type { Artifact } from "../../src/protocol/annotations.js";
import type { ArtifactContent } from "../../src/protocol/inspector.js";
import { type DashboardHost, reasonOf } from "../host.js";
import { html } from "../html.js";
import { artifactImage, isImage } from "./artifact-view.js";

/**
 * The artifact that an image of a note is: `artifact:` and its name or ID, or the path under which optuna-dashboard serves it,
 * `/artifacts/STUDY/TRIAL/ID` or `/artifacts/STUDY/ID`.
 * @param artifacts those of whom the note is of.
 * @returns undefined where there is none, or it is no image: nothing else is loaded for a note.
 */
export function imageArtifact(artifacts: readonly Artifact[], href: string): Artifact | undefined {
  const [, name, id] = /^(?:artifact:(.+)|\/artifacts\/\d+\/(?:\d+\/)?([\w-]+))$/.exec(href) ?? [];
  const meant = name === undefined ? id : decodedName(name);
  const isMeant = (artifact: Artifact) => artifact.id === meant || (name !== undefined && artifact.filename === meant);
  return artifacts.findLast((artifact) => isMeant(artifact) && isImage(artifact));
}

/** Markdown has no spaces in addresses: they are written as `%20`. */
function decodedName(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}

/** An image in a note. */
@customElement("tunelens-note-image")
export class NoteImage extends LitElement {
  @property({ attribute: false }) accessor host!: DashboardHost;
  /** The trial's number; null: the study's. */
  @property({ attribute: false }) accessor trial: number | null = null;
  @property({ attribute: false, hasChanged: (value?: Artifact, before?: Artifact) => value?.id !== before?.id })
  accessor artifact!: Artifact;
  @property({ attribute: false }) accessor description = "";
  /** null while it is read, a string where that failed. */
  @state() private accessor content: ArtifactContent | string | null = null;

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has("artifact") || changed.has("trial")) void this.load();
  }

  protected override render(): TemplateResult | typeof nothing {
    const { artifact, content, description } = this;
    if (content === null) return nothing;
    if (typeof content === "object" && content.kind === "content")
      return artifactImage(artifact, content, description || artifact.filename);
    const why = typeof content === "string" ? content : content.kind === "large" ? "too large to show" : "missing";
    return html`<span class="faint">[image: ${description || artifact.filename}, ${why}]</span>`;
  }

  private async load(): Promise<void> {
    const { trial, artifact } = this;
    this.content = null;
    const content = await this.host.getArtifact(trial, artifact.id).catch(reasonOf);
    if (trial === this.trial && artifact.id === this.artifact.id) this.content = content;
  }
}
