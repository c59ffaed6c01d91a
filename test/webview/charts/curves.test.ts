import { describe, expect, it } from "vitest";
import type { CurveDensity, LearningCurve } from "../../../src/protocol/charts.js";
import { cellText, cellTitle, densityCells } from "../../../webview/charts/curve-density.js";
import { curves } from "../../../webview/charts/curves.js";
import { makeContext, theme } from "./chart-context.js";

const curve = (number: number, state: LearningCurve["state"], ...values: number[]): LearningCurve => ({
  number,
  state,
  points: values.map((value, step) => [step, value]),
});

const data = [
  curve(0, "COMPLETE", 3, 2),
  curve(1, "PRUNED", 4),
  curve(2, "COMPLETE", 3, 1),
  curve(3, "RUNNING", 2),
  curve(4, "FAIL"),
];

it("lays the best on top, then what runs, then complete ones, and leaves out who reported nothing", () => {
  const context = makeContext({}, { best: 2 });
  const { datasets } = curves.draw({ curves: data, density: null }, context, theme).data;
  expect(datasets.map(({ label }) => label)).toEqual(["#2 · best", "#3 · running", "#0 · complete", "#1 · pruned"]);
  expect(curves.summary({ curves: data, density: null }, context)).toBe("Learning curves of 4 trials. Running: #3.");
});

it("leaves a gap where a logarithmic axis has no place", () => {
  const { datasets } = curves.draw(
    { curves: [curve(0, "COMPLETE", 2, -1)], density: null },
    makeContext({ log: true }),
    theme,
  ).data;
  expect(datasets[0]!.data).toEqual([
    { x: 0, y: 2 },
    { x: 1, y: NaN },
  ]);
});

it("asks for the selected trials, of a density beside it", () => {
  const { study } = makeContext({}, { best: 7 });
  expect(curves.asked!({ selectedOnly: true, log: true }, [4, 2], study)).toEqual({ trials: [4, 2] });
  expect(curves.asked!({ which: "best", limit: 10 }, [4], study)).toEqual({ which: "best", limit: 10 });
  const density = { which: "density", log: true } as const;
  expect(curves.asked!(density, [4], study)).toEqual({ ...density, full: undefined, trials: [7, 4] });
});

describe("a density", () => {
  /** Two trials at 1 and 3, the third from 1 to 3. */
  const density: CurveDensity = {
    columns: 2,
    rows: 2,
    firstStep: 0,
    stepsPerColumn: 5,
    range: [1, 100],
    log: true,
    trials: 3,
    outside: 1,
    counts: [2, 1, 1, 0],
    reached: [3, 1],
  };
  const data = { curves: [curve(0, "COMPLETE", 3, 2)], density };
  const context = makeContext<"curves">({ which: "density" });

  it("has a cell for each place that a curve passes, below the curves of single trials", () => {
    const [single, cells] = curves.draw(data, context, theme).data.datasets;
    expect(single!.trial).toBe(0);
    const places = densityCells(density).map(({ x, y, trials }) => [x, Number(y.toFixed(3)), trials]);
    expect(places).toEqual([
      [2, 3.162, 2],
      [7, 3.162, 1],
      [2, 31.623, 1],
    ]);
    expect(cells!.data).toEqual(densityCells(density));
  });

  it("says how many trials pass, and where, in words and as a table", () => {
    const [cell] = densityCells(density);
    expect(cellTitle(density, cell!)).toBe("Steps 0–4");
    expect(cellText(density, cell!)).toBe("1 to 10: 2 of 3 trials");
    expect(curves.summary(data, context)).toBe(
      "Density of the learning curves of 3 trials: steps 0 to 9, values 1 to 100.",
    );
    expect(curves.outside!(data)).toBe(1);
    const { headers, rows } = curves.table(data, context);
    expect(headers).toEqual(["Steps", "Trials", "Lowest", "Median", "Highest"]);
    expect(rows.map(([steps, trials]) => [steps, trials])).toEqual([
      ["0–4", 3],
      ["5–9", 1],
    ]);
  });
});
