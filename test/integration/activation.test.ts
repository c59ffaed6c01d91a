import assert from "node:assert/strict";
import * as vscode from "vscode";
import { childProcesses, open, until } from "./editor.js";

/** Its file comes first in the alphabet: nothing has woken the extension yet. */
describe("activation", () => {
  const extension = vscode.extensions.getExtension("tunelens.tunelens")!;
  const contributed = (extension.packageJSON as { contributes: { commands: { command: string }[] } }).contributes;
  const registered = async () => {
    const known = new Set(await vscode.commands.getCommands(true));
    return contributed.commands.filter(({ command }) => known.has(command)).length;
  };

  it("does not happen for a window, nor for a file of another language", async () => {
    assert.equal(extension.isActive, false);
    const document = await vscode.workspace.openTextDocument({ language: "markdown", content: "# defineStudy" });
    await vscode.window.showTextDocument(document);
    // One that the file wakes: what it wakes beside it is awake then.
    const markdown = vscode.extensions.getExtension("vscode.markdown-language-features")!;
    await until("the activation of the editor's own extension", () => markdown.isActive);
    assert.equal(extension.isActive, false);
    assert.equal(await registered(), 0);
  });

  it("happens for a TypeScript file, registers every command and starts no process", async () => {
    await open("plain.study.ts");
    await until("the activation", () => extension.isActive);
    assert.equal(await registered(), contributed.commands.length);
    assert.deepEqual(childProcesses(), []);
  });

  it("finds VS Code putting package.nls.json's texts in place of their keys", () => {
    assert.equal(JSON.stringify(contributed).match(/"%[^"]+%"/g), null);
  });
});
