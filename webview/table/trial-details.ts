import { LitElement, nothing, type PropertyValues, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { guard } from "lit/directives/guard.js";

import type { LearningCurve } from "../../src/protocol/charts.js";
import type { StudySummary, TrialDetail } from "../../src/protocol/inspector.js";
import { shownState } from "../../src/format/shown-state.js";
import type { DashboardAction } from "../../src/protocol/dashboard.js";
import type { EpochEnded } from "../../src/protocol/trainer.js";
import { epochBar, epochText, logsText } from "../study/epoch-progress.js";
import { emit } from "../events.js";
import { formatDuration } from "../../src/format/duration.js";
import { formatNumber, formatParam } from "../../src/format/numbers.js";
import { formatBytes, formatJson, formatTime } from "../format.js";
import { chartStudy } from "../charts/chart.js";
import { type DashboardHost, reasonOf } from "../host.js";
import { html } from "../html.js";
import { icon } from "../icons.js";
import { objectiveName } from "../objective-name.js";
import { Refresher } from "../refresher.js";
import { isFinished, stateMark } from "../trial-state.js";
import { repeatsText } from "./repeats-text.js";
import { annotations } from "../notes/annotations.js";
import "./trial-details.css";

const REFRESH_INTERVAL_MS = 700;

const memoryNotes = {
  trial: "The peak memory of the training process, or of the program that it ran, during this trial",
  process: "The training process's peak memory since it started. This operating system does not measure it per trial",
} as const;

/** One trial: its parameters, its learning curve, its attributes, and why it failed. */
@customElement("tunelens-trial-details")
export class TrialDetails extends LitElement {
  @property({ attribute: false }) accessor host!: DashboardHost;
  @property({ attribute: false }) accessor study!: StudySummary;
  @property({ attribute: false }) accessor number = 0;
  @property({ attribute: false }) accessor revision = 0;
  @property({ attribute: false }) accessor epoch: EpochEnded | undefined = undefined;
  @property({ attribute: false }) accessor retrainBlocked: string | null = null;
  @property({ attribute: false }) accessor isPinned = false;
  @state() private accessor trial: TrialDetail | null = null;
  @state() private accessor problem: string | null = null;
  private readonly refresher = new Refresher(() => this.load(), REFRESH_INTERVAL_MS);

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has("number")) {
      this.trial = this.problem = null;
      this.refresher.restart();
    } else if (changed.has("revision")) {
      this.refresher.request();
    }
  }

  protected override render(): TemplateResult {
    return html`<section class="details" aria-label="Trial ${this.number}">
      <header class="details-head">
        <h3>Trial #${this.number}</h3>
        ${this.trial === null ? nothing : stateMark(shownState(this.trial))}
        <span class="spacer"></span>
        ${this.trial === null ? nothing : this.actions(this.trial)}
        <button
          class="icon-button"
          title="Close"
          aria-label="Close trial ${this.number}"
          @click=${() => emit(this, "select-trial", null)}
        >
          ${icon("close")}
        </button>
      </header>
      ${this.problem === null ? nothing : html`<p class="placeholder error-text">${this.problem}</p>`}
      ${this.trial === null ? nothing : this.body(this.trial)}
    </section>`;
  }

  private actions(trial: TrialDetail): TemplateResult {
    const { number } = trial;
    return html`<button
        class="icon-button"
        title=${this.retrainBlocked ?? "Retrain this trial"}
        aria-label="Retrain trial ${number}"
        ?disabled=${this.retrainBlocked !== null || !isFinished(trial.state)}
        @click=${() => emit(this, "act", { type: "retrain", trial: number })}
      >
        ${icon("starEmpty")}</button
      ><button
        class="icon-button"
        title=${this.isPinned ? "Unpin this trial" : "Pin this trial to the top of the table"}
        aria-label="Pin trial ${number}"
        aria-pressed=${this.isPinned}
        @click=${() => emit(this, "pin", [number])}
      >
        ${icon(this.isPinned ? "pinned" : "pin")}</button
      ><button
        class="icon-button"
        title="Copy parameters"
        aria-label="Copy parameters of trial ${number}"
        @click=${() => emit(this, "act", { type: "copyParameters", trial: number })}
      >
        ${icon("copy")}</button
      >${
        this.study.source === null
          ? nothing
          : html`<button
              class="icon-button"
              title="Show as code: the study file with these parameters as constants"
              aria-label="Show trial ${number} as code"
              ?disabled=${!isFinished(trial.state)}
              @click=${() => emit(this, "act", { type: "showCode", trial: number })}
            >
              ${icon("code")}
            </button>`
      }`;
  }

  private body(trial: TrialDetail): TemplateResult {
    const attrs = Object.entries(trial.userAttrs);
    const params = Object.entries(trial.params);
    const curve: LearningCurve = { number: trial.number, state: trial.state, points: trial.intermediateValues };
    return html`<div class="details-body">
      ${
        trial.failReason === null || shownState(trial) === "STOPPED"
          ? nothing
          : html`<p class="fail-reason" role="note" tabindex="0" aria-label="Fail reason">
              ${icon("error")}<span>${trial.failReason}</span>
            </p>`
      }
      ${
        this.epoch === undefined || trial.state !== "RUNNING"
          ? nothing
          : html`<p class="details-epoch">
              <span>Epoch ${epochText(this.epoch)}</span>${epochBar(this.epoch)}<span>${logsText(this.epoch)}</span>
            </p>`
      }
      ${this.facts(trial)} ${annotations(this.host, this.study, trial)}
      <vscode-panels aria-label="Trial ${trial.number}">
        <vscode-panel-tab id="tab-params">Parameters</vscode-panel-tab>
        <vscode-panel-tab id="tab-curve">Curve</vscode-panel-tab>
        <vscode-panel-tab id="tab-attrs">Attributes</vscode-panel-tab>
        <vscode-panel-view id="view-params">
          ${
            params.length === 0
              ? html`<p class="faint">None yet.</p>`
              : definitions(
                  params.map(([name, value]) => [name, formatParam(value)]),
                  isFinished(trial.state) ? (name) => this.freezeButton(name) : undefined,
                )
          }
        </vscode-panel-view>
        <vscode-panel-view id="view-curve">
          <tunelens-chart
            .name=${"curves"}
            .data=${guard([trial], () => ({ value: { curves: [curve], density: null }, error: null }))}
            .study=${{ ...chartStudy(this.study), best: null }}
          ></tunelens-chart>
        </vscode-panel-view>
        <vscode-panel-view id="view-attrs">
          ${
            attrs.length === 0
              ? html`<p class="faint">None.</p>`
              : definitions(attrs.map(([name, value]) => [name, formatJson(value)]))
          }
        </vscode-panel-view>
      </vscode-panels>
    </div>`;
  }

  private facts(trial: TrialDetail): TemplateResult {
    return html`<dl class="facts">
      ${trial.values?.map(
        (value, i) =>
          html`<dt>${objectiveName(this.study, i)}</dt>
            <dd class="strong">${formatNumber(value)}</dd>
            ${
              trial.repeats === null
                ? nothing
                : html`<dt title="The complete trials with these parameters; ± the standard deviation of their values">
                      Repeats
                    </dt>
                    <dd>${repeatsText(trial.repeats, i)}</dd>`
            }`,
      )}
      ${
        trial.origin === null
          ? nothing
          : html`<dt title="The trial of another study that this one is a copy of">From</dt>
              <dd>${originLink(trial.origin, (action) => emit(this, "act", action))}</dd>`
      }
      ${
        trial.retries === null
          ? nothing
          : html`<dt title="The interrupted or failed trial that this one continues or repeats">Retry of</dt>
              <dd>#${trial.retries}</dd>`
      }
      ${
        trial.continues === null
          ? nothing
          : html`<dt title="The paused trial whose training this one continues">Continues</dt>
              <dd>${this.trialLink(trial.continues)}</dd>`
      }
      ${
        trial.pausedAt === null
          ? nothing
          : html`<dt title="The scheduler may continue it in another trial">Paused</dt>
              <dd>at step ${trial.pausedAt}</dd>`
      }
      ${
        trial.continuedBy === null
          ? nothing
          : html`<dt title="The trial that continues this one's training">Went on as</dt>
              <dd>${this.trialLink(trial.continuedBy)}</dd>`
      }
      ${
        trial.startedAt === null
          ? nothing
          : html`<dt>Started</dt>
              <dd>${formatTime(trial.startedAt)}</dd>`
      }
      ${
        trial.durationMs === null
          ? nothing
          : html`<dt>Duration</dt>
              <dd>${formatDuration(trial.durationMs)}</dd>`
      }
      ${
        trial.peakMemory === null
          ? nothing
          : html`<dt title=${memoryNotes[trial.peakMemory.since]}>Peak memory</dt>
              <dd title=${memoryNotes[trial.peakMemory.since]}>
                ${formatBytes(trial.peakMemory.bytes)}${trial.peakMemory.since === "process" ? " (process)" : ""}
              </dd>`
      }
    </dl>`;
  }

  private trialLink(number: number): TemplateResult {
    return html`<button class="link" @click=${() => emit(this, "select-trial", number)}>#${number}</button>`;
  }

  private freezeButton(param: string): TemplateResult {
    const { number } = this;
    return html`<button
      class="icon-button"
      title=${this.retrainBlocked ?? `Freeze ${param} at this value in a follow-up study`}
      aria-label="Freeze ${param} at this value"
      ?disabled=${this.retrainBlocked !== null}
      @click=${() => emit(this, "act", { type: "freeze", param, trial: number })}
    >
      ${icon("lock")}
    </button>`;
  }

  private async load(): Promise<void> {
    const { number } = this;
    try {
      const trial = await this.host.getTrial(number);
      if (number !== this.number) return;
      this.trial = trial;
      this.problem = null;
    } catch (error) {
      if (number === this.number) this.problem = reasonOf(error);
    }
  }
}

function originLink(
  origin: NonNullable<TrialDetail["origin"]>,
  act: (action: DashboardAction) => void,
): TemplateResult {
  const { study, trial } = origin;
  const open = () => act({ type: "openStudy", study, trial });
  return html`<button class="link" title="Open this trial of ${study}" @click=${open}>${study} #${trial}</button>`;
}

/** @param action a button for an entry, by its name. */
export function definitions(
  entries: readonly (readonly [name: string, value: string])[],
  action?: (name: string) => TemplateResult,
): TemplateResult {
  return html`<dl class="facts">
    ${entries.map(
      ([name, value]) =>
        html`<dt title=${name}>${name}</dt>
          <dd>${value}${action?.(name) ?? nothing}</dd>`,
    )}
  </dl>`;
}
