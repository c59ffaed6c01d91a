import { existsSync, globSync, readFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { problemsOf, type Snippet } from "../compile.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
const pages = globSync("docs/**/*.md", { cwd: root }).sort();
const rootPages = globSync("*.md", { cwd: root }).sort();

/** The blocks marked as TypeScript, each a module. */
function blocksOf(page: string): Snippet[] {
  const blocks = readPage(page).matchAll(/^```ts\n([\s\S]*?)^```$/gm);
  return [...blocks].map(([, code], i) => ({ path: join(root, `${page}.${i}.ts`), code: `${code}export {};\n` }));
}

/** What the lines of a table are about. */
const TABLE_PRELUDE = `
import * as tunelens from "tunelens";
const { ${"createStudy, loadStudy, deleteStudy, copyStudy, paramImportances, TrialPruned, getStudySummaries, fixedTrial, float"} } = tunelens;
const { tpe, random, gaussianProcess, cmaEs, grid, bruteForce, quasiRandom, partiallyFixed, nsga2, nsga3 } = tunelens;
const { terminator, regretBound, bestValueStagnation, emmr, crossValidationError, staticError, medianError } = tunelens;
const { median, percentile, successiveHalving, hyperband, threshold, patient, wilcoxon, nopPruner } = tunelens;
declare const storage: tunelens.Storage, otherStorage: tunelens.Storage;
declare const study: tunelens.Study, trial: tunelens.Trial, used: number;
declare const distributions: Record<string, tunelens.Distribution>;
declare const objective: tunelens.Objective;
`;

/** What stands in the column "Tunelens" of a page's tables, each piece of code a function of one module. */
function tablesOf(page: string): Snippet {
  const cells: string[] = [];
  let column = -1;
  for (const line of readPage(page).split("\n")) {
    if (!line.startsWith("|")) column = -1;
    else if (column < 0) column = splitRow(line).indexOf("Tunelens");
    else for (const [, code] of (splitRow(line)[column] ?? "").matchAll(/`([^`]+)`/g)) cells.push(code!);
  }
  const functions = cells.map((code, i) => `export function line${i}() {\n  ${code};\n}\n`);
  return { path: join(root, `${page}.tables.ts`), code: TABLE_PRELUDE + functions.join("") };
}

function splitRow(line: string): string[] {
  return line.split("|").map((cell) => cell.trim());
}

function linksOf(page: string): string[] {
  return [...readPage(page).matchAll(/\]\(([^)#]+)[^)]*\)/g)].map(([, target]) => target!);
}

function readPage(page: string): string {
  return readFileSync(join(root, page), "utf8");
}

describe("the pages", () => {
  it("have code that compiles", () => {
    const blocks = pages.flatMap(blocksOf);
    const tables = tablesOf("docs/coming-from-optuna.md");
    expect(blocks.length).toBeGreaterThan(20);
    expect(tables.code.match(/function line/g)!.length).toBeGreaterThan(50);
    expect(problemsOf([...blocks, tables])).toEqual([]);
  });

  it("would not pass with code that does not", () => {
    const wrong = {
      path: join(root, "docs/wrong.md.0.ts"),
      code: `import { tpe } from "tunelens";\ntpe({ trials: 1 });\n`,
    };
    expect(problemsOf([wrong])).toEqual([expect.stringContaining("'trials' does not exist in type 'TpeOptions'")]);
  });

  it.each([...rootPages, ...pages])("%s links to what is there", (page) => {
    const local = linksOf(page).filter((target) => !/^\w+:/.test(target));
    expect(local.filter((target) => !existsSync(resolve(root, dirname(page), target)))).toEqual([]);
  });

  it.each(pages.filter((page) => page.endsWith("/README.md")))("%s links to every page beside it", (page) => {
    const beside = globSync("*.md", { cwd: join(root, dirname(page)) }).filter((name) => name !== basename(page));
    expect(beside.length).toBeGreaterThan(0);
    expect(beside.filter((name) => !linksOf(page).includes(name))).toEqual([]);
  });
});
