import { expect, it } from "vitest";
import type { ParetoFrontData } from "../../../src/protocol/charts.js";
import { paretoFront } from "../../../webview/charts/pareto-front.js";
import { makeContext, study, theme } from "./chart-context.js";

const two: ParetoFrontData = {
  objectives: [0, 1],
  best: [
    [3, 2, 5],
    [1, 1, 9],
  ],
  dominated: [[0, 3, 9]],
  infeasible: [[2, 0, 0]],
  counts: { best: 2, dominated: 1, infeasible: 1 },
};
const three: ParetoFrontData = {
  objectives: [0, 1, 2],
  best: [[0, 1, 2, 3]],
  dominated: [[1, 2, 3, "Infinity"]],
  infeasible: [],
  counts: { best: 1, dominated: 1, infeasible: 0 },
};
const ofTwo = { directions: ["minimize", "minimize"], metricNames: ["loss", "latency"] } as const;
const ofThree = { directions: ["minimize", "minimize", "maximize"], metricNames: null } as const;

const labels = (data: ParetoFrontData, context: ReturnType<typeof makeContext<"pareto-front">>) =>
  paretoFront.draw(data, context, theme).data.datasets.map(({ label, data: points }) => [label, points.length]);

it("draws the front with its line above dominated and infeasible trials", () => {
  const context = makeContext<"pareto-front">({}, ofTwo);
  expect(labels(two, context)).toEqual([
    ["Front", 2],
    ["Infeasible", 1],
    ["Dominated", 1],
    ["On the front", 2],
  ]);
  const { datasets } = paretoFront.draw(two, context, theme).data;
  expect(datasets[0]).toMatchObject({
    stepped: "before",
    data: [
      { x: 1, y: 9 },
      { x: 2, y: 5 },
    ],
  });
});

it("steps the other way where more is better", () => {
  const context = makeContext<"pareto-front">({}, { ...ofTwo, directions: ["maximize", "minimize"] });
  expect(paretoFront.draw(two, context, theme).data.datasets[0]).toMatchObject({ stepped: "after" });
});

it("has no line through two objectives of three, and a cube for all three without what is infinite", () => {
  const flat = makeContext<"pareto-front">({ objectives: [0, 1] }, ofThree);
  expect(labels(two, flat).map(([label]) => label)).toEqual(["Infeasible", "Dominated", "On the front"]);
  const cube = makeContext<"pareto-front">({}, ofThree);
  expect(labels(three, cube)).toEqual([
    ["Infeasible", 0],
    ["Dominated", 0],
    ["On the front", 1],
  ]);
  expect(paretoFront.draw(three, cube, theme).plugins?.map(({ id }) => id)).toEqual(["axes", "rotation"]);
});

it("names each point's trial, and leaves out of logarithmic axes what they do not have", () => {
  const trialsOf = (log: boolean) => {
    const { datasets } = paretoFront.draw(two, makeContext<"pareto-front">({ log }, ofTwo), theme).data;
    return datasets.map(({ data }) => data.map((point) => (point as { trial?: number }).trial));
  };
  expect(trialsOf(false)).toEqual([[undefined, undefined], [2], [0], [3, 1]]);
  expect(trialsOf(true)).toEqual([[undefined, undefined], [], [0], [3, 1]]);
});

it("can be zoomed where it is flat, and turned where it is not", () => {
  const { zoom } = paretoFront;
  const modes = [two, three].map((data) => (typeof zoom === "function" ? zoom(data) : zoom));
  expect(modes).toEqual(["xy", null]);
});

it("says it in words and as a table", () => {
  const context = makeContext<"pareto-front">({}, ofTwo);
  expect(paretoFront.summary(two, context)).toBe(
    "Pareto front: 2 of 4 complete trials on the front; minimize loss (1 to 2), minimize latency (5 to 9). 1 trial infeasible.",
  );
  expect(paretoFront.table(two, context).rows.map(([trial, group]) => [trial, group])).toEqual([
    [{ trial: 3 }, "On the front"],
    [{ trial: 1 }, "On the front"],
    [{ trial: 0 }, "Dominated"],
    [{ trial: 2 }, "Infeasible"],
  ]);
});

it("is there for several objectives only", () => {
  expect(paretoFront.unavailable!(study)).toMatch(/several objectives/);
  expect(paretoFront.unavailable!({ ...study, ...ofTwo })).toBeNull();
});
