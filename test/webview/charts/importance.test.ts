import { expect, it } from "vitest";
import type { ImportanceData } from "../../../src/protocol/charts.js";
import { importance } from "../../../webview/charts/importance.js";
import { makeContext, study, theme } from "./chart-context.js";

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

it("freezes the parameter whose bar is clicked, unless nothing can be started", () => {
  const click = (blocked: string | null, index: number) => {
    const context = { ...makeContext(), blocked };
    const { onClick } = importance.draw(data, context, theme).options!;
    onClick!.call({} as never, {} as never, [{ datasetIndex: 0, index }] as never, {} as never);
    return context.act;
  };
  expect(click(null, 1)).toHaveBeenCalledExactlyOnceWith({ type: "freeze", param: "layers" });
  expect(click(null, 5)).not.toHaveBeenCalled();
  expect(click("The study is running.", 0)).not.toHaveBeenCalled();
});

it("is not there for several objectives, and asked for less often where it takes long", () => {
  expect(importance.unavailable!(study)).toBeNull();
  expect(importance.unavailable!({ ...study, directions: ["minimize", "minimize"] })).toMatch(/one objective/);
  expect(importance.intervalMs({})).toBeLessThan(importance.intervalMs({ evaluator: "fanova" }));
});
