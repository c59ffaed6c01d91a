import { cpSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import Database from "better-sqlite3";
import type { Locator } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { createStudy } from "../../src/engine/study/create-study.js";
import { floatDistribution } from "../../src/engine/distribution.js";
import { openStorage } from "../../src/storage/open.js";
import { VSCodePage } from "./vscode-page.js";
import { temporaryFolder } from "../temporary-folder.js";

/** Databases and study files whose names would be links, icons and markup. A link that VS Code makes of one would run the command. */

const fixtures = fileURLToPath(new URL("../fixtures", import.meta.url));
const MINUTE = 60_000;
const LINK = "[Repair](command:workbench.action.files.newUntitledFile)";
const ICON = "$(flame) hot";
const HTML = '<img src="x"><b>bold</b> **bold** `code` https://example.org/';
const BIDI = "abc\u202Edef\u001B]0;title\u0007";
const LONG = `long ${"x".repeat(100_000)} end`;
const names = [LINK, ICON, HTML, BIDI, LONG, "constructor", "__proto__"];

let files: string;
let vscode: VSCodePage;

/** Studies of every name, with parameters, attributes and a failure of every name. */
function writeHostileStudies(file: string): void {
  const storage = openStorage(`sqlite:///${file}`);
  const params = Object.fromEntries(names.map((name) => [name.slice(0, 500), 0.5]));
  const distributions = Object.fromEntries(Object.keys(params).map((name) => [name, floatDistribution(0, 1)]));
  for (const name of names) {
    const study = createStudy({ storage, name: name.slice(0, 500) });
    if (name === ICON) study.addTrial({ state: "FAIL", systemAttrs: { fail_reason: LINK } });
    else if (name !== LINK) study.addTrial({ values: [1], params, distributions, userAttrs: { [LINK]: HTML } });
  }
  storage.close();
  // Longer than we let one be.
  const db = new Database(file);
  db.prepare("update studies set study_name = ? where study_name = ?").run(LONG, LONG.slice(0, 500));
  db.close();
}

/** A study of one trial, which ends when there is a file `end` beside it. */
function studyFile(name: string, storage: string): string {
  return `import { existsSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { defineStudy } from "tunelens";
export default defineStudy({
  name: ${JSON.stringify(name)},
  storage: ${JSON.stringify(storage)},
  trials: 1,
  objective: async () => {
    while (!existsSync(join(import.meta.dirname, "end"))) await setTimeout(100);
    return 1;
  },
});
`;
}

async function openWith(settings: Record<string, unknown> = {}): Promise<void> {
  vscode = await VSCodePage.open(files, settings);
  await vscode.command("View: Show Tunelens");
}

beforeAll(() => {
  files = temporaryFolder();
  mkdirSync(join(files, ".tunelens"));
  writeHostileStudies(join(files, ".tunelens", "studies.db"));
}, 8 * MINUTE);

afterEach(async ({ task }) => {
  if (task.result?.state === "fail") await vscode.explainFailure(task.name);
});

afterAll(() => {
  rmSync(files, { recursive: true, force: true });
});

/** No element in it was made of a text: no link, no image, no bold, no icon of a name. */
async function expectPlain(place: Locator, text: string, linksOfOurs = 0): Promise<void> {
  await place.waitFor();
  const shown = (await place.innerText({ timeout: 10_000 })).replaceAll("\u2060", "").replaceAll("\u00a0", " ");
  expect(shown).toContain(text);
  expect(shown).not.toMatch(/[\u202E\u001B]/);
  const made =
    'a[href^="command:"], a[href^="http"], a[data-href], img[src="x"], b, strong, .codicon-flame, code:has-text("code")';
  expect(await place.locator(made).count(), text).toBe(linksOfOurs);
}

/** By its text, which has a character in it that is not seen. */
function saying(text: string): RegExp {
  const parts = text.split(/(?<=[\]$])(?=\()/).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(parts.join("\u2060?").replaceAll(" ", "\\s"));
}

function notification(text: string): Locator {
  const shown = vscode.page.locator(".notification-fade-in-done .notification-list-item");
  return shown.filter({ hasText: saying(text) }).first();
}

/** Its tooltip. What was under the mouse may have moved away, so that another's tooltip comes, or this one goes. */
async function expectPlainTooltip(place: Locator, says: string, text: string, linksOfOurs = 0): Promise<void> {
  const hover = vscode.page.locator(".monaco-hover:visible", { hasText: saying(says) }).first();
  for (let attempt = 1; ; attempt++) {
    await place.hover({ timeout: 3 * MINUTE });
    try {
      await hover.waitFor({ timeout: 5_000 });
      return await expectPlain(hover, text, linksOfOurs);
    } catch (error) {
      if (attempt === 5) throw error;
      await vscode.page.locator(".part.titlebar").hover();
    }
  }
}

async function looksPlainInTheTree(): Promise<void> {
  const tree = vscode.page.locator(".sidebar .monaco-list");
  await vscode.treeRow("constructor").waitFor();
  for (const text of [LINK, ICON, "**bold**", "abc\\u202Edef\\u001B]0;title\\u0007", "long xxx"])
    await expectPlain(vscode.treeRow(saying(text)), text);
  expect(await tree.locator(".codicon-flame, img, a[href]").count()).toBe(0);
  const row = vscode.treeRow(saying("**bold**"));
  await expectPlainTooltip(row, "**bold**", "**bold** `code` https://example.org/");
  await vscode.screenshot("hostile-tree");
  await vscode.page.keyboard.press("Escape");
}

async function looksPlainInTheDashboard(): Promise<void> {
  const page = vscode.dashboard().locator("body");
  const best = page.locator(".best-params");
  await best.waitFor();
  await page.getByRole("columnheader", { name: "abc\\u202Edef" }).waitFor();
  const params = await best.innerText();
  for (const name of ["constructor", "__proto__", LINK, ICON, HTML, "abc\\u202Edef"]) expect(params).toContain(name);
  expect(params).not.toContain("function");
  expect(await page.innerText()).not.toMatch(/[\u202E\u001B]/);
  expect(await page.locator('img[src="x"], a[href^="command:"], a[href^="http"]').count()).toBe(0);
  await vscode.screenshot("hostile-dashboard");
}

/** The picker of a command, with a study of every name; chooses one. */
async function pickStudy(command: string, text: string): Promise<void> {
  await vscode.command(command);
  const list = vscode.page.locator(".quick-input-list");
  const row = list.locator(".monaco-list-row", { hasText: saying(text) }).first();
  await row.waitFor();
  expect(await list.locator(".codicon-flame").count()).toBe(0);
  await row.click();
  await list.waitFor({ state: "hidden" });
}

describe("in a workspace that is not trusted", () => {
  beforeAll(
    () => openWith({ "security.workspace.trust.enabled": true, "security.workspace.trust.startupPrompt": "never" }),
    15 * MINUTE,
  );
  afterAll(() => vscode.close());

  it(
    "names are text in the tree, its tooltips, pickers and notifications",
    async () => {
      await looksPlainInTheTree();
      await pickStudy("Tunelens: Copy Parameters", LINK);
      await expectPlain(notification("has no complete trial yet"), LINK);
      await vscode.screenshot("hostile-notification");
    },
    15 * MINUTE,
  );
});

describe("in a trusted workspace", () => {
  beforeAll(async () => {
    const older = join(files, "older.db");
    cpSync(join(fixtures, "optuna", "older", "v2.6.0.a.db"), older);
    const db = new Database(older);
    db.prepare("update version_info set library_version = ?").run(LINK);
    db.close();
    writeFileSync(join(files, "older.study.ts"), studyFile("older", "sqlite:///older.db"));
    writeFileSync(join(files, "hot.study.ts"), studyFile(`${ICON} ${LINK}`, "sqlite:///hot.db"));
    await openWith();
  }, 8 * MINUTE);
  afterAll(() => vscode.close());

  it(
    "a version that a database says is text in the offer to migrate it",
    async () => {
      await vscode.openFile("older.study.ts");
      await expectPlain(notification("was written by Optuna"), LINK);
      await vscode.screenshot("hostile-version");
    },
    15 * MINUTE,
  );

  it(
    "names are text in the status bar, in dialogs, in titles and in the dashboard",
    async () => {
      await looksPlainInTheTree();
      await vscode.openFile("hot.study.ts");
      const status = vscode.page.locator(".statusbar-item", { hasText: saying(ICON) }).first();
      await vscode.clickLens("Start Study", status);
      // What it says from now on, and its tooltip, does not change before the run ends.
      await expectPlain(status.filter({ hasText: "0/1" }), `${ICON} ${LINK}`);
      // With the way to the training backends.
      await expectPlainTooltip(status, "Select Training Backend", `${ICON} ${LINK}`, 1);
      await vscode.screenshot("hostile-status");
      writeFileSync(join(vscode.workspace, "end"), "");
      await expectPlain(notification("done, 1/1 trials"), `${ICON} ${LINK}`);
      await vscode.screenshot("hostile-run-end");

      for (const [name, trials] of [
        [LINK, "0 trials"],
        [HTML, "1 trial"],
      ] as const) {
        await pickStudy("Tunelens: Delete Study", name);
        const dialog = vscode.page.locator(".monaco-dialog-box");
        await expectPlain(dialog, `Delete study "${name}" and its ${trials}?`);
        await vscode.screenshot("hostile-dialog");
        await dialog.getByRole("button", { name: "Cancel" }).click();
      }

      // The study of the file in front would be meant.
      await vscode.command("View: Close All Editors");
      await pickStudy("Tunelens: Open Dashboard", "**bold**");
      await expectPlain(vscode.page.locator(".tab.active"), "**bold**");
      await looksPlainInTheDashboard();
    },
    15 * MINUTE,
  );
});
