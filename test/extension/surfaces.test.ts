import { expect, it } from "vitest";
import { untypedLint } from "../lint.js";

/** The rules that keep every text that VS Code shows in one place. */

it("no way around surfaces.ts passes ESLint", { timeout: 60_000 }, async () => {
  const ways = [
    "void vscode.window.showInformationMessage(name);",
    "const { showErrorMessage } = vscode.window; showErrorMessage(name);",
    "const w = vscode.window; void w.showWarningMessage(name);",
    "const v = vscode; void v.window.showWarningMessage(name);",
    'void vscode["window"].showQuickPick([name]);',
    "export const item = new vscode.TreeItem(name);",
    "new vscode.MarkdownString(name);",
    "declare const item: vscode.StatusBarItem; item.text = name;",
    "void vscode.window.withProgress({ location: 1, title: name }, async () => {});",
  ];
  const before = 'import * as vscode from "vscode";\nexport declare const name: string;\n';
  const rulesOf = async (code: string) => {
    const [result] = await untypedLint.lintText(code, { filePath: "src/extension/way-around.ts" });
    return result!.messages.filter(({ ruleId }) => ruleId === "no-restricted-syntax");
  };
  for (const way of ways) expect(await rulesOf(before + way), way).not.toHaveLength(0);
  expect(await rulesOf('import { window } from "vscode";\nwindow.showInputBox();\n')).not.toHaveLength(0);
  expect(await rulesOf(`${before}void vscode.window.showTextDocument(vscode.Uri.file(name));`)).toHaveLength(0);
});
