import { expect, it } from "vitest";
import type { HistoryData } from "../../../src/protocol/charts.js";
import { history } from "../../../webview/charts/history.js";
import { makeContext, theme } from "./chart-context.js";

const data: HistoryData = {
  points: [
    [0, 2, "COMPLETE"],
    [1, -1, "COMPLETE"],
    [2, "NaN", "COMPLETE"],
    [3, 5, "PRUNED"],
  ],
  best: [
    [0, 2],
    [1, -1],
  ],
};

it("draws each trial, and the best as a line to the last", () => {
  const [best, complete, pruned] = history.draw(data, makeContext(), theme).data.datasets;
  expect(best!.data).toEqual([
    { x: 0, y: 2 },
    { x: 1, y: -1 },
    { x: 3, y: -1 },
  ]);
  expect(complete!.data).toEqual([
    { x: 0, y: 2, trial: 0 },
    { x: 1, y: -1, trial: 1 },
  ]);
  expect(pruned!.data).toEqual([{ x: 3, y: 5, trial: 3 }]);
});

it("leaves out of a logarithmic axis what it does not have", () => {
  const { data: drawn, options } = history.draw(data, makeContext({ log: true }), theme);
  expect(drawn.datasets[1]!.data).toEqual([{ x: 0, y: 2, trial: 0 }]);
  expect(options!.scales!["y"]).toMatchObject({ type: "logarithmic" });
});

it("says the best, and marks each new one in the table", () => {
  expect(history.summary(data, makeContext())).toBe(
    "Optimization history: 4 trials, minimize loss. Best: -1 at trial 1.",
  );
  expect(history.table(data, makeContext()).rows).toEqual([
    [{ trial: 0 }, "Complete", 2, "★"],
    [{ trial: 1 }, "Complete", -1, "★"],
    [{ trial: 2 }, "Complete", "NaN", ""],
    [{ trial: 3 }, "Pruned", 5, ""],
  ]);
});

it("is of the chosen objective, and of its direction", () => {
  const several = { directions: ["minimize", "maximize"] as const, metricNames: ["loss", "accuracy"] };
  const context = makeContext({ objective: 1 }, several);
  expect(history.summary(data, context)).toMatch(/4 trials, maximize accuracy\./);
  expect(history.table(data, context).headers[2]).toBe("accuracy");
});
