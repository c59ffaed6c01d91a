import { categoricalDistribution, floatDistribution, intDistribution } from "../../src/engine/distribution.js";
import type { Storage } from "../../src/engine/storage.js";

const c = categoricalDistribution(["a", "b"]);
const x = floatDistribution(0, 1);

/** A trial of every state, with every distribution and every odd number. */
export function writeOddities(storage: Storage, study: number): void {
  const full = storage.createTrial(study).id;
  storage.setTrialParam(full, "x", 1, x);
  storage.setTrialParam(full, "c", 1, c);
  storage.setTrialParam(full, "log", 1e-7, floatDistribution(1e-7, 1e22, { log: true }));
  storage.setTrialParam(full, "step", 0.1 + 0.2, floatDistribution(0, 1, { step: 0.1 }));
  storage.setTrialParam(full, "int", 90, intDistribution(0, 100, { step: 10 }));
  storage.setTrialParam(full, "intLog", 399, intDistribution(1, 1024, { log: true }));
  storage.setTrialParam(full, "mixed ✓", 4, categoricalDistribution(["ç", 1, 2.5, true, null]));
  for (const [step, value] of [
    [0, NaN],
    [3, Infinity],
    [7, -Infinity],
    [1_000_000, 5e-324],
  ] as const)
    storage.setTrialIntermediateValue(full, step, value);
  storage.setTrialUserAttr(full, "odd", [NaN, -Infinity, -0, 1, 0.5, '😀\u007f"', { é: null }]);
  storage.setTrialSystemAttr(full, "completed_rung_0", 0.25);
  storage.setTrialState(full, "COMPLETE", [1.7976931348623157e308]);
  storage.setTrialState(storage.createTrial(study).id, "COMPLETE", [-Infinity]);
  storage.setTrialState(storage.createTrial(study).id, "PRUNED", [0]);
  storage.setTrialState(storage.createTrial(study).id, "FAIL");
  storage.createTrial(study);
  storage.setStudyUserAttr(study, "note", { ключ: [1, 2.5] });
  storage.setStudySystemAttr(study, "study:metric_names", ["loss"]);
}
