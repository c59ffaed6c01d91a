import { describe, expect, it } from "vitest";
import { orderTrials } from "../../src/inspector/trial-sorting.js";
import type { TrialColumn } from "../../src/protocol/inspector.js";
import { makeStudy } from "./charts/make-study.js";
import { makeTrial } from "./make-trial.js";

const study = makeStudy("minimize");

const numbers = (trials: readonly { readonly number: number }[]) => trials.map(({ number }) => number);

const trials = [
  makeTrial(0, { values: [0.5], params: { lr: 0.1, act: "relu" } }),
  makeTrial(1, { state: "FAIL", values: null, params: { lr: 0.01, act: "elu" } }),
  makeTrial(2, { state: "PRUNED", values: [-Infinity], params: { lr: 0.2 } }),
  makeTrial(3, { values: [0.5], params: { lr: 0.05, act: "tanh" } }),
  makeTrial(4, { state: "RUNNING", values: null, datetimeComplete: null, params: {} }),
  makeTrial(5, { values: [0.1], params: { lr: NaN, act: null } }),
];

const sorted = (column: TrialColumn, descending: boolean) =>
  numbers(orderTrials(trials, [{ column, descending }], study));

describe("orderTrials", () => {
  it("keeps the order by number when no sort is asked for", () => {
    expect(numbers(orderTrials(trials, [], study))).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it("sorts by value both ways, equals by number, trials without one last", () => {
    expect(sorted("value", false)).toEqual([2, 5, 0, 3, 1, 4]);
    expect(sorted("value", true)).toEqual([0, 3, 5, 2, 1, 4]);
  });

  it("sorts a numeric parameter, NaN before what is missing, at the end both ways", () => {
    expect(sorted("param:lr", false)).toEqual([1, 3, 0, 2, 5, 4]);
    expect(sorted("param:lr", true)).toEqual([2, 0, 3, 1, 5, 4]);
  });

  it("sorts choices by type and then by themselves; null is a choice, not a gap", () => {
    expect(sorted("param:act", false)).toEqual([5, 1, 0, 3, 2, 4]);
    expect(sorted("param:act", true)).toEqual([3, 0, 1, 5, 2, 4]);
  });

  it("takes a parameter's name for nothing but a name", () => {
    expect(sorted("param:toString", true)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(sorted("param:__proto__", false)).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it("sorts by state, duration, start and last step", () => {
    expect(sorted("state", false)).toEqual([4, 0, 3, 5, 2, 1]);
    expect(sorted("startedAt", true)).toEqual([5, 4, 3, 2, 1, 0]);
    expect(sorted("duration", false).at(-1)).toBe(4);
    const steps = [
      makeTrial(0),
      makeTrial(1, { intermediateValues: new Map([[9, 1]]) }),
      makeTrial(2, { intermediateValues: new Map([[0, 1]]) }),
    ];
    expect(numbers(orderTrials(steps, [{ column: "lastStep", descending: true }], study))).toEqual([1, 2, 0]);
  });

  it("sorts by several columns, each for those that are equal in the ones before it", () => {
    const sort = [
      { column: "state", descending: true },
      { column: "param:lr", descending: false },
    ] as const;
    expect(numbers(orderTrials(trials, sort, study))).toEqual([1, 2, 3, 0, 5, 4]);
  });

  it("sorts by every objective, intermediate values, memory, attributes, tags, and the reason of a failure", () => {
    const several = [
      makeTrial(0, {
        values: [1, 5],
        userAttrs: { size: 3, "a:b": [2] },
        intermediateValues: new Map([
          [0, 2],
          [1, 9],
        ]),
      }),
      makeTrial(1, { values: [2, 3], userAttrs: { size: "big" }, intermediateValues: new Map([[0, 5]]) }),
      makeTrial(2, {
        values: null,
        systemAttrs: { fail_reason: "x", "tunelens:peak_memory": { bytes: 1, since: "trial" } },
      }),
    ];
    const tagged = { ...study, systemAttrs: { "tunelens:2:tags": ["good"] } };
    const by = (column: TrialColumn) => numbers(orderTrials(several, [{ column, descending: false }], tagged));
    expect(by("value:1")).toEqual([1, 0, 2]);
    expect(by("last")).toEqual([1, 0, 2]);
    expect(by("best")).toEqual([0, 1, 2]);
    expect(by("memory")).toEqual([2, 0, 1]);
    expect(by("failReason")).toEqual([2, 0, 1]);
    expect(by("tags")).toEqual([1, 0, 2]);
    expect(by("attribute:size")).toEqual([0, 1, 2]);
    expect(by("attribute:a:b")).toEqual([0, 1, 2]);
  });

  it("refuses a column there is not", () => {
    expect(() => sorted("nonsense" as TrialColumn, false)).toThrow(/Cannot sort trials by "nonsense"/);
  });

  it("leaves the trials it was given as they are", () => {
    const given = Object.freeze([...trials]);
    orderTrials(given, [{ column: "value", descending: true }], study);
    expect(numbers(given)).toEqual([0, 1, 2, 3, 4, 5]);
  });
});
