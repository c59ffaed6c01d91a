import { nothing, type TemplateResult } from "lit";

import type { DashboardSnapshot } from "../../src/protocol/dashboard.js";
import type { EpochEnded } from "../../src/protocol/trainer.js";
import { epochBar, epochText, logsText } from "./epoch-progress.js";
import { html } from "../html.js";
import "./running-strip.css";

/** What trains right now: one entry a trial, with its epoch and what it logged last. */
export function runningStrip(
  { running }: DashboardSnapshot,
  epochs: ReadonlyMap<number, EpochEnded>,
): TemplateResult | typeof nothing {
  if (running === null || epochs.size === 0) return nothing;
  const events = [...epochs.values()].toSorted((a, b) => a.number - b.number);
  return html`<div
    class="strip"
    role="group"
    aria-label=${running.kind === "retrain" ? "Retraining" : "Running trials"}
  >
    ${events.map(
      (event) =>
        html`<div class="strip-item">
          <span class="dot pulse" data-state="RUNNING" aria-hidden="true"></span>
          <span class="strip-trial">${running.kind === "retrain" ? "Retraining " : ""}#${event.number}</span>
          <span class="strip-epoch">epoch ${epochText(event)}</span>
          ${epochBar(event) ?? nothing}
          <span class="strip-logs ellipsis">${logsText(event)}</span>
        </div>`,
    )}
  </div>`;
}
