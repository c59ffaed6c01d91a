import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ESLint } from "eslint";
import { describe, expect, it } from "vitest";
import { untypedLint } from "../lint.js";

interface Config {
  readonly languageOptions: { readonly parserOptions: { readonly projectService?: boolean } };
  readonly rules: Readonly<Record<string, readonly unknown[] | undefined>>;
}

const root = fileURLToPath(new URL("../../", import.meta.url));

/** @returns the rules that a text breaks as the text of a file. */
async function broken(filePath: string, text: string): Promise<string[]> {
  const [result] = await untypedLint.lintText(`${text}\n`, { filePath });
  return [...new Set(result!.messages.map(({ ruleId, message }) => ruleId ?? message))].filter(
    (rule) => rule !== "@typescript-eslint/no-unused-vars",
  );
}

const ROOMS = "tunelens/room-imports";

describe("a room imports only what the table allows", () => {
  it.each([
    ["an import", 'import { a } from "../storage/open.js"; a();'],
    ["a type", 'import type { A } from "../storage/open.js"; export const a: A = 1;'],
    ["a type in place", 'export type A = import("../storage/open.js").A;'],
    ["an export", 'export { a } from "../storage/open.js";'],
    ["an export of everything", 'export * from "../storage/open.js";'],
    ["a dynamic import", 'await import("../storage/open.js");'],
    ["a dynamic import without interpolation", "await import(`../storage/open.js`);"],
    ["a require", 'require("../storage/open.js");'],
    ["an import of require", 'import a = require("../storage/open.js"); a();'],
    ["a file beside the rooms", 'import { VERSION } from "../version.js"; VERSION();'],
    ["the package's own index", 'import { tpe } from "../index.js"; tpe();'],
    ["a test", 'import { until } from "../../test/wait.js"; until();'],
    ["the page", 'import { a } from "../../webview/html.js"; a();'],
  ])("by %s", async (_, text) => {
    expect(await broken("src/engine/space.ts", text)).toContain(ROOMS);
    expect(
      await broken("src/engine/samplers/random.ts", text.replace('"../', '"../../').replace("`../", "`../../")),
    ).toContain(ROOMS);
  });

  it.each([
    ["src/engine/space.ts", 'import { join } from "node:path"; join();'],
    ["src/protocol/wire.ts", 'import * as v from "valibot"; v.a();'],
    ["src/storage/open.ts", 'import { a } from "../trainer/trainer.js"; a();'],
    ["src/tensorflow/fit.ts", 'import { a } from "../storage/open.js"; a();'],
    ["src/watchdog/watchdog.ts", 'import { a } from "../engine/study.js"; a();'],
    ["src/source/names.ts", 'import { a } from "../storage/open.js"; a();'],
    ["src/supervisor/runtime.ts", 'import { a } from "../format/plural.js"; a();'],
    ["src/trainer/trainer.ts", 'import { a } from "../inspector/inspector.js"; a();'],
    ["src/inspector/inspector.ts", 'import { a } from "../tensorflow/fit.js"; a();'],
    ["src/query/parse.ts", 'import { a } from "../storage/open.js"; a();'],
    ["src/query/parse.ts", 'import { join } from "node:path"; join();'],
    ["src/extension/api.ts", 'import { a } from "../query/parse.js"; a();'],
    ["src/cli/main.ts", 'import { a } from "../extension/api.js"; a();'],
    ["src/extension/api.ts", 'import { a } from "../engine/study.js"; a();'],
    ["src/extension/api.ts", 'import { a } from "@tensorflow/tfjs"; a();'],
    ["src/extension/api.ts", 'import a from "better-sqlite3"; a();'],
    ["src/inspector/inspector.ts", 'import * as vscode from "vscode"; vscode.a();'],
    ["src/index.ts", 'export { a } from "./trainer/trainer.js";'],
    ["webview/main.ts", 'import { a } from "../src/engine/study.js"; a();'],
    ["scripts/test.ts", 'import { a } from "../src/engine/study.js"; a();'],
    ["scripts/test.ts", 'import { a } from "../test/wait.js"; a();'],
    ["scripts/watch.mjs", 'import { a } from "../test/wait.js"; a();'],
    ["examples/digits.study.ts", 'import { a } from "../src/index.js"; a();'],
    ["src/lost.ts", "export const a = 1;"],
    ["src/nowhere/lost.ts", "export const a = 1;"],
  ])("%s: %s", async (path, text) => {
    expect(await broken(path, text)).toContain(ROOMS);
  });

  it.each([
    [
      "src/trainer/trainer.ts",
      'import { a } from "../engine/study.js"; export const b = import("../storage/open.js"); a();',
    ],
    ["src/extension/api.ts", 'import * as vscode from "vscode"; import { a } from "./activation.js"; a(vscode.Uri);'],
    ["src/engine/samplers/random.ts", 'import { a } from "../study.js"; a();'],
    ["webview/table/trial-grid.ts", 'import { a } from "../../src/format/plural.js"; a();'],
    ["webview/table/trial-grid.ts", 'import { a } from "../../src/query/parse.js"; a();'],
    ["test/engine/study.test.ts", 'import { a } from "../../src/engine/study.js"; a();'],
  ])("and may: %s: %s", async (path, text) => {
    expect(await broken(path, text)).toEqual([]);
  });
});

describe("a rule finds what breaks it", () => {
  it.each([
    ["no-restricted-syntax", "src/extension/api.ts", 'vscode.window.showErrorMessage("no");'],
    ["no-restricted-syntax", "src/extension/api.ts", 'new vscode.MarkdownString("no");'],
    ["no-restricted-syntax", "src/extension/api.ts", "item.tooltip = name;"],
    ["no-restricted-syntax", "src/extension/api.ts", 'import { window } from "vscode"; window.a();'],
    ["no-restricted-syntax", "src/extension/api.ts", "const { window } = vscode; window.a();"],
    ["no-restricted-syntax", "src/extension/api.ts", 'vscode["window"].a();'],
    ["no-restricted-syntax", "src/cli/run.ts", "process.stdout.write(name);"],
    ["no-restricted-syntax", "webview/messages.ts", "v.record(v.string(), v.number());"],
    ["@typescript-eslint/no-restricted-imports", "webview/main.ts", 'import { html } from "lit"; html``;'],
    ["no-restricted-syntax", "test/engine/study.test.ts", "await new Promise((done) => setTimeout(done, 100));"],
    ["no-restricted-properties", "src/engine/space.ts", "Date.now();"],
    ["no-console", "src/engine/space.ts", "console.log(1);"],
    ["@typescript-eslint/no-explicit-any", "src/engine/space.ts", "export const a = (b: any) => b;"],
    [
      "@typescript-eslint/consistent-type-imports",
      "src/cli/run.ts",
      'import { A } from "./a.js"; export const a: A = 1;',
    ],
    ["max-lines-per-function", "src/engine/space.ts", `export function a() {${"\na();".repeat(81)}\n}`],
    ["no-restricted-syntax", "src/engine/space.ts", "export class A { #b = 1; c() { return this.#b; } }"],
    ["no-restricted-syntax", "src/extension/api.ts", "export class A { #b = 1; c() { return this.#b; } }"],
    ["no-restricted-syntax", "src/cli/run.ts", "export class A { #b = 1; c() { return this.#b; } }"],
    ["no-restricted-syntax", "webview/main.ts", "export class A { #b = 1; c() { return this.#b; } }"],
    ["no-restricted-syntax", "test/wait.ts", "export class A { #b = 1; c() { return this.#b; } }"],
    ["no-restricted-syntax", "src/engine/space.ts", "const limit = 30;\nexport const a = () => limit;"],
    ["no-restricted-syntax", "src/engine/space.ts", 'const defaultName = "a";\nexport const a = () => defaultName;'],
    ["no-restricted-syntax", "src/engine/space.ts", "export const LIMITS = [1, 2];"],
    ["no-restricted-syntax", "src/cli/run.ts", "export const limit = -30;"],
    ["no-restricted-syntax", "scripts/watch.mjs", "export const limit = 30;"],
  ])("%s in %s: %s", async (rule, path, text) => {
    expect(await broken(path, text)).toContain(rule);
  });

  it.each([
    ["src/engine/space.ts", "export const LIMIT_MS = 30_000;\nexport const limits = [1, 2];"],
    ["src/engine/space.ts", "export function a() {\n  const b = 1;\n  return b;\n}"],
  ])("and nothing in %s: %s", async (path, text) => {
    expect(await broken(path, text)).toEqual([]);
  });

  it("an eslint-disable comment that disables nothing", async () => {
    const text = "// eslint-disable-next-line no-console\nexport const a = () => 1;";
    expect(await broken("src/engine/space.ts", text)).not.toEqual([]);
  });
});

describe("the rules with types", () => {
  const typed = new ESLint({ cwd: root });

  it.each(["src/cli/run.ts", "webview/main.ts", "scripts/test.ts", "test/wait.ts", "examples/digits.study.ts"])(
    "are on in %s",
    async (path) => {
      const config = (await typed.calculateConfigForFile(path)) as Config;
      expect(config.languageOptions.parserOptions.projectService).toBe(true);
      for (const rule of ["no-floating-promises", "no-misused-promises", "await-thenable", "no-unsafe-argument"])
        expect(config.rules[`@typescript-eslint/${rule}`]?.[0], rule).toBe(2);
    },
  );

  it("find a promise that nobody waits for", async () => {
    const text = "async function a() {\n  await null;\n}\na();\n";
    const [result] = await typed.lintText(text, { filePath: join(root, "examples/digits.study.ts") });
    expect(result!.messages.map(({ ruleId }) => ruleId)).toEqual([
      "@typescript-eslint/await-thenable",
      "@typescript-eslint/no-floating-promises",
    ]);
  });
});

/** Runs a program on a folder that has these files. */
function runOn(files: Readonly<Record<string, string>>, program: string, ...args: string[]) {
  mkdirSync(join(root, ".cache"), { recursive: true });
  const folder = mkdtempSync(join(root, ".cache", "lint-"));
  try {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    const paths = args.map((arg) => arg.replace("FOLDER", folder));
    return spawnSync(process.execPath, [join(root, program), ...paths], { cwd: root, encoding: "utf8" });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe("an import cycle is found", () => {
  it.each([
    [
      "of values",
      {
        "a.ts": 'import { b } from "./b.js";\nexport const a = () => b;',
        "b.ts": 'import { a } from "./a.js";\nexport const b = () => a;',
      },
    ],
    [
      "of types",
      {
        "a.ts": 'import type { B } from "./b.js";\nexport type A = B[];',
        "b.ts": 'import type { A } from "./a.js";\nexport type B = A[];',
      },
    ],
  ])("%s", (_, files) => {
    const program = "node_modules/dependency-cruiser/bin/dependency-cruiser.mjs";
    const { stdout, status } = runOn(files, program, "--output-type", "err", "FOLDER");
    expect(stdout).toContain("no-circular");
    expect(status).toBeGreaterThan(0);
  });
});

describe("British spellings are found", () => {
  it.each([
    ..."behaviour colour Neighbours optimisation initialise normalised analyse centre centred labelled cancelled".split(
      " ",
    ),
    ..."catalogue licence learnt misspelt".split(" "),
  ])("%s", (word) => {
    const { stderr, status } = runOn({ "a.md": `The\n${word} of it` }, "scripts/lint/spelling.mjs", "FOLDER/a.md");
    expect(stderr).toMatch(/a\.md:2: \w+\n1 British/);
    expect(status).toBe(1);
  });

  it("and no American ones", () => {
    const text =
      "behavior color four hour your optimization analysis center labeled aria-labelledby license learnTree revise wise";
    expect(runOn({ "a.md": text }, "scripts/lint/spelling.mjs", "FOLDER/a.md")).toMatchObject({
      status: 0,
      stderr: "",
    });
  });
});
