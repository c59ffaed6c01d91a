import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import * as vscode from "vscode";
import { ended, inWorkspace, open, study, until } from "./editor.js";

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");

describe("the stored code of a study", () => {
  it("is a document that can only be read, whatever has become of the file", async () => {
    const path = inWorkspace("coded.study.ts");
    const text = readFileSync(inWorkspace("plain.study.ts"), "utf8").replace('"plain"', '"coded"');
    writeFileSync(path, text);
    await open("coded.study.ts");
    await vscode.commands.executeCommand("tunelens.startStudy");
    await ended("coded");
    writeFileSync(path, text.replace("** 2", "** 4"));
    const { storage } = (await study("coded"))!;
    const code = sha256(`${sha256(text)} coded.study.ts\n`).slice(0, 16);
    const query = JSON.stringify({ storage, study: "coded", code, file: "coded.study.ts" });
    const uri = vscode.Uri.from({ scheme: "tunelens-code", path: "/coded.study.ts", query });
    const document = await vscode.workspace.openTextDocument(uri);
    assert.equal(document.getText(), text);
    assert.equal(document.languageId, "typescript");
    assert.notEqual(vscode.workspace.fs.isWritableFileSystem("tunelens-code"), true);
    await vscode.commands.executeCommand("vscode.diff", uri, vscode.Uri.file(path));
    await until("the differences", () => {
      const tab = vscode.window.tabGroups.activeTabGroup.activeTab;
      return tab?.input instanceof vscode.TabInputTextDiff;
    });
    await vscode.commands.executeCommand("workbench.action.closeAllEditors");
  });
});
