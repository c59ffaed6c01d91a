import { basename, dirname, join } from "node:path";
import * as vscode from "vscode";
import { describeNoOptions, mayHaveOptions, scriptLanguageOf, studyFileOf } from "../source/script-file.js";
import type { ScriptStudy } from "../source/script-study.js";
import { readSettings } from "./settings.js";
import type { SourceReader } from "./source-reader.js";
import { codeLens, showMessage } from "./surfaces.js";
import { writeNew } from "./write-new.js";

/** Scripts that can be tuned: the CodeLens above their options, and the command that writes a study for one. */
export class ScriptStudies implements vscode.CodeLensProvider {
  static readonly languages = ["python", "javascript"];

  constructor(private readonly reader: SourceReader) {}

  async provideCodeLenses(document: vscode.TextDocument): Promise<vscode.CodeLens[]> {
    if (!readSettings(document.uri).codeLens) return [];
    const study = await this.studyOf(document).catch(() => null);
    if (!study) return [];
    const position = document.positionAt(study.start);
    const lens = {
      title: "Tune This Script…",
      tooltip: `Write ${studyFileOf(basename(document.uri.fsPath))}, a study of ${study.tuned.join(", ")}`,
      command: "tunelens.tuneScript",
    } as const;
    return [codeLens(new vscode.Range(position, position), lens, document.uri)];
  }

  /** Writes the study beside the script, and opens it. An existing one is opened only. */
  async tune(argument: unknown): Promise<void> {
    const uri = argument instanceof vscode.Uri ? argument : vscode.window.activeTextEditor?.document.uri;
    const language = uri && scriptLanguageOf(uri.fsPath);
    if (uri?.scheme !== "file" || !language) {
      void showMessage("info", "Open a Python or JavaScript script first.");
      return;
    }
    const script = basename(uri.fsPath);
    const document = await vscode.workspace.openTextDocument(uri);
    const study = await this.studyOf(document);
    if (!study) {
      void showMessage("info", `${script}: ${describeNoOptions(document.getText(), language)}`);
      return;
    }
    const path = join(dirname(uri.fsPath), studyFileOf(script));
    if (!(await writeNew(path, study.text))) void showMessage("info", `${basename(path)} already exists.`);
    await vscode.window.showTextDocument(vscode.Uri.file(path));
  }

  private async studyOf(document: vscode.TextDocument): Promise<ScriptStudy | null> {
    const path = document.uri.fsPath;
    const language = scriptLanguageOf(path);
    const text = document.getText();
    if (!language || !mayHaveOptions(text, language)) return null;
    return this.reader.scriptStudy(text, path, language);
  }
}
