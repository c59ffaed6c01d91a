import { describe, expect, it } from "vitest";
import { checkOptions, suggestion } from "../../src/engine/option-names.js";
import { InvalidArgumentError } from "../../src/engine/errors.js";

describe("suggestion", () => {
  const known = ["learningRate", "units", "lr"];

  it.each([
    ["learningRat", "learningRate"],
    ["learning_rate", "learningRate"],
    ["unist", "units"],
    ["LR", "lr"],
  ])("takes %s for %s", (name, meant) => {
    expect(suggestion(name, known)).toBe(`Did you mean "${meant}"?`);
  });

  it("lists what there is where nothing is near", () => {
    expect(suggestion("dropout", known)).toBe("Use one of: learningRate, units, lr.");
  });
});

describe("checkOptions", () => {
  const names = { trials: true, seed: true } as const;

  it("lets known options through, also those that are undefined", () => {
    expect(() =>
      checkOptions<{ trials?: number; seed?: number | undefined }>("x", { seed: undefined }, names),
    ).not.toThrow();
    const passedOn: object = { seed: 1, verbose: undefined };
    expect(() => checkOptions<{ trials?: number; seed?: number }>("x", passedOn, names)).not.toThrow();
  });

  it("refuses an unknown one, and says which is meant", () => {
    const misspelled: object = { seed: 1, trails: 20 };
    const check = () => checkOptions<{ trials?: number; seed?: number }>("x", misspelled, names);
    expect(check).toThrow(InvalidArgumentError);
    expect(check).toThrow('x: unknown option "trails". Did you mean "trials"?');
  });
});
