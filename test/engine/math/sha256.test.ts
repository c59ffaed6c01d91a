import { createHash } from "node:crypto";
import { expect, it } from "vitest";
import { sha256 } from "../../../src/engine/math/sha256.js";

it.each([0, 3, 55, 56, 63, 64, 65, 119, 120, 1000])("is the SHA-256 of a text of %i letters", (length) => {
  const text = Array.from({ length }, (_, i) => String.fromCharCode(32 + ((i * 7) % 95))).join("");
  expect(sha256(text)).toBe(createHash("sha256").update(text).digest("hex"));
});
