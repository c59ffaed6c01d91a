import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { findModelFolder, modelVersions, studyModels } from "../../src/tensorflow/model-versions.js";
import { temporaryFolder } from "../temporary-folder.js";

/** @returns the folder of a study with these models, `trial-3/v2` to its value. */
function studyWith(models: Readonly<Record<string, unknown>>, direction?: string): string {
  const study = temporaryFolder();
  Object.entries(models).forEach(([name, value], i) => {
    const folder = join(study, name);
    mkdirSync(folder, { recursive: true });
    const savedAt = new Date(Date.UTC(2026, 0, 1 + i)).toISOString();
    const trial = Number(/\d+/.exec(name)![0]);
    const text = { study: "digits", trial, savedAt, direction, metrics: { value }, history: { val_acc: [value, 0.5] } };
    writeFileSync(join(folder, "tunelens.json"), JSON.stringify(text));
  });
  return study;
}

describe("the models of a study", () => {
  it("are those of all its trials, the oldest first", async () => {
    const study = studyWith(
      { "trial-3/v1": 0.9, "trial-12/v1": 0.8, "trial-3/v2": 0.7, "trial-12/old": 1 },
      "maximize",
    );
    const found = await studyModels(study);
    expect(found.map(({ trial, version, values, metric, epochs }) => [trial, version, values, metric, epochs])).toEqual(
      [
        [3, 1, [0.9], "val_acc", 2],
        [12, 1, [0.8], "val_acc", 2],
        [3, 2, [0.7], "val_acc", 2],
      ],
    );
    expect((await modelVersions(join(study, "trial-3"))).map(({ version }) => version)).toEqual([1, 2]);
  });

  it.each([
    ["maximize", "trial-3/v1"],
    ["minimize", "trial-12/v2"],
    // As for several objectives: nobody knows which is better.
    [undefined, "trial-3/v2"],
  ])("%s: its folder stands for %s", async (direction, best) => {
    const models = { "trial-3/v1": 0.9, "trial-12/v1": 0.8, "trial-12/v2": 0.2, "trial-3/v2": 0.7 };
    const study = studyWith(models, direction);
    expect(await findModelFolder(study)).toBe(join(study, best));
  });

  it("a training that went wrong is not the best, and what does not describe a model is none", async () => {
    const study = studyWith({ "trial-3/v1": { number: "NaN" }, "trial-3/v2": 0.3 }, "maximize");
    mkdirSync(join(study, "trial-3/v3"));
    writeFileSync(join(study, "trial-3/v3/tunelens.json"), "[]");
    expect((await studyModels(study)).map(({ values }) => values)).toEqual([[NaN], [0.3]]);
    expect(await findModelFolder(study)).toBe(join(study, "trial-3/v2"));
  });

  it("a folder without any stands for itself", async () => {
    const nothing = temporaryFolder();
    expect(await findModelFolder(nothing)).toBe(nothing);
  });
});
