import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { writeNewStudy } from "../../src/extension/new-study.js";
import { findStudies } from "../../src/source/study-finder.js";
import { temporaryFolder } from "../temporary-folder.js";

it("writes the example under a free name and never over a file", async () => {
  const template = await readFile(fileURLToPath(new URL("../../examples/digits.study.ts", import.meta.url)), "utf8");
  const folder = temporaryFolder();
  await writeFile(join(folder, "digits.study.ts"), "mine");
  const first = await writeNewStudy(folder, template);
  const second = await writeNewStudy(folder, template);
  expect([first, second]).toEqual([join(folder, "digits-2.study.ts"), join(folder, "digits-3.study.ts")]);
  expect(await readFile(join(folder, "digits.study.ts"), "utf8")).toBe("mine");
  const text = await readFile(second, "utf8");
  expect(findStudies(text, "ts")).toMatchObject([{ exportName: "default", name: "digits-3" }]);
  expect(text).not.toContain("digits.study.ts");
});
