import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { hyperband } from "../../../src/engine/pruners/hyperband.js";
import { median } from "../../../src/engine/pruners/median.js";
import { nopPruner } from "../../../src/engine/pruners/none.js";
import { patient } from "../../../src/engine/pruners/patient.js";
import { percentile } from "../../../src/engine/pruners/percentile.js";
import type { Pruner } from "../../../src/engine/pruners/pruner.js";
import { successiveHalving } from "../../../src/engine/pruners/successive-halving.js";
import { threshold } from "../../../src/engine/pruners/threshold.js";
import { wilcoxon } from "../../../src/engine/pruners/wilcoxon.js";
import type { Direction } from "../../../src/engine/storage.js";
import { prunedSteps, RecordedStudy } from "../recorded-study.js";

interface Golden {
  pruner_curves: number[][];
  pruners: { direction: Direction; pruner: string; study_name: string; pruned_at_step_per_trial: (number | null)[] }[];
}
interface Recorded {
  steps: number;
  studies: { studyName: string; params: [number, number, number, number][]; lengths: Record<string, number[]> }[];
}
const golden = JSON.parse(readFixture("golden.json")) as Golden;
const recorded = JSON.parse(readFixture("pruners-random.json")) as Recorded;

const pruners: Record<string, () => Pruner> = {
  median: () => median(),
  median_s3_w2_i2: () => median({ startupTrials: 3, warmupSteps: 2, intervalSteps: 2 }),
  median_min5: () => median({ minTrials: 5 }),
  percentile25: () => percentile(25),
  percentile75_s0: () => percentile(75, { startupTrials: 0 }),
  sha_auto4: () => successiveHalving(),
  sha_1_3: () => successiveHalving({ minResource: 1, reductionFactor: 3 }),
  sha_2_2_1: () => successiveHalving({ minResource: 2, reductionFactor: 2, minEarlyStoppingRate: 1 }),
  sha_1_2_boot3: () => successiveHalving({ minResource: 1, reductionFactor: 2, bootstrapCount: 3 }),
  hyperband_1_9_3: () => hyperband({ minResource: 1, maxResource: 9, reductionFactor: 3 }),
  hyperband_auto: () => hyperband(),
  threshold: () => threshold({ lower: -0.5, upper: 2 }),
  patient2_median: () => patient(median(), { patience: 2 }),
  patient1_none_d01: () => patient(null, { patience: 1, minDelta: 0.1 }),
  wilcoxon: () => wilcoxon(),
};

describe("decisions equal Optuna's, trial by trial", () => {
  const cases = golden.pruners.filter(({ pruner }) => pruner in pruners);

  it("has every pruner in both directions", () => {
    expect(cases).toHaveLength(2 * Object.keys(pruners).length);
    expect(cases).toHaveLength(golden.pruners.length);
  });

  it.each(cases)("$pruner, $direction", ({ pruner, direction, study_name, pruned_at_step_per_trial }) => {
    const study = new RecordedStudy(study_name, direction);
    const { prune } = pruners[pruner]!();
    expect(prunedSteps(study, prune, golden.pruner_curves)).toEqual(pruned_at_step_per_trial);
  });

  it("without a pruner every trial ends by itself", () => {
    const study = new RecordedStudy("none", "minimize");
    expect(prunedSteps(study, nopPruner().prune, golden.pruner_curves).every((step) => step === null)).toBe(true);
  });
});

describe("decisions equal Optuna's on noisy, crossing learning curves", () => {
  const noisy: Record<string, () => Pruner> = {
    median: () => median(),
    "median-warmup10-interval5": () => median({ warmupSteps: 10, intervalSteps: 5 }),
    percentile25: () => percentile(25),
    "sha-auto-4": () => successiveHalving(),
    "sha-1-3": () => successiveHalving({ minResource: 1, reductionFactor: 3 }),
    "hyperband-auto-3": () => hyperband(),
    "hyperband-1-81-4": () => hyperband({ maxResource: 81, reductionFactor: 4 }),
    "hyperband-3-81-3": () => hyperband({ minResource: 3, maxResource: 81 }),
  };

  it.each(Object.keys(noisy))("%s", (name) => {
    for (const { studyName, params, lengths } of recorded.studies) {
      const curves = params.map((p) => Array.from({ length: recorded.steps }, (_, step) => loss(...p, step)));
      const steps = prunedSteps(new RecordedStudy(studyName, "minimize"), noisy[name]!().prune, curves);
      expect(steps.map((step) => (step === null ? recorded.steps : step + 1))).toEqual(lengths[name]);
    }
  });
});

/** A synthetic learning curve: low learning rates learn slowly, so that curves cross. */
function loss(learningRate: number, width: number, decay: number, dropout: number, step: number): number {
  const rate = 0.5 * (learningRate / 0.1) ** 0.35 + 0.01;
  const asymptote =
    0.1 +
    0.06 * (Math.log10(learningRate) + 2.7) ** 2 +
    0.02 * (Math.log2(width) - 7) ** 2 +
    0.01 * (Math.log10(decay) + 4) ** 2 +
    0.8 * (dropout - 0.25) ** 2;
  const seed = Math.sin((learningRate * 1e3 + width) * 12.9898 + (step + 1) * 78.233) * 43758.5453;
  const noise = seed - Math.floor(seed) - 0.5;
  return asymptote + (2.3 - asymptote) * Math.exp(-rate * (step + 1)) + (0.02 * noise) / Math.sqrt(step + 1);
}

function readFixture(name: string): string {
  return readFileSync(new URL(`../../fixtures/optuna/${name}`, import.meta.url), "utf8");
}
