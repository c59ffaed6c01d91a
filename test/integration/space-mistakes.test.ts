import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import * as vscode from "vscode";
import { inWorkspace, open, until } from "./editor.js";

const FILE = "mistaken.study.ts";

const TEXT = `import { defineStudy, float, int } from "tunelens";

export default defineStudy({
  name: "mistaken",
  space: {
    units: int(256, 16),
    rate: float(0, 1, { step: 0.3 }),
    layers: int(1, 5),
  },
  objective: ({ params }) => params.rate,
});
`;

function problems(document: vscode.TextDocument): string[] {
  return vscode.languages
    .getDiagnostics(document.uri)
    .filter(({ source }) => source === "Tunelens")
    .map(({ message, severity, range }) => `${range.start.line + 1} ${vscode.DiagnosticSeverity[severity]} ${message}`);
}

describe("the mistakes of a space", () => {
  it("are among the problems of its file while it is written", async () => {
    writeFileSync(inWorkspace(FILE), TEXT);
    const document = await open(FILE);
    await until("the mistakes", () => problems(document).length === 2);
    assert.deepEqual(problems(document), [
      "6 Error int(256, 16): the range is empty: low must not exceed high.",
      "7 Warning Steps of 0.3 from 0 end at 0.9, not at 1.",
    ]);
    const edit = new vscode.WorkspaceEdit();
    const from = document.positionAt(TEXT.indexOf("256, 16"));
    edit.replace(document.uri, new vscode.Range(from, from.translate(0, 7)), "16, 256");
    await vscode.workspace.applyEdit(edit);
    await until("the mended range", () => problems(document).length === 1);
    await vscode.commands.executeCommand("workbench.action.revertAndCloseActiveEditor");
  });
});
