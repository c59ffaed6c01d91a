import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { crc32 } from "../../../src/engine/math/crc32.js";

const golden = JSON.parse(readFileSync(new URL("../../fixtures/optuna/golden.json", import.meta.url), "utf8")) as {
  crc32: Record<string, number>;
};

it.each(Object.entries(golden.crc32))("the checksum of %s is Python's", (text, expected) => {
  expect(crc32(text)).toBe(expected);
});
