import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { recordedTrainer } from "./recorded-trainer.js";
import { studyFolder } from "./study-folder.js";

/** What is wrong with a file, and how the error says so. */
const wrongFiles = [
  {
    file: "syntax-error.study.ts",
    code: "syntax-error",
    line: 6,
    column: 26,
    says: 'Syntax error in syntax-error.study.ts:6:26: Unexpected ";"',
  },
  {
    file: "awaits.study.js",
    code: "syntax-error",
    line: 2,
    column: 15,
    says: '"cjs" output format. Set "type": "module" in package.json, or rename the file to .mjs.',
  },
  {
    file: "commonjs-syntax-error.study.cts",
    code: "syntax-error",
    line: 1,
    column: 11,
    says: "commonjs-syntax-error.study.cts:1:11",
  },
  {
    file: "no-study.study.ts",
    code: "no-study",
    line: 1,
    says: "None of its exports (learningRate, objective) is a study",
  },
  {
    file: "same-name.study.ts",
    code: "duplicate-study-name",
    line: 5,
    says: 'two studies named "twin": export first, line 3 and export second, line 5',
  },
  {
    file: "several.study.ts",
    code: "several-studies",
    line: 3,
    says: '"left-study" (export left, line 3), "right-study" (export default, line 11). Name one of them',
  },
  { file: "empty-range.study.ts", code: "invalid-distribution", line: 6, says: "int(5, 1): the range is empty" },
  { file: "log-zero.study.ts", code: "invalid-distribution", line: 5, says: "a log range must be above 0" },
  { file: "missing-import.study.ts", code: "study-file-failed", line: 2, says: "'a-package-nobody-has'" },
];

describe("a study file that cannot be run", () => {
  it.each(wrongFiles)("$file: names what, and the line", async ({ file, code, says, ...place }) => {
    const folder = studyFolder();
    const { run } = await recordedTrainer(folder);
    const error = await run(file).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: "RemoteError", code, location: { file: join(folder, file), ...place } });
    expect((error as Error).message).toContain(says);
  });

  it("is missing", async () => {
    const { run } = await recordedTrainer(studyFolder());
    await expect(run("nowhere.study.ts")).rejects.toMatchObject({
      code: "study-file-not-found",
      message: "nowhere.study.ts does not exist.",
    });
  });

  it("has no study of the name asked for: says which there are", async () => {
    const { run } = await recordedTrainer(studyFolder());
    await expect(run("several.study.ts", { study: "middle" })).rejects.toMatchObject({
      code: "study-not-in-file",
      message: expect.stringContaining('"left-study" (export left, line 3)'),
    });
  });
});

describe("the studies of a file", () => {
  it("are listed in the order of the source, without running one", async () => {
    const { trainer, folder, finished } = await recordedTrainer(studyFolder());
    const outlines = await trainer.functions.listStudies(join(folder, "several.study.ts"));
    const storage = "sqlite:///.tunelens/studies.db";
    expect(outlines).toEqual([
      { name: "left-study", exportName: "left", directions: ["minimize"], trials: 2, storage },
      { name: "right-study", exportName: "default", directions: ["minimize"], trials: 3, storage },
    ]);
    expect(finished).toEqual([]);
  });

  it.each([
    ["left-study", "left-study"],
    ["left", "left-study"],
    ["default", "right-study"],
  ])("%s is found by name or by export", async (study, name) => {
    const { run } = await recordedTrainer(studyFolder());
    expect(await run("several.study.ts", { study })).toMatchObject({ study: name, reason: "trials" });
  });
});
