import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, it } from "vitest";
import { InspectedStudy } from "../../src/inspector/inspected-study.js";
import { chartNames } from "../../src/protocol/charts.js";
import { makeStudy } from "./charts/make-study.js";
import { pause } from "../wait.js";
import { makeTrial } from "./make-trial.js";

const trials = [0, 1, 2].map((number) => makeTrial(number));
const study = makeStudy("minimize");

it("makes each chart once for the same request", () => {
  const inspected = new InspectedStudy("sqlite:///s.db", study, trials);
  for (const chart of chartNames) expect(inspected.chart({ chart })).toBe(inspected.chart({ chart }));
  expect(inspected.chart({ chart: "curves", limit: 1 })).not.toBe(inspected.chart({ chart: "curves", limit: 2 }));
});

it("makes what fits models or reads other studies in a thread however few trials there are, and other slow charts of many only", () => {
  const few = new InspectedStudy("sqlite:///s.db", study, trials);
  const many = new InspectedStudy(
    "sqlite:///s.db",
    study,
    Array.from({ length: 500 }, (_, i) => makeTrial(i)),
  );
  const slow = (view: InspectedStudy) => chartNames.filter((chart) => view.isSlow({ chart }));
  expect(slow(few)).toEqual(["edf", "terminator", "studies"]);
  expect(chartNames.filter((name) => !slow(many).includes(name))).toEqual(["history", "curves"]);
});

it("marks the trials on the Pareto front, and tells the best trial of each objective, whatever is filtered", () => {
  const several = [
    makeTrial(0, { values: [1, 5], params: { x: 1 } }),
    makeTrial(1, { values: [2, 3] }),
    makeTrial(2, { values: [3, 9] }),
    makeTrial(3, { values: [9, 4] }),
  ];
  const inspected = new InspectedStudy("sqlite:///s.db", makeStudy("minimize", "maximize"), several);
  const marked = (filter?: string) =>
    inspected
      .page({ offset: 0, limit: 9, sort: [{ column: "value:1", descending: true }], ...(filter && { filter }) })
      .rows.map(({ number, isOnFront }) => [number, isOnFront]);
  expect(marked()).toEqual([
    [2, true],
    [0, true],
    [3, false],
    [1, false],
  ]);
  expect(marked("number in (1, 3)").map(([, isOnFront]) => isOnFront)).toEqual([false, false]);
  expect(inspected.summary()).toMatchObject({
    front: 2,
    extremes: [
      { number: 0, values: [1, 5], params: { x: 1 } },
      { number: 2, values: [3, 9] },
    ],
  });
});

it("takes over from an earlier moment what cannot have changed, and nothing else", () => {
  const before = new InspectedStudy("sqlite:///s.db", study, trials);
  const [history, importance] = [before.chart({ chart: "history" }), before.chart({ chart: "importance" })];
  const running = makeTrial(3, { state: "RUNNING", values: null });
  const after = new InspectedStudy("sqlite:///s.db", study, [...trials, running], { before });
  expect(after.chart({ chart: "importance" })).toBe(importance);
  expect(after.chart({ chart: "history" })).not.toBe(history);
  const completed = new InspectedStudy("sqlite:///s.db", study, [...trials, makeTrial(3)], { before: after });
  expect(completed.chart({ chart: "importance" })).not.toBe(importance);
  const other = new InspectedStudy("sqlite:///s.db", { ...study, id: 2 }, trials, { before });
  expect(other.chart({ chart: "importance" })).not.toBe(importance);
});

it("does not keep the moments before it", async () => {
  let view = new InspectedStudy("sqlite:///s.db", study, trials);
  const moments = [new WeakRef(view)];
  for (let change = 0; change < 3; change++) {
    view = new InspectedStudy("sqlite:///s.db", study, trials, { before: view });
    moments.push(new WeakRef(view));
  }
  await pause(0, "what a weak reference was made of stays until the task ends");
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
  expect(moments.map((moment) => moment.deref())).toEqual([undefined, undefined, undefined, view]);
});

it("narrows the table and every chart by the same filter, worked out once", () => {
  const running = makeTrial(3, { state: "RUNNING", values: null });
  const inspected = new InspectedStudy("sqlite:///s.db", study, [...trials, running]);
  const filter = "number >= 1 and state = complete";
  expect(inspected.page({ offset: 0, limit: 10, filter }).rows.map(({ number }) => number)).toEqual([1, 2]);
  expect(inspected.page({ offset: 1, limit: 10, filter })).toMatchObject({ total: 2, rows: [{ number: 2 }] });
  expect(inspected.chart({ chart: "history", filter }).points.map(([number]) => number)).toEqual([1, 2]);
  for (const chart of chartNames) expect(inspected.chart({ chart, filter })).toBe(inspected.chart({ chart, filter }));
  expect(inspected.filtered(filter)).toBe(inspected.filtered(filter));
});

it("says what is wrong with a filter, and where", () => {
  const inspected = new InspectedStudy("sqlite:///s.db", study, trials);
  const message = "Filter, at numbr: No field is named numbr. Did you mean number?";
  expect(() => inspected.page({ offset: 0, limit: 1, filter: "numbr = 1" })).toThrow(message);
  expect(() => inspected.chart({ chart: "history", filter: "numbr = 1" })).toThrow(message);
});

it("keeps the trials of few filters", () => {
  const inspected = new InspectedStudy("sqlite:///s.db", study, trials);
  const first = inspected.filtered("number = 0");
  for (let number = 1; number <= 7; number++) inspected.filtered(`number = ${number}`);
  expect(inspected.filtered("number = 0")).toBe(first);
  for (let number = 8; number <= 16; number++) inspected.filtered(`number = ${number}`);
  expect(inspected.filtered("number = 0")).not.toBe(first);
});

it("tells the mean and the deviation of a configuration that the study repeats, whatever is filtered", () => {
  const params = { x: 1 };
  const repeated = [
    makeTrial(0, { values: [1], params }),
    makeTrial(1, { values: [3], params, systemAttrs: { "tunelens:repeats": 0 } }),
    makeTrial(2, { values: [9], params: { x: 2 } }),
  ];
  const inspected = new InspectedStudy("sqlite:///s.db", study, repeated);
  expect(inspected.page({ offset: 0, limit: 9, filter: "number >= 1" }).rows.map(({ repeats }) => repeats)).toEqual([
    { numbers: [0, 1], mean: [2], deviation: [Math.SQRT2] },
    null,
  ]);
  expect(inspected.trial(0).repeats?.numbers).toEqual([0, 1]);
});
