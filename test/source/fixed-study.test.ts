import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { compileFunction } from "node:vm";
import ts from "typescript";
import { describe, expect, it } from "vitest";
import * as tunelens from "../../src/index.js";
import { fixedStudy, type FixedTrial } from "../../src/source/fixed-study.js";
import type { Dialect } from "../../src/source/dialect.js";
import { problemsOf } from "../compile.js";

const root = fileURLToPath(new URL("../../", import.meta.url));

const trial: FixedTrial = {
  study: "net",
  exportName: "default",
  number: 21,
  values: [0.98611111],
  endedAt: Date.UTC(2026, 10, 24, 23),
  params: {
    layers: 2,
    units: 32,
    rate: 0.0034567,
    activation: "tanh",
    bias: false,
    "odd name": null,
    optimizer: "adam",
    "optimizer.adam.beta": 0.9,
  },
  paramNames: [
    "layers",
    "units",
    "rate",
    "activation",
    "bias",
    "odd name",
    "optimizer",
    "optimizer.adam.beta",
    "optimizer.sgd.momentum",
  ],
};

/** The trial's parameters as the objective gets them. */
const params = {
  layers: 2,
  units: 32,
  rate: 0.0034567,
  activation: "tanh",
  bias: false,
  "odd name": null,
  optimizer: { kind: "adam", beta: 0.9 },
};

const IMPORTS = `import { branch, categorical, defineStudy, float, int, random, type InferParams, type Trial } from "tunelens";\n`;
const SPACE = `const space = {
  layers: int(1, 3),
  units: categorical([16, 32, 64]),
  rate: float(1e-4, 1, { log: true }),
  activation: categorical(["relu", "tanh"]),
  bias: categorical([true, false]),
  "odd name": categorical([null, 1]),
  optimizer: branch({ adam: { beta: float(0, 1) }, sgd: { momentum: float(0, 1) } }),
};
type Params = InferParams<typeof space>;
`;
/** The space, where the reads of its parameters cannot be followed. */
const SINGLE_VALUES =
  /  \/\/ Study "net", trial 21[^]*  space: \{\n    layers: categorical\(\[2\]\),[^]*"odd name": categorical\(\[null\]\),\n    optimizer: branch\(\{ adam: \{\n      beta: categorical\(\[0\.9\]\),\n    \} \}\),\n  \},\n  trials: 1,\n/;
const COMMENT = `// Study "net", trial 21: value 0.986111, 2026-11-24.`;

/** A study with an objective: what stands in `defineStudy`, and what else the file has. */
function file(objective: string, rest = ""): string {
  return `${IMPORTS}${SPACE}${rest}
export default defineStudy({
  name: "net",
  space,
  sampler: random(),
  trials: 40,
  ${objective},
});
`;
}

const defineByRun = (objective: string) => file(objective).replace("  space,\n", "");

interface Shape {
  readonly text: string;
  /** What the rewritten text has. */
  readonly has: readonly (string | RegExp)[];
  /** It has nothing any more that looks at the trial's parameters. */
  readonly isFixed?: false;
}

const shapes: Record<string, Shape> = {
  "one constant for each name of a pattern": {
    text: file(`objective(trial) {
    const { layers, rate: learningRate, "odd name": odd } = trial.params;
    return layers * learningRate + (odd ?? 0);
  }`),
    has: [
      `    ${COMMENT}\n    const layers = 2;\n    const learningRate = 0.0034567;\n    const odd = null;\n    return`,
    ],
  },
  "an object for a name": {
    text: file(`async objective(trial) {
    const p = trial.params;
    return p.layers * p.rate + p.optimizer.kind.length;
  }`),
    has: [
      /const p = \{\n {6}layers: 2,\n[^]*"odd name": null,\n {6}optimizer: \{ kind: "adam", beta: 0.9 \},\n {4}\} as const;/,
    ],
  },
  "reads here and there": {
    text: file(`objective: (trial) => {
    const twice = trial.params.layers * 2;
    return twice + trial.params["rate"] + Object.keys({ ...trial.params }).length;
  }`),
    has: [`    ${COMMENT}\n    const params = {`, "params.layers * 2", `params["rate"]`, "{ ...params }"],
  },
  "a name that is taken": {
    text: file(`objective: async (trial) => {
    const params = 3;
    return params * trial.params.layers;
  }`),
    has: ["const best = {", "params * best.layers"],
  },
  "let stays let": {
    text: file(`objective(trial) {
    let { layers } = trial.params;
    layers += 1;
    return layers;
  }`),
    has: ["let layers = 2;"],
  },
  "a function that gets all": {
    text: file(
      `objective(trial) {
    return build(trial.params);
  }`,
      `function build({ layers, optimizer, ...rest }: Params) { return layers + Object.keys(rest).length + optimizer.kind.length; }`,
    ),
    has: ["return build(params);", "{ layers, optimizer, ...rest }: Params"],
  },
  "a function of the parameters alone": {
    text: file(
      `objective(trial) {
    return build(10, trial.params);
  }`,
      `function build(scale: number, { layers, optimizer }: Params): number {
  return scale * layers + optimizer.kind.length;
}
`,
    ),
    has: [
      "return build(10);",
      `function build(scale: number): number {\n  ${COMMENT}\n  const layers = 2;\n  const optimizer = { kind: "adam", beta: 0.9 } as const;\n  return`,
    ],
  },
  "an arrow function of the parameters": {
    text: file(
      `objective(trial) { return build(trial.params, 2); }`,
      `export const build = (p: Params, scale: number) => {
  return p.layers * scale;
};
`,
    ),
    has: ["build(2)", "(scale: number) => {", /const p = \{[^}]*\}[^}]*\} as const;/],
  },
  "a function that is called twice": {
    text: file(
      `objective(trial) { return build(trial.params) + build({ ...trial.params, layers: 1 }); }`,
      `function build({ layers }: Params) { return layers; }\n`,
    ),
    has: ["build(params) + build({ ...params, layers: 1 })"],
  },
  "values that are compared keep their type": {
    text: file(`objective(trial) {
    const { activation, units, optimizer } = trial.params;
    const sign = activation === "relu" ? 1 : -1;
    return sign * (units == 64 ? 2 : 3) + (optimizer.kind !== "sgd" ? optimizer.beta : optimizer.momentum);
  }`),
    has: ["const { activation, units, optimizer } = {", "} as typeof trial.params;", "  space,\n"],
  },
  "a function that compares keeps its parameter": {
    text: file(
      `objective(trial) { return build(trial.params); }`,
      `function build({ optimizer }: Params) {
  switch (optimizer.kind) {
    case "adam": return optimizer.beta;
    case "sgd": return optimizer.momentum;
  }
}
`,
    ),
    has: ["build(params)"],
  },
  "values that are compared under a name they got later": {
    text: file(`objective(trial) {
    const params = trial.params;
    const { optimizer: o } = params;
    switch (o.kind) {
      case "adam": return o.beta;
      case "sgd": return o.momentum;
    }
  }`),
    has: ["const params = {", "} as typeof trial.params;", "const { optimizer: o } = params;"],
  },
  "a member that is compared under its own name": {
    text: file(`objective(trial) {
    const o = trial.params.optimizer;
    return (o.kind === "sgd" ? o.momentum : o.beta) * trial.params.layers;
  }`),
    has: ["} as typeof trial.params;", "const o = params.optimizer;"],
  },
  "members that are compared": {
    text: file(`objective(trial) { if (trial.params.optimizer.kind === "sgd") return 1; return trial.params.layers; }`),
    has: ["} as typeof trial.params;", `params.optimizer.kind === "sgd"`],
  },
  "the trial, taken apart in the parameter list": {
    text: file(`objective({ params, number }) {
    return params.layers + number;
  }`),
    has: ["objective({ number })", "const params = {"],
  },
  "the parameters, taken apart in the parameter list": {
    text: file(`objective({ params: { layers, rate } }) {
    return layers * rate;
  }`),
    has: [/objective\(\{\s*\}\)/, "const layers = 2;\n    const rate = 0.0034567;"],
  },
  "the trial, taken apart in a declaration": {
    text: file(`objective(trial) {
    const { params, number } = trial;
    return params.layers + number;
  }`),
    has: ["const { number } = trial;", "const params = {"],
  },
  "a function that gets the trial": {
    text: file(
      `objective(trial) { return train(trial); }`,
      `function train(t: Trial<Params>) {
  const { layers } = t.params;
  return layers + t.number;
}
`,
    ),
    has: [`  ${COMMENT}\n  const layers = 2;\n  return layers + t.number;`],
  },
  "an objective beside the study": {
    text: file(
      "objective: train",
      `async function train(trial: Trial<Params>) {
  const { layers } = trial.params;
  return layers;
}
`,
    ),
    has: ["const layers = 2;"],
  },
  "an objective of the same name, as an arrow function": {
    text: file("objective", `const objective = (trial: Trial<Params>) => {\n  return trial.params.layers;\n};\n`),
    has: ["const params = {", "return params.layers;"],
  },
  "an objective of two studies": {
    text: `${file("objective: train", "const train = (trial: Trial<Params>) => trial.params.layers;\n")}
export const other = defineStudy({ name: "other", space, objective: train });
`,
    has: [
      "=> trial.params.layers;",
      "    layers: categorical([2]),",
      "  objective: (trial) => train(trial),",
      `name: "other", space, objective: train`,
    ],
    isFixed: false,
  },
  "options beside the study": {
    text: `${IMPORTS}${SPACE}const options = { name: "net", space, trials: 7, objective: (t: Trial<Params>) => { return t.params.layers; } };
export default defineStudy(options);
`,
    has: [`name: "net, trial 21", trials: 1, objective`, "return params.layers"],
  },
  suggestions: {
    text: defineByRun(`objective(trial) {
    const layers = trial.suggestInt("layers", 1, 3);
    const rate = trial.suggestFloat("rate", 1e-4, 1, { log: true });
    return layers * rate + trial.suggestCategorical("activation", ["relu", "tanh"]).length;
  }`),
    has: [`    ${COMMENT}\n    const layers = 2;\n    const rate = 0.0034567;\n`, `"tanh".length`],
  },
  "suggestions that are compared": {
    text: defineByRun(`objective(trial) {
    const activation = trial.suggestCategorical("activation", ["relu", "tanh"]);
    const layers = trial.suggestInt("layers", 1, 3);
    return (activation === "relu" ? 1 : 2) + (layers === 3 ? 1 : 0) + (trial.suggestInt("units", 1, 99) === 5 ? 1 : 0);
  }`),
    has: [`const activation = "tanh" as "relu" | "tanh";`, "const layers = 2 as number;", "(32 as number) === 5"],
  },
  "no word of a search is left": {
    text: file(`objective(trial) { return trial.params.layers; }`).replace(
      "type Params = InferParams<typeof space>;\n",
      "",
    ),
    has: [
      /^import \{ defineStudy, type InferParams, type Trial \} from "tunelens";\n\n?export default defineStudy\(\{\n  name: "net, trial 21",\n  trials: 1,\n/,
    ],
  },
  "suggestions in the middle of expressions": {
    text: defineByRun(`objective(trial) {
    return -trial.suggestFloat("rate", 0, 1) + 2 * trial.suggestInt("layers", 1, 3) + Number(trial.suggestInt("units", 1, 99).toFixed());
  }`),
    has: ["-0.0034567 + 2 * 2 + Number((32).toFixed())"],
  },
  "a name that is computed": {
    text: file(`objective(trial) { return trial.params.layers; }`).replace(`name: "net"`, "name: `n${1}`"),
    has: ['name: `n${1}` + ", trial 21"'],
  },
  "a suggestion with a name that is computed": {
    text: defineByRun(`objective(trial) {
    let sum = 0;
    for (const name of ["layers", "units"]) sum += trial.suggestInt(name, 1, 99);
    return sum;
  }`),
    has: [
      /could not trace how the code below reads its parameters\. Use these values there\.\nexport const params = \{[^]*\} as const;\n\nexport default/,
    ],
    isFixed: false,
  },
  "a trial given to somebody else": {
    text: file(`objective(trial) { return [trial].map(({ params }) => params.layers)[0]!; }`),
    has: [SINGLE_VALUES],
    isFixed: false,
  },
  "a trial under another name": {
    text: file(`objective(trial) { const other = trial; return other.params.layers; }`),
    has: [SINGLE_VALUES],
    isFixed: false,
  },
  "a name inside that hides the trial": {
    text: file(`objective(trial) { return [1].map((trial) => trial * 2)[0]! + trial.params.layers; }`),
    has: [SINGLE_VALUES],
    isFixed: false,
  },
  "an arrow function without a block": {
    text: file(`objective: (trial) => trial.params.layers * trial.params.rate`),
    has: [
      `objective: () => {\n    ${COMMENT}\n    const params = {`,
      "    return params.layers * params.rate;\n  },\n",
    ],
  },
  "a trial without parentheses": {
    text: file(`objective: trial => { return trial.params.layers; }`),
    has: ["objective: () => {"],
  },
  "a trial that is still looked at": {
    text: file(`objective(trial) { return trial.params.layers + trial.number; }`),
    has: ["objective(trial) {"],
  },
  "an arrow function that gives an object, of parameters taken apart": {
    text: file(`objective: async ({ params: { rate } }) => ({ value: rate })`),
    has: ["const rate = 0.0034567;\n    return ({ value: rate });\n  },"],
  },
  "an arrow function of suggestions": {
    text: defineByRun(`objective: (trial) => trial.suggestFloat("rate", 0, 1)`),
    has: [`{\n    ${COMMENT}\n    return 0.0034567;\n  },`],
  },
};

/** What the study's objective gives for the trial. */
async function run(text: string, asked: object): Promise<unknown> {
  const { outputText } = ts.transpileModule(text, {
    compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ESNext },
  });
  const module: { exports: { default?: { objective(trial: object): unknown } } } = { exports: {} };
  const load = compileFunction(outputText, ["require", "module", "exports"]) as (...given: unknown[]) => void;
  load(() => tunelens, module, module.exports);
  return module.exports.default!.objective(asked);
}

const suggest = (name: string) => (trial.params as Record<string, unknown>)[name];
const tunable = { number: 5, params, suggestInt: suggest, suggestFloat: suggest, suggestCategorical: suggest };
const untunable = { number: 5 };

const fixed = (text: string, dialect: Dialect = "ts") => fixedStudy(text, dialect, trial)!;

describe("a study with a trial's parameters as constants", () => {
  it.each(Object.entries(shapes))("%s", async (_, { text, has, isFixed = true }) => {
    const result = fixed(text);
    for (const part of has)
      expect(result).toEqual(typeof part === "string" ? expect.stringContaining(part) : expect.stringMatching(part));
    expect(await run(result, isFixed ? untunable : tunable)).toEqual(await run(text, tunable));
  });

  it("compiles, whatever its shape", () => {
    const snippets = Object.values(shapes).flatMap(({ text }, i) => [
      { path: join(root, `shape-${i}.ts`), code: text },
      { path: join(root, `shape-${i}-fixed.ts`), code: fixed(text) },
    ]);
    expect(problemsOf(snippets)).toEqual([]);
  });

  it("is JavaScript where it was: no types, and comparisons as they are", async () => {
    const text = `import { defineStudy } from "tunelens";
export default defineStudy({
  name: "net",
  objective(trial) {
    const { optimizer, activation } = trial.params;
    return activation === "relu" ? 1 : optimizer.beta;
  },
});
`;
    expect(fixed(text, "js")).toContain(
      `    ${COMMENT}\n    const optimizer = { kind: "adam", beta: 0.9 };\n    const activation = "tanh";\n`,
    );
    expect(await run(fixed(text, "js"), untunable)).toBe(0.9);
  });

  it("says nothing of a value or a date that there is none of, and all of several values", () => {
    const text = shapes["let stays let"]!.text;
    expect(fixedStudy(text, "ts", { ...trial, values: null, endedAt: null })).toContain(`// Study "net", trial 21.\n`);
    expect(fixedStudy(text, "ts", { ...trial, values: [1048576, "Infinity"] })).toContain(
      "value 1048576, Infinity, 2026",
    );
  });

  it("finds the study by its export, else by its name, else not", () => {
    const text = `${file("objective: (t) => { return t.params.layers; }")}
export const other = defineStudy({ name: "other", space, objective: (t) => { return t.params.units; } });
`;
    expect(fixedStudy(text, "ts", { ...trial, exportName: "other" })).toMatch(
      /name: "net",[^]*other, trial 21[^]*params.units/,
    );
    expect(fixedStudy(text, "ts", { ...trial, exportName: null, study: "other" })).toContain("other, trial 21");
    expect(fixedStudy(text, "ts", { ...trial, exportName: "gone", study: "gone" })).toBeNull();
    expect(fixedStudy("", "ts", trial)).toBeNull();
  });

  it("keeps lines of code with Windows' line ends and half-typed code as they are", () => {
    const text = shapes["let stays let"]!.text.replaceAll("\n", "\r\n");
    expect(fixed(text)).toContain("let layers = 2;\r\n    layers += 1;\r\n");
    expect(fixed(`${file("objective(trial) { return trial.params.layers")}`)).toContain("params.layers");
  });
});

it("parameters of names that every object has are constants, and what acts on who looks at the code is escaped", () => {
  const text = `${IMPORTS}export default defineStudy({ name: "net", objective: build });\n`;
  const hostile = JSON.parse('{ "__proto__": 1, "constructor": 2, "a\\u202eb": "\\u009b2J" }') as Record<
    string,
    number
  >;
  const code = fixedStudy(text, "ts", {
    ...trial,
    study: "net\u202e",
    exportName: "default",
    params: hostile,
    paramNames: [],
  })!;
  expect(code).toContain('["__proto__"]: 1, constructor: 2, "a\\u202eb": "\\u009b2J"');
  expect(code).toContain('Study "net\\u202e"');
});

describe("the examples", () => {
  const examples = {
    "digits.study.ts": {
      ...trial,
      study: "digits",
      params: {
        convLayers: 2,
        filters: 32,
        denseUnits: 87,
        dropout: 0.1,
        optimizer: "adam",
        "optimizer.adam.learningRate": 0.003,
      },
      paramNames: ["optimizer.sgd.momentum"],
    },
    "fashion-mnist.study.ts": {
      ...trial,
      exportName: "fashionMnistCnn",
      params: { denseLayers: 1, convLayers: 3, denseNodes: 128, convFilters: 64 },
      paramNames: [],
    },
    "cifar10.study.ts": {
      ...trial,
      exportName: "cifar10Cnn",
      params: { denseLayers: 1, convLayers: 3, denseNodes: 128, convFilters: 64 },
      paramNames: [],
    },
  };

  it("become networks with constants that compile", () => {
    const results = Object.entries(examples).map(([name, of]) => ({
      path: join(root, "examples", `fixed-${name}`),
      code: fixedStudy(readFileSync(join(root, "examples", name), "utf8"), "ts", of)!,
    }));
    expect(problemsOf(results)).toEqual([]);
    const [digits, fashion, cifar] = results.map(({ code }) => code);
    expect(digits).toContain(
      `function buildModel() {\n  ${COMMENT.replace("net", "digits")}\n  const convLayers = 2;\n`,
    );
    expect(digits).toContain(`  const optimizer = { kind: "adam", learningRate: 0.003 } as const;\n`);
    expect(digits).toContain("const model = buildModel();");
    expect(fashion).toContain("  const convFilters = 64;\n");
    expect(fashion).toContain("return train(trial, buildModel(data.imageShape, 0.9), data);");
    // Its network is in another module.
    expect(cifar).toContain("  space: {\n    denseLayers: categorical([1]),\n");
    expect(cifar).toContain(`import { categorical, defineStudy } from "tunelens";\n`);
    expect(cifar).toContain(`import { buildModel, train } from "./fashion-mnist.study.js";\n`);
    for (const code of [fashion, cifar]) expect(code).not.toMatch(/hyperband\(|tpe\(|enqueue/);
  });
});
