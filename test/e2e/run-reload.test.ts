import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { isAlive } from "../trainer/is-alive.js";
import { temporaryFolder } from "../temporary-folder.js";
import { VSCodePage } from "./vscode-page.js";

/** A run outlives its window: what is shown after a reload is the same process in the middle of the same trial. */

const MINUTE = 60_000;
const root = fileURLToPath(new URL("../../", import.meta.url));
const STUDY = `import { setTimeout } from "node:timers/promises";
import { appendFileSync } from "node:fs";
import { defineStudy, float } from "tunelens";

export default defineStudy({
  name: "patient",
  trials: 2,
  space: { x: float(0, 1) },
  async objective(trial) {
    appendFileSync("trials.txt", \`\${process.pid} \${trial.number}\\n\`);
    for (let step = 0; step < 10_000; step++) {
      await setTimeout(100, undefined, { signal: trial.signal });
      trial.report(trial.params.x, step);
    }
    return trial.params.x;
  },
});
`;
let vscode: VSCodePage;

beforeAll(async () => {
  const files = temporaryFolder();
  writeFileSync(join(files, "patient.study.ts"), STUDY);
  vscode = await VSCodePage.open(files, {}, root);
}, 8 * MINUTE);

afterEach(async ({ task }) => {
  if (task.result?.state === "fail") await vscode.explainFailure(task.name);
});

afterAll(async () => vscode?.close());

it(
  "goes on through a reload, with the same trial, and is stopped by the new window",
  async () => {
    await vscode.openFile("patient.study.ts");
    await vscode.clickLens("Start Study", vscode.lens(/^● 0\/2 .*Stop$/));
    const trials = () => readFileSync(join(vscode.workspace, "trials.txt"), "utf8").trim().split("\n");
    await expect.poll(trials).toHaveLength(1);
    const [process] = trials()[0]!.split(" ").map(Number);

    await vscode.page.reload();
    await vscode.lens(/^● 0\/2 .*Stop$/).waitFor();
    expect(trials()).toHaveLength(1);
    expect(isAlive(process!)).toBe(true);

    await vscode.clickLens(/Stop$/, vscode.lens("Start Study"));
    await expect.poll(() => isAlive(process!)).toBe(false);
    await expect.poll(() => readdirSync(join(vscode.workspace, ".tunelens"))).not.toContain("runs");
  },
  15 * MINUTE,
);
