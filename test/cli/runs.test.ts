import { expect, it, onTestFinished } from "vitest";
import { until } from "../wait.js";
import { studyFolder } from "../trainer/study-folder.js";
import { startTunelens, tunelens } from "./command.js";

it("a study goes on without its terminal, is shown, left, and stopped from others", async () => {
  const folder = studyFolder();
  onTestFinished(() => tunelens(folder, "stop").then(() => {}));
  const begun = await tunelens(folder, "run", "endless.study.ts", "--study", "heedful", "--detach");
  expect(begun).toMatchObject({ code: 0, stdout: expect.stringContaining("tunelens attach heedful") });

  const viewer = startTunelens(folder, "attach");
  await until("what went before", () => viewer.printed.stdout.includes("Trial 0"));
  viewer.child.kill("SIGINT");
  expect(await viewer.finished).toMatchObject({ code: 0, stdout: expect.stringContaining("The study goes on.") });

  const { stdout } = await tunelens(folder, "runs", "--json");
  expect(JSON.parse(stdout)).toMatchObject([{ study: "heedful", file: "endless.study.ts" }]);
  const other = startTunelens(folder, "attach", "heedful");
  await until("it is shown again", () => other.printed.stdout.includes("Trial 0"));
  const stopped = await tunelens(folder, "stop", "heedful");
  expect(stopped).toMatchObject({ code: 0, stdout: expect.stringContaining('Study "heedful" was stopped.') });
  expect(await other.finished).toMatchObject({ code: 130, stdout: expect.stringContaining("was stopped after") });
  expect(await tunelens(folder, "attach")).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/^Error: No study is running in this folder\./),
  });
});

it("a retraining goes on without its terminal, beside its study's runs, and is stopped from another", async () => {
  const folder = studyFolder();
  onTestFinished(() => tunelens(folder, "stop").then(() => {}));
  expect(await tunelens(folder, "run", "dense.study.ts", "--trials", "1")).toMatchObject({ code: 0 });
  const begun = await tunelens(folder, "retrain", "dense.study.ts", "--epochs", "1000000", "--detach");
  expect(begun).toMatchObject({ code: 0, stdout: expect.stringContaining('tunelens attach "dense net"') });
  expect((await tunelens(folder, "runs")).stdout).toMatch(/dense net\W+retraining\W+dense\.study\.ts/);
  expect(await tunelens(folder, "stop")).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('The retraining of study "dense net" was stopped. No model was saved.\n'),
  });
  expect(JSON.parse((await tunelens(folder, "runs", "--json")).stdout)).toEqual([]);
});

it("one that had to be ended says that it was stopped, in the terminal that shows it too", async () => {
  const folder = studyFolder();
  const { printed, finished } = startTunelens(folder, "run", "endless.study.ts", "--study", "blocked");
  await until("it blocks", () => /child \d+/.test(printed.stdout));
  expect(await tunelens(folder, "stop")).toMatchObject({ code: 0, stdout: expect.stringContaining("was stopped.") });
  expect(await finished).toMatchObject({ code: 130, stderr: "", stdout: expect.stringContaining("Stopped. All") });
});
