/**
 * Takes README's pictures in a real VS Code on the example workspace: `npm run pictures`. Nothing is drawn: they show the digits study, the
 * moving one from its start to the saved model, the other one its dashboard.
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { pause } from "../wait.js";
import { Recording } from "./recording.js";
import { VSCodePage } from "./vscode-page.js";

const root = fileURLToPath(new URL("../../", import.meta.url));
const media = join(root, "media");
const folder = join(media, "screenshots");
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
  await vscode.page.setViewportSize({ width: 1200, height: 750 });
  await vscode.page.emulateMedia({ colorScheme: "dark" });
  await vscode.openFile("digits.study.ts");
  await vscode.command("View: Show Tunelens");
  await vscode.lens("Start Study").waitFor({ timeout: 2 * MINUTE });
  await vscode.command("Notifications: Clear All Notifications");
  await recordFirstMinute(new Recording(vscode.page));

  await vscode.page.setViewportSize({ width: 1500, height: 950 });
  await vscode.command("Notifications: Clear All Notifications");
  await vscode.dashboard().locator("h1").click();
  await pause(1_000, "the panel is in a process of its own, which tells the editor later that it has the focus");
  await vscode.command("View: Maximize Editor Group and Hide Side Bars");
  await vscode.page.emulateMedia({ colorScheme: "light" });
  await pause(3_000, "what moves does not say when it is done");
  await vscode.page.screenshot({ path: join(folder, "dashboard-light.png") });
} finally {
  await vscode.close();
}

/** From the click on a study to the saved model. */
async function recordFirstMinute(recording: Recording): Promise<void> {
  await recording.show(1.5);
  await vscode.lens("Start Study").hover();
  await recording.show(1);
  const running = vscode.lens(/● [5-9]\/40/).waitFor({ timeout: 5 * MINUTE });
  await vscode.lens("Start Study").click();
  await recording.showUntil(running, 3);
  await vscode.clickLens("Dashboard", vscode.dashboard().getByText("Running").first());
  await recording.showUntil(vscode.lens("Retrain Best").waitFor({ timeout: 5 * MINUTE }), 4);
  await recording.show(2);
  const retrain = vscode.dashboard().getByRole("button", { name: "Retrain Best" }).first();
  await retrain.hover();
  await recording.show(1);
  await retrain.click();
  await recording.showUntil(
    vscode.page
      .getByText(/retrained/)
      .first()
      .waitFor({ timeout: 5 * MINUTE }),
    3,
  );
  await recording.show(3);
  recording.save(join(media, "first-minute.gif"));
}
