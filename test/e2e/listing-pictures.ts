/**
 * Takes the pictures of the README in a real VS Code on the example workspace: `npm run pictures`. Nothing is drawn: what they show is the
 * digits study while it runs and after.
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { pause } from "../wait.js";
import { VSCodePage } from "./vscode-page.js";

const root = fileURLToPath(new URL("../../", import.meta.url));
const folder = join(root, "media", "screenshots");
const MINUTE = 60_000;

mkdirSync(folder, { recursive: true });
const vscode = await VSCodePage.open(join(root, "examples"), {
  "window.autoDetectColorScheme": true,
  "workbench.preferredDarkColorTheme": "Default Dark Modern",
  "workbench.preferredLightColorTheme": "Default Light Modern",
  "editor.minimap.enabled": false,
  "editor.fontSize": 12,
});
try {
  await vscode.page.emulateMedia({ colorScheme: "dark" });
  await vscode.openFile("digits.study.ts");
  await vscode.command("View: Show Tunelens");
  await vscode.lens("Start Study").waitFor({ timeout: 2 * MINUTE });
  await vscode.clickLens("Dashboard", vscode.dashboard().getByText("This study has not run yet"));
  await vscode.clickLens("Start Study", vscode.dashboard().getByText("Running").first());
  await vscode.lens(/● [1-3]\d\/40/).waitFor({ timeout: 5 * MINUTE });
  await take("running-dark", 500);
  await vscode.lens("Retrain Best").waitFor({ timeout: 5 * MINUTE });
  await vscode.command("Notifications: Clear All Notifications");
  await vscode.dashboard().locator("h1").click();
  await pause(1_000, "the panel is in a process of its own, which tells the editor later that it has the focus");
  await vscode.command("View: Maximize Editor Group and Hide Side Bars");
  await take("dashboard-dark");
  await vscode.page.emulateMedia({ colorScheme: "light" });
  await take("dashboard-light");
} finally {
  await vscode.close();
}

/** @param settles how long to wait for what still moves, in milliseconds */
async function take(name: string, settles = 3000): Promise<void> {
  await pause(settles, "what moves does not say when it is done");
  await vscode.page.screenshot({ path: join(folder, `${name}.png`) });
}
