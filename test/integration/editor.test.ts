import assert from "node:assert/strict";
import * as vscode from "vscode";

describe("a real VS Code", () => {
  it("opens the workspace", () => {
    assert.equal(vscode.workspace.workspaceFolders?.length, 1);
  });
});
