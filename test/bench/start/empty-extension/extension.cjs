/* eslint-disable @typescript-eslint/no-require-imports -- what VS Code loads is CommonJS. */
const vscode = require("vscode");

exports.activate = ({ subscriptions }) => {
  const lens = new vscode.CodeLens(new vscode.Range(0, 0, 0, 0), { title: "Start Study", command: "" });
  subscriptions.push(
    vscode.languages.registerCodeLensProvider({ language: "typescript" }, { provideCodeLenses: () => [lens] }),
  );
};
