import { html, type TemplateResult } from "lit";

import type { WireTrialState } from "../src/protocol/wire.js";

export const stateLabels: Readonly<Record<WireTrialState, string>> = {
  RUNNING: "Running",
  COMPLETE: "Complete",
  PRUNED: "Pruned",
  FAIL: "Failed",
  WAITING: "Waiting",
};

/** A state's dot and its word. */
export function stateMark(state: WireTrialState): TemplateResult {
  return html`<span class="state"
    ><span class="dot" data-state=${state} aria-hidden="true"></span>${stateLabels[state]}</span
  >`;
}
