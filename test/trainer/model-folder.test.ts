import { describe, expect, it } from "vitest";
import { modelFolder } from "../../src/trainer/model-folder.js";

const folderOf = (study: string) => modelFolder({}, "/w", study, 3);

describe("the folder of a retrained model", () => {
  it.each(["digits", "größe_2.5-b", "数字", "dense net"])("is named after the study: %s", (study) => {
    expect(folderOf(study)).toBe(`/w/.tunelens/models/${study}/trial-3`);
  });

  it.each(["../../etc", "..", "a/b", "a\\b", "C:evil", "nul", "con.txt", "ends.", " ", "", "x".repeat(500), "a\0b"])(
    "is one plain folder whatever the study is called: %j",
    (study) => {
      const [name, trial, ...more] = folderOf(study).slice("/w/.tunelens/models/".length).split("/");
      expect(name).toMatch(/^(?![. ])[\p{L}\p{N} ._-]{0,60}-[0-9a-f]{8}$/u);
      expect([trial, more]).toEqual(["trial-3", []]);
    },
  );

  it("is another one for each study", () => {
    expect(new Set(["a b", "a-b", "a/b", "a:b"].map(folderOf)).size).toBe(4);
  });

  it("is the one that was asked for", () => {
    expect(modelFolder({ output: "models/best" }, "/w", "digits", 3)).toBe("/w/models/best");
  });
});
