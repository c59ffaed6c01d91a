import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { Json, TrialState } from "../../../../src/engine/trial/trial-snapshot.js";
import type { Direction } from "../../../../src/engine/storage.js";
import { Candidates } from "../../../../src/engine/samplers/tpe/candidates.js";
import { SpaceModel } from "../../../../src/engine/samplers/tpe/space-model.js";
import { gamma } from "../../../../src/engine/samplers/tpe/split.js";
import { StudyHistory } from "../../../../src/engine/samplers/tpe/study-history.js";
import { FakeStudy } from "../../fake-study.js";
import { goldenDistribution } from "../../optuna-golden.js";
import type { DistributionJson } from "../../optuna-golden.js";

/** Written by tpe-acquisition.py, beside it. */
interface AcquisitionFixture {
  readonly distributions: Readonly<Record<string, DistributionJson>>;
  readonly studies: readonly RecordedStudy[];
}

interface RecordedStudy {
  readonly direction: Direction;
  readonly trials: readonly {
    readonly state: TrialState;
    readonly value: number | null;
    readonly internal: Readonly<Record<string, number>>;
    readonly reports: Readonly<Record<string, number>>;
    readonly systemAttrs: Readonly<Record<string, Json>>;
  }[];
  readonly below: readonly number[];
  readonly spaces: readonly {
    readonly points: Readonly<Record<string, readonly number[]>>;
    readonly acquisition: readonly number[];
  }[];
}

const fixture: AcquisitionFixture = JSON.parse(
  readFileSync(new URL("../../../fixtures/optuna/tpe-acquisition.json", import.meta.url), "utf8"),
);

function replay(recorded: RecordedStudy, count = recorded.trials.length): FakeStudy {
  const study = new FakeStudy(0, [recorded.direction]);
  for (const { state, value, internal, reports, systemAttrs } of recorded.trials.slice(0, count)) {
    study.add({
      state,
      values: value === null ? null : [value],
      params: internal,
      intermediateValues: new Map(Object.entries(reports).map(([step, v]) => [Number(step), v])),
      systemAttrs,
    });
  }
  return study;
}

function spaceOf(names: readonly string[]) {
  return new Map(names.map((name) => [name, goldenDistribution(fixture.distributions[name]!)]));
}

function candidates(model: SpaceModel, points: Readonly<Record<string, readonly number[]>>): Candidates {
  const names = [...model.table.numeric, ...model.table.categorical].map(({ name }) => name);
  const count = points[names[0]!]!.length;
  const flat = Array.from({ length: count }, (_, i) => names.map((name) => points[name]![i]!)).flat();
  return new Candidates(model.table, Float64Array.from(flat));
}

describe.each(fixture.studies)("given Optuna's trials ($direction, $trials.length)", (recorded) => {
  const study = replay(recorded);
  const history = new StudyHistory(study);
  history.update(study);
  const below = history.ranking.best(gamma(history.finished.length));

  it("TPE takes the trials for good that Optuna does", () => {
    expect(below.toSorted((a, b) => a - b)).toEqual(recorded.below);
  });

  for (const { points, acquisition } of recorded.spaces) {
    const names = Object.keys(points);

    it(`and over ${names.join(", ")} its l(x)/g(x) is Optuna's`, () => {
      const model = new SpaceModel(spaceOf(names));
      model.update(history.finished, history.running, true);
      model.fit(below);
      model.acquisition(candidates(model, points)).forEach((value, i) => {
        expect(Math.abs(value - acquisition[i]!)).toBeLessThan(1e-9 * Math.max(1, Math.abs(acquisition[i]!)));
      });
    });

    it(`also over ${names.join(", ")} when the trials came one after the other`, () => {
      const model = new SpaceModel(spaceOf(names));
      const growing = new StudyHistory(study);
      for (let count = 1; count <= study.trials.length; count++) {
        growing.update(replay(recorded, count));
        model.update(growing.finished, growing.running, true);
        model.fit(growing.ranking.best(gamma(growing.finished.length)));
      }
      model.acquisition(candidates(model, points)).forEach((value, i) => {
        expect(Math.abs(value - acquisition[i]!)).toBeLessThan(1e-9 * Math.max(1, Math.abs(acquisition[i]!)));
      });
    });
  }
});
