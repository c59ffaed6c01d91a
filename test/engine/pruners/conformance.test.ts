import { lastStep } from "../../../src/engine/trial/trial-snapshot.js";
import { hyperband } from "../../../src/engine/pruners/hyperband.js";
import { median } from "../../../src/engine/pruners/median.js";
import { nopPruner } from "../../../src/engine/pruners/none.js";
import { patient } from "../../../src/engine/pruners/patient.js";
import { percentile } from "../../../src/engine/pruners/percentile.js";
import type { Pruner } from "../../../src/engine/pruners/pruner.js";
import { successiveHalving } from "../../../src/engine/pruners/successive-halving.js";
import { threshold } from "../../../src/engine/pruners/threshold.js";
import { wilcoxon } from "../../../src/engine/pruners/wilcoxon.js";
import { prunerConformance, type PrunerUnderTest } from "./conformance.js";

/** One a user might write: no worse than the best COMPLETE trial by more than 1 at the same step. */
const nearTheBest = (): Pruner => ({
  name: "NearTheBestPruner",
  prune: (study, trial) => {
    const step = lastStep(trial);
    if (step === null) return false;
    const sign = study.directions[0] === "maximize" ? -1 : 1;
    const losses = study
      .getTrials(["COMPLETE"])
      .flatMap(({ intermediateValues }) => intermediateValues.get(step) ?? [])
      .map((value) => sign * value);
    return losses.length > 0 && sign * trial.intermediateValues.get(step)! > Math.min(...losses) + 1;
  },
});

const pruners: readonly PrunerUnderTest[] = [
  { name: "none", create: () => nopPruner(), neverPrunes: true },
  { name: "median", create: () => median() },
  { name: "percentile", create: () => percentile(25, { warmupSteps: 2, intervalSteps: 3 }) },
  { name: "successiveHalving", create: () => successiveHalving() },
  {
    name: "successiveHalving, bootstrapped",
    create: () => successiveHalving({ minResource: 8, reductionFactor: 2, bootstrapCount: 2 }),
  },
  { name: "hyperband", create: () => hyperband() },
  { name: "hyperband, 1 to 27", create: () => hyperband({ maxResource: 27 }) },
  { name: "threshold", create: () => threshold({ upper: 2.5 }), ignoresDirection: true },
  { name: "patient", create: () => patient(median(), { patience: 1 }) },
  { name: "wilcoxon", create: () => wilcoxon() },
  { name: "a user's own", create: nearTheBest },
];

for (const pruner of pruners) prunerConformance(pruner);
