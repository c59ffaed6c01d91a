import { expect, it } from "vitest";
import { findStudies } from "../../src/source/study-finder.js";

function mistakeIn(definition: string): string | undefined {
  const text = `import { categorical, defineStudy, float, int } from "tunelens";
const MOST = 5;
export default defineStudy({ space: { x: ${definition} }, objective: () => 0 });`;
  const [study] = findStudies(text, "ts");
  const { mistake } = study!.params[0]!;
  return mistake ? `${mistake.isFatal ? "" : "! "}${mistake.message}` : undefined;
}

it.each([
  ["int(256, 16)", "int(256, 16): the range is empty: low must not exceed high."],
  ["int(256, MOST)", "int(256, 5): the range is empty: low must not exceed high."],
  ["float(0, 1, { log: true })", "float(0, 1, { log: true }): a log range must be above 0; increase low."],
  ["float(1, 10, { log: true, step: 1 })", "float(1, 10, { log: true, step: 1 }): log and step cannot be combined."],
  ["int(1, 5, { default: 9 })", "The default 9 is not a value of int(1, 5)."],
  ["int(16, 100, { step: 32 })", "! Steps of 32 from 16 end at 80, not at 100."],
  ["float(0, 1, { steps: 0.1 })", expect.stringContaining('"steps"')],
  ['categorical(["a", "a"])', expect.stringContaining('"a"')],
  ['categorical(["a", "b"], { default: "c" })', 'The default "c" is not a value of categorical(["a","b"]).'],
])("%s is a mistake", (definition, message) => {
  expect(mistakeIn(definition)).toEqual(message);
});

it.each([
  "int(1, 5, { default: 2 })",
  "float(0, 1, { step: 0.1 })",
  "float(0.1, 0.7, { step: 0.1 })",
  "int(1, computed())",
  "int(256, 16, { ...others })",
  "int(256, 16, { step: computed() })",
  "int(256,",
  "int(",
  "categorical([])".replace("[]", "[...more]"),
])("%s is none, or says too little", (definition) => {
  expect(mistakeIn(definition)).toBeUndefined();
});
