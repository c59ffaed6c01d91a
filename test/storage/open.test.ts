import { existsSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { InspectedStorage } from "../../src/inspector/inspected-storage.js";
import { MemoryStorage } from "../../src/storage/memory.js";
import { openStorage, sqlitePath } from "../../src/storage/open.js";
import { codeOf } from "./code-of.js";
import { temporaryFolder } from "../temporary-folder.js";

let folder: string;
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe("a storage's URL", () => {
  it.each([
    ["sqlite:///studies.db", "/home/me/studies.db"],
    ["sqlite:///.tunelens/studies.db", "/home/me/.tunelens/studies.db"],
    ["sqlite:////var/lib/studies.db", "/var/lib/studies.db"],
    ["sqlite+pysqlite:///a b.db?timeout=3", "/home/me/a b.db"],
    ["studies.db", "/home/me/studies.db"],
    ["../ü.db", "/home/ü.db"],
    ["/var/lib/studies.db", "/var/lib/studies.db"],
  ])("%s names %s", (url, path) => {
    expect(sqlitePath(url, "/home/me")).toBe(resolve(path));
  });

  it.each(["memory:", ":memory:", "sqlite:///:memory:", "sqlite://"])("%s lives in memory", (url) => {
    expect(openStorage(url, { cwd: folder })).toBeInstanceOf(MemoryStorage);
    expect(readdirSync(folder)).toEqual([]);
  });

  it.each(["", "mysql://host/db", "postgresql+psycopg2://host/db", "https://host/studies.db", "sqlite:/studies.db"])(
    "%j is refused",
    (url) => {
      expect(codeOf(() => openStorage(url))).toBe("unsupported-storage");
    },
  );
});

describe("opening", () => {
  it.each(["studies.db ", "studies.db\n", "studies.db\u00a0"])(
    "%j is refused: the driver would open another file",
    (path) => {
      expect(codeOf(() => openStorage(path, { cwd: folder }))).toBe("unsupported-storage");
      expect(readdirSync(folder)).toEqual([]);
    },
  );

  it("creates file and folder, relative to the folder named", () => {
    const storage = openStorage("sqlite:///.tunelens/studies.db", { cwd: folder });
    const path = join(folder, ".tunelens", "studies.db");
    expect(existsSync(path)).toBe(true);
    storage.createStudy("s", ["minimize"]);
    const again = openStorage(storage.url, { readOnly: true });
    expect(again.url).toBe(storage.url);
    expect(again.findStudy("s")).toBe(1);
    again.close();
    storage.close();
  });

  it.runIf(process.platform !== "win32")("a link to itself is refused by name, and is no storage to look into", () => {
    const path = join(folder, "studies.db");
    symlinkSync(path, path);
    for (const readOnly of [true, false]) expect(codeOf(() => openStorage(path, { readOnly }))).toBe("storage-io");
    const inspected = new InspectedStorage(path, path);
    expect(inspected.stamp()).toBe("nowhere");
    expect(codeOf(() => inspected.summaries())).toBe("storage-io");
  });

  it("to read only creates nothing", () => {
    expect(codeOf(() => openStorage("no/studies.db", { cwd: folder, readOnly: true }))).toBe("storage-not-found");
    expect(existsSync(join(folder, "no"))).toBe(false);
  });
});
