import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { improper, maxCode, maxPacked, tooLarge } from "../../scripts/package/checks.ts";
import { temporaryFolder } from "../temporary-folder.js";

describe("limits of the package", () => {
  it("let through what is as large as they are", () => {
    const [unix, windows, alpine] = ["linux-x64", "win32-x64", "alpine-x64"].map(maxPacked);
    expect([unix, windows, alpine]).toEqual([18_000_000, 26_000_000, 10_000_000]);
    expect(tooLarge({ code: maxCode, files: 300, packed: [unix!, unix!] })).toEqual([]);
  });

  it("name what grew, and by how much", () => {
    const limit = maxCode["extension.cjs"]!;
    const code = { "extension.cjs": limit + 1_500, "index.js": 1 };
    const kb = (bytes: number) => (bytes / 1_000).toFixed(1);
    expect(tooLarge({ code, files: 301, packed: [10_250_000, 10_000_000] })).toEqual([
      "the extension's files: 301 exceeds the limit of 300 by 1",
      "the packed extension: 10.25 MB exceeds the limit of 10.00 MB by 250.0 kB",
      `dist/extension.cjs: ${kb(limit + 1_500)} kB exceeds the limit of ${kb(limit)} kB by 1.5 kB`,
    ]);
  });
});

describe("what is not good to ship", () => {
  let folder: string;
  beforeEach(() => {
    folder = temporaryFolder();
    write("package.json", '{ "main": "./dist/extension.cjs", "icon": "media/icon.png" }');
    write("dist/extension.cjs", "");
    write("media/icon.png", "");
    write("THIRD-PARTY-NOTICES.txt", "named (MIT), @scope/* (MIT)");
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  function write(path: string, text: string): void {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }

  it("is nothing of what is complete", async () => {
    write("node_modules/licensed/package.json", '{ "name": "licensed", "license": "MIT" }');
    write("node_modules/licensed/LICENSE", "MIT");
    write("node_modules/named/package.json", '{ "name": "named", "license": "MIT" }');
    write("node_modules/@scope/a/package.json", '{ "name": "@scope/a", "license": "MIT" }');
    expect(await improper(folder)).toEqual([]);
  });

  it("is a folder of whoever built it, a source map, a package without a license, a file that is missing", async () => {
    write("dist/config.gypi", `nodedir=${process.cwd()}/headers`);
    write("dist/extension.cjs.map", "{}");
    write("node_modules/nobodys/package.json", '{ "name": "nobodys", "license": "MIT" }');
    rmSync(join(folder, "media/icon.png"));
    expect(await improper(folder)).toEqual([
      "dist/config.gypi contains a path of this machine",
      "media/icon.png is missing, but package.json names it",
      "nobodys has no license: add it to THIRD-PARTY-NOTICES.txt",
      "dist/extension.cjs.map is a source map",
    ]);
  });
});
