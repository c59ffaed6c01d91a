import assert from "node:assert/strict";
import { appendFileSync, copyFileSync, readFileSync, writeFileSync } from "node:fs";
import * as vscode from "vscode";
import { inProject, inWorkspace, study, tunelens, until } from "./editor.js";

const open = (file: string) => vscode.commands.executeCommand("tunelens.openDatabase", vscode.Uri.file(file));
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
