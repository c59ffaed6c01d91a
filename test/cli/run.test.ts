import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openStorage } from "../../src/storage/open.js";
import { until } from "../wait.js";
import { studyFolder } from "../trainer/study-folder.js";
import { startTunelens, tunelens } from "./command.js";

describe("tunelens run", () => {
  it("golden transcript of a seeded study: run, resume, best, importances", async () => {
    const folder = studyFolder();
    const transcript: string[] = [];
    for (const command of [
      "run golden.study.ts --trials 12",
      "run golden.study.ts",
      "best",
      "importances golden --evaluator fanova",
    ]) {
      const { code, stdout, stderr } = await tunelens(folder, ...command.split(" "));
      transcript.push(`$ tunelens ${command}`, stdout, stderr, `exit code ${code}`, "");
    }
    const text = transcript
      .join("\n")
      .replaceAll(folder, "FOLDER")
      .replaceAll(/\d+ ms\b|\d+\.\d s\b/g, "T s");
    await expect(text).toMatchFileSnapshot("../fixtures/transcripts/golden.txt");
  });

  it("stores no code with --no-store-code, which the suggested commands keep", async () => {
    const folder = studyFolder();
    const stores = async (...options: string[]) => {
      const { stdout } = await tunelens(folder, "run", "quadratic.study.ts", "--trials", "2", ...options);
      const storage = openStorage(join(folder, ".tunelens/studies.db"));
      const { systemAttrs } = storage.getStudy(storage.findStudy("quadratic")!);
      storage.close();
      return { stdout, isStored: Object.keys(systemAttrs).some((key) => key.startsWith("tunelens:source:")) };
    };
    const without = await stores("--no-store-code");
    expect(without.isStored).toBe(false);
    expect(without.stdout).toContain("run quadratic.study.ts --no-store-code --trials 22");
    expect(await stores()).toMatchObject({ isStored: true, stdout: expect.not.stringContaining("--no-store-code") });
  });

  it("goes on after Ctrl-C, and says how", async () => {
    const folder = studyFolder();
    const { child, printed, finished } = startTunelens(folder, "run", "endless.study.ts", "--study", "heedful");
    await until("the first trial is done", () => printed.stdout.includes("Trial 0"));
    child.kill("SIGINT");
    const { code, stdout } = await finished;
    expect(code).toBe(130);
    expect(stdout).toContain("Stopping. Running trials are ended");
    expect(stdout).toContain('Study "heedful" was stopped');
    expect(stdout).toContain("Resume       tunelens run endless.study.ts --study heedful");
  });

  it("stopped before a trial was finished, it says so, and of none that it failed", async () => {
    const folder = studyFolder();
    const { child, printed, finished } = startTunelens(folder, "run", "endless.study.ts", "--study", "waiting");
    await until("the first trial runs", () => printed.stdout.includes("child "));
    child.kill("SIGINT");
    const { code, stdout } = await finished;
    expect(code).toBe(130);
    expect(stdout).toMatch(/ was stopped after .*: 0 complete, 0 pruned, 0 failed, 1 stopped\.\nNo trial finished\.\n/);
    expect(stdout).not.toContain("Every trial failed");
  });

  it("says of several objectives how many trials are on the Pareto front, and of stopped trials that they are stopped", async () => {
    const folder = studyFolder();
    const { code, stdout } = await tunelens(folder, "run", "two-objectives.study.ts");
    expect(code).toBe(0);
    expect(stdout).toContain("3 trials on the Pareto front: no other trial beats them in every objective.");
    const { child, printed, finished } = startTunelens(folder, "run", "endless.study.ts", "--study", "waiting");
    await until("the first trial runs", () => printed.stdout.includes("child "));
    child.kill("SIGINT");
    await finished;
    const { stdout: listed } = await tunelens(folder, "studies");
    const cells = (name: string) =>
      listed
        .split("\n")
        .find((line) => line.includes(name))!
        .split(/\s{2,}|│/)
        .map((cell) => cell.trim())
        .filter(Boolean);
    expect(cells("two objectives")).toEqual([
      "two objectives",
      "Finished",
      "minimize, minimize",
      ...["3", "3", "0", "0", "0", "0", "0"],
      "3 on the Pareto front",
    ]);
    expect(cells("waiting").slice(1, 10)).toEqual(["Stopped", "minimize", "1", "0", "0", "0", "0", "1", "0"]);
  });

  it("advises commands that run as they stand", async () => {
    const folder = studyFolder();
    const study = readFileSync(join(folder, "dense.study.ts"), "utf8");
    writeFileSync(join(folder, "own.study.ts"), study.replace("trials: 3,", 'trials: 3, storage: "my studies.db",'));
    const { stdout } = await tunelens(folder, "run", "own.study.ts", "--epochs", "1", "--backend", "cpu");
    const advice = (label: string) => new RegExp(`^${label} +tunelens (.*)$`, "m").exec(stdout)?.[1];
    expect(advice("More trials")).toBe("run own.study.ts --backend cpu --epochs 1 --trials 23");
    expect(advice("Retrain best")).toBe("retrain own.study.ts --backend cpu");
    expect(advice("All trials")).toBe('export --storage "my studies.db" --csv "dense net"');
    const exported = await tunelens(folder, "export", "--storage", "my studies.db", "--csv", "dense net");
    expect(exported.code).toBe(0);
  });

  it("ends at once at the second Ctrl-C, with nothing finished lost", async () => {
    const folder = studyFolder();
    const { child, printed, finished } = startTunelens(folder, "run", "endless.study.ts", "--study", "deaf");
    await until("the first trial is done", () => printed.stdout.includes("Trial 0"));
    child.kill("SIGINT");
    await until("it was noticed", () => printed.stdout.includes("Stopping"));
    child.kill("SIGINT");
    const { code, stdout } = await finished;
    expect(code).toBe(130);
    expect(stdout).toContain("To resume: tunelens run endless.study.ts --study deaf");
    expect((await tunelens(folder, "export", "deaf")).stdout).toMatch(/\r\n0,.*COMPLETE,\r\n1,.*FAIL,stopped\r\n$/);
  });

  it("hands on all the user printed, ours on lines of its own", async () => {
    const { code, stdout, stderr } = await tunelens(studyFolder(), "run", "loud.study.ts");
    expect(code).toBe(0);
    expect(stdout.match(/^x{1023}$/gm)).toHaveLength(1024);
    expect(stdout).toMatch(/^Trial 0: COMPLETE/m);
    expect(stderr).toBe("a word on stderr: é\n");
  });

  it("fails with file and line, and says what is stored", async () => {
    const { code, stderr } = await tunelens(studyFolder(), "run", "throws.study.ts");
    expect(code).toBe(1);
    expect(stderr).toContain('Error: Study "throws", trial 1 failed (throws.study.ts:22): TypeError: no train samples');
    expect(stderr).toMatch(/^ {4}at .*throws\.study\.ts:22:35\)$/m);
  });

  it.each([
    ["syntax-error.study.ts", /^Error: Syntax error in syntax-error\.study\.ts:6:26/],
    ["nowhere.study.ts", /^Error: nowhere\.study\.ts does not exist\.\n$/],
    ["exits.study.ts", /Error: exits\.study\.ts defines 3 studies.*\nName one with --study\.\n$/],
  ])("%s: error, no stack of ours", async (file, says) => {
    const { code, stdout, stderr } = await tunelens(studyFolder(), "run", file);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(says);
    expect(stderr).not.toMatch(/dist\/|src\//);
  });

  it.each([
    ["process.kill(process.pid, 'SIGKILL')", "ended by SIGKILL", "when memory runs out"],
    ["process.stderr.write('heap out of memory\\n'); process.abort()", "ended by SIGABRT", "--max-old-space-size"],
  ])("%s: its last words, a likely reason, what is kept, and how to go on", async (death, how, reason) => {
    const folder = studyFolder();
    const study = `import { defineStudy } from "tunelens";
      function objective({ number }) {
        if (number === 0) return 1;
        process.stderr.write("last words\\n");
        ${death};
      }
      export default defineStudy({ name: "dies", direction: "minimize", trials: 9, objective });`;
    writeFileSync(join(folder, "dies.study.js"), study);
    const { code, stderr } = await tunelens(folder, "run", "dies.study.js");
    expect(code).toBe(1);
    expect(stderr.match(/last words/g)).toHaveLength(3);
    expect(stderr).toContain(`Warning: The training process was ${how}`);
    expect(stderr).toMatch(/^Error: Study "dies" is paused: its training process died 3 times in a row\. /m);
    expect(stderr).toContain(reason);
    expect(stderr).toContain("are stored. To resume: tunelens run dies.study.js\n");
    expect((await tunelens(folder, "export")).stdout).toMatch(/\r\n0,1,/);
  });

  it("refuses a database that is none, naming it", async () => {
    const folder = studyFolder();
    const { code, stderr } = await tunelens(folder, "run", "quadratic.study.ts", "--storage", "quadratic.study.ts");
    expect(code).toBe(1);
    expect(stderr).toContain(join(folder, "quadratic.study.ts"));
  });

  it.runIf(process.platform === "linux")("refuses at once a database where no folder can be made", async () => {
    const { code, stderr } = await tunelens(studyFolder(), "run", "quadratic.study.ts", "--storage", "/proc/no/s.db");
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringMatching(/^Error: Cannot write \/proc\/no\/s\.db\. Check the permissions/),
    });
  });

  it("uses the Node.js it is told to, and refuses one that is none", async () => {
    const folder = studyFolder();
    const used = await tunelens(folder, "run", "quadratic.study.ts", "--trials", "1", "--node", process.execPath);
    expect(used.code).toBe(0);
    const refused = await tunelens(folder, "run", "quadratic.study.ts", "--node", "/no/node");
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining("/no/node: does not exist") });
  });
});

describe("tunelens retrain", () => {
  it("trains the best again and says where the model is", async () => {
    const folder = studyFolder();
    await tunelens(folder, "run", "dense.study.ts", "--epochs", "1");
    const { code, stdout } = await tunelens(folder, "retrain", "dense.study.ts", "--epochs", "2", "--output", "best");
    expect(code).toBe(0);
    expect(stdout).toMatch(/of study "dense net" was retrained \(2 epochs, /);
    expect(stdout).toContain("Model        best\n");
    expect(stdout).toContain('await loadModel("best")');
  });

  it("has failed where the objective returns no model, and says what to return", async () => {
    const folder = studyFolder();
    await tunelens(folder, "run", "quadratic.study.ts", "--trials", "1");
    const { code, stdout, stderr } = await tunelens(folder, "retrain", "quadratic.study.ts");
    expect(code).toBe(1);
    expect(stdout).toMatch(/^Trial 0 of study "quadratic" was retrained /m);
    expect(stderr).toMatch(/^Error: No model was saved because .* return \{ value, model \}\n$/);
  });

  it("makes no database where there is none", async () => {
    const folder = studyFolder();
    const { code, stderr } = await tunelens(folder, "retrain", "quadratic.study.ts", "--storage", "none.db");
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringMatching(/^Error: .*none\.db does not exist/) });
    expect(existsSync(join(folder, "none.db"))).toBe(false);
  });
});
