import { describe, expect, it } from "vitest";
import { absoluteStorage, storageFile, storageLabel } from "../../src/extension/storage-url.js";
import { sqlitePath } from "../../src/storage/open.js";

describe("absoluteStorage", () => {
  it.each([
    ["sqlite:///.tunelens/studies.db", "sqlite:////w/.tunelens/studies.db"],
    ["sqlite:///../shared.db", "sqlite:////shared.db"],
    ["sqlite:////data/a.db", "sqlite:////data/a.db"],
    ["sqlite+pysqlite:///a.db", "sqlite:////w/a.db"],
    ["studies/a.db", "sqlite:////w/studies/a.db"],
    ["sqlite:///:memory:", "sqlite:///:memory:"],
    ["memory:", "memory:"],
    ["postgresql://db/x", "postgresql://db/x"],
    [":memory:", ":memory:"],
    ["a?b/100%.db", "sqlite:////w/a%3Fb/100%25.db"],
  ])("%s", (url, absolute) => {
    expect(absoluteStorage(url, "/w")).toBe(absolute);
  });

  it.each([
    ...["sqlite:///.tunelens/studies.db", "sqlite:///../shared.db?timeout=5", "sqlite:////data/a.db"],
    ...[
      "sqlite+pysqlite:///a.db",
      "studies/a.db",
      "/data/a.db",
      "memory:",
      "memory",
      "sqlite://",
      "sqlite:///:memory:",
    ],
  ])("%s is the file that the processes open", (url) => {
    expect(sqlitePath(absoluteStorage(url, "/w"), "/elsewhere")).toBe(sqlitePath(url, "/w"));
  });
});

it("names the file", () => {
  expect(storageFile("sqlite:////data/a.db?timeout=5")).toBe("/data/a.db");
  expect(storageFile("postgresql://db/x")).toBeNull();
});

it("is short inside its folder", () => {
  expect(storageLabel("sqlite:////w/.tunelens/studies.db", "/w")).toBe(".tunelens/studies.db");
  expect(storageLabel("sqlite:////data/a.db", "/w")).toBe("/data/a.db");
  expect(storageLabel("sqlite:////w/..data/a%3Fb\\c.db", "/w")).toBe("..data/a?b\\c.db");
});
