import { nothing, type TemplateResult } from "lit";

import type { DashboardAction, DashboardSnapshot } from "../../src/protocol/dashboard.js";
import type { EpochEnded } from "../../src/protocol/trainer.js";
import { epochBar, epochText, logsText } from "./epoch-progress.js";
import { html } from "../html.js";
import { icon } from "../icons.js";
import "./running-strip.css";

/** What trains right now: one entry a trial, with its epoch and what it logged last. */
export function runningStrip(
  { running }: DashboardSnapshot,
  epochs: ReadonlyMap<number, EpochEnded>,
  act: (action: DashboardAction) => void,
): TemplateResult | typeof nothing {
  if (running === null) return nothing;
  const numbers = [...new Set([...running.trialNumbers, ...epochs.keys()])].toSorted((a, b) => a - b);
  if (numbers.length === 0) return nothing;
  return html`<div
    class="strip"
    role="group"
    aria-label=${running.kind === "retrain" ? "Retraining" : "Running trials"}
  >
    ${numbers.map(
      (number) =>
        html`<div class="strip-item">
          <span class="dot pulse" data-state="RUNNING" aria-hidden="true"></span>
          <span class="strip-trial">${running.kind === "retrain" ? "Retraining " : ""}#${number}</span>
          ${progressOf(epochs.get(number))}
          ${
            running.kind === "retrain"
              ? nothing
              : html`<button
                  class="icon-button"
                  title="Stop this trial. The others go on"
                  aria-label="Stop trial ${number}"
                  @click=${() => act({ type: "stopTrial", trial: number })}
                >
                  ${icon("stop")}
                </button>`
          }
        </div>`,
    )}
  </div>`;
}

function progressOf(event: EpochEnded | undefined): TemplateResult | typeof nothing {
  if (event === undefined) return nothing;
  return html`<span class="strip-epoch">epoch ${epochText(event)}</span>
    ${epochBar(event) ?? nothing}
    <span class="strip-logs ellipsis">${logsText(event)}</span>`;
}
