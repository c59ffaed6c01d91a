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

  it("quotes what a shell would take apart", () => {
    expect([quoted("a-b_c.ts"), quoted("two words"), quoted('say "hi"')]).toEqual([
      "a-b_c.ts",
      '"two words"',
      String.raw`"say \"hi\""`,
    ]);
  });
});
