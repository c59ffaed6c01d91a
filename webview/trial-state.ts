import type { TemplateResult } from "lit";

import type { ShownState } from "../src/format/shown-state.js";
import type { WireTrialState } from "../src/protocol/wire.js";
import { html } from "./html.js";

export const stateLabels: Readonly<Record<ShownState, string>> = {
  RUNNING: "Running",
  COMPLETE: "Complete",
  PAUSED: "Paused",
  PRUNED: "Pruned",
  FAIL: "Failed",
  STOPPED: "Stopped",
  WAITING: "Queued",
};

/** In the order in which the page offers them. */
export const shownStates: readonly ShownState[] = [
  "COMPLETE",
  "RUNNING",
  "PAUSED",
  "PRUNED",
  "FAIL",
  "STOPPED",
  "WAITING",
];

export function isFinished(state: WireTrialState): boolean {
  return state === "COMPLETE" || state === "PRUNED" || state === "FAIL";
}

/** A state's dot and its word. */
export function stateMark(state: ShownState): TemplateResult {
  return html`<span class="state"
    ><span class="dot" data-state=${state} aria-hidden="true"></span>${stateLabels[state]}</span
  >`;
}
