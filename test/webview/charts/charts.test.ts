import { describe, expect, it } from "vitest";
import { floatDistribution } from "../../../src/engine/distribution.js";
import { InspectedStudy } from "../../../src/inspector/inspected-study.js";
import { ACTING } from "../../../src/format/visible-text.js";
import { chartNames } from "../../../src/protocol/charts.js";
import type { ChartStudy } from "../../../webview/charts/chart.js";
import { charts } from "../../../webview/charts/charts.js";
import { makeTrial } from "../../inspector/make-trial.js";
import { makeStudy } from "../../inspector/charts/make-study.js";
import { makeContext, study as ofOne, theme } from "./chart-context.js";

const FOREIGN = `${"\u202E\u001B\n<b>[x](command:y)".repeat(600)} end`;

const distribution = floatDistribution(0, 10);

const trials = [4, 3, 5, 1].map((value, number) =>
  makeTrial(number, {
    values: [value],
    params: { x: value, y: 2 * value },
    internalParams: { x: value, y: 2 * value },
    distributions: { x: distribution, y: distribution },
    intermediateValues: new Map([[0, value]]),
  }),
);

describe.each(chartNames)("%s", (name) => {
  const chart = charts[name];
  const isOfSeveral = chart.unavailable?.(ofOne) != null;
  const directions = isOfSeveral ? (["minimize", "minimize"] as const) : (["minimize"] as const);
  const contextOf = (over: Partial<ChartStudy> = {}) => makeContext({}, { directions, ...over }) as never;
  const dataOf = (some: typeof trials) => {
    const valued = some.map((trial) => ({ ...trial, values: directions.map((_, i) => trial.values![0]! * (i + 1)) }));
    return new InspectedStudy("sqlite:///s.db", makeStudy(...directions), valued).chart({ chart: name });
  };

  it("says in words that there is nothing to draw", () => {
    const data = dataOf([]);
    expect(chart.summary(data as never, contextOf())).toBeNull();
    expect(chart.empty(data as never)).toBeTruthy();
  });

  it("draws what the inspector makes, and says the same as a sentence and as a table", () => {
    const data = dataOf(trials) as never;
    const context = contextOf();
    expect(chart.summary(data, context)).toMatch(/^[A-Z].*\.$/);
    const { headers, rows } = chart.table(data, context);
    expect(rows.length).toBeGreaterThan(0);
    for (const row of rows) expect(row).toHaveLength(headers.length);
    const drawing = chart.draw(data, context, theme);
    expect(drawing.data.datasets.some((dataset) => dataset.data.length > 0)).toBe(true);
    expect(drawing.options).toMatchObject({ animation: false, maintainAspectRatio: false });
  });

  it("is said in a sentence", () => {
    expect(chart.about).toMatch(/^[A-Z].*[a-z]\.$/);
  });

  it("makes one short line of a name, whatever is in it", () => {
    const renamed = <Value>(record: Readonly<Record<string, Value>>) => ({
      [FOREIGN]: record["x"]!,
      [`${FOREIGN} 2`]: record["y"]!,
    });
    const named = trials.map((trial) => ({
      ...trial,
      params: renamed(trial.params),
      internalParams: renamed(trial.internalParams),
      distributions: renamed(trial.distributions),
    }));
    const data = dataOf(named) as never;
    const context = contextOf({ metricNames: [FOREIGN, FOREIGN] });
    const { data: drawn, options } = chart.draw(data, context, theme);
    const texts: unknown[] = [chart.summary(data, context)];
    JSON.stringify([drawn, options], (_, value: unknown) => (texts.push(value), value));
    const strings = texts.filter((text) => typeof text === "string");
    expect(strings.length).toBeGreaterThan(10);
    for (const text of strings) {
      expect(text.length).toBeLessThan(200);
      expect(text).not.toMatch(ACTING);
    }
  });
});
