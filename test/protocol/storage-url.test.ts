import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { formatJournalUrl, formatStorageUrl, parseStorageUrl } from "../../src/protocol/storage-url.js";
import { openStorage } from "../../src/storage/open.js";
import { hostileNames } from "../hostile-names.js";
import { findPython } from "../storage/children/find-python.js";

const python = findPython();

describe("a storage's URL", () => {
  it.each(hostileNames.flatMap((name) => [name, `/tmp/${name}/${name}.db`, `./${name}/s.db`]))(
    "of the file %j is read as that file",
    (path) => {
      expect(parseStorageUrl(formatStorageUrl(path))).toEqual({ kind: "file", path });
    },
  );

  it.each([
    ["sqlite:///a%3Fb%20c.db", "a?b c.db"],
    ["sqlite:///100%.db", "100%.db"],
    ["sqlite:///a+b%0Ac.db?timeout=5&check_same_thread=false", "a+b\nc.db"],
    ["sqlite:///%ff.db", "\ufffd.db"],
    ["SQLite:////x.db", "/x.db"],
    ["a?b#c%20d.db", "a?b#c%20d.db"],
    ["/x/sqlite:///y.db", "/x/sqlite:///y.db"],
  ])("%j names the file %j", (url, path) => {
    expect(parseStorageUrl(url)).toEqual({ kind: "file", path });
  });

  it.each([
    ...["memory:", "memory", ":memory:", "sqlite://", "sqlite:///", "sqlite:///:memory:", "sqlite:///%3Amemory%3A"],
    ...["sqlite+pysqlite:///:memory:", "sqlite:///:memory:?timeout=5", "sqlite://?timeout=5"],
  ])("%j is memory", (url) => {
    expect(parseStorageUrl(url)).toEqual({ kind: "memory" });
  });

  it.each([
    ["sqlite:///we?ird/studies.db", "write it as %3F"],
    ["sqlite:///file:x.db?uri=true", "uri=true"],
    ["sqlite:///a%00b.db", "NUL"],
    ["sqlite://host/a.db", "Give the path"],
    ["sqlite:/a.db", "Give the path"],
    ["mysql://host/db", "Give the path"],
    ["", "Give the path"],
  ])("%j is refused, with what to do", (url, reason) => {
    expect(parseStorageUrl(url)).toEqual({ kind: "unsupported", reason: expect.stringContaining(reason) });
  });
});

const CREATE = `
import json, sys, optuna
optuna.logging.set_verbosity(optuna.logging.ERROR)
for url in json.load(sys.stdin):
    optuna.create_study(storage=url, study_name="s")
`;
import { temporaryFolder } from "../temporary-folder.js";

it.skipIf(!python)("is the same file to Optuna", () => {
  const folder = temporaryFolder();
  const paths = hostileNames.map((name) => join(folder, name, `${name}.db`));
  for (const path of paths) mkdirSync(dirname(path));
  execFileSync(python!, ["-c", CREATE], { input: JSON.stringify(paths.map(formatStorageUrl)) });
  expect(paths.filter((path) => !existsSync(path))).toEqual([]);
  for (const path of paths) {
    const storage = openStorage(formatStorageUrl(path), { readOnly: true });
    expect(storage.findStudy("s")).toBe(1);
    storage.close();
  }
});

it.each(["a.log", "/tmp/100%?.journal", "C:/{x}/j.log"])("the URL of the journal %s is read back", (path) => {
  expect(parseStorageUrl(formatJournalUrl(path))).toEqual({ kind: "journal", path });
});
