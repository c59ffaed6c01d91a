import { describe, expect, it } from "vitest";
import { findStudies, type FoundStudy } from "../../src/source/study-finder.js";
import type { Dialect } from "../../src/source/dialect.js";

const IMPORT = `import { defineStudy, int } from "tunelens";\n`;

function find(text: string, dialect: Dialect = "ts"): FoundStudy[] {
  return findStudies(text, dialect);
}

function exportsOf(text: string, dialect: Dialect = "ts"): (string | null)[] {
  return find(text, dialect).map((study) => study.exportName);
}

describe("how a study may be written", () => {
  it("reads name, trials and storage of a named export", () => {
    const text = `${IMPORT}
export const cifar10 = defineStudy({
  name: "cifar10-cnn",
  trials: 1_000,
  seed: 7,
  "storage": 'sqlite:///a.db',
  async objective(trial) { return 1; },
});
`;
    expect(find(text)).toEqual([
      {
        exportName: "cifar10",
        name: "cifar10-cnn",
        trials: 1000,
        seed: 7,
        storage: "sqlite:///a.db",
        start: text.indexOf("export const"),
        end: text.lastIndexOf(")") + 1,
        params: [],
      },
    ]);
  });

  it.each<[string, string, string | null]>([
    ["default export", `export default defineStudy({});`, "default"],
    ["default export of a name", `const a = defineStudy({});\nexport default a;`, "default"],
    ["export list", `const a = defineStudy({});\nexport { a };`, "a"],
    ["renamed export", `const a = defineStudy({});\nexport { a as b };`, "b"],
    ["export as default", `const a = defineStudy({});\nexport { a as default };`, "default"],
    ["export list above", `export { a };\nconst a = defineStudy({});`, "a"],
    ["parentheses", `export const a = (defineStudy({}));`, "a"],
    ["JSDoc cast", `export const a = /** @type {X} */ (defineStudy({}));`, "a"],
    ["as and satisfies", `export const a = defineStudy({}) as Study satisfies Study;`, "a"],
    ["type annotation", `export const a: Study<Space> = defineStudy({});`, "a"],
    ["type argument", `export const a = defineStudy<Space>({});`, "a"],
    ["let", `export let a = defineStudy({});`, "a"],
    ["export equals", `export = defineStudy({});`, "default"],
    ["module.exports", `module.exports = defineStudy({});`, "default"],
    ["module.exports of a list", `const a = defineStudy({});\nmodule.exports = { a };`, "a"],
    ["module.exports of values", `module.exports = { b: defineStudy({}) };`, "b"],
    ["exports.a", `exports.a = defineStudy({});`, "a"],
    ["module.exports.a", `module.exports.a = defineStudy({});`, "a"],
    ["not exported", `const a = defineStudy({});`, null],
    ["re-exported from elsewhere", `const a = defineStudy({});\nexport { a } from "./other.js";`, null],
  ])("%s", (_, code, exportName) => {
    expect(exportsOf(IMPORT + code)).toEqual([exportName]);
  });

  it("finds several in one file, also in one statement", () => {
    const text = `${IMPORT}export const a = defineStudy({ name: "A" }), b = defineStudy({ name: "B" });
export default defineStudy({ name: "C" });`;
    expect(find(text).map(({ exportName, name }) => [exportName, name])).toEqual([
      ["a", "A"],
      ["b", "B"],
      ["default", "C"],
    ]);
  });

  it("follows constants of the same file", () => {
    const text = `${IMPORT}const NAME = \`digits\`; const TRIALS = 20 as const; const name = "short";
const options = { name: "from options", trials: 3 };
export const a = defineStudy({ name: NAME, trials: TRIALS });
export const b = defineStudy({ name });
export const c = defineStudy(options);`;
    expect(find(text).map(({ name, trials }) => [name, trials])).toEqual([
      ["digits", 20],
      ["short", null],
      ["from options", 3],
    ]);
  });

  it("says null for what only running the code can tell", () => {
    const text = IMPORT + "export const a = defineStudy({ name: `run-${id}`, trials: n * 2, storage: env.DB });";
    expect(find(text)[0]).toMatchObject({ name: null, trials: null, storage: null });
  });
});

describe("where defineStudy comes from", () => {
  it.each<[string, string]>([
    ["alias", `import { defineStudy as study } from "tunelens"; export const a = study({});`],
    ["namespace", `import * as t from "tunelens"; export const a = t.defineStudy({});`],
    ["beside a type", `import { type Study, defineStudy } from 'tunelens'; export const a = defineStudy({});`],
    [
      "two imports",
      `import type { X } from "tunelens"; import { defineStudy } from "tunelens"; export const a = defineStudy({});`,
    ],
    ["require", `const { defineStudy } = require("tunelens"); exports.a = defineStudy({});`],
    ["renamed require", `const { int, defineStudy: d } = require("tunelens"); exports.a = d({});`],
    ["required namespace", `const t = require("tunelens"); exports.a = t.defineStudy({});`],
    ["import equals", `import t = require("tunelens"); export const a = t.defineStudy({});`],
    ["dynamic import", `const { defineStudy } = await import("tunelens"); export const a = defineStudy({});`],
  ])("%s", (_, code) => {
    expect(exportsOf(code)).toEqual(["a"]);
  });

  it.each<[string, string]>([
    ["no import", `// tunelens\nexport const a = defineStudy({});`],
    ["another package", `import { defineStudy } from "not-tunelens"; // tunelens\nexport const a = defineStudy({});`],
    ["a sub-path", `import { defineStudy } from "tunelens/training"; export const a = defineStudy({});`],
    ["a type only", `import type { defineStudy } from "tunelens"; export const a = defineStudy({});`],
    ["an inline type only", `import { type defineStudy } from "tunelens"; export const a = defineStudy({});`],
    ["another function", `import { defineStudy, int } from "tunelens"; export const a = int(1, 2);`],
    ["a method of something else", `import * as t from "tunelens"; export const a = other.defineStudy({});`],
    ["in a comment", `import { defineStudy } from "tunelens"; // export const a = defineStudy({});`],
    ["in a string", `import { defineStudy } from "tunelens"; const s = "export const a = defineStudy({})";`],
    ["inside a function", `import { defineStudy } from "tunelens"; function f() { const a = defineStudy({}); }`],
  ])("not from %s", (_, code) => {
    expect(find(code)).toEqual([]);
  });
});

describe("half-typed code", () => {
  it.each<[string, string, (string | null)[]]>([
    ["the call is not closed", `export const a = defineStudy({ name: "x", tri`, ["a"]],
    ["the space is not closed", `export const a = defineStudy({ space: { a: int(1, }, trials: 4 });`, ["a"]],
    ["empty call, another follows", `export const a = defineStudy(\n\nexport const b = defineStudy({});`, ["a", "b"]],
    ["a brace above is open", `function f() {\n  if (x) {\n\nexport const a = defineStudy({});`, ["a"]],
    ["stray characters", `export const = ;\n)\nexport const a = defineStudy({});`, ["a"]],
    ["import not closed", `import { x, from "./x.js"\nexport const a = defineStudy({});`, ["a"]],
  ])("%s", (_, code, names) => {
    expect(exportsOf(IMPORT + code)).toEqual(names);
  });

  it("survives being cut at every character", () => {
    const text = `${IMPORT}export const a = defineStudy({ name: "x", space: { n: int(1, 5) }, objective: async (t) => 1 });`;
    const complete = text.indexOf("({") + 1;
    for (let length = 0; length <= text.length; length++) {
      const found = find(text.slice(0, length));
      if (length >= complete) expect(found, `cut at ${length}`).toHaveLength(1);
    }
  });
});

describe("dialects", () => {
  it("reads JSX where it is allowed", () => {
    const text = `${IMPORT}const view = <div>{1}</div>;\nexport const a = defineStudy({});`;
    expect(exportsOf(text, "js")).toEqual(["a"]);
    expect(exportsOf(text, "tsx")).toEqual(["a"]);
  });

  it("reads type assertions in TypeScript", () => {
    expect(exportsOf(`${IMPORT}const x = <number>y;\nexport const a = defineStudy({});`, "ts")).toEqual(["a"]);
  });
});
