import { expect, it } from "vitest";
import { fieldText, objectiveText, valueText } from "../../src/query/field-text.js";
import { compileFilter } from "../../src/query/filter.js";
import { makeTrial } from "../inspector/make-trial.js";

const names = [
  "lr",
  "m.lr",
  "batch size",
  "state",
  "Value",
  "and",
  "a`b",
  "params.x",
  "3d",
  "größe",
  "(x)",
  "a=b",
  '"q"',
  "x-y",
];

it.each(names)("a query finds the parameter %s, the attribute, and the value as they are written", (name) => {
  const trial = makeTrial(0, { params: { [name]: "a" }, userAttrs: { [name]: "b" }, values: [7] });
  const study = {
    directions: ["minimize"] as const,
    metricNames: [`${name}!`],
    params: [name],
    attributes: [name],
    systemAttrs: {},
  };
  const matches = (query: string) => compileFilter(query, study)(trial);
  expect(matches(`${fieldText({ scope: "params", name })} = a`)).toBe(true);
  expect(matches(`${fieldText({ scope: "attributes", name })} = b`)).toBe(true);
  expect(matches(`${objectiveText([`${name}!`], 0)} = 7`)).toBe(true);
});

it("is the plain name where it can be", () => {
  expect(fieldText({ scope: "params", name: "m.lr" })).toBe("m.lr");
  expect(fieldText({ scope: "params", name: "state" })).toBe("params.state");
  expect(fieldText({ scope: "params", name: "batch size" })).toBe("`batch size`");
  expect(fieldText({ scope: "attributes", name: "lr" })).toBe("attributes.lr");
  expect(objectiveText(null, 0)).toBe("value");
  expect(objectiveText(null, 1)).toBe("values[1]");
});

it.each(["plain", 'a "b" \\', "", "null", 3, -0.1, true, null])(
  "a query finds the value %j as it is written",
  (value) => {
    const matches = compileFilter(`x = ${valueText(value)}`, {
      directions: [],
      metricNames: null,
      params: ["x"],
      attributes: [],
      systemAttrs: {},
    });
    expect(matches(makeTrial(0, { params: { x: value } }))).toBe(true);
    expect(matches(makeTrial(0, { params: { x: "other" } }))).toBe(false);
  },
);
