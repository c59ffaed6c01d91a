import { join } from "node:path";
import { expect, it } from "vitest";
import { studyFolder } from "../trainer/study-folder.js";
import { tunelens } from "./command.js";

it("saved models are listed, of each study the best is marked, and they can be evaluated", async () => {
  const folder = studyFolder();
  expect(await tunelens(folder, "models")).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^\.tunelens\/models has no models yet\. To save one: .* retrain FILE\n$/),
  });
  await tunelens(folder, "run", "dense.study.ts", "--trials", "2");
  expect(await tunelens(folder, "evaluate", "dense.study.ts")).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(
      /^Error: There is no saved model in .*dense net: .*\nTo list the models: .* models\./,
    ),
  });
  await tunelens(folder, "retrain", "dense.study.ts", "--trial", "0", "--epochs", "4");
  await tunelens(folder, "retrain", "dense.study.ts", "--trial", "1", "--epochs", "1");

  const { stdout: listed } = await tunelens(folder, "models", "dense net", "--json");
  const models = JSON.parse(listed) as {
    trial: number;
    best: boolean;
    folder: string;
    code: string;
    values: number[];
  }[];
  expect(models).toMatchObject([
    { study: "dense net", trial: 0, metric: "val_loss", direction: "minimize", epochs: 4 },
    { study: "dense net", trial: 1, metric: "val_loss", direction: "minimize", epochs: 1 },
  ]);
  expect(models.map(({ folder }) => folder)).toEqual(
    [0, 1].map((trial) => `.tunelens/models/dense net/trial-${trial}/v1`),
  );
  const least = Math.min(...models.map(({ values }) => values[0]!));
  expect(models.map(({ best }) => best)).toEqual(models.map(({ values }) => values[0] === least));

  const { stdout: table } = await tunelens(folder, "models");
  const best = models.find(({ best }) => best)!;
  const row = new RegExp(
    `│ dense net │ +${best.trial} │ val_loss [\\d.]+ +│ best │ +\\d │ ${best.code} │ +\\d+ kB │ (.*?) +│`,
  );
  expect(row.exec(table)?.[1]).toBe(best.folder);
  expect((await tunelens(folder, "models", "other")).stderr).toBe(
    `Error: ${join(folder, ".tunelens/models")} has no model of study "other". There are models of: "dense net".\n`,
  );

  const evaluated = await tunelens(folder, "evaluate", "dense.study.ts");
  expect(evaluated.stdout).toContain(
    `The model in ${best.folder} of trial ${best.trial} of study "dense net" was evaluated (`,
  );
  expect(evaluated.stdout).toMatch(/^Value [\d.e-]+; saved with [\d.e-]+$/m);
  expect(evaluated.stdout).toMatch(/│ val_loss +│ +[\d.e-]+ │/);
  const { stdout: json } = await tunelens(folder, "evaluate", "dense.study.ts", "--trial", "1", "--json");
  expect(JSON.parse(json)).toMatchObject({
    trial: 1,
    folder: models[1]!.folder,
    saved_values: models[1]!.values,
    changed_code: [],
  });
});
