import { expect, it } from "vitest";
import type { InsightData } from "../../../src/protocol/charts.js";
import { insight } from "../../../webview/charts/insight.js";
import { makeContext, theme } from "./chart-context.js";

const data: InsightData = {
  complete: 40,
  failures: [],
  params: [
    {
      name: "learningRate",
      type: "float",
      log: true,
      low: 1e-4,
      high: 1e-2,
      tried: 50,
      importance: 0.9,
      interval: [0.7, 1],
      best: [{ trial: 3, value: 1e-3, result: 0.1 }],
      shown: [
        { trial: 3, value: 1e-3, result: 0.1 },
        { trial: 4, value: 1e-2, result: 0.9 },
      ],
      findings: [],
    },
    {
      name: "optimizer",
      type: "categorical",
      log: false,
      choices: ["adam", "sgd", "rmsprop"],
      tried: 50,
      importance: 0.1,
      interval: [0, 0.3],
      best: [{ trial: 3, value: "adam", result: 0.1 }],
      shown: [{ trial: 4, value: "sgd", result: 0.9 }],
      findings: [{ kind: "choice", choice: "sgd", tried: 16, best: 12 }],
    },
  ],
};

it("says what was found, with its evidence", () => {
  expect(insight.summary(data, makeContext())).toBe(
    "Findings from 40 complete trials: optimizer: None of the best 12 trials has sgd, which 16 trials tried. Remove sgd.",
  );
  expect(insight.summary({ ...data, params: [data.params[0]!] }, makeContext())).toBe(
    "Findings from 40 complete trials: none yet.",
  );
  expect(insight.summary({ complete: 0, params: [], failures: [] }, makeContext())).toBeNull();
});

it("has each value at its place in the range, also of a logarithmic one and of choices", () => {
  const { datasets } = insight.draw(data, makeContext(), theme).data;
  const places = datasets.map(({ data: points }) => points.map((point) => (point as { x: number }).x));
  expect(places).toEqual([
    [expect.closeTo(0.5), 0],
    [1, 0.5],
  ]);
});

it("names each row at its tick", () => {
  const { min, max, ticks } = insight.draw(data, makeContext(), theme).options!.scales!["y"] as {
    min: number;
    max: number;
    ticks: { stepSize: number; callback: (at: number) => string };
  };
  const counted = Array.from({ length: max - min + 1 }, (_, i) => min + i * ticks.stepSize);
  expect(counted.map((at) => ticks.callback(at)).filter(Boolean)).toEqual(["learningRate", "optimizer •"]);
});

it("lists all as text", () => {
  expect(insight.table(data, makeContext()).rows).toEqual([
    ["learningRate", "0.0001–0.01, log", "0.001", "90.0%", "70–100%", 50, ""],
    [
      "optimizer",
      "adam, sgd, rmsprop",
      "adam",
      "10.0%",
      "0–30%",
      50,
      "optimizer: None of the best 12 trials has sgd, which 16 trials tried. Remove sgd.",
    ],
  ]);
});
