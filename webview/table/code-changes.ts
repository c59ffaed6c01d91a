import { LitElement, nothing, type PropertyValues, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";

import type { CodeChanges, FileChange, TrialDetail } from "../../src/protocol/inspector.js";
import { plural } from "../../src/format/plural.js";
import { emit } from "../events.js";
import { formatInteger } from "../format.js";
import { type DashboardHost, reasonOf } from "../host.js";
import { html } from "../html.js";
import "./code-changes.css";

type CodedTrial = Pick<TrialDetail, "number" | "code">;

/** Trials that ran other code than the first one. */
interface OtherCode {
  readonly numbers: readonly number[];
  /** null: it is not stored. */
  readonly changes: CodeChanges | null;
}

/** Whether trials ran the same code, and else, what changed from the first one. The host shows the changes themselves. */
@customElement("tunelens-code-changes")
export class CodeChangesElement extends LitElement {
  @property({ attribute: false }) accessor host!: DashboardHost;
  @property({ attribute: false }) accessor trials: readonly CodedTrial[] = [];
  @state() private accessor others: readonly OtherCode[] | null = null;
  @state() private accessor problem: string | null = null;

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has("trials")) void this.load();
  }

  protected override render(): TemplateResult {
    const { others, problem } = this;
    const unknown = this.trials.filter(({ code }) => code === null).map(({ number }) => number);
    return html`<section class="code-changes" aria-label="Code">
      ${problem === null ? nothing : html`<p class="error-text">${problem}</p>`}
      ${unknown.length === 0 ? nothing : html`<p class="faint">It is not recorded which code ${listed(unknown)} ran.</p>`}
      ${others?.length === 0 && unknown.length === 0 ? html`<p class="faint">All ran the same code.</p>` : nothing}
      ${others?.map((other) => this.other(other))}
    </section>`;
  }

  private other({ numbers, changes }: OtherCode): TemplateResult {
    const from = this.trials[0]!.number;
    const between = `${listed([from])} → ${listed(numbers)}`;
    if (changes === null) return html`<p class="faint">${between}: the code has changed, but is not stored.</p>`;
    return html`<div>
      <p>
        <span>${between}: ${plural(changes.files.length, "file")} changed</span>
        <button
          class="text-toggle"
          aria-label="Show changes from trial ${from} to trial ${numbers[0]!}"
          @click=${() => emit(this, "act", { type: "showChanges", from, to: numbers[0]! })}
        >
          Show Changes
        </button>
      </p>
      <ul>
        ${changes.files.map(fileChange)}
      </ul>
    </div>`;
  }

  private async load(): Promise<void> {
    const { trials, host } = this;
    const [first, ...rest] = trials;
    this.others = this.problem = null;
    if (first?.code == null) return;
    const codes = new Set(rest.flatMap(({ code }) => (code === null || code === first.code ? [] : [code])));
    try {
      const others = await Promise.all(
        Array.from(codes, async (code) => {
          const numbers = rest.flatMap((trial) => (trial.code === code ? [trial.number] : []));
          return { numbers, changes: await host.compareCode(first.number, numbers[0]!) };
        }),
      );
      if (trials === this.trials) this.others = others;
    } catch (error) {
      if (trials === this.trials) this.problem = reasonOf(error);
    }
  }
}

function fileChange({ name, lines }: FileChange): TemplateResult {
  const text = lines && `${formatInteger(lines.added)} added, ${formatInteger(lines.removed)} removed`;
  return html`<li>
    <span class="ellipsis" title=${name}>${name}</span>
    ${
      lines === null
        ? nothing
        : html`<span aria-hidden="true"
              ><span class="lines-added">+${formatInteger(lines.added)}</span>
              <span class="lines-removed">−${formatInteger(lines.removed)}</span></span
            ><span class="sr-only">lines: ${text}</span>`
    }
  </li>`;
}

function listed(numbers: readonly number[]): string {
  return numbers.map((number) => `#${number}`).join(", ");
}
