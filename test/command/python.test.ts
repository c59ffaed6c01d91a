import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { providePythonHelper, PYTHON_HELPER } from "../../src/command/python-helper.js";
import { findProgram } from "../../src/command/python-interpreter.js";
import { tunelens } from "../cli/command.js";
import { temporaryFolder } from "../temporary-folder.js";
import { recordedTrainer } from "../trainer/recorded-trainer.js";
import { studyFolder } from "../trainer/study-folder.js";

const FILE = "python.study.ts";

/** A machine without Python skips these; where Optuna is compared with, Python is there. */
const hasPython =
  process.env["TUNELENS_REQUIRE_OPTUNA"] === "1" ||
  spawnSync("python3", ["--version"], { stdio: "ignore" }).status === 0;

describe.skipIf(!hasPython)("a Python script with the module tunelens_trial", () => {
  it("reads its parameters, reports, and stores attributes, artifacts, and a result", async () => {
    const { run, trials, epochs, folder } = await recordedTrainer(studyFolder());
    await run(FILE, { study: "helper" });
    const [trial] = trials("helper");
    const lr = Number(trial!.params.lr);
    expect(trial).toMatchObject({ state: "COMPLETE", userAttrs: { seen: { number: 0, seed: expect.any(Number) } } });
    expect([...trial!.intermediateValues.values()]).toEqual(
      [lr, lr / 2, lr / 3].map((loss) => expect.closeTo(loss, 12)),
    );
    expect(trial!.values).toEqual([trial!.intermediateValues.get(2)]);
    expect(epochs[0]).toMatchObject({ epoch: 0, epochs: 3, logs: { accuracy: 0.5 } });
    const artifacts = Object.entries(trial!.systemAttrs).filter(([key]) => key.startsWith("artifacts:"));
    expect(artifacts.map(([, value]) => value)).toEqual([expect.stringContaining("notes.txt")]);
    expect(readFileSync(join(folder, ".tunelens/trials/helper/trial-0/notes.txt"), "utf8")).toBe("done");
  });

  it("learns that it should end, and is pruned whatever its exit code", async () => {
    const { run, trials } = await recordedTrainer(studyFolder());
    await run(FILE, { study: "asked" });
    expect(trials("asked")[0]).toMatchObject({ state: "PRUNED", intermediateValues: { size: 1 } });
  });

  it("is not pruned when it is retrained", async () => {
    const { run, trainer, folder } = await recordedTrainer(studyFolder());
    await run(FILE, { study: "asked" });
    const summary = await trainer.functions.retrain({ file: join(folder, FILE), study: "asked", trial: 0, epochs: 5 });
    expect(summary).toMatchObject({ epochs: 5, ownFiles: true });
  });

  it("whose program is killed is continued from its checkpoint, as if nothing had been", async () => {
    const { run, trials, logs } = await recordedTrainer(studyFolder());
    await run(FILE, { study: "whole" });
    await run(FILE, { study: "dying" });
    const [expected] = trials("whole");
    const [killed, continued] = trials("dying");
    expect(killed).toMatchObject({ state: "FAIL", systemAttrs: { "tunelens:checkpoint": { step: 3 } } });
    expect(continued).toMatchObject({
      state: "COMPLETE",
      values: expected!.values,
      systemAttrs: { retry_history: [0] },
    });
    expect([...continued!.intermediateValues]).toEqual([...expected!.intermediateValues]);
    expect([...expected!.intermediateValues.keys()]).toEqual([0, 1, 2, 3, 4, 5]);
    const warned = logs.map(({ message }) => message).filter((message) => message.includes("could not be saved"));
    // Once in each study.
    expect(warned).toHaveLength(2);
    expect(warned[0]).toContain("a checkpoint could not be saved: OSError: The disk is full.");
  });

  it("has a result for each direction", async () => {
    const { run, trials } = await recordedTrainer(studyFolder());
    await run(FILE, { study: "both" });
    expect(trials("both")[0]!.values).toEqual([12, 0.75]);
  });

  it("is told of its mistakes, where it makes them", async () => {
    const { run } = await recordedTrainer(studyFolder());
    await expect(run(FILE, { study: "wrong" })).rejects.toMatchObject({
      message: expect.stringMatching(/wrong\.py", line 3[^]*ValueError: could not convert string to float: 'high'/),
    });
  });

  it("runs without Tunelens too: it prints instead", () => {
    const folder = providePythonHelper(temporaryFolder());
    const script = `
import tunelens_trial as trial
trial.report(trial.params.get("lr", 0.5), 3, accuracy=1)
trial.set_attr("name", "a")
print(trial.should_prune(), trial.number, trial.epochs, trial.folder)`;
    const printed = execFileSync("python3", ["-c", script], {
      encoding: "utf8",
      cwd: folder,
      env: { PATH: process.env["PATH"] },
    });
    expect(printed.split("\n").slice(0, 3)).toEqual([
      "report value=0.5 step=3 accuracy=1.0",
      "set_attr key=name value=a",
      "should_prune",
    ]);
    expect(printed).toContain("False None None .");
  });
});

/**
 * A Python that has these modules: of TUNELENS_PYTHON, TUNELENS_KERAS_PYTHON, and python3.
 * @param isRequired makes its absence a failure.
 */
function pythonWith(modules: readonly string[], isRequired: boolean): string | undefined {
  const { TUNELENS_PYTHON, TUNELENS_KERAS_PYTHON } = process.env;
  // Importing them would take seconds.
  const ask = `import importlib.util as u; assert all(u.find_spec(name) for name in ${JSON.stringify(modules)})`;
  const found = [TUNELENS_PYTHON, TUNELENS_KERAS_PYTHON, "python3"].find(
    (python) => python && spawnSync(python, ["-c", ask], { stdio: "ignore" }).status === 0,
  );
  if (found === undefined && isRequired) throw new Error(`No Python has ${modules.join(" and ")}.`);
  if (found === undefined)
    console.warn(`Skipped: the example of ${modules[0]}. Name a Python that has it in TUNELENS_KERAS_PYTHON.`);
  return found;
}

const examples = [
  {
    study: "scikit-learn",
    script: "scikit_learn_digits.py",
    python: pythonWith(["sklearn"], process.env["TUNELENS_REQUIRE_SCIKIT_LEARN"] === "1"),
    model: "model.joblib",
  },
  { study: "pytorch", script: "pytorch_digits.py", python: pythonWith(["torch", "sklearn"], false), model: "model.pt" },
  {
    study: "keras",
    script: "keras_digits.py",
    python: pythonWith(["keras", "torch", "sklearn"], false),
    model: "model.keras",
  },
];

describe.each(examples)("the example $study", ({ study, script, python, model: saved }) => {
  it.skipIf(!python || study !== "scikit-learn")(
    "is continued at its last epoch when its program is killed",
    async () => {
      const folder = studyFolder();
      const copy = (file: string, edit: (text: string) => string) =>
        writeFileSync(
          join(folder, file),
          edit(readFileSync(new URL(`../../examples/${file}`, import.meta.url), "utf8")),
        );
      copy(`${study}.study.ts`, (text) =>
        text
          .replace("trials: 40", "trials: 1, catch: true, checkpoints: { interval: 0 }")
          .replace("defineStudy({", "defineStudy({ pruner: nopPruner(),")
          .replace("hyperband, int", "int, nopPruner")
          .replace(/  pruner: hyperband.*\n/, ""),
      );
      const dies =
        "\n    if epoch == 2 and trial.checkpoint_folder is None and not os.path.exists('whole'):\n        os.kill(os.getpid(), 9)\n";
      copy(script, (text) => text.replace("\n\nif os.environ", `${dies}\nif os.environ`));
      const { run, trials, trainer } = await recordedTrainer(folder, [], { TUNELENS_PYTHON: python! });
      await run(`${study}.study.ts`, { epochs: 4 });
      const [killed, continued] = trials(study);
      expect(killed!.systemAttrs).toMatchObject({ "tunelens:checkpoint": { step: 2 } });
      await trainer.functions.deleteStudy({ storage: "sqlite:///.tunelens/studies.db", study });
      writeFileSync(join(folder, "whole"), "");
      await run(`${study}.study.ts`, { epochs: 4 });
      expect([...continued!.intermediateValues]).toEqual([...trials(study)[0]!.intermediateValues]);
    },
    120_000,
  );

  it.skipIf(!python)(
    "is tuned, and its retrained model saved",
    async () => {
      const folder = studyFolder();
      for (const file of [`${study}.study.ts`, script])
        copyFileSync(fileURLToPath(new URL(`../../examples/${file}`, import.meta.url)), join(folder, file));
      const { run, trainer, trials, logs } = await recordedTrainer(folder, [], { TUNELENS_PYTHON: python! });
      await run(`${study}.study.ts`, { trials: 3, epochs: 4 });
      expect(Math.max(...trials(study).map(({ values }) => values?.[0] ?? 0))).toBeGreaterThan(0.7);
      expect(logs.filter(({ level }) => level === "warn")).toEqual([]);
      const { model } = await trainer.functions.retrain({ file: join(folder, `${study}.study.ts`), epochs: 5 });
      expect(readdirSync(model!).sort()).toEqual([saved, "tunelens.json"]);
    },
    // Loading a library takes seconds, for each trial.
    240_000,
  );
});

describe("tunelens python-helper", () => {
  it("prints the module, or writes it into a folder", async () => {
    const folder = temporaryFolder();
    expect(await tunelens(folder, "python-helper")).toMatchObject({ code: 0, stdout: PYTHON_HELPER });
    const written = await tunelens(folder, "python-helper", "--output", "lib");
    expect(written).toMatchObject({ code: 0, stdout: expect.stringContaining("tunelens_trial.py") });
    expect(readFileSync(join(folder, "lib", "tunelens_trial.py"), "utf8")).toBe(PYTHON_HELPER);
  });
});

describe("the Python of a command", () => {
  const folder = temporaryFolder();
  const program = process.platform === "win32" ? ["Scripts", "python.exe"] : ["bin", "python"];
  const place = (...names: string[]) => {
    const path = join(folder, ...names);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, "");
    chmodSync(path, 0o755);
    return path;
  };

  it("is that of the virtual environment beside the study, or above it", () => {
    const env = { PATH: "" };
    expect(findProgram("python", folder, env)).toBe("python");
    const other = place("venv", ...program);
    expect(findProgram("python", folder, env)).toBe(other);
    const preferred = place(".venv", ...program);
    expect(findProgram("python3", folder, env)).toBe(preferred);
    expect(findProgram("node", folder, env)).toBe("node");
    // Nobody vouches for what lies above the working directory.
    expect(findProgram("python", join(folder, "inner"), env)).toBe("python");
  });

  it("is the one that the editor or the user names", () => {
    expect(findProgram("python", folder, { TUNELENS_PYTHON: "/opt/python" })).toBe("/opt/python");
  });

  it.skipIf(process.platform === "win32")("may be called python3 on the PATH only", () => {
    const path = dirname(place("programs", "python3"));
    expect(findProgram("python", join(folder, "inner"), { PATH: path })).toBe("python3");
  });
});
