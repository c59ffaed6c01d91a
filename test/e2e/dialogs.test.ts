import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { floatDistribution } from "../../src/engine/distribution.js";
import { createStudy } from "../../src/engine/study/create-study.js";
import { STUDY_SOURCE_KEY } from "../../src/protocol/trainer.js";
import { openStorage } from "../../src/storage/open.js";
import { temporaryFolder } from "../temporary-folder.js";
import { VSCodePage } from "./vscode-page.js";

/** What VS Code asks a person, whose answers a test inside it cannot give: where to save, what to open with, which of several. */

const root = fileURLToPath(new URL("../../", import.meta.url));
const MINUTE = 60_000;
const NAME = "product";
const CODE = `import { defineStudy, float } from "tunelens";
export default defineStudy({
  name: "${NAME}",
  space: { x: float(0, 1), y: float(0, 1), z: float(0, 1) },
  trials: 12,
  objective: ({ params: { x, y, z } }) => x * y + z,
});
`;

let files: string;
let vscode: VSCodePage;

function writeStudy(file: string): void {
  const storage = openStorage(`sqlite:///${file}`);
  const study = createStudy({ storage, name: NAME });
  const range = floatDistribution(0, 1);
  for (let i = 0; i < 12; i++) {
    const params = { x: (i % 3) / 4, y: (i % 4) / 4, z: (i % 5) / 5 };
    const values = [params.x * params.y + params.z];
    study.addTrial({ values, params, distributions: { x: range, y: range, z: range } });
  }
  const source = { file: "product.study.ts", exportName: "default", trials: 12, codedTrials: 12 };
  storage.setStudySystemAttr(study.id, STUDY_SOURCE_KEY, source);
  storage.close();
}

beforeAll(async () => {
  files = temporaryFolder();
  mkdirSync(join(files, ".tunelens"));
  writeStudy(join(files, ".tunelens", "studies.db"));
  writeFileSync(join(files, "product.study.ts"), CODE);
  cpSync(join(root, "test/fixtures/optuna/heartbeat.db"), join(files, "python.sqlite3"));
  vscode = await VSCodePage.open(files);
}, 8 * MINUTE);

afterEach(async ({ task }) => {
  if (task.result?.state === "fail") await vscode.explainFailure(task.name);
});

afterAll(async () => {
  await vscode?.close();
  rmSync(files, { recursive: true, force: true });
});

it(
  "the file explorer's Open With… shows a database's study",
  async () => {
    await vscode.command("View: Show Explorer");
    const file = vscode.treeRow("python.sqlite3");
    await vscode.chooseFromMenu(file, "Open With...", vscode.pickerRow("Tunelens"));
    await vscode.clickUntil(vscode.pickerRow("Tunelens"), vscode.dashboard().getByRole("heading", { name: "hb" }));
    await vscode.screenshot("opened-with");
    await vscode.closeTab("python.sqlite3");
  },
  15 * MINUTE,
);

it(
  "a chart's numbers are saved where the dialog says",
  async () => {
    await vscode.openFile("product.study.ts");
    const card = vscode.dashboard().getByRole("region", { name: "Optimization History" });
    await vscode.clickLens("Dashboard", card.locator("canvas"));
    const item = vscode.dashboard().getByRole("menuitem", { name: "Save as CSV…" });
    const path = vscode.page.locator(".quick-input-widget input[type=text]").first();
    const openDialog = async () => {
      await vscode.clickUntil(card.getByRole("button", { name: "Optimization History: More Actions" }), item);
      await vscode.clickUntil(item, path);
    };
    await openDialog();
    await vscode.screenshot("save-dialog");
    const saved = join(vscode.workspace, "saved.csv");
    // While the dialog looks into its folder, it swallows an Enter, or takes it for the name that it proposes.
    const isSaved = async () => {
      if (existsSync(saved)) return true;
      if (!(await path.isVisible())) await openDialog();
      await path.fill(saved);
      await path.press("Enter");
      return false;
    };
    await expect.poll(isSaved, { timeout: 3 * MINUTE, interval: 2_000 }).toBe(true);
    expect(readFileSync(saved, "utf8").split("\n")[0]).toMatch(/^Trial,/);
    await vscode.closeTab(NAME);
  },
  15 * MINUTE,
);

it(
  "several parameters are frozen at once, and the follow-up study stands under its original",
  async () => {
    await vscode.command("View: Show Tunelens");
    await vscode.treeRow(NAME).waitFor();
    await vscode.command("Tunelens: Freeze Parameter");
    for (const name of ["x", "y"]) {
      const row = vscode.pickerRow(new RegExp(`^${name}`));
      await vscode.clickUntil(row, row.and(vscode.page.locator("[aria-checked=true]")));
    }
    await vscode.screenshot("freeze-several");
    const value = (name: string) =>
      vscode.page.locator(".quick-input-title", { hasText: `Freeze Parameters: ${name}` });
    await vscode.clickUntil(
      vscode.page.locator(".quick-input-widget .quick-input-action .monaco-button").first(),
      value("x"),
    );
    await vscode.clickUntil(vscode.pickerRow("0.25"), value("y"));
    await vscode.screenshot("freeze-value");
    const count = vscode.page.getByText("How many trials should the follow-up study run?");
    await vscode.clickUntil(vscode.pickerRow("0.75"), count);
    await vscode.page.locator(".quick-input-widget input[type=text]").first().fill("2");
    await vscode.page.keyboard.press("Enter");
    const followUp = vscode.treeRow(`${NAME}-x-0.25-y-0.75`);
    await vscode.setExpanded(vscode.treeRow(NAME), true);
    await followUp.filter({ hasText: "x = 0.25, y = 0.75 frozen" }).waitFor();
    await vscode.screenshot("frozen-several");
  },
  15 * MINUTE,
);
