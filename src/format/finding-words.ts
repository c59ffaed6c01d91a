import type { Finding, ParamInsight } from "../protocol/charts.js";
import type { WireParamValue } from "../protocol/wire.js";
import { formatImportance, formatInterval } from "./importance.js";
import { formatNumber, formatParam } from "./numbers.js";
import { plural } from "./plural.js";
import { shortLine } from "./visible-text.js";

/** What was found, with its evidence: `The best trial and 6 of the best 8 have 5, its highest value.` */
export function findingEvidence(param: ParamInsight, finding: Finding): string {
  switch (finding.kind) {
    case "bound": {
      const { bound, among, best } = finding;
      const value = formatNumber((bound === "low" ? param.low : param.high)!);
      return `The best trial and ${among} of the best ${best} are at or near its ${bound === "low" ? "lower" : "upper"} bound, ${value}.`;
    }
    case "region": {
      const { low, high, outside, best } = finding;
      const region = `${formatNumber(low)}–${formatNumber(high)}`;
      return `The best ${best} trials are within ${region}, and ${plural(outside, "worse one")} outside.`;
    }
    case "choice":
      return `None of the best ${finding.best} trials has ${shortParam(finding.choice)}, which ${plural(finding.tried, "trial")} tried.`;
    case "no-influence":
      return `It hardly matters: its importance is ${formatImportance(param.importance!)} (${formatInterval(param.interval!)}).`;
  }
}

/** What to do about it: `Raise the upper bound to 7`. */
export function findingAdvice(param: ParamInsight, finding: Finding): string {
  switch (finding.kind) {
    case "bound":
      return finding.bound === "low"
        ? `Lower the lower bound to ${formatNumber(finding.to)}`
        : `Raise the upper bound to ${formatNumber(finding.to)}`;
    case "region":
      return `Narrow the range to ${formatNumber(finding.low)}–${formatNumber(finding.high)}`;
    case "choice":
      return `Remove ${shortParam(finding.choice)}`;
    case "no-influence":
      return `Freeze it at ${shortParam(param.best[0]?.value)}`;
  }
}

function shortParam(value: WireParamValue | undefined): string {
  return shortLine(formatParam(value), 40);
}
