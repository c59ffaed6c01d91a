import { formatImportance, formatInterval } from "../format/importance.js";
import { formatNumber, formatParam } from "../format/numbers.js";
import type { Finding, InsightData, ParamInsight } from "../protocol/charts.js";
import type { WireParamValue } from "../protocol/wire.js";
import type { FoundParam } from "../source/found-params.js";

/** A parameter in the code, and what the trials say about it. */
export interface HintedParam {
  readonly found: FoundParam;
  readonly insight: ParamInsight;
  /** Whether the trials had another range, other choices, or another type than the code says now. */
  readonly isStale: boolean;
}

/** Those of a study's parameters that trials had. */
export function hintedParams(params: readonly FoundParam[], { params: insights }: InsightData): HintedParam[] {
  const byName = new Map(insights.map((insight) => [insight.name, insight]));
  return params.flatMap((found) => {
    const insight = byName.get(found.name);
    return insight && insight.best.length > 0 ? [{ found, insight, isStale: isStale(found, insight) }] : [];
  });
}

/** Beside the parameter's line: `best 0.5 · 7.6% (5–47%)`. */
export function hintOf({ insight, isStale }: HintedParam): string {
  const best = `best ${formatParam(insight.best[0]!.value)}`;
  if (isStale) return `${best} · trials searched ${rangeOf(insight)}`;
  const bound = insight.findings.find((finding): finding is BoundFinding => finding.kind === "bound");
  const where = bound ? [`at its ${bound.bound === "low" ? "lower" : "upper"} bound`] : [];
  const { importance, interval } = insight;
  const share =
    importance === null || interval === null ? [] : [`${formatImportance(importance)} (${formatInterval(interval)})`];
  return [best, ...where, ...share].join(" · ");
}

type BoundFinding = Extract<Finding, { readonly kind: "bound" }>;

/** The range or the choices that trials had, as the code would have them. */
export function rangeOf({ choices, low, high }: ParamInsight): string {
  return choices ? choices.map(formatParam).join(", ") : `${formatNumber(low!)}–${formatNumber(high!)}`;
}

function isStale({ type, low, high, choices }: FoundParam, insight: ParamInsight): boolean {
  if ((type === "branch" ? "categorical" : type) !== insight.type) return true;
  if (choices) return !sameChoices(choices, insight.choices ?? []);
  if (low !== null && low.value !== insight.low) return true;
  return high !== null && !isHigh(high.value, insight);
}

function sameChoices(choices: readonly WireParamValue[], others: readonly WireParamValue[]): boolean {
  return choices.length === others.length && choices.every((choice, i) => choice === others[i]);
}

/** A range ends with its last step. */
function isHigh(written: number, { high, step }: ParamInsight): boolean {
  const rest = written - Number(high);
  return rest === 0 || (step !== undefined && rest > 0 && rest < step);
}

/** What changes a parameter's range or choices in the code; undefined: the text does not show them, or the trials say nothing of them. */
export function editsOf({ found, isStale }: HintedParam, finding: Finding): readonly RangeEdit[] | undefined {
  if (isStale) return undefined;
  if (finding.kind === "bound") return editOf(found[finding.bound], finding.to);
  if (finding.kind === "choice") return removalOf(found, finding.choice);
  if (finding.kind !== "region") return undefined;
  const low = editOf(found.low, finding.low);
  const high = editOf(found.high, finding.high);
  return low && high && [...low, ...high];
}

export interface RangeEdit {
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

/** Of a choice, with the comma that sets it apart. */
function removalOf({ choices, choicesAt }: FoundParam, choice: WireParamValue): readonly RangeEdit[] | undefined {
  const i = choices?.indexOf(choice) ?? -1;
  const [before, at, after] = [choicesAt?.[i - 1], choicesAt?.[i], choicesAt?.[i + 1]];
  if (!at || !(before ?? after)) return undefined;
  return [after ? { from: at.from, to: after.from, text: "" } : { from: before!.to, to: at.to, text: "" }];
}

function editOf(number: FoundParam["low"], to: number): readonly RangeEdit[] | undefined {
  if (!number?.at) return undefined;
  return number.value === to ? [] : [{ ...number.at, text: String(to) }];
}
