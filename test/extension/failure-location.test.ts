import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";
import { failureLocation } from "../../src/extension/failure-location.js";
import { temporaryFolder } from "../temporary-folder.js";

const folder = join(temporaryFolder(), "a (b)");
mkdirSync(folder, { recursive: true });
const file = join(folder, "x.study.ts");
writeFileSync(file, "");
const anywhere = () => true;

describe("the line where a trial failed", () => {
  it.each([
    ["of a path", `RangeError: no\n    at objective (${file}:12:5)`],
    ["of a URL", `RangeError: no\n    at objective (${pathToFileURL(file).href}:12:5)`],
    ["of a module loaded again", `RangeError: no\n    at objective (${pathToFileURL(file).href}?tunelens=2:12:5)`],
    ["without a function", `RangeError: no\n    at async ${file}:12:5`.replace("async ", "")],
    ["below files that are gone", `RangeError: no\n    at f (/gone/y.ts:1:1)\n    at objective (${file}:12:5)`],
  ])("is read from a frame %s", (_what, reason) => {
    expect(failureLocation(reason, anywhere)).toEqual({ file, line: 12, column: 5 });
  });

  it.each([
    ["stopped"],
    [`a message that says at objective (${file}:12:5)`],
    ["Error: x\n    at objective (file:///%00:1:1)"],
    ["Error: x\n    at objective (http://example.com/x.ts:1:1)"],
  ])("is unknown in %j", (reason) => {
    expect(failureLocation(reason, anywhere)).toBeUndefined();
  });

  it("is not that of a file which is not the user's", () => {
    expect(failureLocation(`Error: x\n    at f (${file}:1:1)`, (path) => path !== file)).toBeUndefined();
  });
});
