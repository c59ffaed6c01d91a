import { expect, it } from "vitest";
import type { ImportanceData } from "../../../src/protocol/charts.js";
import type { ChartChoice } from "../../../webview/charts/chart.js";
import { importance } from "../../../webview/charts/importance.js";
import type { MenuItem } from "../../../webview/menu.js";
import { makeContext, theme } from "./chart-context.js";

const data: ImportanceData = {
  evaluator: "ped-anova",
  trials: 12,
  importances: [
    { name: "lr", importance: 0.9996, interval: [0.7, 1] },
    { name: "layers", importance: 0.0004, interval: [0, 0.1] },
  ],
};

it("says each share and how sure it is", () => {
  expect(importance.summary(data, makeContext())).toBe(
    "Parameter importance from 12 complete trials: lr 100.0% (70–100%), layers <0.1% (0–10%).",
  );
});

it("selects the parameter whose bar is clicked, and offers to freeze it and its slice plot", () => {
  const click = (blocked: string | null, index: number) => {
    const context = { ...makeContext(), blocked };
    const { onClick } = importance.draw(data, context, theme).options!;
    onClick!.call({} as never, { x: 3, y: 4 } as never, [{ datasetIndex: 0, index }] as never, {} as never);
    return context;
  };
  const context = click(null, 1);
  expect(context.act).not.toHaveBeenCalled();
  expect(context.choose).toHaveBeenCalledExactlyOnceWith({ param: "layers" });
  const [label, items, at] = context.offer.mock.calls[0] as Parameters<typeof context.offer> as [
    string,
    MenuItem[],
    object,
  ];
  expect([label, at]).toEqual(["layers", { x: 3, y: 4 }]);
  expect(items.map((item) => [item.label, item.disabled ?? null])).toEqual([
    ["Freeze…", null],
    ["Show Slice Plot", null],
  ]);
  for (const item of items) item.choose();
  expect(context.act).toHaveBeenCalledExactlyOnceWith({ type: "freeze", param: "layers" });
  expect(context.show).toHaveBeenCalledExactlyOnceWith("slice", { params: ["layers"] });
  expect(click(null, 5).offer).not.toHaveBeenCalled();
  const [, blocked] = click("The study is running.", 0).offer.mock.calls[0] as unknown as [string, MenuItem[]];
  expect(blocked[0]!.disabled).toBe("The study is running.");
});

it("names a branch's parameter by itself and by its branch, whose end says most", () => {
  const named = ["optimizer", "optimizer.adam.learningRate", "optimizer.momentum.learningRate", "layers.0.units"];
  const importances = named.map((name) => ({ name, importance: 0.25, interval: [0, 1] as const }));
  expect(importance.draw({ ...data, importances }, makeContext(), theme).data.labels).toEqual([
    ["optimizer"],
    ["learningRate", "optimizer = adam"],
    ["learningRate", "…mizer = momentum"],
    ["units", "layers.0"],
  ]);
});

const several = { directions: ["minimize", "minimize"] as const, metricNames: ["loss", "latency"] };

it("has bars of each of several objectives side by side, those first that matter most on average", () => {
  const latency = [
    { name: "layers", importance: 0.8, interval: [0.5, 0.9] as const },
    { name: "lr", importance: 0.2, interval: [0.1, 0.5] as const },
  ];
  const grouped = { ...data, each: [data.importances, latency] };
  const context = makeContext<"importance">({}, several);
  const { labels, datasets } = importance.draw(grouped, context, theme).data;
  expect(labels).toEqual([["lr"], ["layers"]]);
  expect(datasets.map(({ label, data: bars }) => [label, bars])).toEqual([
    ["loss", [0.9996, 0.0004]],
    ["latency", [0.2, 0.8]],
  ]);
  expect(importance.summary(grouped, context)).toBe(
    "Parameter importance for each objective from 12 complete trials. " +
      "loss: lr 100.0% (70–100%), layers <0.1% (0–10%); latency: layers 80.0% (50–90%), lr 20.0% (10–50%).",
  );
  const { headers, rows } = importance.table(grouped, context);
  expect(headers.slice(0, 4)).toEqual([
    "Parameter",
    "Importance for loss",
    "90% interval for loss",
    "Importance for latency",
  ]);
  expect(rows[1]!.slice(0, 5)).toEqual(["layers", 0.0004, "0–10%", 0.8, "50–90%"]);
});

it("is asked for each of several objectives, unless one or the front was chosen, and less often where it takes long", () => {
  const { study } = makeContext({}, several);
  const asked = (choice: ChartChoice<"importance">, of = study) => importance.asked!(choice, [], of);
  expect(asked({ evaluator: "mdi" })).toEqual({ evaluator: "mdi", each: true });
  expect([asked({ each: false }), asked({ objective: 1 })]).toEqual([{}, { objective: 1 }]);
  expect(asked({}, makeContext().study)).toEqual({});
  expect(importance.summary(data, makeContext({ each: false }, several))).toMatch(
    /^Parameter importance for the Pareto/,
  );
  expect(importance.summary(data, makeContext({ objective: 1 }, several))).toMatch(/importance for latency from/);
  expect(importance.intervalMs({})).toBeLessThan(importance.intervalMs({ evaluator: "fanova" }));
});
