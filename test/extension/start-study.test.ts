import { expect, it, vi } from "vitest";

vi.mock("vscode", () => ({}));

it.each([
  ["digits", [], "digits-2"],
  ["digits", ["digits-2"], "digits-3"],
  ["digits-2", [], "digits-3"],
  ["digits-9", ["digits-10"], "digits-11"],
])("a new name for %s beside %j", async (name, taken, free) => {
  const { freeName } = await import("../../src/extension/start-study.js");
  expect(freeName(name, (candidate) => taken.includes(candidate as never))).toBe(free);
});
