import type { TemplateResult } from "lit";

import { ownValue } from "../../src/protocol/own-value.js";
import type { TrialSummary } from "../../src/protocol/inspector.js";
import { shownState } from "../../src/format/shown-state.js";
import type { EpochEnded } from "../../src/protocol/trainer.js";
import { epochBar, epochText } from "../study/epoch-progress.js";
import { formatDuration } from "../../src/format/duration.js";
import { formatAligned, formatParam } from "../../src/format/numbers.js";
import { formatTime } from "../format.js";
import { html } from "../html.js";
import { icon } from "../icons.js";
import { stateLabels, stateMark } from "../trial-state.js";
import type { TrialColumnMeta } from "./trial-columns.js";

/** @param epoch the trial's latest epoch, where it runs. */
export function trialCell(
  trial: TrialSummary,
  { kind, objective = 0, param = "" }: TrialColumnMeta,
  epoch: EpochEnded | undefined,
  isBest: boolean,
): TemplateResult | string {
  switch (kind) {
    case "number":
      return isBest
        ? html`<span class="trial-number">#${trial.number}</span>
            <span class="best-star" title="Best trial">${icon("star")}<span class="sr-only">best</span></span>`
        : html`<span class="trial-number">#${trial.number}</span>`;
    case "state":
      return trial.failReason === null || shownState(trial) === "STOPPED"
        ? stateMark(shownState(trial))
        : html`<span title=${trial.failReason} aria-label="${stateLabels[trial.state]}: ${trial.failReason}"
            >${stateMark(trial.state)}</span
          >`;
    case "value":
      return valueCell(trial, objective);
    case "param": {
      const text = formatParam(ownValue(trial.params, param));
      return text === ""
        ? html`<span class="faint">–</span>`
        : html`<span class="ellipsis" title=${text}>${text}</span>`;
    }
    case "step":
      return stepCell(trial, epoch);
    case "duration":
      return trial.durationMs === null ? "" : formatDuration(trial.durationMs);
    case "time":
      return trial.startedAt === null ? "" : formatTime(trial.startedAt);
  }
}

/** A running trial has no value yet: what it reported last stands there, faint. */
function valueCell(trial: TrialSummary, objective: number): TemplateResult | string {
  const value = trial.values?.[objective];
  if (value !== undefined) return formatAligned(value);
  if (trial.state === "RUNNING" && objective === 0 && trial.lastValue !== null)
    return html`<span class="faint" title="Last reported value">${formatAligned(trial.lastValue)}</span>`;
  return html`<span class="faint">–</span>`;
}

function stepCell(trial: TrialSummary, epoch: EpochEnded | undefined): TemplateResult | string {
  if (trial.state === "RUNNING" && epoch !== undefined)
    return html`<span class="step-progress">${epochBar(epoch)}<span>${epochText(epoch)}</span></span>`;
  return trial.lastStep === null ? "" : String(trial.lastStep);
}
