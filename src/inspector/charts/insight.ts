import { isValueOf } from "../../engine/distribution.js";
import { isInterrupted } from "../../engine/trial/checkpoint.js";
import { failReasonOf, STOPPED_REASON } from "../../engine/trial/fail-reason.js";
import { isFinished, own, type TrialSnapshot } from "../../engine/trial/trial-snapshot.js";
import type { ChartData, FailureInsight, ParamInsight, TriedValue } from "../../protocol/charts.js";
import { toWire, toWireParams } from "../../protocol/wire.js";
import { latestDistributions, paramOutline } from "../study-summary.js";
import type { ChartMaker, ChartSource } from "./chart-maker.js";
import { findingsOf, rank } from "./findings.js";
import { importance } from "./importance.js";
import { directionOf } from "./objective.js";
import { finiteTrials, sampleTrials, type ValuedTrial } from "./shown-trials.js";

const BEST = 5;
/** In a picture as small as these are drawn, more would be a cloud. */
const MAX_SHOWN = 150;
const MAX_REASONS = 20;

/** What the trials say about each parameter of the space. */
export const insight: ChartMaker<"insight"> = {
  isSlow: true,
  make(source, { objective = 0 }): ChartData["insight"] {
    const direction = directionOf(source.study, objective);
    const sign = direction === "maximize" ? -1 : 1;
    const complete = finiteTrials(source.trials, objective).toSorted((a, b) => sign * (a.value - b.value));
    const pruned = source.trials.filter(({ state }) => state === "PRUNED");
    const { importances } = importance.make(source, { chart: "importance", objective });
    const byName = new Map(importances.map((param) => [param.name, param]));
    const params = [...latestDistributions(source.trials.filter(isEnded))].map(([name, distribution]): ParamInsight => {
      // Earlier ones may have had another range.
      const has = ({ params }: TrialSnapshot) => Object.hasOwn(params, name) && isValueOf(distribution, params[name]!);
      const having = complete.filter(({ trial }) => has(trial));
      const prunedHaving = pruned.filter(has);
      const share = byName.get(name);
      const completeHaving = having.map(({ trial }) => trial);
      return {
        ...paramOutline(name, distribution),
        tried: having.length + prunedHaving.length,
        importance: share?.importance ?? null,
        interval: share?.interval ?? null,
        best: having.slice(0, BEST).map((trial) => triedValue(trial, name)),
        shown: sampleTrials(having, direction, MAX_SHOWN).map((trial) => triedValue(trial, name)),
        findings: findingsOf(name, distribution, rank(completeHaving, prunedHaving), share?.interval[1]),
      };
    });
    return { complete: complete.length, params, failures: failuresOf(source.trials) };
  },
  version: countFinished,
};

function countFinished({ trials }: Pick<ChartSource, "trials">): number {
  return trials.filter(({ state }) => isFinished(state)).length;
}

/** Without those that the user stopped, or that are to go on. */
function failuresOf(trials: readonly TrialSnapshot[]): FailureInsight[] {
  const byReason = new Map<string, { readonly latest: TrialSnapshot; count: number }>();
  for (const trial of trials.toReversed()) {
    const reason = trial.state === "FAIL" && !isInterrupted(trial) ? failReasonOf(trial) : undefined;
    if (reason === undefined || reason === STOPPED_REASON) continue;
    const known = byReason.get(reason);
    if (known) known.count++;
    else if (byReason.size < MAX_REASONS) byReason.set(reason, { latest: trial, count: 1 });
  }
  return [...byReason].map(([reason, { latest, count }]) => ({
    reason,
    trials: count,
    trial: latest.number,
    params: toWireParams(latest.params),
    endedAt: latest.datetimeComplete?.getTime() ?? null,
  }));
}

/** Trials that end otherwise say nothing about the space. */
function isEnded({ state }: TrialSnapshot): boolean {
  return state === "COMPLETE" || state === "PRUNED";
}

function triedValue({ trial, value }: ValuedTrial, name: string): TriedValue {
  return {
    trial: trial.number,
    value: toWireParams({ value: own(trial.params, name)! })["value"]!,
    result: toWire(value),
  };
}
