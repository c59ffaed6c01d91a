import * as v from "valibot";
import { expect, it } from "vitest";
import { recordOf } from "../../webview/record-of.js";

const names = ["loss", "constructor", "prototype", "__proto__", "toString", ""];
const record = Object.fromEntries(names.map((name, i) => [name, i]));

it("keeps what any name has", () => {
  const parsed = v.parse(recordOf(v.number()), record);
  expect(Object.entries(parsed)).toEqual(Object.entries(record));
  expect(Object.getPrototypeOf(parsed)).toBe(Object.prototype);
});

it.each([null, undefined, 1, "x", [1], { a: "1" }])("refuses %j", (input) => {
  expect(v.safeParse(recordOf(v.number()), input).success).toBe(false);
});
