import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Locator } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { floatDistribution } from "../../src/engine/distribution.js";
import { createStudy } from "../../src/engine/study/create-study.js";
import { type IdleState, idleLabels, idleWords } from "../../src/format/study-state.js";
import { STUDY_END_KEY, STUDY_SOURCE_KEY, type StudyEnd } from "../../src/protocol/trainer.js";
import { openStorage } from "../../src/storage/open.js";
import { VSCodePage } from "./vscode-page.js";
import { temporaryFolder } from "../temporary-folder.js";

/** What the sidebar, CodeLens, the dashboard's header, and the terminal say of the same studies, and what can be done in the sidebar. */

const root = fileURLToPath(new URL("../../", import.meta.url));
const MINUTE = 60_000;
const TRIALS = 4;

interface StoredState {
  readonly state: IdleState;
  readonly complete: number;
  readonly failed?: number;
  readonly end: StudyEnd;
}

const ended = (reason: StudyEnd["reason"]): StudyEnd => ({ reason, error: null });
const states: readonly StoredState[] = [
  { state: "finished", complete: TRIALS, end: ended("trials") },
  { state: "stopped", complete: 2, end: ended("stopped") },
  { state: "paused", complete: 2, end: ended("paused") },
  { state: "timed-out", complete: 2, end: ended("timeout") },
  { state: "failed", complete: 2, end: { reason: "error", error: { code: "unknown", message: "The disk is full." } } },
  { state: "all-failed", complete: 0, failed: TRIALS, end: ended("trials") },
];
const nameOf = ({ state }: Pick<StoredState, "state">) => `state-${state}`;
const exportOf = (name: string) => name.replaceAll("-", "_");

let files: string;
let vscode: VSCodePage;

function writeStudy(
  file: string,
  name: string,
  { complete, failed = 0, end }: Omit<StoredState, "state">,
  trials = TRIALS,
) {
  const storage = openStorage(`sqlite:///${file}`);
  const study = createStudy({ storage, name });
  const distributions = { x: floatDistribution(0, 1), y: floatDistribution(0, 1) };
  for (let i = 0; i < complete; i++) {
    const [x, y] = [(i + 1) / 8, 0.5];
    study.addTrial({ values: [x * y], params: { x, y }, distributions });
  }
  for (let i = 0; i < failed; i++) study.addTrial({ state: "FAIL", systemAttrs: { fail_reason: "Error: no luck" } });
  const source = { file: "states.study.ts", exportName: exportOf(name), trials, codedTrials: trials };
  storage.setStudySystemAttr(study.id, STUDY_SOURCE_KEY, source);
  storage.setStudySystemAttr(study.id, STUDY_END_KEY, { ...end });
  storage.close();
}

/** So short that all lenses are in sight: VS Code draws no others. */
function studyCode(name: string, trials: number): string {
  return `export const ${exportOf(name)} = defineStudy({ name: "${name}", space, trials: ${trials}, objective });\n`;
}

const STUDY_HEAD = `import { setTimeout } from "node:timers/promises";
import { defineStudy, float } from "tunelens";

const space = { x: float(0, 1), y: float(0, 1) };
async function objective({ params: { x, y } }: { params: { x: number; y: number } }) {
  await setTimeout(300);
  return x * y;
}

`;

/** A model that a retraining saved, as far as lists show it. */
function writeModel(study: string, version: string, value: number): void {
  const folder = join(files, ".tunelens", "models", study, "trial-0", version);
  mkdirSync(folder, { recursive: true });
  const code = { "states.study.ts": "3f9a1c2d".padEnd(64, "0") };
  const text = {
    study,
    trial: 0,
    params: {},
    metrics: { value },
    direction: "minimize",
    history: { val_loss: [1, value] },
    code,
  };
  writeFileSync(
    join(folder, "tunelens.json"),
    JSON.stringify({ ...text, savedAt: `2026-01-0${version.slice(1)}` }, null, 2),
  );
  writeFileSync(join(folder, "weights.bin"), Buffer.alloc(41_000));
}

beforeAll(async () => {
  files = temporaryFolder();
  mkdirSync(join(files, ".tunelens"));
  const database = join(files, ".tunelens", "studies.db");
  for (const state of states) writeStudy(database, nameOf(state), state);
  // So many that none of what is looked at comes too late.
  writeStudy(database, "paced", { complete: 3, end: ended("stopped") }, 400);
  const codes = [studyCode("paced", 400), ...states.map((state) => studyCode(nameOf(state), TRIALS))];
  writeFileSync(join(files, "states.study.ts"), STUDY_HEAD + codes.join("\n"));
  writeModel("state-finished", "v1", 0.25);
  writeModel("state-finished", "v2", 0.5);
  cpSync(join(root, "test/fixtures/optuna/heartbeat.db"), join(files, "python.sqlite3"));
  vscode = await VSCodePage.open(files);
  await vscode.openFile("states.study.ts");
  await vscode.command("View: Show Tunelens");
  await vscode.treeRow("state-finished").waitFor();
}, 8 * MINUTE);

afterEach(async ({ task }) => {
  if (task.result?.state === "fail") await vscode.explainFailure(task.name);
});

afterAll(async () => {
  await vscode?.close();
  rmSync(files, { recursive: true, force: true });
});

async function terminalStates(): Promise<Map<string, string>> {
  const cli = join(root, "dist/cli/main.js");
  const listed = execFileSync(process.execPath, [cli, "studies"], { cwd: files, encoding: "utf8" });
  expect(listed).toContain('"state-failed": The disk is full.\n');
  const rows = listed.split("\n").map((line) => line.split("│").map((cell) => cell.trim()));
  return new Map(rows.flatMap(([, name, state]) => (name && state ? [[name, state] as const] : [])));
}

it(
  "a study that nobody runs is in the same state in the sidebar, CodeLens, header, and terminal; a click on a trial selects it",
  async () => {
    const terminal = await terminalStates();
    for (const stored of states) {
      const [name, label, words] = [nameOf(stored), idleLabels[stored.state], idleWords(stored.state)];
      const { complete, failed = 0 } = stored;
      const count = `${complete + failed}/${TRIALS}`;
      expect([name, terminal.get(name)]).toEqual([name, label]);
      const row = vscode.treeRow(name);
      const best = complete > 0 ? " · best #0: 0.0625" : "";
      await expect
        .poll(() => row.locator(".label-description").innerText())
        .toBe(`${count}${words ? ` · ${words}` : ""}${best}`);
      const action = complete + failed === TRIALS ? "More Trials…" : "Resume";
      await vscode.lens(`▶ ${action} (${[count, words].filter(Boolean).join(", ")})`).waitFor({ state: "attached" });

      const trial = vscode.treeRow("Trial 0");
      await vscode.setExpanded(row, true);
      await vscode.clickUntil(trial, vscode.dashboard().getByRole("region", { name: "Trial 0" }));
      expect(await vscode.dashboard().locator("header .pill").innerText()).toBe(label);
      await vscode.screenshot(name);
      await vscode.closeTab(name);
      await vscode.setExpanded(row, false);
      await trial.waitFor({ state: "hidden" });
    }
  },
  15 * MINUTE,
);

describe("saved models in the sidebar", () => {
  it(
    "say what tells them apart, the best is marked, and one is compared with another and deleted",
    async () => {
      const models = vscode.treeRow("Models");
      await vscode.setExpanded(vscode.treeRow("state-finished"), true);
      await vscode.setExpanded(models, true);
      const [best, other] = [vscode.treeRow("Trial 0 v1"), vscode.treeRow("Trial 0 v2")];
      const text = (row: Locator) => row.locator(".label-description").innerText();
      expect(await text(best)).toBe("best · val_loss 0.25 · 2 epochs · code 3f9a1c2 · 41 kB");
      expect(await text(other)).toBe("val_loss 0.5 · 2 epochs · code 3f9a1c2 · 41 kB");
      expect(await best.locator(".codicon-star-full").count()).toBe(1);
      expect(await other.locator(".codicon-star-full").count()).toBe(0);
      await vscode.screenshot("models");

      const comparison = vscode.page.locator(".tab", { hasText: "trial 0 v1 ↔ trial 0 v2" });
      await vscode.chooseFromMenu(other, "Compare Model With…", comparison);
      await vscode.screenshot("models-compared");
      await vscode.closeTab("↔");

      const button = (name: string) => vscode.page.getByRole("button", { name, exact: true });
      await vscode.chooseFromMenu(other, "Delete Model", button("Delete"));
      // What serves VS Code to a browser has no trash.
      await vscode.clickUntil(button("Delete"), button("Delete Permanently"));
      await button("Delete Permanently").click();
      await other.waitFor({ state: "detached" });
      expect(await best.count()).toBe(1);
    },
    15 * MINUTE,
  );
});

it(
  "a database that is dropped into the view, or chosen in the dialog, is opened",
  async () => {
    const study = vscode.dashboard().getByRole("heading", { name: "hb" });
    await vscode.command("View: Close All Editors");
    await vscode.openFile("python.sqlite3");
    const tab = vscode.page.locator(".tab", { hasText: "python.sqlite3" }).first();
    await vscode.until(study, () => tab.dragTo(vscode.treeRow("state-finished"), { timeout: 15_000 }));
    await vscode.treeRow("python.sqlite3").waitFor();
    await vscode.command("View: Close All Editors");
    await vscode.command("Tunelens: Open Database");
    const input = vscode.page.locator(".quick-input-widget input[type=text]").first();
    // While the dialog looks into its folder, it swallows an Enter, and may put that folder in place of what was typed.
    const isOpen = async () => {
      if (await input.isVisible()) {
        await input.fill(join(vscode.workspace, "python.sqlite3"));
        await vscode.page
          .locator(".quick-input-list .monaco-list-row", { hasText: "python.sqlite3" })
          .first()
          .waitFor();
        await input.press("Enter");
      }
      return study.isVisible();
    };
    await expect.poll(isOpen, { timeout: 3 * MINUTE, interval: 2_000 }).toBe(true);
    await vscode.command("View: Close All Editors");
  },
  15 * MINUTE,
);

it(
  "a study that is resumed never says that it has no trials",
  async () => {
    await vscode.openFile("states.study.ts");
    await vscode.lens("▶ Resume (3/400, stopped)").waitFor();
    // Whatever is drawn anywhere in the window from now on.
    await vscode.page.evaluate(WATCH);
    await vscode.clickLens("▶ Resume (3/400, stopped)", vscode.lens(/● \d+\/400/));
    await vscode.lens(/● ([4-9]|\d\d+)\/400/).waitFor();
    await vscode.screenshot("resumed");
    expect(await vscode.page.evaluate("globalThis.seen.filter((text) => /(^|\\D)0\\/400/.test(text))")).toEqual([]);
    expect(await vscode.page.evaluate("globalThis.seen.some((text) => /(^|\\D)3\\/400/.test(text))")).toBe(true);
    await vscode.clickLens(/Stop$/, vscode.lens(/▶ Resume \(\d+\/400, stopped\)/));
  },
  15 * MINUTE,
);

/** Collects every text that is drawn. */
const WATCH = `
globalThis.seen = [];
new MutationObserver((changes) => {
  for (const { target, addedNodes } of changes)
    for (const node of [target, ...addedNodes]) if (node.textContent.length < 200) globalThis.seen.push(node.textContent);
}).observe(document.body, { subtree: true, childList: true, characterData: true });
`;
