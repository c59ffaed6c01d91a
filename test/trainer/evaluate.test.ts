import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { recordedTrainer } from "./recorded-trainer.js";
import { studyFolder } from "./study-folder.js";

/** A study of one trial, and a model of it. */
async function withModel() {
  const folder = studyFolder();
  const file = join(folder, "dense.study.ts");
  const { run, trainer } = await recordedTrainer(folder);
  await run("dense.study.ts", { trials: 1 });
  const { model } = await trainer.functions.retrain({ file, epochs: 1 });
  const evaluate = async (request = {}) =>
    (await recordedTrainer(folder)).trainer.functions.evaluate({ file, ...request });
  return { folder, model: model!, evaluate, change: (...edit: [string, string]) => edited(file, ...edit) };
}

/** A study that ran, and models of two of its trials: the better one of the best trial, and of that a worse second version. */
async function withModels() {
  const folder = studyFolder();
  const file = join(folder, "dense.study.ts");
  const { run, trainer, trials } = await recordedTrainer(folder);
  const { best } = await run("dense.study.ts");
  const other = trials("dense net").find(({ number }) => number !== best!.number)!.number;
  const first = await trainer.functions.retrain({ file, epochs: 6 });
  const worse = await trainer.functions.retrain({ file, epochs: 1 });
  const others = await trainer.functions.retrain({ file, epochs: 1, trial: other });
  expect(Number(worse.value)).toBeGreaterThan(Number(first.value));
  return { folder, file, best: first, worse, others };
}

function edited(file: string, from: string, to: string): void {
  const text = readFileSync(file, "utf8");
  expect(text).toContain(from);
  writeFileSync(file, text.replace(from, to));
}

describe("evaluating a saved model", () => {
  it("gives the value that it was saved with, of the best of the study's, a trial's, or the one that is named; nothing is trained", async () => {
    const { folder, file, best, worse, others } = await withModels();
    const { trainer, epochs, started, trials, logs } = await recordedTrainer(folder);
    const before = trials("dense net");
    const { evaluate } = trainer.functions;
    const summary = await evaluate({ file });
    expect(summary).toMatchObject({ study: "dense net", trial: best.trial, model: best.model, changedCode: [] });
    expect(summary.savedValues).toEqual([best.value]);
    expect(Number(summary.values[0])).toBeCloseTo(Number(best.value), 6);
    expect(summary.metrics).toEqual({ val_loss: summary.values[0] });
    const second = await evaluate({ file, model: worse.model! });
    expect(second).toMatchObject({ model: worse.model, savedValues: [worse.value] });
    expect(Number(second.values[0])).toBeCloseTo(Number(worse.value), 6);
    expect(await evaluate({ file, trial: others.trial })).toMatchObject({ model: others.model });
    expect(await evaluate({ file, model: join(worse.model!, "..") })).toMatchObject({ model: best.model });
    expect({ epochs, started, logs }).toEqual({ epochs: [], started: [], logs: [] });
    expect(trials("dense net")).toEqual(before);
  });

  it("says which code has changed since it was saved", async () => {
    const { evaluate, change } = await withModel();
    change("export const dense", "// One line more.\nexport const dense");
    expect(await evaluate()).toMatchObject({ changedCode: ["dense.study.ts"] });
  });

  it("says that there is no such model of the study or the trial, or that the network is another", async () => {
    const { folder, model, evaluate, change } = await withModel();
    await expect(evaluate({ model: "nowhere" })).rejects.toMatchObject({
      code: "model-not-found",
      message: expect.stringContaining(join(folder, "nowhere")),
    });
    await expect(evaluate({ model, trial: 1 })).rejects.toMatchObject({ code: "other-trial" });
    change("inputShape: [4]", "inputShape: [4], useBias: false");
    await expect(evaluate()).rejects.toThrow(/the saved model has 4 weights, the objective's has 3/);
  });

  it("says what the objective lacks: validation data, one training, fit itself", async () => {
    const { evaluate, change } = await withModel();
    const refused = async (reason: string) =>
      expect(evaluate()).rejects.toMatchObject({ code: "not-evaluated", message: expect.stringContaining(reason) });
    const data = "{ train: { x: inputs, y: labels }, validation: { x: inputs, y: labels } }";
    change(
      "const history = await fit(",
      `await fit(trial, model, ${data}, { monitor: "val_loss" });\n    const history = await fit(`,
    );
    await refused("the objective calls fit() more than once");
    change(", validation: { x: inputs, y: labels }", "");
    await refused("fit() has no validation data. Pass some: fit(trial, model, { train, validation })");
    change("async objective(trial) {", "async objective(trial) {\n    trial.report(1, 0);");
    await refused("The objective does not call fit()");
    change("trial.report(1, 0);", "return 1;");
    await refused("The objective does not call fit()");
  });
});
