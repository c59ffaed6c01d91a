import { describe, expect, it } from "vitest";
import type { Json } from "../../src/engine/trial/trial-snapshot.js";
import { parsePythonJson, toPythonFloat, toPythonJson } from "../../src/storage/python-json.js";

describe("JSON as Python writes it", () => {
  it.each<[string, Json]>([
    ["NaN", NaN],
    ["[Infinity, -Infinity, NaN]", [Infinity, -Infinity, NaN]],
    ['{"NaN": "-Infinity \\" NaN", "x": {"Infinity": NaN}}', { NaN: '-Infinity " NaN', x: { Infinity: NaN } }],
    ["[-0.0, 0.0, 1.0, 5e-324, 1e+22]", [-0, 0, 1, 5e-324, 1e22]],
    ['"\\u00e9\\ud83d\\ude00 \\ud800"', "é😀 \ud800"],
  ])("%s is read", (text, value) => {
    expect(parsePythonJson(text)).toEqual(value);
  });

  it.each(["", "{", "nan", "NaNs", "[1, NaN", "{'a': 1}", "Infinity Infinity", "--Infinity"])(
    "%s is refused",
    (text) => {
      expect(() => parsePythonJson(text)).toThrow(SyntaxError);
    },
  );

  it.each<[Json, string]>([
    [NaN, "NaN"],
    [[Infinity, -Infinity, -0, 0, 1, 1.5, 1e21], "[Infinity, -Infinity, -0.0, 0, 1, 1.5, 1e+21]"],
    [{ é: '😀 \u007f\n"', a: [null, true, {}] }, '{"\\u00e9": "\\ud83d\\ude00 \\u007f\\n\\"", "a": [null, true, {}]}'],
    ["\ud800", '"\\ud800"'],
  ])("%j is written in ASCII", (value, text) => {
    expect(toPythonJson(value)).toBe(text);
    expect(parsePythonJson(text)).toEqual(value);
  });

  it("marks floats as floats", () => {
    expect([1, -0, 0, 0.5, 1e20, 1e21, 1e-7, 123456789012345680000].map(toPythonFloat)).toEqual([
      "1.0",
      "-0.0",
      "0.0",
      "0.5",
      "100000000000000000000.0",
      "1e+21",
      "1e-7",
      "123456789012345680000.0",
    ]);
  });
});
