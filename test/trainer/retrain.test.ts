import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
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
    const model = join(folder, ".tunelens/models/dense net", `trial-${best!.number}`);
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
