import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { command, defineStudy, fixedTrial, float } from "../../src/index.js";
import { until } from "../wait.js";
import { isAlive } from "../trainer/is-alive.js";
import { recordedTrainer } from "../trainer/recorded-trainer.js";
import { recordedRun } from "../supervisor/recorded-run.js";
import { studyFolder } from "../trainer/study-folder.js";
import { temporaryFolder } from "../temporary-folder.js";

const FILE = "command.study.ts";

/** In memory. */
const OTHER_DISK = "/dev/shm";

/** The pids of a program and of what it started, once both run. */
function familyOf(folder: string): Promise<number[]> {
  return until("the program has started its child", () => {
    const text = existsSync(join(folder, "family.json")) ? readFileSync(join(folder, "family.json"), "utf8") : "";
    return text === "" ? undefined : (JSON.parse(text) as number[]);
  });
}

describe("a study whose objective is a command", () => {
  it("reports what the program prints, takes the last value, and passes its output on", async () => {
    const { run, trials, epochs, output } = await recordedTrainer(studyFolder());
    expect(await run(FILE, { study: "printed" })).toMatchObject({ reason: "trials", counts: { COMPLETE: 2 } });
    for (const { params, values, intermediateValues, state } of trials("printed")) {
      expect(state).toBe("COMPLETE");
      const losses = [1, 1 / 2, 1 / 3].map((share) => Number(params.x) ** 2 + share);
      expect([...intermediateValues]).toEqual(losses.map((loss, step) => [step, expect.closeTo(loss, 10)]));
      expect(values![0]).toBeCloseTo(losses[2]!, 10);
    }
    expect(epochs[0]).toMatchObject({ number: 0, epoch: 0, epochs: 3, monitor: "val_loss", logs: { loss: 1 } });
    expect(epochs).toHaveLength(6);
    expect(output.stdout).toContain("epoch=3 loss=1 val_loss=");
  });

  it("keeps the trial's folder, and its plots as artifacts", async () => {
    const { run, folder, trials } = await recordedTrainer(studyFolder());
    await run(FILE, { study: "printed", trials: 1 });
    const ofTrial = join(folder, ".tunelens/trials/printed/trial-0");
    expect(readdirSync(ofTrial)).toEqual(["plot.png"]);
    const [artifact] = Object.entries(trials("printed")[0]!.systemAttrs).filter(([key]) =>
      key.startsWith("artifacts:"),
    );
    expect(artifact![1]).toContain('"filename":"plot.png"');
    await run(FILE, { study: "best", trials: 1 });
    // Nothing was written.
    expect(existsSync(join(folder, ".tunelens/trials/best/trial-0"))).toBe(false);
  });

  it("may take the best value, in its direction", async () => {
    const { run, trials } = await recordedTrainer(studyFolder());
    await run(FILE, { study: "best" });
    expect(trials("best").map(({ values }) => values)).toEqual([[1], [1]]);
  });

  it("tells the program its parameters by flags, its environment, and a file", async () => {
    const { run, output, folder } = await recordedTrainer(studyFolder());
    await run(FILE, { study: "told" });
    const told = [...output.stdout.matchAll(/^told (.*)$/gm)].map(([, json]) => JSON.parse(json!) as unknown);
    const params = [
      { learningRate: 0.01, deep: true, optimizer: { kind: "adam", beta: 0.85 } },
      { learningRate: 0.02, deep: false, optimizer: { kind: "sgd" } },
    ];
    expect(told).toMatchObject([
      {
        file: params[0],
        args: ["--learning-rate", "0.01", "--deep", "--optimizer", "adam", "--optimizer.adam.beta", "0.85"],
        env: {
          MINE: "yes",
          TUNELENS_TRIAL: "0",
          TUNELENS_PURPOSE: "study",
          TUNELENS_PARAM_learningRate: "0.01",
          TUNELENS_PARAM_optimizer_adam_beta: "0.85",
          TUNELENS_PARAMS: JSON.stringify(params[0]),
        },
      },
      {
        file: params[1],
        args: ["--learning-rate", "0.02", "--optimizer", "sgd"],
        env: { TUNELENS_PARAM_deep: "false" },
      },
    ]);
    expect(existsSync(join(folder, ".tunelens/trials/told"))).toBe(true);
    expect(readdirSync(join(folder, ".tunelens/trials/told"))).toEqual([]);
  });

  it("has a value for each direction, and reads lines by a pattern", async () => {
    const { run, trials } = await recordedTrainer(studyFolder());
    await run(FILE, { study: "several" });
    for (const { params, values } of trials("several"))
      expect(values).toEqual([expect.closeTo(Number(params.x) ** 2 + 1, 10), 1]);
    await run(FILE, { study: "pattern" });
    expect(trials("pattern").map(({ values }) => values)).toEqual([[1], [1]]);
  });

  it("is resumed", async () => {
    const { run } = await recordedTrainer(studyFolder());
    expect(await run(FILE, { study: "printed", trials: 1 })).toMatchObject({ finished: 1 });
    expect(await run(FILE, { study: "printed" })).toMatchObject({ finished: 2 });
  });

  it.each([
    ["several training processes", "printed", { parallel: 2, trials: 4 }, 4],
    ["a training process for each trial", "isolated", {}, 2],
  ])("is run by %s, each trial in a folder of its own", async (_, study, request, trials) => {
    const folder = studyFolder();
    const { run, pids } = recordedRun(study, { file: join(folder, FILE), ...request }, folder);
    expect(await run.run()).toMatchObject({ counts: { COMPLETE: trials, FAIL: 0 } });
    expect(pids.length).toBeGreaterThanOrEqual(2);
    for (let number = 0; number < trials; number++)
      expect(readdirSync(join(folder, `.tunelens/trials/${study}/trial-${number}`))).toEqual(["plot.png"]);
  });

  it.skipIf(process.platform === "win32")("may use a shell, which runs nothing of its values", async () => {
    const { run, output, trials } = await recordedTrainer(studyFolder());
    await run(FILE, { study: "shell" });
    expect(output.stdout).toContain("name=a'b; exit 7\n");
    expect(trials("shell")[0]!.values).toEqual([1]);
  });

  it("is retrained for longer, and what the program wrote is the model", async () => {
    const { run, trainer, folder } = await recordedTrainer(studyFolder());
    await run(FILE, { study: "printed" });
    const request = { file: join(folder, FILE), study: "printed", trial: 1 };
    const first = await trainer.functions.retrain(request);
    const model = join(folder, ".tunelens/models/printed/trial-1/v1");
    expect(first).toMatchObject({ trial: 1, epochs: 5, model, ownFiles: true, betterModel: null });
    expect(readdirSync(model).sort()).toEqual(["plot.png", "tunelens.json"]);
    const provenance = JSON.parse(readFileSync(join(model, "tunelens.json"), "utf8")) as Record<string, unknown>;
    expect(provenance).toMatchObject({ study: "printed", trial: 1, history: { val_loss: { length: 5 } } });
    expect(readdirSync(join(folder, ".tunelens/trials/printed"))).toEqual(["trial-0", "trial-1"]);
    const { model: second } = await trainer.functions.retrain({ ...request, epochs: 2 });
    expect(second).toBe(join(folder, ".tunelens/models/printed/trial-1/v2"));
    await expect(trainer.functions.retrain({ ...request, continues: true })).rejects.toMatchObject({
      code: "no-model-to-continue",
      message: `The model of trial 1 in ${model} is files that the study's own code or program wrote. Only these can load it. To train longer, retrain the trial with more epochs.`,
    });
    await expect(trainer.functions.evaluate({ file: request.file, study: "printed", trial: 1 })).rejects.toMatchObject({
      code: "not-evaluated",
      message: expect.stringMatching(/Only these can load it\. Evaluate it there\.$/),
    });
  });

  it.skipIf(!existsSync(OTHER_DISK))("is retrained into a folder on another disk", async () => {
    const { run, trainer, folder } = await recordedTrainer(studyFolder());
    await run(FILE, { study: "printed", trials: 1 });
    const elsewhere = mkdtempSync(join(OTHER_DISK, "tunelens-"));
    onTestFinished(() => rmSync(elsewhere, { recursive: true }));
    const output = join(elsewhere, "model");
    const request = { file: join(folder, FILE), study: "printed", trial: 0, output };
    expect(await trainer.functions.retrain(request)).toMatchObject({ model: output, ownFiles: true });
    expect(readdirSync(output).sort()).toEqual(["plot.png", "tunelens.json"]);
    expect(readdirSync(join(folder, ".tunelens/trials/printed"))).toEqual(["trial-0"]);
  });
});

describe.skipIf(process.platform === "win32")("a program and what it started", () => {
  it("end when the trial is pruned", async () => {
    const { run, trials, folder } = await recordedTrainer(studyFolder());
    await run(FILE, { study: "pruned-command" });
    expect(trials("pruned-command")[0]).toMatchObject({ state: "PRUNED" });
    for (const pid of await familyOf(folder)) expect(isAlive(pid)).toBe(false);
  });

  it("end when the study is stopped", async () => {
    const { run, trainer, trials, folder } = await recordedTrainer(studyFolder());
    const running = run(FILE, { study: "endless-command" });
    const family = await familyOf(folder);
    trainer.stop();
    expect(await running).toMatchObject({ reason: "stopped" });
    expect(trials("endless-command")[0]).toMatchObject({ state: "FAIL", systemAttrs: { fail_reason: "stopped" } });
    for (const pid of family) expect(isAlive(pid)).toBe(false);
  });

  it("end when one trial is stopped", async () => {
    const { run, trainer, folder } = await recordedTrainer(studyFolder());
    const running = run(FILE, { study: "endless-command" });
    const family = await familyOf(folder);
    expect(await trainer.functions.stopTrial(0)).toBe(true);
    await until("the family is gone", () => family.every((pid) => !isAlive(pid)));
    trainer.stop();
    await running;
  });

  it("end when the training process dies", async () => {
    const { run, trainer, folder } = await recordedTrainer(studyFolder());
    const running = run(FILE, { study: "endless-command" }).catch(() => {});
    const family = await familyOf(folder);
    process.kill(trainer.pid, "SIGKILL");
    await running;
    await until("the family is gone", () => family.every((pid) => !isAlive(pid)), 5);
  });
});

describe("a command that fails", () => {
  it.each([
    [
      "fails",
      /ended with exit code 3\.\nLast lines of its error output:\nTraceback .*\nValueError: the data are missing/,
    ],
    ["misspelled", /told no metric named valLoss\. It told: loss, val_loss\. Did you mean "val_loss"\?/],
    ["silent", /told no metric named val_loss\. It told no metric at all\. Print lines such as val_loss=0\.4/],
    [
      "unnamed",
      /reported no value\. Name the metric that it prints: command\(…, \{ report: "val_loss" \}\)\. It told: loss, val_loss\./,
    ],
    ["diverged", /the last val_loss is NaN\. The training diverged/],
    ["missing", /^no-such-program \S+: there is no program "no-such-program" on the PATH\. Install it/],
    ["elsewhere", /the folder .*no-such-folder does not exist\. Change cwd\./],
  ])("says why, with the study's line: %s", async (study, message) => {
    const { run, trials, finished, folder } = await recordedTrainer(studyFolder());
    const line = lineOf(readFileSync(join(folder, FILE), "utf8"), study);
    const error: unknown = await run(FILE, { study }).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: "command-failed", location: { file: join(folder, FILE), line } });
    const [, told] = /failed \(command\.study\.ts:\d+\): ([^]*)\nThe trial is stored/.exec((error as Error).message)!;
    expect(told).toMatch(message);
    expect(finished[0]!.failReason).toContain(`CommandError: ${told!}`);
    expect(trials(study)[0]!.state).toBe("FAIL");
  });

  it("fails its trial only, if the study catches it", async () => {
    const { run } = await recordedTrainer(studyFolder());
    expect(await run("command-caught.study.ts")).toMatchObject({ counts: { FAIL: 2 } });
  });
});

/** Where a study's `command(…)` stands. */
function lineOf(text: string, study: string): number {
  const before = text.slice(0, text.indexOf("command(", text.indexOf(`name: "${study}"`)));
  return before.split("\n").length;
}

describe("a command that is debugged", () => {
  it("says that its program is not", async () => {
    const { run, logs } = await recordedTrainer(studyFolder(), ["--inspect=127.0.0.1:0"]);
    await run(FILE, { study: "best", trials: 1 });
    expect(logs).toContainEqual({
      level: "warn",
      message: expect.stringContaining("The program itself is not debugged"),
    });
    const { run: undebugged, logs: none } = await recordedTrainer(studyFolder());
    await undebugged(FILE, { study: "best", trials: 1 });
    expect(none.filter(({ level }) => level === "warn")).toEqual([]);
  });

  it("runs one trial as it ran", async () => {
    const { run, finished, trials } = await recordedTrainer(studyFolder());
    await run(FILE, { study: "best", trials: 1 });
    const { number, params } = trials("best")[0]!;
    await run(FILE, { study: "best", fixedTrial: { number, params } });
    expect(finished.at(-1)).toMatchObject({ number: 0, state: "COMPLETE", values: [1] });
  });
});

describe("a command's definition", () => {
  it("is refused if the space lacks a parameter, with those that it has", () => {
    const define = (line: string) =>
      defineStudy({ name: "a", space: { learningRate: float(0, 1) }, objective: command(line) });
    expect(() => define("run {learning_rate}")).toThrow(
      'Study "a", objective: the command reads {learning_rate}, which the space does not have. Did you mean {learningRate}? It has: learningRate. For a brace, write {{.',
    );
    const unchecked: string = "run {x}";
    expect(() => defineStudy({ name: "a", objective: command(unchecked) })).toThrow("but the study has no space");
    expect(() => define("run {learningRate} {epochs} {seed} {trial} {dir} {params}")).not.toThrow();
  });

  it("is refused with an unknown option, or one that cannot be", () => {
    expect(() => command("run", { reports: "loss" } as object)).toThrow(
      'unknown option "reports". Did you mean "report"?',
    );
    expect(() => command("run", { value: "first" } as object)).toThrow('use "last" or "best", not "first"');
    expect(() => command("run", { value: "best", result: "loss" })).toThrow("Leave out result, or value");
    expect(() => command("run", { pattern: "loss" } as object)).toThrow("use a regular expression");
  });
});

describe("a command in a trial with fixed parameters, outside of any study", () => {
  const newTrial = () => {
    const study = { name: "a", space: { x: float(0, 3) }, directions: ["minimize" as const] };
    return fixedTrial({ x: 2 }, { study: { ...study, epochs: { study: 1, retrain: 1 } }, folder: temporaryFolder() });
  };

  it("runs", async () => {
    const trial = newTrial();
    const objective = command([process.execPath, "-e", "console.log('loss=' + {x} * 2)"], { report: "loss" });
    expect(await objective(trial)).toEqual({ value: 4 });
    expect([...trial.intermediateValues]).toEqual([[0, 4]]);
  });

  it.each([
    ["no such program", /: there is no program "no such program" on the PATH\. Install it/],
    ["./no such/program", /: there is no program "\.\/no such\/program"\. Correct its path\.$/],
  ])("names the program that is not there: %s", async (program, message) => {
    await expect(command([program], { report: "loss" })(newTrial())).rejects.toThrow(message);
  });
});
