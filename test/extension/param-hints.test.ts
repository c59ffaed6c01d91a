import { describe, expect, it } from "vitest";
import { editsOf, hintedParams, hintOf } from "../../src/extension/param-hints.js";
import { paramPicture } from "../../src/extension/param-picture.js";
import type { ParamInsight } from "../../src/protocol/charts.js";
import { findStudies } from "../../src/source/study-finder.js";

const layers: ParamInsight = {
  name: "layers",
  type: "int",
  log: false,
  low: 1,
  high: 5,
  step: 1,
  tried: 40,
  importance: 0.812,
  interval: [0.14, 0.853],
  best: [{ trial: 7, value: 5, result: 0.25 }],
  shown: [
    { trial: 7, value: 5, result: 0.25 },
    { trial: 8, value: 1, result: "Infinity" },
  ],
  findings: [{ kind: "bound", bound: "high", among: 6, best: 8, to: 7 }],
};

function hinted(definition: string, insight: ParamInsight = layers) {
  const text = `import { branch, categorical, defineStudy, float, int } from "tunelens";
const HIGH = 5;
export default defineStudy({ space: { layers: ${definition} } });`;
  const [study] = findStudies(text, "ts");
  const params = hintedParams(study!.params, { complete: 40, params: [insight], failures: [] });
  const replaced = (edits: ReturnType<typeof editsOf>) =>
    edits?.toReversed().reduce((code, { from, to, text: by }) => code.slice(0, from) + by + code.slice(to), text);
  return { text, param: params[0]!, replaced };
}

describe("the hint beside a parameter", () => {
  it("says the best value, the bound that it is at, and the importance with its interval", () => {
    expect(hintOf(hinted("int(1, 5)").param)).toBe("best 5 · at its upper bound · 81.2% (14–85%)");
    const unknown = { ...layers, importance: null, interval: null, findings: [] };
    expect(hintOf(hinted("int(1, 5)", unknown).param)).toBe("best 5");
  });

  it.each(["int(1, 7)", "int(2, 5)", "float(1, 5)", "categorical([1, 5])"])("says what %s was before", (definition) => {
    expect(hintOf(hinted(definition).param)).toBe("best 5 · trials searched 1–5");
  });

  it.each(["int(1, HIGH)", "int(1, most())", "int(1, 5.5)"])("takes %s for what it was", (definition) => {
    expect(hinted(definition).param.isStale).toBe(false);
  });

  it("compares choices, and a branch's kinds", () => {
    const optimizer: ParamInsight = {
      ...layers,
      type: "categorical",
      choices: ["adam", "sgd"],
      best: [{ trial: 7, value: "adam", result: 0.25 }],
      findings: [],
    };
    expect(hinted(`categorical(["adam", "sgd"])`, optimizer).param.isStale).toBe(false);
    expect(hinted(`branch({ adam: {}, sgd: {} })`, optimizer).param.isStale).toBe(false);
    expect(hintOf(hinted(`branch({ adam: {} })`, optimizer).param)).toBe("best adam · trials searched adam, sgd");
  });

  it("is none where no trial has the parameter", () => {
    expect(hinted("int(1, 5)", { ...layers, best: [] }).param).toBeUndefined();
    expect(hinted("int(1, 5)", { ...layers, name: "other" }).param).toBeUndefined();
  });
});

describe("a range's edit", () => {
  it("writes the new bound, or both of a region", () => {
    const { param, replaced } = hinted("int(1, 5, { default: 5 })");
    expect(replaced(editsOf(param, layers.findings[0]!))).toContain("layers: int(1, 7, { default: 5 })");
    const region = { kind: "region", low: 2, high: 4, outside: 20, best: 10 } as const;
    expect(replaced(editsOf(param, region))).toContain("layers: int(2, 4, { default: 5 })");
    expect(replaced(editsOf(param, { ...region, low: 1 }))).toContain("layers: int(1, 4, { default: 5 })");
  });

  it("removes a choice with its comma, wherever it is", () => {
    const activation = { ...layers, type: "categorical" as const, choices: ["relu", "tanh", null] };
    const without = (choice: string | null, definition: string) => {
      const { param, replaced } = hinted(definition, activation);
      return replaced(editsOf(param, { kind: "choice", choice, tried: 12, best: 10 }));
    };
    const three = `categorical(["relu", "tanh", null])`;
    expect(without("relu", three)).toContain(`layers: categorical(["tanh", null])`);
    expect(without("tanh", three)).toContain(`layers: categorical(["relu", null])`);
    expect(without(null, three)).toContain(`layers: categorical(["relu", "tanh"])`);
    expect(without("relu", `categorical(CHOICES)`)).toBeUndefined();
  });

  it("is none where the text does not show the number, or says another one by now", () => {
    expect(editsOf(hinted("int(1, HIGH)").param, layers.findings[0]!)).toBeUndefined();
    expect(editsOf(hinted("int(1, 6)").param, layers.findings[0]!)).toBeUndefined();
    expect(editsOf(hinted("int(1, 5)").param, { kind: "no-influence" })).toBeUndefined();
  });
});

it("a hover's picture has a dot for each result that an axis can have", () => {
  const svg = paramPicture(layers);
  expect(svg.match(/<circle /g)).toHaveLength(1);
  expect(svg).not.toMatch(/NaN|Infinity/);
  expect(paramPicture({ ...layers, shown: [] })).not.toContain("circle");
});
