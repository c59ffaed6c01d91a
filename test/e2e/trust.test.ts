import { cpSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { VSCodePage } from "./vscode-page.js";
import { temporaryFolder } from "../temporary-folder.js";

/** A workspace nobody trusts: what is there can be looked at, nothing of it runs. */

const fixtures = fileURLToPath(new URL("../fixtures", import.meta.url));
const MINUTE = 60_000;
let files: string;
let vscode: VSCodePage;

beforeAll(async () => {
  files = temporaryFolder();
  cpSync(join(fixtures, "workspace", "digits.study.ts"), join(files, "digits.study.ts"));
  mkdirSync(join(files, ".tunelens"));
  cpSync(join(fixtures, "optuna", "variety.db"), join(files, ".tunelens", "studies.db"));
  vscode = await VSCodePage.open(files, {
    "security.workspace.trust.enabled": true,
    "security.workspace.trust.startupPrompt": "never",
  });
}, 8 * MINUTE);

afterEach(async ({ task }) => {
  if (task.result?.state === "fail") await vscode.explainFailure(task.name);
});

afterAll(async () => {
  await vscode?.close();
  rmSync(files, { recursive: true, force: true });
});

it(
  "shows studies and trials, and offers trust where it would offer a start",
  async () => {
    await vscode.openFile("digits.study.ts");
    await vscode.lens("Trust this workspace to start").waitFor();
    expect(await vscode.lens("Start Study").count()).toBe(0);
    await vscode.command("View: Show Tunelens");
    await vscode.treeRow("hyperband").waitFor();
    await vscode.screenshot("untrusted");
    await vscode.clickLens("Dashboard", vscode.dashboard().getByText("This study has not run yet"));
    const start = vscode
      .dashboard()
      .getByRole("button", { name: /^Start/ })
      .first();
    expect(await start.isDisabled()).toBe(true);
    await vscode.screenshot("untrusted-dashboard");
  },
  15 * MINUTE,
);
