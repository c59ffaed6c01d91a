import { execFileSync } from "node:child_process";
import { globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { VSCodePage } from "./vscode-page.js";

/** The whole story, as a user lives it, with the packed extension: start, watch, understand, retrain, use the model. */

const MINUTE = 60_000;
let vscode: VSCodePage;

beforeAll(async () => {
  vscode = await VSCodePage.open(fileURLToPath(new URL("../fixtures/workspace", import.meta.url)));
}, 8 * MINUTE);

afterEach(async ({ task }) => {
  if (task.result?.state === "fail") await vscode.explainFailure(task.name);
});

afterAll(async () => vscode?.close());

it(
  "tunes a network from the palette and retrains the best trial into a model that loads",
  async () => {
    await vscode.openFile("digits.study.ts");
    await vscode.lens("Start Study").waitFor();
    await vscode.screenshot("1-lens");

    await vscode.command("Tunelens: Start Study");
    await vscode.lens(/● [1-9]\d*\/12 · best 0\.\d+ · Stop/).waitFor();
    await vscode.command("View: Show Tunelens");
    await vscode.treeRow("digits-small").waitFor();
    await vscode.screenshot("2-running");

    const trial = vscode.dashboard().getByRole("row", { name: /COMPLETE|PRUNED|Complete|Pruned/ });
    await vscode.clickLens("Dashboard", trial.first());
    await vscode.screenshot("3-dashboard-running");

    await vscode.lens("Retrain Best").waitFor();
    await expect.poll(() => drawnPixels("importance"), { timeout: 3 * MINUTE }).toBeGreaterThan(500);
    await vscode.screenshot("4-dashboard-finished");

    await vscode.clickLens("Retrain Best", vscode.dashboard().getByText("Retraining").first());
    const models = join(vscode.workspace, ".tunelens", "models", "digits-small");
    await expect.poll(() => savedModel(models), { timeout: 3 * MINUTE }).toBeTruthy();
    await vscode.screenshot("5-retrained");
    const folder = savedModel(models)!;
    const said = JSON.parse(readFileSync(join(folder, "tunelens.json"), "utf8")) as {
      metrics: { value: number };
    };
    const script = fileURLToPath(new URL("../fixtures/score-model.mjs", import.meta.url));
    const scored = Number(execFileSync(process.execPath, [script, folder], { encoding: "utf8" }));
    expect(scored).toBeCloseTo(said.metrics.value, 3);
  },
  15 * MINUTE,
);

function savedModel(models: string): string | undefined {
  const [saved] = globSync("*/v1/model.json", { cwd: models });
  return saved && join(models, dirname(saved));
}

/** As much of a canvas as the test looks at; the DOM's own types are not for code that runs in Node. */
interface Canvas {
  readonly width: number;
  readonly height: number;
  getContext(kind: "2d"): { getImageData(x: number, y: number, w: number, h: number): { data: Uint8ClampedArray } };
}

/** How many pixels of a chart are not blank. */
async function drawnPixels(chart: string): Promise<number> {
  const canvas = vscode.dashboard().locator(`.area-${chart} canvas`);
  return canvas.evaluate((element: Canvas) => {
    const { data } = element.getContext("2d").getImageData(0, 0, element.width, element.height);
    return data.filter((byte, i) => i % 4 === 3 && byte > 0).length;
  });
}
