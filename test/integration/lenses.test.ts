import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import * as vscode from "vscode";
import { inWorkspace, lens, lensTitles, open, until } from "./editor.js";

async function written(file: string, text: string): Promise<vscode.TextDocument> {
  writeFileSync(inWorkspace(file), text);
  return open(file);
}

async function type(document: vscode.TextDocument, text: string): Promise<void> {
  const edit = new vscode.WorkspaceEdit();
  edit.insert(document.uri, document.positionAt(document.getText().length), text);
  await vscode.workspace.applyEdit(edit);
}

describe("lenses", () => {
  it("stand over a default export", async () => {
    const document = await open("plain.study.ts");
    await lens(document, /Start Study/);
    assert.deepEqual(await lensTitles(document), ["5 ▶ Start Study", "5 Dashboard"]);
  });

  it("stand over named, aliased and namespaced studies, and say what keeps one from being started", async () => {
    const document = await open("several.study.ts");
    await lens(document, /Start Study/);
    assert.deepEqual(await lensTitles(document), [
      "6 ▶ Start Study",
      "6 Dashboard",
      "20 ▶ Start Study",
      "20 Dashboard",
      "23 $(info) Export this study to start it",
    ]);
  });

  it("stand over code that is being typed, unsaved", async () => {
    const document = await written("typing.ts", 'import { defineStudy } from "tunelens";\n\n');
    assert.deepEqual(await lensTitles(document), []);
    await type(
      document,
      'export const half = defineStudy({\n  name: "half",\n  trials: 7,\n  objective(trial) {\n    if (',
    );
    await lens(document, /^▶ Start Study$/, 3);
    assert.equal(document.isDirty, true);
    await type(document, '\n\nexport default defineStudy({ name: "next"');
    await lens(document, /^▶ Start Study$/, 9);
    await vscode.commands.executeCommand("workbench.action.revertAndCloseActiveEditor");
  });

  it("do not stand over what only looks like a study", async () => {
    const document = await written(
      "look-alike.ts",
      'const defineStudy = (x: object) => x; // from "tunelens"\nexport default defineStudy({ name: "none" });\n',
    );
    assert.deepEqual(await lensTitles(document), []);
  });

  it("can be switched off", async () => {
    const document = await open("plain.study.ts");
    const configuration = vscode.workspace.getConfiguration("tunelens");
    await configuration.update("codeLens.enabled", false, vscode.ConfigurationTarget.Workspace);
    await until("no lens", async () => (await lensTitles(document)).length === 0);
    await configuration.update("codeLens.enabled", undefined, vscode.ConfigurationTarget.Workspace);
    await lens(document, /Start Study/);
  });
});
