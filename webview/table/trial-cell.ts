import { nothing, type TemplateResult } from "lit";

import { ownValue } from "../../src/protocol/own-value.js";
import type { TrialSummary } from "../../src/protocol/inspector.js";
import { shownState } from "../../src/format/shown-state.js";
import type { EpochEnded } from "../../src/protocol/trainer.js";
import type { WireJson, WireNumber } from "../../src/protocol/wire.js";
import { epochBar, epochText } from "../study/epoch-progress.js";
import { formatDuration } from "../../src/format/duration.js";
import { formatAligned, formatNumber, formatParam } from "../../src/format/numbers.js";
import { formatBytes, formatJson, formatTime } from "../format.js";
import { html } from "../html.js";
import { icon, type IconName } from "../icons.js";
import { repeatsText } from "./repeats-text.js";
import { tagChip } from "../notes/tags.js";
import { stateLabels, stateMark } from "../trial-state.js";
import type { TrialColumnMeta } from "./trial-columns.js";

/** What a row shows of a trial beside its values. */
export interface TrialMarks {
  readonly isBest: boolean;
  /** Said of its row among the others. */
  readonly isPinned: boolean;
  /** A pinned trial that is shown nevertheless. */
  readonly isFilteredOut: boolean;
}

/** @param epoch the trial's latest epoch, where it runs. */
export function trialCell(
  trial: TrialSummary,
  { kind, objective = 0, name = "" }: TrialColumnMeta,
  epoch: EpochEnded | undefined,
  marks: TrialMarks,
): TemplateResult | string {
  switch (kind) {
    case "number":
      return html`<span class="trial-number">#${trial.number}</span>${numberMarks(trial, marks)}`;
    case "state":
      if (trial.pausedAt !== null) return pausedMark(trial, trial.pausedAt);
      return trial.failReason === null || shownState(trial) === "STOPPED"
        ? stateMark(shownState(trial))
        : html`<span title=${trial.failReason} aria-label="${stateLabels[trial.state]}: ${trial.failReason}"
            >${stateMark(trial.state)}</span
          >`;
    case "value":
      return valueCell(trial, objective);
    case "param":
      return textCell(formatParam(ownValue(trial.params, name)));
    case "attribute": {
      const value = ownValue(trial.attributes, name);
      return textCell(value === undefined ? "" : formatAttribute(value));
    }
    case "last":
      return trial.lastValue === null ? none() : formatAligned(trial.lastValue);
    case "best":
      return trial.bestValue === null ? none() : formatAligned(trial.bestValue);
    case "memory":
      return trial.peakMemory === null ? "" : formatBytes(trial.peakMemory.bytes);
    case "failReason":
      return textCell(trial.failReason ?? "");
    case "tags":
      return html`<span class="ellipsis">${trial.tags.map((tag) => tagChip(tag))}</span>`;
    case "step":
      return stepCell(trial, epoch);
    case "duration":
      return trial.durationMs === null ? "" : formatDuration(trial.durationMs);
    case "time":
      return trial.startedAt === null ? "" : formatTime(trial.startedAt);
  }
}

function numberMarks(trial: TrialSummary, { isBest, isPinned, isFilteredOut }: TrialMarks): TemplateResult {
  return html`${isBest ? mark("star", "Best trial") : nothing}${
    trial.isOnFront ? mark("star", "On the Pareto front") : nothing
  }${isPinned ? mark("pinned", "Pinned") : nothing}${isFilteredOut ? mark("filter", "Does not match the filter") : nothing}`;
}

function none(): TemplateResult {
  return html`<span class="faint">–</span>`;
}

function textCell(text: string): TemplateResult {
  return text === "" ? none() : html`<span class="ellipsis" title=${text}>${text.split("\n")[0]}</span>`;
}

function formatAttribute(value: WireJson): string {
  return typeof value === "number" ? formatNumber(value) : formatJson(value);
}

function mark(name: IconName, title: string): TemplateResult {
  return html`<span class=${name === "star" ? "row-mark best-star" : "row-mark"} title=${title}
    >${icon(name)}<span class="sr-only">${title.toLowerCase()}</span></span
  >`;
}

/** A running trial has no value yet: what it reported last stands there, faint. */
function valueCell(trial: TrialSummary, objective: number): TemplateResult | string {
  const value = trial.values?.[objective];
  if (value !== undefined && trial.repeats) return repeatedCell(value, repeatsText(trial.repeats, objective));
  if (value !== undefined) return formatAligned(value);
  if (trial.state === "RUNNING" && objective === 0 && trial.lastValue !== null)
    return html`<span class="faint" title="Last reported value">${formatAligned(trial.lastValue)}</span>`;
  return none();
}

/** Beside the value of this one trial, what all with its parameters came to. */
function repeatedCell(value: WireNumber, repeats: string): TemplateResult {
  return html`<span title=${repeats}>${formatAligned(value)}<span class="sr-only">, ${repeats}</span></span>`;
}

function stepCell(trial: TrialSummary, epoch: EpochEnded | undefined): TemplateResult | string {
  if (trial.state === "RUNNING" && epoch !== undefined)
    return html`<span class="step-progress">${epochBar(epoch)}<span>${epochText(epoch)}</span></span>`;
  return trial.lastStep === null ? "" : String(trial.lastStep);
}

function pausedMark({ continuedBy }: TrialSummary, step: number): TemplateResult {
  const wentOn = continuedBy === null ? "" : `, went on as #${continuedBy}`;
  return html`<span title="Paused at step ${step}${wentOn}">${stateMark("PAUSED")}</span>`;
}
