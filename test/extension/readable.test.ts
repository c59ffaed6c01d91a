import { mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { isDatabaseInside, isReallyInside } from "../../src/extension/readable.js";
import { temporaryFolder } from "../temporary-folder.js";

describe("what lies in a workspace", () => {
  let root: string;
  let workspace: string;

  beforeEach(() => {
    root = temporaryFolder();
    workspace = join(root, "workspace");
    mkdirSync(join(workspace, "real"), { recursive: true });
    mkdirSync(join(root, "outside"));
    writeFileSync(join(root, "outside", "studies.db"), "");
    writeFileSync(join(workspace, "real", "studies.db"), "");
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  const inside = (...parts: string[]) => isReallyInside(join(workspace, ...parts), [workspace]);
  const link = (target: string, ...parts: string[]) => symlinkSync(target, join(workspace, ...parts));

  it("is what is there, or would be", () => {
    expect([inside("real", "studies.db"), inside("real", "new.db"), inside(".tunelens", "studies.db")]).toEqual([
      true,
      true,
      true,
    ]);
    expect(inside("..", "outside", "studies.db")).toBe(false);
  });

  it("is not what a link leads to elsewhere: of a file, of a folder, of a link, of nothing", () => {
    link(join(root, "outside", "studies.db"), "studies.db");
    link(join(root, "outside"), ".tunelens");
    link("studies.db", "again.db");
    link(join(root, "outside", "none.db"), "dangling.db");
    link("loop.db", "loop.db");
    const paths = [["studies.db"], [".tunelens", "studies.db"], [".tunelens", "new.db"], ["again.db"]];
    for (const parts of [...paths, ["dangling.db"], ["loop.db"]]) expect(inside(...parts), parts.join("/")).toBe(false);
    link(join(workspace, "real"), "within");
    expect(inside("within", "studies.db")).toBe(true);
  });

  it("is, of a database, also what SQLite opens beside it", () => {
    const file = join(workspace, "real", "studies.db");
    expect(isDatabaseInside(file, [workspace])).toBe(true);
    symlinkSync(join(root, "outside", "studies.db"), `${file}-wal`);
    expect(isDatabaseInside(file, [workspace])).toBe(false);
  });

  it("is also in a workspace that was opened by a link to it", () => {
    symlinkSync(workspace, join(root, "opened"));
    expect(isReallyInside(join(root, "opened", "real", "studies.db"), [join(root, "opened")])).toBe(true);
  });
});
