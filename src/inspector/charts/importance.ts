import { withoutFrozen } from "../../engine/study/follow-up.js";
import { paramImportances } from "../../engine/importance/importance.js";
import type { ChartMaker } from "./chart-maker.js";
import { countComplete } from "./count-complete.js";

/** With fewer COMPLETE trials, importances mean nothing. */
const MIN_TRIALS = 2;

export const importance: ChartMaker<"importance"> = {
  isSlow: true,
  make({ study, trials }, { objective, evaluator = "ped-anova" }) {
    const complete = countComplete({ trials });
    if (complete < MIN_TRIALS) return { evaluator, trials: complete, importances: [] };
    const { directions, systemAttrs } = study;
    const options = { directions, evaluator, intervals: true, ...(objective === undefined ? {} : { objective }) };
    const importances = paramImportances(withoutFrozen(trials, systemAttrs), options);
    return {
      evaluator,
      trials: complete,
      importances: importances.map((param) => ({ ...param, interval: param.interval! })),
    };
  },
  /** Finished trials never change: as long as no other one is COMPLETE, importances stay what they are. */
  version: countComplete,
};
