import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { Json, TrialState } from "../../../../src/engine/trial/trial-snapshot.js";
import { Candidates } from "../../../../src/engine/samplers/tpe/candidates.js";
import { SpaceModel } from "../../../../src/engine/samplers/tpe/space-model.js";
import { gamma } from "../../../../src/engine/samplers/tpe/split.js";
import { StudyHistory } from "../../../../src/engine/samplers/tpe/study-history.js";
import { tpe } from "../../../../src/engine/samplers/tpe/tpe.js";
import type { Direction } from "../../../../src/engine/storage.js";
import { FakeStudy } from "../../fake-study.js";
import { goldenDistribution, goldenNumber, type DistributionJson } from "../../optuna-golden.js";

/** Written by tpe-multi-objective.py, beside it. */
interface Fixture {
  readonly distributions: Readonly<Record<string, DistributionJson>>;
  readonly studies: readonly RecordedStudy[];
}

interface RecordedStudy {
  readonly directions: readonly Direction[];
  readonly multivariate: boolean;
  readonly group: boolean;
  readonly relative: readonly string[];
  readonly trials: readonly {
    readonly state: TrialState;
    readonly values: readonly (number | string)[] | null;
    readonly internal: Readonly<Record<string, number>>;
    readonly systemAttrs: Readonly<Record<string, Json>>;
  }[];
  readonly below: readonly number[];
  readonly spaces: readonly {
    readonly points: Readonly<Record<string, readonly number[]>>;
    readonly acquisition: readonly number[];
  }[];
}

const fixture: Fixture = JSON.parse(
  readFileSync(new URL("../../../fixtures/optuna/tpe-multi-objective.json", import.meta.url), "utf8"),
);

function spaceOf(names: readonly string[]) {
  return new Map(names.map((name) => [name, goldenDistribution(fixture.distributions[name]!)]));
}

function replay(recorded: RecordedStudy): FakeStudy {
  const study = new FakeStudy(0, recorded.directions);
  for (const { state, values, internal, systemAttrs } of recorded.trials)
    study.add({
      state,
      values: values?.map(goldenNumber) ?? null,
      params: internal,
      distributions: Object.fromEntries(spaceOf(Object.keys(internal))),
      systemAttrs,
    });
  return study;
}

function candidates(model: SpaceModel, points: Readonly<Record<string, readonly number[]>>): Candidates {
  const names = [...model.table.numeric, ...model.table.categorical].map(({ name }) => name);
  const count = points[names[0]!]!.length;
  const flat = Array.from({ length: count }, (_, i) => names.map((name) => points[name]![i]!)).flat();
  return new Candidates(model.table, Float64Array.from(flat));
}

describe.each(fixture.studies)("given Optuna's trials ($directions, multivariate $multivariate)", (recorded) => {
  const { group, multivariate } = recorded;
  const study = replay(recorded);
  const history = new StudyHistory(study);
  history.update(study);
  const below = history.ranking.best(gamma(history.finished.length, recorded.directions.length));

  it("TPE takes the trials for good that Optuna does", () => {
    expect(below.toSorted((a, b) => a - b)).toEqual(recorded.below);
  });

  it("proposes together what Optuna does", () => {
    const space = tpe({ group, ...(group ? {} : { multivariate }) }).relativeSpace(study, study.trials.at(-1)!);
    expect([...space.keys()].sort()).toEqual(recorded.relative);
    if (!group) return;
    const groups = history.decomposition.groups.map((names) => [...names.keys()]);
    expect(groups).toEqual(recorded.spaces.map(({ points }) => Object.keys(points)));
  });

  for (const { points, acquisition } of recorded.spaces) {
    const names = Object.keys(points);
    it(`over ${names.join(", ")} its l(x)/g(x) is Optuna's`, () => {
      const model = new SpaceModel(spaceOf(names));
      model.update(history.finished, history.running, multivariate);
      model.fit(below);
      model.acquisition(candidates(model, points)).forEach((value, i) => {
        expect(Math.abs(value - acquisition[i]!)).toBeLessThan(1e-9 * Math.max(1, Math.abs(acquisition[i]!)));
      });
    });
  }
});

describe("TPE with several objectives", () => {
  const x = { type: "float", low: -2, high: 2, log: false, step: null } as const;

  it("proposes each parameter alone by default", () => {
    const study = new FakeStudy(1, ["minimize", "minimize"]);
    for (let i = 0; i < 12; i++) {
      const trial = study.ask(tpe());
      const value = trial.suggestNumber("x", x);
      expect(trial.relativeNames).toEqual([]);
      study.trials[trial.number] = { ...study.trials[trial.number]!, state: "COMPLETE", values: [value, -value] };
    }
  });

  it("comes closer to the front than chance", () => {
    const offFront = (sampler: ReturnType<typeof tpe>): number => {
      const study = new FakeStudy(4, ["minimize", "maximize"]);
      let sum = 0;
      for (let i = 0; i < 80; i++) {
        const trial = study.ask(sampler);
        const [a, b] = [trial.suggestNumber("a", x), trial.suggestNumber("b", x)];
        const values = [a ** 2 + b ** 2, -((a - 1) ** 2) - b ** 2];
        study.trials[trial.number] = { ...study.trials[trial.number]!, state: "COMPLETE", values };
        // The front is a in [0, 1] with b = 0.
        if (i >= 40) sum += Math.abs(b) + Math.max(0, -a, a - 1);
      }
      return sum / 40;
    };
    expect(offFront(tpe())).toBeLessThan(0.5 * offFront(tpe({ startupTrials: 1000 })));
  });
});
