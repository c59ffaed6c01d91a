import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { appendFileSync, copyFileSync, readFileSync, writeFileSync } from "node:fs";
import * as vscode from "vscode";
import { findPython } from "../storage/children/find-python.js";
import { inProject, inWorkspace, study, tunelens, until } from "./editor.js";

const open = (file: string) => vscode.commands.executeCommand("tunelens.openDatabase", vscode.Uri.file(file));
const python = findPython();
const activeTab = () => vscode.window.tabGroups.activeTabGroup.activeTab;

describe("a database's file", () => {
  afterEach(() => vscode.commands.executeCommand("workbench.action.closeAllEditors"));

  it("of Python's Optuna is opened as a dashboard, and its studies are listed", async () => {
    const file = inWorkspace("python.sqlite3");
    copyFileSync(inProject("test", "fixtures", "optuna", "heartbeat.db"), file);
    const before = readFileSync(file);
    await open(file);
    const shown = await until("the editor", () => {
      const input = activeTab()?.input;
      return input instanceof vscode.TabInputCustom ? input : undefined;
    });
    assert.equal(shown.viewType, "tunelens.database");
    assert.equal(shown.uri.fsPath, file);
    const listed = await until("its study", () => study("hb"));
    assert.equal(
      Object.values(listed.counts).reduce((sum, count) => sum + count),
      4,
    );
    assert.deepEqual(readFileSync(file), before);
  });

  it("may be a journal, and is followed while another process writes it", async () => {
    const file = inWorkspace("study.journal");
    const head = { worker_id: "w", study_id: 0, datetime_start: "2026-03-01T10:00:00.000000+00:00" };
    const lines = [
      { op_code: 0, worker_id: "w", study_name: "journaled", directions: [1] },
      { op_code: 4, ...head },
    ];
    writeFileSync(file, lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
    await open(file);
    await until("its study", async () => (await study("journaled"))?.counts.RUNNING === 1);
    let told = 0;
    const subscription = (await tunelens()).onDidChange(() => told++);
    appendFileSync(file, `${JSON.stringify({ op_code: 4, ...head })}\n`);
    // Nothing asks the storage here: what comes was noticed.
    await until("news", () => told > 0);
    subscription.dispose();
    assert.equal((await study("journaled"))?.counts.RUNNING, 2);
  });

  (python ? it : it.skip)("that Python's Optuna writes meanwhile shows its trials as they come", async () => {
    const child = spawn(python!, ["-c", LIVE_STUDY], { cwd: inWorkspace(), stdio: ["pipe", "pipe", "inherit"] });
    try {
      let made = false;
      child.stdout.once("data", () => (made = true));
      await until("the study of Python", () => made);
      await open(inWorkspace("live.sqlite3"));
      await until("its study", () => study("live"));
      const seen = new Set<number>();
      const look = async () => seen.add((await study("live"))!.counts.COMPLETE);
      const subscription = (await tunelens()).onDidChange(() => void look());
      child.stdin.write("\n");
      for (let trials = 1; trials <= 3; trials++) {
        child.stdin.write("\n");
        await until(`${trials} trials`, () => seen.has(trials));
      }
      subscription.dispose();
    } finally {
      child.kill();
    }
  });

  it("that is not Optuna's is left to VS Code, and not listed", async () => {
    const file = inWorkspace("foreign.db");
    writeFileSync(file, "not a database\n");
    await open(file);
    await until("VS Code's own editor", () => {
      const input = activeTab()?.input;
      return input instanceof vscode.TabInputText && input.uri.fsPath === file;
    });
    assert.equal(readFileSync(file, "utf8"), "not a database\n");
  });
});

/** Waits for a line between making the study and running it, and in each trial. A URL of SQLAlchemy takes the workspace's name apart: the path is relative. */
const LIVE_STUDY = `
import optuna, sys
study = optuna.create_study(study_name="live", storage="sqlite:///live.sqlite3")
print("made", flush=True)
sys.stdin.readline()
def objective(trial):
    sys.stdin.readline()
    return trial.suggest_float("x", 0, 1)
study.optimize(objective, n_trials=3)
`;
