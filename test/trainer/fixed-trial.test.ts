import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { recordedTrainer } from "./recorded-trainer.js";
import { studyFolder } from "./study-folder.js";

const study = (objective: string) => `
import { defineStudy, float, random, TrialPruned } from "tunelens";
export default defineStudy({
  name: "fixed",
  space: { x: float(-2, 2) },
  sampler: random(),
  trials: 3,
  seed: 7,
  epochs: { study: 2, retrain: 9 },
  objective: (trial) => {
    const { x } = trial.params;
    const noise = Math.random();
    trial.report(x, 0);
    console.log(JSON.stringify([trial.number, trial.purpose, trial.epochs, x, noise]));
    ${objective}
  },
});
`;

async function started(objective: string) {
  const folder = studyFolder();
  writeFileSync(join(folder, "fixed.study.ts"), study(objective));
  const trainer = await recordedTrainer(folder);
  return {
    ...trainer,
    said: () =>
      trainer.output.stdout
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line) as unknown),
  };
}

const inMemory = { storage: "memory:", trials: 1 };

it("a stored trial runs once more as it ran, with its number and its randomness, and nothing is stored", async () => {
  const { run, trials, finished, said } = await started("return x ** 2 + noise;");
  await run("fixed.study.ts");
  const second = trials("fixed")[1]!;
  finished.length = 0;
  const params = { x: second.params["x"] as number };
  const summary = await run("fixed.study.ts", { ...inMemory, fixedTrial: { number: 1, params } });
  expect(summary).toMatchObject({ reason: "trials" });
  expect(finished).toMatchObject([{ number: 1, state: "COMPLETE", values: second.values, params, lastStep: 0 }]);
  await expect.poll(() => said().length).toBe(4);
  expect(said()[3]).toEqual(said()[1]);
  expect((said()[3] as unknown[]).slice(0, 4)).toEqual([1, "study", 2, params.x]);
  expect(trials("fixed")).toHaveLength(3);
});

it("its end is told, too, where it prunes itself, fails, or lacks a parameter", async () => {
  const pruned = await started("throw new TrialPruned();");
  await pruned.run("fixed.study.ts", { ...inMemory, fixedTrial: { number: 5, params: { x: 1 } } });
  expect(pruned.finished).toMatchObject([{ number: 5, state: "PRUNED" }]);
  const failing = await started('throw new Error("no such layer");');
  const run = failing.run("fixed.study.ts", { ...inMemory, fixedTrial: { number: 5, params: { x: 1 } } });
  await expect(run).rejects.toMatchObject({ message: expect.stringContaining('Study "fixed", trial 5') as string });
  expect(await run.catch((error: { remoteStack: string }) => error.remoteStack)).not.toMatch(/dist\/|src\/trainer/);
  const none = await started("return NaN;");
  const without = none.run("fixed.study.ts", { ...inMemory, fixedTrial: { number: 5, params: { x: 1 } } });
  await expect(without).rejects.toMatchObject({ message: 'Study "fixed", trial 5: The objective returned NaN.' });
  const lacking = failing.run("fixed.study.ts", { ...inMemory, fixedTrial: { number: 5, params: {} } });
  await expect(lacking).rejects.toMatchObject({
    message: expect.stringContaining("the search space has changed since it ran") as string,
  });
  expect(existsSync(join(failing.folder, ".tunelens"))).toBe(false);
});
