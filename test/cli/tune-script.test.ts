import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../temporary-folder.js";
import { tunelens } from "./command.js";

const scripts = fileURLToPath(new URL("../fixtures/scripts", import.meta.url));

describe("tunelens tune-script", () => {
  it("writes a study beside the script, which runs", async () => {
    const folder = temporaryFolder();
    copyFileSync(join(scripts, "train.mjs"), join(folder, "train.mjs"));
    const written = await tunelens(folder, "tune-script", "train.mjs");
    expect(written).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("Wrote train.study.ts, which tunes --lr, --hidden-units, --deep."),
    });
    const ran = await tunelens(folder, "run", "train.study.ts", "--trials", "3");
    expect(ran).toMatchObject({ code: 0 });
    const best = await tunelens(folder, "best", "--json");
    expect(JSON.parse(best.stdout)).toMatchObject({
      trials: [{ params: { lr: expect.any(Number), deep: expect.any(Boolean) } }],
    });
  });

  it("advises a command that runs as it stands", async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, "my train.py"), 'p.add_argument("--lr", type=float)');
    const { stdout } = await tunelens(folder, "tune-script", "my train.py");
    expect(stdout).toContain('Check its ranges, then run: tunelens run "my train.study.ts"\n');
  });

  it("overwrites nothing, and says what a script without options needs", async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, "a.py"), 'p.add_argument("--lr", type=float)');
    writeFileSync(join(folder, "a.study.ts"), "mine");
    expect(await tunelens(folder, "tune-script", "a.py")).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("already exists"),
    });
    expect(readFileSync(join(folder, "a.study.ts"), "utf8")).toBe("mine");
    writeFileSync(join(folder, "b.py"), "print(1)");
    expect(await tunelens(folder, "tune-script", "b.py")).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(
        "b.py: It declares no option that can be tuned. Read its numbers from the command line",
      ),
    });
    expect(await tunelens(folder, "tune-script", "c.py")).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("Cannot read the script"),
    });
    expect(await tunelens(folder, "tune-script", "a.study.ts")).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("neither a Python"),
    });
  });
});
