import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import type { TrialSnapshot } from "../../src/engine/trial/trial-snapshot.js";
import type { LogLine, RunRequest } from "../../src/protocol/trainer.js";
import { openStorage } from "../../src/storage/open.js";
import { StudyRun } from "../../src/supervisor/study-run.js";
import { startTrainer } from "../../src/supervisor/trainer-process.js";
import { thisNode, trainerEntry } from "../trainer/recorded-trainer.js";
import { studyFolder } from "../trainer/study-folder.js";

/** A study whose code is spread over modules of all kinds; each trial tells what it ran. */
const workspace = {
  "spread.study.ts": `
    import { defineStudy, float, random } from "tunelens";
    import sizes from "./lib/sizes.json";
    import { typed } from "./lib/typed.js";
    import { plain } from "./lib/plain.mjs";
    import old from "./lib/old.cjs";
    const DIES = false;
    export default defineStudy({
      name: "spread",
      space: { x: float(0, 1) },
      sampler: random(),
      trials: 4,
      isolation: "trial",
      async objective(trial) {
        const { lazy } = await import("./lib/lazy.cts");
        if (trial.number === 1 && DIES) process.kill(process.pid, "SIGKILL");
        trial.setUserAttr("ran", ["study 1", typed, plain, old.name, sizes.name, lazy].join());
        return trial.params.x;
      },
    });`,
  "lib/typed.ts": `enum Kind { One = "typed 1" }; export const typed: string = Kind.One;`,
  "lib/plain.mjs": `export const plain = "plain 1";`,
  "lib/old.cjs": `exports.name = require("./older.cjs");`,
  "lib/older.cjs": `module.exports = "old 1";`,
  "lib/lazy.cts": `export const lazy: string = "lazy 1";`,
  "lib/sizes.json": `{ "name": "json 1" }`,
};

const ORIGINAL = "study 1,typed 1,plain 1,old 1,json 1,lazy 1";

function spreadStudy(change: (text: string) => string = (text) => text): string {
  const folder = studyFolder();
  for (const [path, text] of Object.entries(workspace)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), path.endsWith(".study.ts") ? change(text) : text);
  }
  return folder;
}

/** @param edit is called after the first trial, while other processes are still to come. */
function edited(folder: string, edit: () => void, request: Partial<RunRequest> = {}) {
  const logs: LogLine[] = [];
  let done = false;
  const run = new StudyRun({
    request: { file: join(folder, "spread.study.ts"), ...request },
    events: {
      studyStarted: () => {},
      trialStarted: () => {},
      epoch: () => {},
      trialFinished: () => {
        if (!done) edit();
        done = true;
      },
      log: (event) => void logs.push(event),
    },
    start: ({ events, signal }) =>
      startTrainer({ runtime: thisNode, entry: trainerEntry, cwd: folder, events, signal }),
  });
  onTestFinished(() => run.dispose());
  const trials = (): readonly TrialSnapshot[] => {
    const storage = openStorage("sqlite:///.tunelens/studies.db", { cwd: folder, readOnly: true });
    try {
      expect(storage.getStudies().map(({ name }) => name)).toEqual(["spread"]);
      return storage.getTrials(storage.findStudy("spread")!);
    } finally {
      storage.close();
    }
  };
  return { run, logs, trials };
}

/** Each file says something else, and the study has another name and space. */
function changeAll(folder: string): void {
  for (const path of Object.keys(workspace)) {
    const text = readFileSync(join(folder, path), "utf8");
    writeFileSync(
      join(folder, path),
      text.replaceAll(" 1", " 2").replace("float(0, 1)", "float(5, 9)").replace('"spread"', '"other"'),
    );
  }
}

describe("the code of a run that has a process for each trial", () => {
  it("stays what it was when the run began: study, TypeScript, JavaScript, CommonJS, JSON; a change is said once", async () => {
    const folder = spreadStudy();
    const { run, logs, trials } = edited(folder, () => changeAll(folder));
    expect(await run.run()).toMatchObject({ study: "spread", reason: "trials", counts: { COMPLETE: 4 } });
    expect(trials().map(({ userAttrs }) => userAttrs.ran)).toEqual([ORIGINAL, ORIGINAL, ORIGINAL, ORIGINAL]);
    expect(trials().every(({ distributions }) => (distributions.x as { high: number }).high === 1)).toBe(true);
    expect(logs).toEqual([
      {
        level: "warn",
        message: expect.stringMatching(
          /^(?=.*spread\.study\.ts)(?=.*typed\.ts)(?=.*sizes\.json).* changed\. This run continues with the code that it started with\. To use the new code, stop and resume the study\.$/,
        ),
      },
    ]);
  });

  it("stays so in a package of CommonJS", async () => {
    const folder = spreadStudy();
    writeFileSync(join(folder, "package.json"), `{ "type": "commonjs" }`);
    const { run, trials } = edited(folder, () => changeAll(folder));
    expect(await run.run()).toMatchObject({ study: "spread", counts: { COMPLETE: 4 } });
    expect(trials().map(({ userAttrs }) => userAttrs.ran)).toEqual([ORIGINAL, ORIGINAL, ORIGINAL, ORIGINAL]);
  });

  it("ends the run where a file of it is gone, and says which", async () => {
    const folder = spreadStudy();
    const { run, trials } = edited(folder, () => rmSync(join(folder, "lib/typed.ts")));
    await expect(run.run()).rejects.toMatchObject({
      code: "code-changed",
      message: expect.stringContaining(`${join(folder, "lib/typed.ts")} is gone.`),
    });
    expect(trials().map(({ state }) => state)).toEqual(["COMPLETE"]);
  });
});

describe("the code of a process that takes another's place", () => {
  it("is that of the one that died", async () => {
    const folder = spreadStudy((text) =>
      text.replace('isolation: "trial",', "").replace("DIES = false", "DIES = true"),
    );
    const { run, trials, logs } = edited(folder, () => changeAll(folder));
    expect(await run.run()).toMatchObject({ counts: { COMPLETE: 3, FAIL: 1 } });
    expect(trials().map(({ userAttrs }) => userAttrs.ran)).toEqual([ORIGINAL, undefined, ORIGINAL, ORIGINAL]);
    expect(logs.filter(({ message }) => message.includes("the code that it started with"))).toHaveLength(1);
  });
});
