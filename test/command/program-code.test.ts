import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readCode, readCodeName } from "../../src/storage/stored-code.js";
import { openStorage } from "../../src/storage/open.js";
import { readPeakMemory } from "../../src/protocol/peak-memory.js";
import { temporaryFolder } from "../temporary-folder.js";
import { recordedTrainer } from "../trainer/recorded-trainer.js";

const FILE = "program.study.ts";

/** A folder with a study of a program that is `train.mjs`, and what it imports. */
function programFolder(train: string, options = '{ report: "loss" }', study = ""): string {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "train.mjs"), train);
  writeFileSync(join(folder, "model.mjs"), "export const loss = 1;\n");
  const objective = `command([process.execPath, "train.mjs", "{x}"], ${options})`;
  writeFileSync(
    join(folder, FILE),
    'import { command, defineStudy, float } from "tunelens";\n' +
      `export default defineStudy({ name: "program", space: { x: float(0, 1) }, seed: 1, trials: 2, ${study}\n  objective: ${objective} });\n`,
  );
  return folder;
}

const TRAIN = 'import { loss } from "./model.mjs";\nconsole.log(`loss=${loss}`);\n';

function codeOf(folder: string, trial: number) {
  const storage = openStorage("sqlite:///.tunelens/studies.db", { cwd: folder, readOnly: true });
  try {
    const study = storage.findStudy("program")!;
    const name = readCodeName(storage.getTrials(study)[trial]!.systemAttrs);
    const code = readCode(storage.getStudy(study).systemAttrs, name);
    return Object.fromEntries(code!.files.map(({ name: file, text }) => [file, text]));
  } finally {
    storage.close();
  }
}

describe("the code of a command's program", () => {
  it("is stored with the study's, and a change of it is told when the study is resumed", async () => {
    const folder = programFolder(TRAIN);
    const first = await recordedTrainer(folder);
    await first.run(FILE, { trials: 1 });
    expect(codeOf(folder, 0)).toMatchObject({ "train.mjs": TRAIN, "model.mjs": "export const loss = 1;\n" });
    writeFileSync(join(folder, "model.mjs"), "export const loss = 2;\n");
    const asking = await recordedTrainer(folder);
    await expect(asking.run(FILE, { asksOfChangedCode: true })).rejects.toMatchObject({
      code: "study-code-changed",
      message: 'The code of study "program" has changed since its 1 earlier trial: model.mjs.',
    });
    const { run, logs } = await recordedTrainer(folder);
    await run(FILE);
    expect(logs).toContainEqual({ level: "warn", message: expect.stringContaining("1 earlier trial: model.mjs.") });
    expect(codeOf(folder, 1)).toMatchObject({ "model.mjs": "export const loss = 2;\n" });
    expect(codeOf(folder, 0)).toMatchObject({ "model.mjs": "export const loss = 1;\n" });
  });

  it("is that of each trial, if it changes while the study runs", async () => {
    // The first trial rewrites what the second imports.
    const rewrite =
      'import { readFileSync, writeFileSync } from "node:fs";\n' +
      'writeFileSync("model.mjs", readFileSync("model.mjs", "utf8").replace("1", "2"));\n';
    const folder = programFolder(TRAIN + rewrite);
    const { run, logs, trials } = await recordedTrainer(folder);
    await run(FILE);
    expect(trials("program").map(({ values }) => values)).toEqual([[1], [2]]);
    expect([0, 1].map((trial) => codeOf(folder, trial)["model.mjs"])).toEqual([
      "export const loss = 1;\n",
      "export const loss = 2;\n",
    ]);
    expect(logs.filter(({ level }) => level === "warn")).toEqual([
      {
        level: "warn",
        message:
          'The code of study "program" has changed while it runs: model.mjs. Trial 1 runs the new code, so it may not be comparable with the earlier ones.',
      },
    ]);
    // It is the study's code from then on.
    const again = await recordedTrainer(folder);
    await again.run(FILE, { trials: 3 });
    expect(again.logs.filter(({ message }) => message.includes("code"))).toEqual([]);
  });
});

describe.skipIf(process.platform === "win32")("the peak memory of a trial that runs a program", () => {
  it("is the program's, and not that of the process that waits for it", async () => {
    // It goes on for longer than the pause between two looks.
    const train = `
const held = Buffer.alloc(300 * 2 ** 20, 1);
for (const end = performance.now() + 1_500; performance.now() < end; );
console.log("loss=" + held.length);
`;
    const { run, trials } = await recordedTrainer(programFolder(train));
    await run(FILE, { trials: 1 });
    expect(readPeakMemory(trials("program")[0]!.systemAttrs)).toEqual({ bytes: expect.any(Number), since: "trial" });
    expect(readPeakMemory(trials("program")[0]!.systemAttrs)!.bytes / 2 ** 20).toBeGreaterThan(300);
  });
});

describe("a command's metric that is better in the other direction", () => {
  const PRINT = 'console.log("val_acc=0.5 val_loss=2");\n';

  it("is refused if the study sets no direction", async () => {
    const { run, output } = await recordedTrainer(programFolder(PRINT, '{ report: "val_acc" }'));
    await expect(run(FILE)).rejects.toMatchObject({
      message: expect.stringContaining(
        "the study sets no direction and therefore minimizes, but its trials return val_acc, which is better when higher. " +
          'Set direction: "maximize" in defineStudy({ … })',
      ),
    });
    // Nothing was started.
    expect(output.stdout).toBe("");
  });

  it.each([
    [
      'direction: "minimize",',
      '{ report: "val_acc" }',
      'its trials return val_acc, which is better when higher: the worst trial counts as the best. Set direction: "maximize".',
    ],
    [
      'direction: "maximize",',
      '{ report: "val_loss" }',
      'its trials return val_loss, which is better when lower: the worst trial counts as the best. Set direction: "minimize".',
    ],
    [
      'direction: "maximize",',
      '{ report: "val_loss", result: "val_acc" }',
      "its trials report val_loss, which is better when lower: the pruner ends the better ones. Report a metric of the direction of val_acc.",
    ],
  ])("is told once: %s %s", async (study, options, told) => {
    const folder = programFolder(PRINT, options, study);
    const { run, logs } = await recordedTrainer(folder);
    expect(await run(FILE)).toMatchObject({ counts: { COMPLETE: 2 } });
    const warnings = logs.filter(({ level }) => level === "warn");
    expect(warnings).toMatchObject([
      { message: expect.stringContaining(told), location: { file: join(folder, FILE) } },
    ]);
  });

  it.each([
    ['direction: "maximize",', '{ report: "val_acc" }'],
    ['direction: "minimize",', '{ report: "val_loss" }'],
    ['directions: ["minimize", "maximize"],', '{ report: "val_acc", result: ["val_loss", "val_acc"] }'],
  ])("is none: %s %s", async (study, options) => {
    const { run, logs } = await recordedTrainer(programFolder(PRINT, options, study));
    await run(FILE);
    expect(logs.filter(({ level }) => level === "warn")).toEqual([]);
  });
});
