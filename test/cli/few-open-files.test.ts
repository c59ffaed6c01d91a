import { spawnSync } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { studyFolder } from "../trainer/study-folder.js";
import { entry } from "./command.js";

const NAMED = /^Error: .*Too many open files: .*`ulimit -n 1024`/m;
const STUDY = `import { defineStudy, float } from "tunelens";
export default defineStudy({ name: "tiny", trials: 1, space: { x: float(0, 1) }, objective: ({ params }) => params.x });
`;

const fixture = (name: string) => fileURLToPath(new URL(`../fixtures/processes/${name}`, import.meta.url));

/** `node …` in a folder, where it may open files up to that many. */
function nodeWithin(limit: number, cwd: string, ...args: string[]) {
  const words = ["-c", `ulimit -c 0; ulimit -n ${limit}; exec "$@"`, "sh", process.execPath, ...args];
  return spawnSync("sh", words, { cwd, encoding: "utf8", timeout: 30_000, killSignal: "SIGKILL" });
}

describe.skipIf(process.platform === "win32")("where few files can be opened", () => {
  /** The fewest with which Node.js itself runs a file. */
  let fewest = 3;

  beforeAll(() => {
    while (nodeWithin(fewest, ".", fixture("empty.cjs")).status !== 0) fewest++;
  });

  it("a study is run, or the error says so: nothing hangs, and none is Node's own", { timeout: 300_000 }, () => {
    const folder = studyFolder();
    writeFileSync(join(folder, "tiny.study.ts"), STUDY);
    const done: number[] = [];
    const refused: number[] = [];
    for (let limit = fewest; limit <= fewest + 40; limit += limit < fewest + 6 || limit > fewest + 28 ? 1 : 4) {
      const { status, signal, stdout, stderr } = nodeWithin(limit, folder, entry, "run", "tiny.study.ts");
      rmSync(join(folder, ".tunelens"), { recursive: true, force: true });
      const how = `ulimit -n ${limit}: ${stdout}${stderr}`;
      expect(signal, how).toBeNull();
      if (status === 0) expect(stdout, how).toContain('Study "tiny" finished');
      else expect(stderr, how).toMatch(NAMED);
      expect(stderr, how).not.toMatch(/^\s+at |EMFILE|^node:/m);
      (status === 0 ? done : refused).push(limit);
    }
    expect(refused[0]).toBe(fewest);
    expect(done.at(-1)).toBe(fewest + 40);
    expect(Math.max(...refused), "more files are always as good").toBeLessThan(Math.min(...done));
  });

  it("a storage, a Node.js to be found and a process to be started fail by that name", () => {
    const { status, stdout, stderr } = nodeWithin(100, ".", fixture("out-of-files.mjs"));
    expect(status, stderr).toBe(0);
    const codes = JSON.parse(stdout) as Record<string, string[]>;
    for (const [what, outcomes] of Object.entries(codes)) {
      const enough = outcomes.indexOf("done");
      expect(enough, what).toBeGreaterThan(0);
      expect(outcomes, what).toEqual(outcomes.map((_, free) => (free < enough ? "too-many-open-files" : "done")));
    }
  });
});
