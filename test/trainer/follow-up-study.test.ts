import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { readFollowUp } from "../../src/engine/study/follow-up.js";
import { openStorage } from "../../src/storage/open.js";
import { recordedTrainer } from "./recorded-trainer.js";
import { studyFolder } from "./study-folder.js";

const FILE = "quadratic.study.ts";

it("runs a follow-up with a parameter frozen, and goes on with it by its name", async () => {
  const folder = studyFolder();
  const first = await recordedTrainer(folder);
  const { best } = await first.run(FILE);
  const { n } = best!.params;
  const second = await recordedTrainer(folder);
  const summary = await second.run(FILE, { freeze: { params: [{ name: "n" }] }, trials: 3 });
  const name = `quadratic-n-${n as number}`;
  const taken = first.trials("quadratic").filter(({ params }) => params["n"] === n).length;
  expect(summary.study).toBe(name);
  expect(second.started[0]).toMatchObject({ study: name, sampler: "RandomSampler", trials: taken + 3 });
  expect(second.trials(name)).toHaveLength(taken + 3);
  expect(second.trials(name).every(({ params }) => params["n"] === n)).toBe(true);

  const resumed = await recordedTrainer(folder);
  await resumed.run(FILE, { study: name, trials: taken + 5 });
  expect(resumed.started[0]).toMatchObject({ resumed: true, finishedBefore: taken + 3 });
  expect(resumed.trials(name)).toHaveLength(taken + 5);
  expect(resumed.trials(name).every(({ params }) => params["n"] === n)).toBe(true);
  const retrained = await (
    await recordedTrainer(folder)
  ).trainer.functions.retrain({
    file: `${folder}/${FILE}`,
    study: name,
  });
  expect(retrained).toMatchObject({ study: name, params: { n } });
});

it("holds the kind of the branch that a frozen parameter lies in, and says so", async () => {
  const folder = studyFolder();
  const study = `import { branch, defineStudy, float, random } from "tunelens";
export default defineStudy({
  name: "branched",
  space: { optimizer: branch({ adam: { rate: float(0, 1, { step: 0.5 }) }, sgd: {} }) },
  sampler: random(),
  seed: 1,
  trials: 12,
  objective: ({ params: { optimizer } }) => (optimizer.kind === "adam" ? optimizer.rate : 0),
});
`;
  writeFileSync(join(folder, "branched.study.ts"), study);
  await (await recordedTrainer(folder)).run("branched.study.ts");
  const freeze = { params: [{ name: "optimizer.adam.rate", value: 0.5 }] };
  for (const trials of [4, 6]) {
    const { run, started } = await recordedTrainer(folder);
    const { study: name } = await run("branched.study.ts", { freeze, trials });
    expect(name).toBe("branched-optimizer.adam.rate-0.5");
    expect(started[0]?.followUp?.frozen).toEqual({ optimizer: "adam", "optimizer.adam.rate": 0.5 });
  }
});

it("goes on where the same parameters are frozen once more", async () => {
  const folder = studyFolder();
  await (await recordedTrainer(folder)).run(FILE);
  const freeze = { params: [{ name: "n", value: 2 }], name: "second" };
  await (await recordedTrainer(folder)).run(FILE, { freeze, trials: 2 });
  const again = await recordedTrainer(folder);
  await again.run(FILE, { freeze, trials: 4 });
  const storage = openStorage(".tunelens/studies.db", { cwd: folder, readOnly: true });
  const { taken, trials } = readFollowUp(storage, "second")!;
  storage.close();
  expect(trials).toBe(taken + 4);
  expect(again.trials("second")).toHaveLength(taken + 4);
  const other = { params: [{ name: "n", value: 3 }], name: "second" };
  await expect((await recordedTrainer(folder)).run(FILE, { freeze: other })).rejects.toMatchObject({
    code: "duplicate-study",
  });
});

it("names what there is where nothing can be frozen, and makes no database to look in", async () => {
  const folder = studyFolder();
  const { run } = await recordedTrainer(folder);
  await expect(run(FILE, { study: "quadratic-n-3" })).rejects.toMatchObject({ code: "study-not-in-file" });
  await expect(run(FILE, { freeze: { params: [{ name: "n" }] }, storage: "memory:" })).rejects.toMatchObject({
    code: "study-not-found",
  });
  expect(() => openStorage(".tunelens/studies.db", { cwd: folder, readOnly: true })).toThrow("studies.db");
});
