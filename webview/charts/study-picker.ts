import { LitElement, type TemplateResult } from "lit";
import { customElement, property } from "lit/decorators.js";

import type { ComparableStudy } from "../../src/protocol/charts.js";
import { html } from "../html.js";
import { openPopover } from "../popover.js";
import { studyName } from "./study-lines.js";
import "./study-picker.css";

/** A button that opens a list of the studies that can be compared with one. */
@customElement("tunelens-study-picker")
export class StudyPicker extends LitElement {
  /** The study itself first, then those it is compared with. */
  @property({ attribute: false }) accessor shown: readonly string[] = [];
  @property({ attribute: false }) accessor comparable: readonly ComparableStudy[] = [];
  /** Is told of those it is compared with. */
  @property({ attribute: false }) accessor onChoose: (studies: readonly string[]) => void = () => {};

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  protected override render(): TemplateResult {
    const { shown, comparable } = this;
    const others = comparable.filter(({ name }) => name !== shown[0]);
    return html`<button
        class="text-toggle"
        title="Choose studies to compare"
        aria-haspopup="dialog"
        @click=${() => openPopover(this)}
      >
        Studies: ${shown.length} of ${comparable.length}
      </button>
      <div class="popover study-picker" popover role="dialog" aria-label="Studies to compare">
        ${
          others.length === 0
            ? html`<span class="faint">No other study of this storage has the same objectives.</span>`
            : others.map((study) => this.row(study))
        }
      </div>`;
  }

  private row({ name, follows }: ComparableStudy): TemplateResult {
    const [own, ...others] = this.shown;
    const show = (isShown: boolean) => {
      if (isShown === others.includes(name)) return;
      this.onChoose(isShown ? [...others, name] : others.filter((other) => other !== name));
    };
    return html`<vscode-checkbox
      title=${name}
      .checked=${others.includes(name)}
      @change=${({ target }: Event) => show((target as HTMLInputElement).checked)}
      >${studyName(name)}${follows === own ? html` <span class="faint">follow-up</span>` : ""}</vscode-checkbox
    >`;
  }
}
