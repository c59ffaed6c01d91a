import { describe, expect, it } from "vitest";
import { findStudies } from "../../src/source/study-finder.js";

const IMPORT = `import { branch, categorical, defineStudy, float, int as whole } from "tunelens";\n`;

function paramsOf(code: string) {
  const text = IMPORT + code;
  const [study] = findStudies(text, "ts");
  return study!.params.map(({ name, type, choices, from, to, low, high }) => ({
    name,
    type,
    choices,
    code: text.slice(from, to),
    low: low && [low.value, low.at && text.slice(low.at.from, low.at.to)],
    high: high && [high.value, high.at && text.slice(high.at.from, high.at.to)],
  }));
}

describe("the parameters of a space", () => {
  it("has their ranges and where they are written", () => {
    const code = `const MOST = 5;
const space = {
  layers: whole(1, MOST, { default: 2 }),
  "learning-rate": float(-1, 1e-3, { log: true }),
  batch: categorical([16, 32, 1_024]),
  act: categorical(["relu", null, true]),
};
export default defineStudy({ space, objective: () => 0 });`;
    expect(paramsOf(code)).toEqual([
      {
        name: "layers",
        type: "int",
        code: "layers: whole(1, MOST, { default: 2 })",
        low: [1, "1"],
        high: [5, null],
        choices: null,
      },
      {
        name: "learning-rate",
        type: "float",
        code: '"learning-rate": float(-1, 1e-3, { log: true })',
        low: [-1, "-1"],
        high: [1e-3, "1e-3"],
        choices: null,
      },
      {
        name: "batch",
        type: "categorical",
        code: "batch: categorical([16, 32, 1_024])",
        low: null,
        high: null,
        choices: [16, 32, 1024],
      },
      {
        name: "act",
        type: "categorical",
        code: `act: categorical(["relu", null, true])`,
        low: null,
        high: null,
        choices: ["relu", null, true],
      },
    ]);
  });

  it("names a branch's as trials do", () => {
    const code = `const rate = float(1e-4, 1e-1, { log: true });
export default defineStudy({
  space: { optimizer: branch({ adam: { rate }, sgd: { rate, momentum: float(0, 0.9) } }) },
});`;
    expect(paramsOf(code).map(({ name, type, choices }) => [name, type, choices])).toEqual([
      ["optimizer", "branch", ["adam", "sgd"]],
      ["optimizer.adam.rate", "float", null],
      ["optimizer.sgd.rate", "float", null],
      ["optimizer.sgd.momentum", "float", null],
    ]);
  });

  it("follows spread constants", () => {
    const code = `const shared = { a: float(0, 1) };\nexport default defineStudy({ space: { ...shared, b: whole(1, 2) } });`;
    expect(paramsOf(code).map(({ name }) => name)).toEqual(["a", "b"]);
  });

  it("leaves out what the text does not show", () => {
    const code = `const space = { ...other, [key]: float(0, 1), a: make(1), b: other.float(0, 1), c: float(low(), 1), d: categorical(list) };
export default defineStudy({ space });`;
    expect(paramsOf(code)).toMatchObject([
      { name: "c", low: null, high: [1, "1"] },
      { name: "d", choices: null },
    ]);
  });

  it("ends with a space that names itself", () => {
    expect(
      paramsOf(`const space = { ...space, a: branch({ b: space }) };\nexport default defineStudy({ space });`),
    ).not.toBe(null);
  });

  it.each([
    "export default defineStudy({ space: { a: float(0, ",
    "export default defineStudy({ space: { a: ",
    "export default defineStudy({ space",
  ])("reads half-typed code: %s", (code) => {
    expect(() => paramsOf(code)).not.toThrow();
  });
});

describe("the parameters of suggest… calls", () => {
  it("are those of the objective, each once", () => {
    const code = `export default defineStudy({
  objective(trial) {
    const layers = trial.suggestInt("layers", 1, 3);
    for (let i = 0; i < layers; i++) trial.suggestFloat(\`units\${i}\`, 1, 2);
    trial.suggestInt("layers", 1, 3);
    return trial.suggestCategorical("act", ["relu", "elu"]);
  },
});`;
    expect(paramsOf(code)).toMatchObject([
      { name: "layers", type: "int", code: `trial.suggestInt("layers", 1, 3)`, low: [1, "1"], high: [3, "3"] },
      { name: "act", type: "categorical", choices: ["relu", "elu"] },
    ]);
  });

  it("are those of a named objective, not of another study's", () => {
    const code = `function one(trial) { return trial.suggestFloat("x", 0, 1); }
const two = (trial) => trial.suggestFloat("y", 0, 1);
export default defineStudy({ objective: one });`;
    expect(paramsOf(code).map(({ name }) => name)).toEqual(["x"]);
  });
});
