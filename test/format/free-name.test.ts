import { expect, it } from "vitest";
import { freeName } from "../../src/format/free-name.js";

it.each([
  ["digits", [], "digits-2"],
  ["digits", ["digits-2"], "digits-3"],
  ["digits-2", [], "digits-3"],
  ["digits-9", ["digits-10"], "digits-11"],
])("a new name for %s beside %j", (name, taken: readonly string[], free) => {
  expect(freeName(name, (candidate) => taken.includes(candidate))).toBe(free);
});
