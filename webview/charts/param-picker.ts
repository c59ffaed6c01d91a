import { LitElement, type TemplateResult } from "lit";
import { customElement, property } from "lit/decorators.js";

import { html } from "../html.js";
import { icon } from "../icons.js";
import { openPopover } from "../popover.js";
import { paramName } from "./param-axes.js";
import "./param-picker.css";

/** A button that opens a list of parameters, to choose from and to put in order. */
@customElement("tunelens-param-picker")
export class ParamPicker extends LitElement {
  /** All there are. */
  @property({ attribute: false }) accessor params: readonly string[] = [];
  /** Those that are shown, in their order. */
  @property({ attribute: false }) accessor chosen: readonly string[] = [];
  @property({ attribute: false }) accessor onChoose: (chosen: readonly string[]) => void = () => {};

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  protected override render(): TemplateResult {
    const others = this.params.filter((name) => !this.chosen.includes(name));
    return html`<button
        class="icon-button"
        title="Choose parameters"
        aria-label="Choose parameters"
        aria-haspopup="dialog"
        @click=${() => openPopover(this)}
      >
        ${icon("listFilter")}
      </button>
      <div class="popover param-picker" popover role="dialog" aria-label="Parameters">
        ${this.chosen.map((name, place) => this.row(name, place))} ${others.map((name) => this.row(name, null))}
      </div>`;
  }

  /** @param place among those that are shown; null: it is not. */
  private row(name: string, place: number | null): TemplateResult {
    const shown = paramName(name);
    const move = (by: -1 | 1) => () => this.onChoose(moved(this.chosen, place!, by));
    return html`<div class="param-row">
      <vscode-checkbox
        .checked=${place !== null}
        @change=${({ target }: Event) => this.toggle(name, (target as HTMLInputElement).checked)}
        >${shown}</vscode-checkbox
      >
      <span class="spacer"></span>
      <button
        class="icon-button"
        aria-label="Move ${shown} forward"
        title="Move forward"
        ?disabled=${place === null || place === 0}
        @click=${move(-1)}
      >
        ${icon("arrowUp")}
      </button>
      <button
        class="icon-button"
        aria-label="Move ${shown} back"
        title="Move back"
        ?disabled=${place === null || place === this.chosen.length - 1}
        @click=${move(1)}
      >
        ${icon("arrowDown")}
      </button>
    </div>`;
  }

  /** Nothing if the page itself has set it. */
  private toggle(name: string, isShown: boolean): void {
    const { chosen } = this;
    if (isShown === chosen.includes(name)) return;
    this.onChoose(isShown ? [...chosen, name] : chosen.filter((other) => other !== name));
  }
}

function moved(names: readonly string[], place: number, by: -1 | 1): readonly string[] {
  return names.toSpliced(place, 1).toSpliced(place + by, 0, names[place]!);
}
