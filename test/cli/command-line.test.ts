import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { commandName, folderOfCommands, quoted, sameCommand } from "../../src/cli/command-line.js";

describe("the commands it advises", () => {
  beforeEach(() => {
    for (const name of ["npm_command", "npm_lifecycle_event", "INIT_CWD", "TUNELENS_COMMAND"])
      vi.stubEnv(name, undefined);
    vi.spyOn(process, "argv", "get").mockReturnValue(["node", "main.js", "run", "my study.ts", "--trials", "3"]);
  });
  afterEach(() => {
    vi.unstubAllEnvs();
    vi.restoreAllMocks();
  });

  it("called by its name", () => {
    expect([commandName(), sameCommand(), folderOfCommands()]).toEqual([
      "tunelens",
      'tunelens run "my study.ts" --trials 3',
      "",
    ]);
  });

  it("called by npx", () => {
    vi.stubEnv("npm_command", "exec");
    vi.stubEnv("npm_lifecycle_event", "npx");
    vi.stubEnv("INIT_CWD", join(process.cwd(), ".."));
    expect([sameCommand(), folderOfCommands()]).toEqual(['npx tunelens run "my study.ts" --trials 3', ""]);
  });

  it("called by an npm script, which may have gone to another folder", () => {
    vi.stubEnv("npm_command", "run");
    vi.stubEnv("npm_lifecycle_event", "tune");
    vi.stubEnv("INIT_CWD", join(process.cwd(), ".."));
    expect([commandName(), sameCommand()]).toEqual(["npx tunelens", "npm run tune"]);
    expect(join(process.cwd(), "..", folderOfCommands())).toBe(process.cwd());
    vi.stubEnv("TUNELENS_COMMAND", "npm start -- --trials 60");
    expect(sameCommand()).toBe("npm start -- --trials 60");
  });

  it("quotes what a shell would take apart or run", () => {
    const words = ["a-b_c.ts", "two words", 'say "hi"', "it's", "$(id) `id`", "a\nb", "\u001B[2J%", ""];
    expect(words.map((word) => quoted(word, false))).toEqual([
      "a-b_c.ts",
      '"two words"',
      `'say "hi"'`,
      String.raw`'it'\''s'`,
      "'$(id) `id`'",
      String.raw`"$(printf 'a\012b')"`,
      String.raw`"$(printf '\033[2J%%')"`,
      "''",
    ]);
    const command = `printf '%s|' ${words.map((word) => quoted(word, false)).join(" ")}`;
    expect(execFileSync("sh", ["-c", command], { encoding: "utf8" })).toBe(words.map((word) => `${word}|`).join(""));
  });

  it("quotes for PowerShell, and such that another shell of Windows runs nothing either", () => {
    const words = ["C:\\a\\b.ts", "two words", "$(calc)", 'a"&calc', "a\ncalc"];
    expect(words.map((word) => quoted(word, true))).toEqual([
      "C:\\a\\b.ts",
      '"two words"',
      '"`$(calc)"',
      '"a""&calc"',
      '"a`ncalc"',
    ]);
  });
});
