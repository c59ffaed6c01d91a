import * as vscode from "vscode";
import type { CodeStudies } from "./code-studies.js";
import { readSettings } from "./settings.js";
import { mistakeHere } from "./surfaces.js";

/** What is wrong with the spaces of the documents that are shown, among their problems: as their text says it, before anything runs. */
export class SpaceMistakes {
  private readonly diagnostics = vscode.languages.createDiagnosticCollection("tunelens-space");
  private readonly parts: vscode.Disposable;

  constructor(private readonly studies: CodeStudies) {
    this.parts = vscode.Disposable.from(
      vscode.window.onDidChangeVisibleTextEditors(() => this.showAll()),
      vscode.workspace.onDidChangeTextDocument(({ document }) => void this.show(document)),
      vscode.workspace.onDidCloseTextDocument(({ uri }) => this.diagnostics.delete(uri)),
      vscode.workspace.onDidChangeConfiguration((change) => {
        if (change.affectsConfiguration("tunelens.hints")) this.showAll();
      }),
      this.diagnostics,
    );
    this.showAll();
  }

  dispose(): void {
    this.parts.dispose();
  }

  private showAll(): void {
    for (const { document } of vscode.window.visibleTextEditors) void this.show(document);
  }

  private async show(document: vscode.TextDocument): Promise<void> {
    const { version } = document;
    const isOn = readSettings(document.uri).mistakeHints;
    const found = isOn ? await this.studies.inDocument(document) : [];
    if (document.version !== version || document.isClosed) return;
    const mistakes = found.flatMap(({ found: { params } }) =>
      params.flatMap(({ from, to, mistake }) => {
        const range = new vscode.Range(document.positionAt(from), document.positionAt(to));
        return mistake ? mistakeHere(range, mistake.message, mistake.isFatal) : [];
      }),
    );
    if (mistakes.length > 0 || this.diagnostics.has(document.uri)) this.diagnostics.set(document.uri, mistakes);
  }
}
