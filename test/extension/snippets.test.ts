import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { problemsOf } from "../compile.js";

interface Snippet {
  readonly prefix: string;
  readonly body: readonly string[];
  readonly description: string;
}

const root = new URL("../../", import.meta.url);
const read = (file: string) => readFileSync(new URL(file, root), "utf8");
const snippets = Object.values(JSON.parse(read("media/snippets.json")) as Record<string, Snippet>);

/** As the editor inserts it, before anything is filled in. */
function expanded({ body }: Snippet): string {
  return body
    .join("\n")
    .replaceAll(/\$\{\d+:((?:\\.|[^\\}])*)\}/g, "$1")
    .replaceAll(/\$\d+/g, "")
    .replaceAll("\\}", "}");
}

const IMPORTS = `import {
  asha, branch, categorical, cmaEs, defineStudy, float, gaussianProcess, hyperband, int, median, nsga2, random, tpe, TrialPruned,
} from "tunelens";
export const used = [asha, branch, categorical, cmaEs, float, gaussianProcess, hyperband, int, median, nsga2, random, tpe, TrialPruned];
declare const loss: number, epoch: number;
`;

/** A study in which it stands where it belongs. */
function studyWith(snippet: Snippet): string {
  const code = expanded(snippet);
  if (code.startsWith("import ")) return code;
  const isOption = /^(sampler|pruner|scheduler):/.test(code);
  const isStatement = code.startsWith("trial.");
  return `${IMPORTS}
export default defineStudy({
  name: "s",
  space: { x: ${isOption || isStatement ? "float(0, 1)" : code} },
  ${isOption ? code : ""}
  objective: (trial) => { ${isStatement ? code : ""} return 1; },
});
`;
}

it("every snippet compiles as it is inserted", () => {
  const folder = new URL("test/extension/", root).pathname;
  const files = snippets.map((snippet) => ({ path: `${folder}${snippet.prefix}.ts`, code: studyWith(snippet) }));
  expect(problemsOf(files)).toEqual([]);
});

it("each has a prefix of its own and says when to choose it", () => {
  expect(new Set(snippets.map(({ prefix }) => prefix)).size).toBe(snippets.length);
  for (const { prefix, description } of snippets) {
    expect(prefix).toMatch(/^tl-[a-z]+$/);
    expect(description.length).toBeGreaterThan(10);
  }
});
