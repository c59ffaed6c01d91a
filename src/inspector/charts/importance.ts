import { withoutFrozen } from "../../engine/study/follow-up.js";
import { paramImportances } from "../../engine/importance/importance.js";
import type { TrialSnapshot } from "../../engine/trial/trial-snapshot.js";
import type { ParamImportance } from "../../protocol/charts.js";
import type { ChartMaker } from "./chart-maker.js";
import { countComplete } from "./count-complete.js";

/** With fewer COMPLETE trials, importances mean nothing. */
const MIN_TRIALS = 2;

export const importance: ChartMaker<"importance"> = {
  isSlow: true,
  make({ study, trials }, { objective, evaluator = "ped-anova", each = false }) {
    const complete = countComplete({ trials });
    if (complete < MIN_TRIALS) return { evaluator, trials: complete, importances: [] };
    const { directions, systemAttrs } = study;
    const varied = withoutFrozen(trials, systemAttrs);
    const of = (objective?: number): readonly ParamImportance[] => {
      const options = { directions, evaluator, intervals: true, ...(objective === undefined ? {} : { objective }) };
      return paramImportances(varied, options).map((param) => ({ ...param, interval: param.interval! }));
    };
    if (!each) return { evaluator, trials: complete, importances: areAllEqual(trials, objective) ? [] : of(objective) };
    const all = directions.map((_, i) => of(i));
    return { evaluator, trials: complete, importances: all[0]!, each: all };
  },
  /** Finished trials never change: as long as no other one is COMPLETE, importances stay what they are. */
  version: countComplete,
};

/** Where no value differs, each parameter would have the same importance. @param objective Default: all of them. */
function areAllEqual(trials: readonly TrialSnapshot[], objective?: number): boolean {
  const values = trials.flatMap((trial) => (trial.state === "COMPLETE" && trial.values ? [trial.values] : []));
  const isAsFirst = (value: number, i: number) =>
    value === values[0]![i] || (objective !== undefined && objective !== i);
  return values.every((ofTrial) => ofTrial.every(isAsFirst));
}
