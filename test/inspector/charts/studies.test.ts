import { expect, it } from "vitest";
import type { StudySnapshot } from "../../../src/engine/storage.js";
import type { TrialSnapshot } from "../../../src/engine/trial/trial-snapshot.js";
import type { ChartSource } from "../../../src/inspector/charts/chart-maker.js";
import { edf } from "../../../src/inspector/charts/edf.js";
import { studies } from "../../../src/inspector/charts/studies.js";
import { makeTrial } from "../make-trial.js";
import { makeStudy } from "./make-study.js";

const valuesOf = (...values: number[]) =>
  values.map((value, number) =>
    makeTrial(number, {
      values: [value],
      intermediateValues: new Map([
        [0, value],
        [1, value],
      ]),
    }),
  );

const followUp = { from: "s", root: "s", frozen: { units: 32 }, taken: 1, trials: null };

const family: readonly { readonly study: StudySnapshot; readonly trials: readonly TrialSnapshot[] }[] = [
  { study: { ...makeStudy("minimize"), id: 1, name: "s" }, trials: valuesOf(5, 7, 3) },
  { study: { ...makeStudy("minimize"), id: 2, name: "other" }, trials: valuesOf(1) },
  {
    study: { ...makeStudy("minimize"), id: 3, name: "s-units-32", systemAttrs: { "tunelens:follow-up": followUp } },
    trials: [...valuesOf(3), makeTrial(1, { state: "FAIL", values: null })],
  },
  { study: { ...makeStudy("maximize"), id: 4, name: "maximized" }, trials: valuesOf(9) },
];

function sourceOf(name: string): ChartSource {
  const { study, trials } = family.find((one) => one.study.name === name)!;
  return {
    study,
    trials,
    siblings: {
      list: () => family.map((one) => one.study),
      trials: ({ id }) => family.find((one) => one.study.id === id)!.trials,
    },
  };
}

it("compares a study with its follow-ups, and a follow-up with the study it follows", () => {
  const names = (name: string) => studies.make(sourceOf(name), { chart: "studies" }).lines.map((line) => line.name);
  expect(names("s")).toEqual(["s", "s-units-32"]);
  expect(names("s-units-32")).toEqual(["s-units-32", "s"]);
  expect(names("other")).toEqual(["other"]);
});

it("compares with the studies that are chosen, of those that have the same directions", () => {
  const data = studies.make(sourceOf("s"), { chart: "studies", studies: ["other", "maximized", "gone"] });
  expect(data.lines.map((line) => line.name)).toEqual(["s", "other"]);
  expect(data.comparable).toEqual([
    { name: "s", follows: null },
    { name: "other", follows: null },
    { name: "s-units-32", follows: "s" },
  ]);
  expect(studies.make(sourceOf("s"), { chart: "studies", studies: [] }).lines).toHaveLength(1);
});

it.each([
  ["trials", [1, 3, 3]],
  ["epochs", [2, 6, 6]],
  ["seconds", [0.5, 1.5, 1.5]],
] as const)("has what was spent when the best value changed, in %s", (progress, spent) => {
  const { lines } = studies.make(sourceOf("s"), { chart: "studies", progress });
  expect(lines[0]).toMatchObject({ trials: 3, epochs: 6, seconds: 1.5, best: { number: 2, value: 3 }, frozen: {} });
  expect(lines[0]!.points).toEqual([
    [spent[0], 5, 0],
    [spent[1], 3, 2],
    [spent[2], 3, 2],
  ]);
});

it("says what a follow-up holds, and how many trials it took over", () => {
  const { lines } = studies.make(sourceOf("s"), { chart: "studies" });
  expect(lines[1]).toMatchObject({ follows: "s", frozen: { units: 32 }, trials: 2, taken: 1, epochs: 2 });
});

it("has the distributions of a study and its follow-ups over the same values, and the trial nearest to each", () => {
  const { x, lines } = edf.make(sourceOf("s"), { chart: "edf" });
  expect([x.length, x[0], x.at(-1)]).toEqual([100, 3, 7]);
  expect(lines.map(({ study, trials }) => [study, trials])).toEqual([
    ["s", 3],
    ["s-units-32", 1],
  ]);
  expect([lines[0]!.at[0], lines[0]!.at[50], lines[0]!.at.at(-1)]).toEqual([2, 0, 1]);
});
