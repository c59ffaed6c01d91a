import { describe, expect, it } from "vitest";
import {
  categoricalDistribution,
  floatDistribution,
  intDistribution,
  type Distribution,
} from "../../src/engine/distribution.js";
import { distributionFromJson, distributionToJson } from "../../src/storage/distribution-json.js";
import { codeOf } from "./code-of.js";

const written: readonly [Distribution, string][] = [
  [
    floatDistribution(-1, 1),
    '{"name": "FloatDistribution", "attributes": {"step": null, "low": -1.0, "high": 1.0, "log": false}}',
  ],
  [
    floatDistribution(0.1, 1, { step: 0.3 }),
    '{"name": "FloatDistribution", "attributes": {"step": 0.3, "low": 0.1, "high": 1.0, "log": false}}',
  ],
  [
    floatDistribution(1e-7, 1e22, { log: true }),
    '{"name": "FloatDistribution", "attributes": {"step": null, "low": 1e-7, "high": 1e+22, "log": true}}',
  ],
  [
    intDistribution(0, 100, { step: 10 }),
    '{"name": "IntDistribution", "attributes": {"log": false, "step": 10, "low": 0, "high": 100}}',
  ],
  [
    categoricalDistribution(["ç", 1, 2.5, true, null]),
    '{"name": "CategoricalDistribution", "attributes": {"choices": ["\\u00e7", 1, 2.5, true, null]}}',
  ],
];

describe("distribution JSON", () => {
  it.each(written)("%j is written as Python expects it, and read back", (distribution, json) => {
    expect(distributionToJson(distribution)).toBe(json);
    expect(distributionFromJson(json)).toEqual(distribution);
  });

  it.each<[string, string, Distribution]>([
    ["UniformDistribution", '{"low": 0.0, "high": 1.0}', floatDistribution(0, 1)],
    ["LogUniformDistribution", '{"low": 0.001, "high": 1.0}', floatDistribution(0.001, 1, { log: true })],
    ["DiscreteUniformDistribution", '{"low": 0.0, "high": 1.0, "q": 0.25}', floatDistribution(0, 1, { step: 0.25 })],
    ["IntUniformDistribution", '{"low": 0, "high": 11, "step": 3}', intDistribution(0, 9, { step: 3 })],
    ["IntUniformDistribution", '{"low": 0, "high": 10}', intDistribution(0, 10)],
    ["IntLogUniformDistribution", '{"low": 1, "high": 64, "step": 2}', intDistribution(1, 64, { log: true })],
  ])("%s %s of old files is read", (name, attributes, distribution) => {
    expect(distributionFromJson(`{"name": "${name}", "attributes": ${attributes}}`)).toEqual(distribution);
  });

  it("takes what only Python can choose among", () => {
    const json =
      '{"attributes": {"choices": [NaN, -Infinity, 1, 1.0, [64, 32], {"a": null}]}, "name": "CategoricalDistribution"}';
    expect(distributionFromJson(json)).toEqual({
      type: "categorical",
      choices: [NaN, -Infinity, 1, 1, "[64, 32]", '{"a": null}'],
    });
  });

  it.each([
    ["", "invalid-distribution-json"],
    ["[1]", "invalid-distribution-json"],
    ['{"attributes": {}}', "invalid-distribution-json"],
    ['{"name": "FloatDistribution"}', "invalid-distribution-json"],
    ['{"name": "BetaDistribution", "attributes": {}}', "invalid-distribution-json"],
    ['{"name": "FloatDistribution", "attributes": {"low": "0", "high": 1.0}}', "invalid-distribution-json"],
    ['{"name": "FloatDistribution", "attributes": {"low": 0.0, "high": 1.0, "log": 1}}', "invalid-distribution-json"],
    ['{"name": "FloatDistribution", "attributes": {"low": 2.0, "high": 1.0}}', "invalid-distribution"],
    ['{"name": "FloatDistribution", "attributes": {"low": 0.0, "high": 1.0, "log": true}}', "invalid-distribution"],
    ['{"name": "FloatDistribution", "attributes": {"low": NaN, "high": 1.0}}', "invalid-distribution"],
    ['{"name": "IntDistribution", "attributes": {"low": 0.5, "high": 1}}', "invalid-distribution"],
    ['{"name": "CategoricalDistribution", "attributes": {"choices": []}}', "invalid-distribution-json"],
    ['{"name": "CategoricalDistribution", "attributes": {"choices": "abc"}}', "invalid-distribution-json"],
  ])("%s is refused", (json, code) => {
    expect(codeOf(() => distributionFromJson(json))).toBe(code);
  });
});
