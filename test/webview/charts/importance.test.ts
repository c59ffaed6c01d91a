import { expect, it } from "vitest";
import type { ImportanceData } from "../../../src/protocol/charts.js";
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

it("names a branch's parameter by itself and by its branch", () => {
  const named = ["optimizer", "optimizer.adam.learningRate", "optimizer.momentum.learningRate", "layers.0.units"];
  const importances = named.map((name) => ({ name, importance: 0.25, interval: [0, 1] as const }));
  expect(importance.draw({ ...data, importances }, makeContext(), theme).data.labels).toEqual([
    ["optimizer"],
    ["learningRate", "optimizer = adam"],
    ["learningRate", "optimizer = momentum"],
    ["units", "layers.0"],
  ]);
});

it("says of several objectives which one it is about, and is asked for less often where it takes long", () => {
  const several = { directions: ["minimize", "minimize"] as const, metricNames: ["loss", "latency"] };
  expect(importance.summary(data, makeContext({}, several))).toMatch(/^Parameter importance for the Pareto front from/);
  expect(importance.summary(data, makeContext({ objective: 1 }, several))).toMatch(/importance for latency from/);
  expect(importance.intervalMs({})).toBeLessThan(importance.intervalMs({ evaluator: "fanova" }));
});
