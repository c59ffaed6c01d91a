import { copyFileSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { makeIndexLie } from "../storage/damage.js";
import { studyFolder } from "../trainer/study-folder.js";
import { startTunelens, tunelens } from "./command.js";

describe("the command line", () => {
  it.each([
    [["run"], "missing required argument 'file'"],
    [["run", "a.ts", "--trials", "0"], "It must be an integer of at least 1."],
    [["run", "a.ts", "--seed", "1.5"], "It must be an integer of at least 0."],
    [["run", "a.ts", "--timeout", "-3"], "It must be a number above 0."],
    [["importances", "--evaluator", "guess"], "Allowed choices are ped-anova, fanova"],
    [["export", "--csv", "--json"], "cannot be used with option"],
    [["run", "a.ts", "--backend", "gpu"], "Allowed choices are auto, tfjs-node-gpu, webgpu, tfjs-node, wasm, cpu"],
    [["wander"], "unknown command 'wander'"],
  ])("%s: usage, exit code 2", async (args, says) => {
    const { code, stderr } = await tunelens(process.cwd(), ...args);
    expect(code).toBe(2);
    expect(stderr.trim().split("\n")).toEqual([expect.stringContaining(says), "Run with --help for usage."]);
  });

  it("--help and --version are no errors", async () => {
    const help = await tunelens(process.cwd(), "--help");
    expect(help).toMatchObject({ code: 0, stdout: expect.stringContaining("Exit codes: 0 success") });
    expect(await tunelens(process.cwd(), "--version")).toMatchObject({ code: 0, stdout: "0.1.0\n" });
  });
});

it("ends without a word when nobody reads its output any more", async () => {
  const { child, finished } = startTunelens(process.cwd(), "--help");
  child.stdout.destroy();
  expect(await finished).toMatchObject({ code: 1, stderr: "" });
});

it("a study whose every trial failed is no success", async () => {
  const { code, stdout } = await tunelens(studyFolder(), "run", "bad-values.study.ts", "--trials", "2");
  expect(code).toBe(1);
  expect(stdout).toContain("Every trial failed. The reasons are above.");
});

describe("a database that an older Optuna wrote", () => {
  const older = new URL("../fixtures/optuna/older/v2.6.0.a.db", import.meta.url);
  const inFolder = () => {
    const folder = studyFolder();
    copyFileSync(older, join(folder, "old.db"));
    return folder;
  };

  it("is looked at, not run, and goes on in a migrated copy", async () => {
    const folder = inFolder();
    const before = readFileSync(older);
    const seen = await tunelens(folder, "studies", "--storage", "old.db");
    expect(seen.stdout).toMatch(/│ older ✓ +│ Not running │ minimize +│ +7 │ +3 │/);
    expect(seen.stderr).toContain("old.db was written by Optuna 2.10.1 and is read-only.");

    const run = await tunelens(folder, "run", "quadratic.study.ts", "--storage", "old.db");
    expect(run).toMatchObject({ code: 1, stderr: expect.stringContaining("tunelens migrate") });

    const migrated = await tunelens(folder, "migrate", "old.db");
    expect(migrated).toMatchObject({ code: 0, stderr: "" });
    expect(migrated.stdout).toContain("2 studies, 8 trials");
    const copy = join(folder, "old.optuna5.db");
    const resumed = await tunelens(folder, "run", "quadratic.study.ts", "--trials", "2", "--storage", copy);
    expect(resumed.code).toBe(0);
    expect((await tunelens(folder, "studies", "--storage", copy)).stdout).toMatch(
      /│ quadratic +│ [A-Z][a-z]+ +│ minimize +│ +2 │/,
    );

    expect(readFileSync(join(folder, "old.db")).equals(before)).toBe(true);
    expect(await tunelens(folder, "migrate", "old.db")).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^Error: .*old\.optuna5\.db already exists\. Name another file/),
    });
  });
});

describe("a damaged database", () => {
  it("is not run on, names the command that saves what can be read, and goes on in the copy", async () => {
    const folder = studyFolder();
    const path = join(folder, ".tunelens/studies.db");
    await tunelens(folder, "run", "quadratic.study.ts", "--trials", "3");
    makeIndexLie(path, "ix_trials_study_id", (database) => {
      database.exec("INSERT INTO trials (number, study_id, state) VALUES (3, 1, 'FAIL')");
    });
    const run = await tunelens(folder, "run", "quadratic.study.ts", "--trials", "4");
    expect(run).toMatchObject({ code: 1, stderr: expect.stringMatching(/studies\.db is damaged .*tunelens repair/) });
    const repaired = await tunelens(folder, "repair", path);
    expect(repaired).toMatchObject({ code: 0, stderr: "" });
    expect(repaired.stdout).toContain("1 study, 4 trials");
    const copy = join(folder, ".tunelens/studies.repaired.db");
    const resumed = await tunelens(folder, "run", "quadratic.study.ts", "--trials", "5", "--storage", copy);
    expect(resumed.code).toBe(0);
    expect((await tunelens(folder, "studies", "--storage", copy)).stdout).toMatch(
      /│ quadratic +│ [A-Z][a-z]+ +│ minimize +│ +5 │/,
    );
  });
});

describe("reading commands", () => {
  it("write an export whole or not at all", async () => {
    const folder = studyFolder();
    await tunelens(folder, "run", "quadratic.study.ts", "--trials", "1");
    const { code, stderr } = await tunelens(folder, "export", "--output", "no/such/folder/trials.csv");
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr:
        "Error: Cannot write no/such/folder/trials.csv: there is no folder no/such/folder. Create it, or name another file.\n",
    });
    expect((await tunelens(folder, "export", "--output", ".tunelens")).stderr).toBe(
      "Error: Cannot write .tunelens: it is a folder. Name a file in it.\n",
    );
    await tunelens(folder, "export", "--output", "trials.csv");
    expect((await tunelens(folder, "export", "--output", "trials.csv")).code).toBe(0);
    expect(readdirSync(folder).filter((name) => name.startsWith("trials."))).toEqual(["trials.csv"]);
  });

  it("list, show, export and delete", async () => {
    const folder = studyFolder();
    await tunelens(folder, "run", "quadratic.study.ts");
    await tunelens(folder, "run", "bad-values.study.ts");

    const studies = await tunelens(folder, "studies");
    expect(studies.stdout).toMatch(
      /│ quadratic +│ Finished +│ minimize +│ +8 │ +8 │ +0 │ +0 │ +0 │ +0 │ +0 │ +1\.0643 \(#0\) │/,
    );
    expect(studies.stdout).toMatch(/│ bad-values +│ Finished +│ minimize +│ +4 │ +1 │ +0 │ +0 │ +3 │/);

    const best = await tunelens(folder, "best");
    expect(best).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('"quadratic", "bad-values". Name one of them'),
    });
    expect((await tunelens(folder, "best", "quadratic")).stdout).toContain("Best value 1.0643, trial 0");

    const json = await tunelens(folder, "export", "quadratic", "--json");
    const { study, trials } = JSON.parse(json.stdout) as { study: string; trials: { params: { n: number } }[] };
    expect([study, trials.length]).toEqual(["quadratic", 8]);
    const csv = await tunelens(folder, "export", "bad-values", "--csv", "--output", "trials.csv");
    expect(csv.stdout).toBe('Wrote 4 trials of "bad-values" to trials.csv\n');
    const rows = readFileSync(join(folder, "trials.csv"), "utf8").split("\r\n");
    expect(rows[0]).toBe("number,value,datetime_start,datetime_complete,duration,params_x,state,fail_reason");
    expect(rows[1]).toMatch(/^0,,.*,,FAIL,The objective returned NaN\.$/);
    expect(rows).toHaveLength(6);

    expect((await tunelens(folder, "delete", "quadratic")).stderr).toContain(
      "To confirm: tunelens delete quadratic --yes",
    );
    expect((await tunelens(folder, "delete", "quadratic", "--yes")).code).toBe(0);
    expect((await tunelens(folder, "best")).stdout).toContain('"bad-values"');
  });

  it("write the best trial, or one that is named, as code", async () => {
    const folder = studyFolder();
    await tunelens(folder, "run", "quadratic.study.ts");
    const best = await tunelens(folder, "code");
    expect(best).toMatchObject({ code: 0, stderr: "" });
    expect(best.stdout).toMatch(
      /name: "quadratic, trial 0",\n {2}trials: 1,\n {2}seed: 7,\n {2}objective\(trial\) \{\n {4}\/\/ Study "quadratic", trial 0: value 1\.06428, \d{4}-\d\d-\d\d\.\n {4}const x = [\d.]+;\n {4}const n = 1;\n/,
    );
    expect((await tunelens(folder, "code", "quadratic", "--trial", "3")).stdout).toContain("quadratic, trial 3");
    // It is a study that runs, and gives the same value again.
    writeFileSync(join(folder, "best.study.ts"), best.stdout);
    expect((await tunelens(folder, "run", "best.study.ts")).stdout).toContain("Best value 1.0643, trial 0");

    const missing = await tunelens(folder, "code", "quadratic", "--trial", "8");
    expect(missing).toMatchObject({ code: 1, stderr: `Error: Study "quadratic" has no trial 8.\n` });
    const other = await tunelens(folder, "code", "quadratic", "--file", "dense.study.ts");
    expect(other.stderr).toMatch(/^Error: .*dense\.study\.ts does not define study "quadratic"\.\n$/);
    const gone = await tunelens(folder, "code", "quadratic", "--file", "gone.ts");
    expect(gone).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^Error: .*gone\.ts.*name the file with --file/),
    });
  });

  it("train a saved model further", async () => {
    const folder = studyFolder();
    await tunelens(folder, "run", "dense.study.ts");
    const none = await tunelens(folder, "retrain", "dense.study.ts", "--continue", "nowhere");
    expect(none.code).toBe(1);
    expect(none.stderr).toMatch(
      /^Error: There is no saved model in .*nowhere: there is no such folder\.\nPass the model folder .*--continue FOLDER/m,
    );
    const first = await tunelens(folder, "retrain", "dense.study.ts", "--epochs", "2", "--output", "best");
    expect(first.stdout).toMatch(/was retrained \(2 epochs, .* (ms|s)\)\./);
    const further = await tunelens(folder, "retrain", "dense.study.ts", "--epochs", "1", "--continue", "best");
    expect(further.stdout).toMatch(/was trained for longer \(1 epoch after 2, .* m?s\)\.[^]*Model +best\/v1\n/);
  });

  it("say what is missing", async () => {
    const folder = studyFolder();
    const none = await tunelens(folder, "studies");
    expect(none).toMatchObject({ code: 1, stderr: expect.stringMatching(/studies\.db.*\n.*--storage/) });
    await tunelens(folder, "run", "quadratic.study.ts", "--trials", "1");
    const importances = await tunelens(folder, "importances");
    expect(importances).toMatchObject({ code: 1, stderr: expect.stringContaining("too few complete trials") });
    const best = await tunelens(folder, "best", "cubic");
    expect(best.stderr).toBe(
      `Error: There is no study "cubic" in sqlite:///${join(folder, ".tunelens/studies.db")}. It has: "quadratic".\n`,
    );
  });
});
