import { readFileSync } from "node:fs";
import type { TrialSnapshot, TrialState } from "../../../src/engine/trial/trial-snapshot.js";
import type { Direction } from "../../../src/engine/storage.js";
import { goldenDistribution, goldenNumber, type DistributionJson } from "../optuna-golden.js";
import { trialSnapshot } from "../recorded-study.js";
import type { Importances, pedVariants } from "./optuna-studies.js";

/** Written by ped-anova-multi-objective.py. */
interface Fixture {
  readonly distributions: Readonly<Record<string, DistributionJson>>;
  readonly studies: readonly {
    readonly name: string;
    readonly directions: readonly Direction[];
    readonly trials: readonly {
      readonly state: TrialState;
      readonly values: readonly (number | string)[] | null;
      readonly internal: Readonly<Record<string, number>>;
    }[];
    /** Not normalized. */
    readonly importances: Readonly<Record<(typeof pedVariants)[number], Importances>>;
  }[];
}

const fixture: Fixture = JSON.parse(
  readFileSync(new URL("../../fixtures/optuna/ped-anova-multi-objective.json", import.meta.url), "utf8"),
);

export const multiObjectiveStudies = fixture.studies.map((study) => ({
  ...study,
  trials: study.trials.map(({ state, values, internal }, i): TrialSnapshot => {
    const names = Object.keys(internal);
    const distributions = names.map((name) => [name, goldenDistribution(fixture.distributions[name]!)] as const);
    return trialSnapshot(i, {
      state,
      values: values?.map(goldenNumber) ?? null,
      internalParams: internal,
      distributions: Object.fromEntries(distributions),
    });
  }),
}));
