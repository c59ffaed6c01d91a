import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { apiPages } from "../../scripts/api-reference.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
const read = (page: string) => readFileSync(join(root, page), "utf8");

const pages = apiPages();

describe("the API reference", () => {
  it.each([...pages.keys()])("%s is what the docstrings say; npm run docs:api writes it", (page) => {
    expect(read(page)).toBe(pages.get(page));
  });

  it("has every function, with a docstring, and the members of classes", () => {
    const text = [...pages.values()].join("\n");
    expect(text).toMatch(/### fit\n\nTrains a compiled model as part of a trial: /);
    expect(text).toMatch(/### Trial\n[\s\S]*\n  report\(value: number, step: number\): void;\n/);
    expect(text).not.toMatch(/^ +(private|protected) /m);
    expect(text).not.toMatch(/### [a-z]\w*\n\n```/);
  });
});

it("every public function is in a page of the docs that people wrote", () => {
  const written = globSync("docs/**/*.md", { cwd: root }).filter((page) => !page.includes("api/"));
  const text = written.map(read).join("\n");
  const functions = [...pages.values()].flatMap((page) => {
    const section = page.split("\n## Functions\n")[1]!.split("\n## ")[0]!;
    return [...section.matchAll(/^### (\w+)$/gm)].map(([, name]) => name!);
  });
  expect(functions.length).toBeGreaterThan(60);
  expect(functions.filter((name) => !new RegExp(String.raw`\b${name}\b`).test(text))).toEqual([]);
});
