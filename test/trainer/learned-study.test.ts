import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { readFollowUp } from "../../src/engine/study/follow-up.js";
import { openStorage } from "../../src/storage/open.js";
import { recordedTrainer, type RecordedTrainer } from "./recorded-trainer.js";
import { studyFolder } from "./study-folder.js";

const FILE = "quadratic.study.ts";
const learnFrom = { studies: ["quadratic"] };

function change(folder: string, from: string, to: string): void {
  const file = join(folder, FILE);
  const text = readFileSync(file, "utf8");
  expect(text).toContain(from);
  writeFileSync(file, text.replace(from, to));
}

const told = ({ logs }: RecordedTrainer) =>
  logs.map(({ message }) => message).filter((text) => text.includes("starts with"));

it("continues a study whose space has changed under the next name, and goes on with it by that", async () => {
  const folder = studyFolder();
  await (await recordedTrainer(folder)).run(FILE);
  change(folder, "n: int(1, 5)", "n: int(2, 4), momentum: float(0, 1, { default: 0.5 })");
  const second = await recordedTrainer(folder);
  const summary = await second.run(FILE, { learnFrom, trials: 3, parallel: 1 });
  const before = second.trials("quadratic");
  const fitting = before.filter(({ params }) => Number(params["n"]) >= 2 && Number(params["n"]) <= 4);
  expect(fitting.length).toBeLessThan(before.length);
  expect(summary).toMatchObject({ study: "quadratic-2", finished: 3 });
  expect(second.started[0]).toMatchObject({ trials: 3, finishedBefore: 0 });
  const trials = second.trials("quadratic-2");
  expect(trials.map(({ systemAttrs }) => systemAttrs["tunelens:learned-from"] ?? null)).toEqual([
    ...fitting.map(({ number }) => ({ study: "quadratic", trial: number })),
    ...[null, null, null],
  ]);
  expect(told(second)).toEqual([
    `Study "quadratic-2" starts with ${fitting.length} of the 8 finished trials of "quadratic". Left out: ` +
      `${before.length - fitting.length} with a value of n that it can no longer have. ` +
      "The code has changed since: quadratic.study.ts. Their values count as they are.",
  ]);

  const again = await recordedTrainer(folder);
  await again.run(FILE, { study: "quadratic-2", trials: 5 });
  expect(again.started[0]).toMatchObject({ resumed: true, finishedBefore: 3, trials: 5 });
  expect(again.trials("quadratic-2")).toHaveLength(fitting.length + 5);
  expect(told(again)).toEqual([]);
  await (await recordedTrainer(folder)).run(FILE, { learnFrom, trials: 6 });
  expect(again.trials("quadratic-2")).toHaveLength(fitting.length + 6);
  const storage = openStorage(".tunelens/studies.db", { cwd: folder, readOnly: true });
  const { root, from, frozen } = readFollowUp(storage, "quadratic-2")!;
  storage.close();
  expect({ root, from, frozen }).toEqual({ root: "quadratic", from: "quadratic", frozen: {} });
});

it("lets a study of another name learn, and keeps an existing one as it is", async () => {
  const folder = studyFolder();
  await (await recordedTrainer(folder)).run(FILE);
  change(folder, 'name: "quadratic"', 'name: "wider"');
  change(folder, "float(-10, 10)", "float(-20, 20)");
  const wider = await recordedTrainer(folder);
  expect(await wider.run(FILE, { learnFrom, trials: 2 })).toMatchObject({ study: "wider", finished: 2 });
  expect(wider.trials("wider")).toHaveLength(8 + 2);
  change(folder, 'name: "wider"', 'name: "quadratic"');
  const { run } = await recordedTrainer(folder);
  await expect(run(FILE, { learnFrom: { studies: ["wider"] } })).rejects.toMatchObject({ code: "duplicate-study" });
});

it("names what to do where a choice has changed, and the study's file may say what to learn from", async () => {
  const folder = studyFolder();
  await (await recordedTrainer(folder)).run(FILE);
  change(folder, "n: int(1, 5)", "n: float(1, 5)");
  await expect((await recordedTrainer(folder)).run(FILE, { trials: 9 })).rejects.toMatchObject({
    code: "incompatible-distribution",
    message: expect.stringContaining("learnFrom"),
  });
  change(folder, 'name: "quadratic"', 'name: "real", learnFrom: ["quadratic"]');
  const real = await recordedTrainer(folder);
  expect(await real.run(FILE)).toMatchObject({ finished: 8 });
  expect(real.trials("real")).toHaveLength(8 + 8);
  expect(told(real)[0]).toContain('Study "real" starts with all of the 8 finished trials of "quadratic".');
});
