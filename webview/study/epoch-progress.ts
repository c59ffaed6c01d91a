import type { TemplateResult } from "lit";

import type { EpochEnded } from "../../src/protocol/trainer.js";
import { formatNumber } from "../../src/format/numbers.js";
import { html } from "../html.js";

/** `7/30`, or `7` if the end is unknown. */
export function epochText({ epoch, epochs }: EpochEnded): string {
  return epochs === null ? String(epoch + 1) : `${epoch + 1}/${epochs}`;
}

/** `val_loss 0.61 · loss 0.4121`: the metric that the study monitors comes first. */
export function logsText({ logs, monitor }: EpochEnded): string {
  const isMonitored = ([name]: readonly [string, unknown]) => name === monitor;
  return Object.entries(logs)
    .toSorted((a, b) => Number(isMonitored(b)) - Number(isMonitored(a)))
    .map(([name, value]) => `${name} ${formatNumber(value)}`)
    .join(" · ");
}

/** A thin bar, without words. */
export function bar(share: number): TemplateResult {
  const percent = Math.min(100, Math.max(0, share * 100));
  return html`<span class="bar" aria-hidden="true"><span class="bar-fill" .style=${`width:${percent}%`}></span></span>`;
}

export function epochBar(event: EpochEnded): TemplateResult | null {
  return event.epochs === null ? null : bar((event.epoch + 1) / event.epochs);
}
