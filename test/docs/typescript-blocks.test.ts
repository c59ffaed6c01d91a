import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
const pages = globSync("docs/**/*.md", { cwd: root }).sort();

/** A file that is only in memory, beside the page it comes from. */
interface Snippet {
  readonly path: string;
  readonly code: string;
}

/** The blocks marked as TypeScript, each a module. */
function blocksOf(page: string): Snippet[] {
  const blocks = readPage(page).matchAll(/^```ts\n([\s\S]*?)^```$/gm);
  return [...blocks].map(([, code], i) => ({ path: join(root, `${page}.${i}.ts`), code: `${code}export {};\n` }));
}

/** What the lines of a table are about. */
const tablePrelude = `
import * as tunelens from "tunelens";
const { ${"createStudy, loadStudy, deleteStudy, copyStudy, paramImportances, TrialPruned"} } = tunelens;
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
  return { path: join(root, `${page}.tables.ts`), code: tablePrelude + functions.join("") };
}

function splitRow(line: string): string[] {
  return line.split("|").map((cell) => cell.trim());
}

function readPage(page: string): string {
  return readFileSync(join(root, page), "utf8");
}

/** What TypeScript says of the snippets when `tunelens` is this source tree. */
function problemsOf(snippets: readonly Snippet[]): string[] {
  const config = ts.readConfigFile(join(root, "tsconfig.json"), (path) => ts.sys.readFile(path));
  const { options } = ts.parseJsonConfigFileContent({ ...config.config, include: [] }, ts.sys, root);
  options.paths = {
    tunelens: [join(root, "src/index.ts")],
    "tunelens/training": [join(root, "src/training/index.ts")],
  };
  const inMemory = new Map(snippets.map(({ path, code }) => [path, code]));
  const host = ts.createCompilerHost(options);
  const { fileExists, readFile } = host;
  host.fileExists = (path) => inMemory.has(path) || fileExists(path);
  host.readFile = (path) => inMemory.get(path) ?? readFile(path);
  host.getSourceFile = (path, languageVersion) => {
    const text = host.readFile(path);
    return text === undefined ? undefined : ts.createSourceFile(path, text, languageVersion);
  };
  const program = ts.createProgram([...inMemory.keys()], options, host);
  return snippets.flatMap(({ path }) => {
    const file = program.getSourceFile(path)!;
    return [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)].map((problem) => {
      const line = file.getLineAndCharacterOfPosition(problem.start ?? 0).line;
      const message = ts.flattenDiagnosticMessageText(problem.messageText, " ");
      return `${path.slice(root.length)}: ${file.text.split("\n")[line]!.trim()}: ${message}`;
    });
  });
}

describe("the pages under docs/", () => {
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

  it.each(pages)("%s links to what is there", (page) => {
    const links = [...readPage(page).matchAll(/\]\(([^)#]+)[^)]*\)/g)].map(([, target]) => target!);
    const local = links.filter((target) => !target.startsWith("http"));
    expect(local.filter((target) => !existsSync(resolve(root, dirname(page), target)))).toEqual([]);
  });
});
