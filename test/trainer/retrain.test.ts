import { createHash } from "node:crypto";
import { readdirSync, readFileSync, renameSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { RetrainRequest } from "../../src/protocol/trainer.js";
import type { ModelProvenance } from "../../src/tensorflow/model-provenance.js";
import { recordedTrainer } from "./recorded-trainer.js";
import { studyFolder } from "./study-folder.js";

const sha256 = (bytes: Buffer) => createHash("sha256").update(bytes).digest("hex");

describe("retraining", () => {
  it("trains the best trial for longer and saves the model with what it came from; the study keeps its trials", async () => {
    const folder = studyFolder();
    const { run, trials } = await recordedTrainer(folder);
    const { best } = await run("dense.study.ts");
    const before = trials("dense net");
    const retraining = await recordedTrainer(folder);
    const file = join(folder, "dense.study.ts");
    const summary = await retraining.trainer.functions.retrain({ file });
    const model = join(folder, ".tunelens/models/dense net", `trial-${best!.number}`, "v1");
    expect(summary).toMatchObject({ trial: best!.number, studyValue: best!.value, epochs: 6, model });
    expect(Number(summary.value)).toBeLessThan(Number(best!.value));
    expect(retraining.started[0]).toMatchObject({ retrain: true, study: "dense net" });
    const provenance = JSON.parse(readFileSync(join(model, "tunelens.json"), "utf8")) as Record<string, unknown>;
    expect(provenance).toMatchObject({
      study: "dense net",
      trial: best!.number,
      params: best!.params,
      metrics: { value: summary.value },
      backend: { backend: "wasm" },
      seed: 5,
      versions: { tunelens: "0.1.0", "@tensorflow/tfjs": "4.22.0", "@tensorflow/tfjs-backend-wasm": "4.22.0" },
      code: { "dense.study.ts": sha256(readFileSync(file)) },
    });
    expect((provenance.history as { val_loss: number[] }).val_loss.at(-1)).toBe(summary.value);
    expect(trials("dense net")).toEqual(before);
  });

  it("takes the trial, epochs and folder it is told", async () => {
    const folder = studyFolder();
    const { run, trainer } = await recordedTrainer(folder);
    await run("dense.study.ts");
    const summary = await trainer.functions.retrain({
      file: join(folder, "dense.study.ts"),
      trial: 2,
      epochs: 1,
      output: "my model",
    });
    expect(summary).toMatchObject({ trial: 2, epochs: 1, model: join(folder, "my model") });
  });

  it("says what is missing: no database, no such study, no such trial, no completed trial", async () => {
    const folder = studyFolder();
    const { run, trainer } = await recordedTrainer(folder);
    const file = join(folder, "quadratic.study.ts");
    await expect(trainer.functions.retrain({ file })).rejects.toMatchObject({ code: "storage-not-found" });
    await run("bad-values.study.ts", { trials: 1 });
    await expect(trainer.functions.retrain({ file })).rejects.toMatchObject({ code: "study-not-found" });
    await run("quadratic.study.ts", { trials: 1 });
    await expect(trainer.functions.retrain({ file, trial: 7 })).rejects.toMatchObject({ code: "trial-not-found" });
    expect(await trainer.functions.retrain({ file })).toMatchObject({ trial: 0, model: null });
  });
});

/** Has the model spoilt before its last epoch, and judged by its best. */
function spoil(folder: string, callbacks = ""): void {
  const file = join(folder, "dense.study.ts");
  const spoil = "tf.tidy(() => model.setWeights(model.getWeights().map((w) => w.mul(9))))";
  const spoiler = `{ onEpochEnd: async (epoch) => { if (epoch === trial.epochs! - 2) ${spoil}; } }`;
  const text = readFileSync(file, "utf8")
    .replace("import { fit }", "import { earlyStopping, fit }")
    .replace("{ batchSize: 16,", `{ callbacks: [${callbacks} ${spoiler}], batchSize: 16,`)
    .replace("history.last", "history.best");
  writeFileSync(file, text);
}

describe("a model whose last epoch was not its best", () => {
  const provenanceIn = (dir: string) => JSON.parse(readFileSync(join(dir, "tunelens.json"), "utf8")) as ModelProvenance;

  it("is saved with a word on it", async () => {
    const folder = studyFolder();
    spoil(folder);
    const { run, trainer, logs } = await recordedTrainer(folder);
    await run("dense.study.ts", { trials: 1 });
    const { model } = await trainer.functions.retrain({ file: join(folder, "dense.study.ts"), epochs: 4 });
    const { epoch, history, metrics } = provenanceIn(model!);
    const losses = history.val_loss!;
    expect(metrics["value"]).toBe(losses[2]);
    expect(losses[3]).toBeGreaterThan(losses[2]!);
    expect(epoch).toBe(4);
    const short = (value: number) => Number(value.toPrecision(6));
    expect(logs.at(-1)).toEqual({
      level: "warn",
      message:
        `Study "dense net", retraining trial 0: The saved model has the weights of epoch 4, val_loss ${short(losses[3]!)}. ` +
        `The best was epoch 3, val_loss ${short(losses[2]!)}. To save the best one, give fit the callback ` +
        'earlyStopping({ monitor: "val_loss", patience: 4, restoreBestWeights: true }).',
    });
  });

  it("is saved as its best epoch left it, where the study says so, and nothing is said", async () => {
    const folder = studyFolder();
    spoil(folder, 'earlyStopping({ monitor: "val_loss", patience: 4, restoreBestWeights: true }),');
    const { run, trainer, logs } = await recordedTrainer(folder);
    await run("dense.study.ts", { trials: 1 });
    const { model } = await trainer.functions.retrain({ file: join(folder, "dense.study.ts"), epochs: 4 });
    expect(provenanceIn(model!)).toMatchObject({ epoch: 3 });
    expect(logs).toEqual([]);
  });
});

describe("training a saved model further", () => {
  /** A study that ran, and its best trial's model, trained for 2 epochs. */
  async function retrained() {
    const folder = studyFolder();
    const file = join(folder, "dense.study.ts");
    const first = await recordedTrainer(folder);
    const { best } = await first.run("dense.study.ts");
    const { model, value } = await first.trainer.functions.retrain({ file, epochs: 2 });
    const provenance = (dir: string) => JSON.parse(readFileSync(join(dir, "tunelens.json"), "utf8")) as ModelProvenance;
    return {
      folder,
      file,
      number: best!.number,
      model: model!,
      value,
      provenance,
      next: () => recordedTrainer(folder),
    };
  }

  it("goes on where it stopped: epochs counted on, history and provenance appended, the older model kept", async () => {
    const { file, number, model, value, provenance, next } = await retrained();
    const before = provenance(model);
    const { trainer, epochs, logs } = await next();
    const summary = await trainer.functions.retrain({ file, epochs: 3, continues: true });
    const second = join(model, "../v2");
    expect(summary).toMatchObject({ trial: number, epochs: 3, epochsBefore: 2, model: second, betterModel: null });
    expect(epochs.map(({ epoch, epochs }) => [epoch, epochs])).toEqual([2, 3, 4].map((epoch) => [epoch, 5]));
    expect(Number(summary.value)).toBeLessThan(Number(value));
    expect(logs).toEqual([{ level: "info", message: `Continuing the model in ${model} after 2 epochs.` }]);
    expect(provenance(model)).toEqual(before);
    const after = provenance(second);
    expect(after.history.val_loss).toHaveLength(5);
    expect(after.history.val_loss!.slice(0, 2)).toEqual(before.history.val_loss);
    expect(after.continues).toEqual([{ savedAt: before.savedAt, epochs: 2, metrics: { value } }]);

    const again = await next();
    const third = await again.trainer.functions.retrain({ file, epochs: 1, continues: second, output: "further" });
    expect(third).toMatchObject({ epochs: 1, epochsBefore: 5, model: join(again.folder, "further") });
    expect(provenance(third.model!).continues!.map(({ epochs }) => epochs)).toEqual([2, 5]);
    expect(provenance(second)).toEqual(after);
  });

  it("keeps the better model where it is worse, says so, and goes on from the better one next time", async () => {
    const { folder, file, number, model, value, provenance, next } = await retrained();
    const before = provenance(model);
    spoil(folder);
    writeFileSync(
      file,
      readFileSync(file, "utf8").replace("history.best", "history.last").replace("=== trial.epochs! - 2", "=== 3"),
    );
    const { trainer, logs } = await next();
    const { value: worse, ...summary } = await trainer.functions.retrain({ file, epochs: 3, continues: true });
    expect(summary).toMatchObject({ model: join(model, "../v2"), betterModel: model });
    const short = (value: unknown) => Number((value as number).toPrecision(6));
    expect(provenance(join(model, "../v2")).metrics["value"]).toBe(worse);
    expect(provenance(model)).toEqual(before);
    expect(logs.at(-1)?.message).toContain(
      `The value ${short(worse)} is worse than ${short(value)} of v1, which remains the best.`,
    );
    const again = await next();
    const third = await again.trainer.functions.retrain({ file, epochs: 1, continues: true });
    expect(third).toMatchObject({ trial: number, epochsBefore: 2, model: join(model, "../v3") });
    expect(again.logs[0]!.message).toContain(`Continuing the model in ${model} after`);
  });

  it("keeps the model that is in the folder it was told to use", async () => {
    const { folder, file, provenance, next } = await retrained();
    const { trainer, logs } = await next();
    await trainer.functions.retrain({ file, epochs: 1, output: "mine" });
    const first = provenance(join(folder, "mine"));
    await trainer.functions.retrain({ file, epochs: 2, output: "mine" });
    expect(provenance(join(folder, "mine-1"))).toEqual(first);
    expect(provenance(join(folder, "mine")).history.val_loss).toHaveLength(2);
    expect(logs.at(-1)!.message).toBe(`The previous model in ${folder}/mine was moved to ${folder}/mine-1.`);
  });

  it("goes on from a model that an older Tunelens saved in the trial's own folder", async () => {
    const { file, model, provenance, next } = await retrained();
    const trial = join(model, "..");
    for (const name of readdirSync(model)) renameSync(join(model, name), join(trial, name));
    rmdirSync(model);
    const { trainer } = await next();
    expect(await trainer.functions.retrain({ file, epochs: 1, continues: true })).toMatchObject({
      epochsBefore: 2,
      model,
    });
    expect(provenance(trial).history.val_loss).toHaveLength(2);
  });

  it("says which code has changed", async () => {
    const { file, next } = await retrained();
    writeFileSync(file, `${readFileSync(file, "utf8")}\n// One line more.\n`);
    const { trainer, logs } = await next();
    await trainer.functions.retrain({ file, epochs: 1, continues: true });
    expect(logs[1]).toEqual({
      level: "warn",
      message: "dense.study.ts changed since the model was saved. Training continues with the present code.",
    });
  });

  it("warns where the optimizer begins anew", async () => {
    const { file, model, next } = await retrained();
    for (const name of ["optimizer.json", "optimizer.bin"]) rmSync(join(model, name));
    const { trainer, logs } = await next();
    await trainer.functions.retrain({ file, epochs: 1, continues: true });
    expect(logs[1]!.message).toMatch(/The optimizer starts from scratch: its state was not saved\.$/);
  });

  it("refuses a model of nobody, of another study, trial or network, and keeps what is there", async () => {
    const { folder, file, number, model, provenance, next } = await retrained();
    const { trainer } = await next();
    const retrain = (request: Partial<RetrainRequest>) =>
      trainer.functions.retrain({ file, epochs: 1, continues: true, ...request });
    await expect(retrain({ continues: "nowhere" })).rejects.toMatchObject({
      code: "no-model-to-continue",
      message: expect.stringContaining(join(folder, "nowhere")),
    });
    await expect(retrain({ continues: model, trial: 1 - number })).rejects.toMatchObject({ code: "other-trial" });
    const saved = provenance(model);
    const change = (change: object) =>
      writeFileSync(join(model, "tunelens.json"), JSON.stringify({ ...saved, ...change }));
    change({ study: "other" });
    await expect(retrain({})).rejects.toMatchObject({ code: "other-study" });
    change({ params: { ...saved.params, units: 5 } });
    await expect(retrain({})).rejects.toMatchObject({
      code: "other-trial",
      message: expect.stringContaining("was trained with units = 5"),
    });
    change({});
    writeFileSync(file, readFileSync(file, "utf8").replace("inputShape: [4]", "inputShape: [4], useBias: false"));
    const { trainer: changed } = await next();
    await expect(changed.functions.retrain({ file, continues: true })).rejects.toThrow(
      /the saved model has 4 weights, the objective's has 3/,
    );
    writeFileSync(
      file,
      readFileSync(file, "utf8").replace("await fit(", "await own(").replace(", useBias: false", "") + OWN,
    );
    const { trainer: without } = await next();
    await expect(without.functions.retrain({ file, continues: true })).rejects.toMatchObject({ code: "not-continued" });
    expect(provenance(model)).toEqual(saved);
  });
});

/** A training that knows nothing of saved models. */
const OWN = `
function own(_trial: unknown, model: tf.LayersModel, { train }: { train: { x: tf.Tensor; y: tf.Tensor } }, _options: object) {
  model.trainOnBatch(train.x, train.y);
  return { last: (_: string) => 1 };
}
`;

describe("deleting", () => {
  it("removes the study, and says when there is none", async () => {
    const folder = studyFolder();
    const { run, trainer } = await recordedTrainer(folder);
    await run("quadratic.study.ts");
    const address = { storage: "sqlite:///.tunelens/studies.db", study: "quadratic" };
    await trainer.functions.deleteStudy(address);
    await expect(trainer.functions.deleteStudy(address)).rejects.toMatchObject({ code: "study-not-found" });
  });
});
