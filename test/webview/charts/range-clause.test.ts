import { expect, it } from "vitest";
import { compileFilter } from "../../../src/query/filter.js";
import { choicesClause, paramFilterAxis, rangeClause } from "../../../webview/charts/range-clause.js";
import { makeTrial } from "../../inspector/make-trial.js";

const rate = paramFilterAxis({ name: "learning rate", scale: "log", choices: [], range: [1e-5, 1], values: [] });
const kind = paramFilterAxis({
  name: "kind",
  scale: "category",
  choices: ["adam", 'say "hi"', 3, null, true],
  range: [0, 4],
  values: [],
});

const matches = (clause: string, name: string, value: null | boolean | number | string) =>
  compileFilter(clause, {
    directions: ["minimize"],
    metricNames: null,
    params: [name],
    attributes: [],
    systemAttrs: {},
  })(makeTrial(0, { params: { [name]: value } }));

it("writes a range, whichever way it was dragged, in few digits", () => {
  expect(rangeClause(rate, 0.00123456, 0.0456789)).toBe("`learning rate` >= 0.001235 and `learning rate` <= 0.04568");
  expect(rangeClause(rate, 0.0456789, 0.00123456)).toBe(rangeClause(rate, 0.00123456, 0.0456789));
  const clause = rangeClause(rate, 1e-4, 1e-7)!;
  for (const [value, isIn] of [
    [1e-8, false],
    [1e-7, true],
    [5e-6, true],
    [1e-4, true],
    [1.1e-4, false],
  ] as const)
    expect(matches(clause, "learning rate", value)).toBe(isIn);
});

it("writes the choices that lie in a range, of each type", () => {
  for (const [place, choice] of kind.choices.entries()) {
    const clause = rangeClause(kind, place - 0.4, place + 0.4)!;
    for (const other of kind.choices) expect(matches(clause, "kind", other)).toBe(other === choice);
  }
  const some = rangeClause(kind, 2.2, -0.3)!;
  expect(kind.choices.filter((choice) => matches(some, "kind", choice))).toEqual(["adam", 'say "hi"', 3]);
  expect(choicesClause(kind, [0, 4])).toBe('kind in ("adam", true)');
});

it("says nothing of a part without a choice", () => {
  expect(rangeClause(kind, 1.2, 1.8)).toBeNull();
  expect(choicesClause(kind, [])).toBeNull();
});
