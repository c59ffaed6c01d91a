import { appendFileSync, cpSync, mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it, onTestFinished } from "vitest";
import { temporaryFolder } from "../temporary-folder.js";
import { VSCodePage } from "./vscode-page.js";

const root = fileURLToPath(new URL("../../", import.meta.url));
const MINUTE = 60_000;

/** The extension as it lies in this folder, in one whose bundles can be changed. */
function developedExtension(): string {
  const folder = temporaryFolder();
  for (const part of ["package.json", "package.nls.json", "dist", "media"])
    cpSync(join(root, part), join(folder, part), { recursive: true });
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  return folder;
}

it(
  "a dashboard is rendered anew when its bundle was built again, where the extension is under development",
  async () => {
    const extension = developedExtension();
    const files = temporaryFolder();
    mkdirSync(join(files, ".tunelens"));
    cpSync(join(root, "test/fixtures/workspace/plain.study.ts"), join(files, "plain.study.ts"));
    const vscode = await VSCodePage.open(files, {}, extension);
    onTestFinished(() => vscode.close());
    await vscode.openFile("plain.study.ts");
    await vscode.clickLens(
      "Dashboard",
      vscode
        .dashboard()
        .getByRole("button", { name: /^Start/ })
        .first(),
    );
    const marked = vscode.dashboard().locator("html[data-build]");
    expect(await marked.count()).toBe(0);
    for (const build of ["second", "third"]) {
      appendFileSync(
        join(extension, "dist/webview/dashboard.js"),
        `\ndocument.documentElement.dataset.build = "${build}";\n`,
      );
      await vscode.dashboard().locator(`html[data-build="${build}"]`).waitFor();
      await vscode
        .dashboard()
        .getByRole("button", { name: /^Start/ })
        .first()
        .waitFor();
    }
  },
  15 * MINUTE,
);
