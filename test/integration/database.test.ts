import assert from "node:assert/strict";
import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import * as vscode from "vscode";
import { inProject, inWorkspace, study, until } from "./editor.js";

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
