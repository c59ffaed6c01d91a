import * as vscode from "vscode";
import { formatParam } from "../format/numbers.js";
import { plural } from "../format/plural.js";
import type { FailureInsight } from "../protocol/charts.js";
import type { CodeStudies } from "./code-studies.js";
import { failureLocation } from "./failure-location.js";
import { isReallyInside } from "./readable.js";
import { readSettings } from "./settings.js";
import type { SpaceInsight } from "./space-insight.js";
import { failedHere, quickFix } from "./surfaces.js";
import { keyOf } from "./study-id.js";
import type { StudyTarget } from "./study-target.js";
import { workspaceFolders } from "./workspace-folder.js";

/** Trials of one study that failed at one line. */
interface FailedLine {
  readonly target: StudyTarget;
  readonly uri: vscode.Uri;
  readonly position: vscode.Position;
  /** The latest failure there. */
  readonly latest: FailureInsight;
  /** How many trials failed there. */
  trials: number;
}

/** Trials that failed, among the problems of the file that threw: of the studies that an editor has shown, until the file changes. */
export class FailureHints implements vscode.CodeActionProvider {
  private readonly diagnostics = vscode.languages.createDiagnosticCollection("tunelens-failures");
  /** The studies that an editor has shown, and where their trials failed. */
  private readonly known = new Map<string, { readonly target: StudyTarget; readonly lines: readonly FailedLine[] }>();
  private lines: readonly FailedLine[] = [];
  private readonly parts: vscode.Disposable;
  /** Of the latest update: an earlier one that takes longer shows nothing. */
  private update = 0;

  constructor(
    private readonly studies: CodeStudies,
    private readonly insight: SpaceInsight,
  ) {
    const changed = () => void this.show();
    this.parts = vscode.Disposable.from(
      insight.onDidChange(changed),
      vscode.window.onDidChangeVisibleTextEditors(changed),
      vscode.workspace.onDidSaveTextDocument(changed),
      vscode.workspace.onDidChangeTextDocument(({ document }) => this.diagnostics.has(document.uri) && changed()),
      vscode.workspace.onDidChangeConfiguration((change) => change.affectsConfiguration("tunelens.hints") && changed()),
      this.diagnostics,
    );
    changed();
  }

  provideCodeActions(document: vscode.TextDocument, range: vscode.Range): vscode.CodeAction[] {
    const shown = this.diagnostics.get(document.uri) ?? [];
    const isHere = ({ uri, position: { line } }: FailedLine) =>
      String(uri) === String(document.uri) && line >= range.start.line && line <= range.end.line;
    return this.lines.filter(isHere).flatMap(({ target, latest: { trial }, position }) => {
      const diagnostic = shown.find(({ range: { start } }) => start.isEqual(position));
      if (!diagnostic) return [];
      const argument = { ...target, trial };
      return [
        quickFix(`Debug Trial ${trial}`, diagnostic, { command: "tunelens.debugTrial", argument }),
        quickFix(`Run Trial ${trial} Again…`, diagnostic, { command: "tunelens.enqueueTrial", argument }),
      ];
    });
  }

  dispose(): void {
    this.parts.dispose();
  }

  private async show(): Promise<void> {
    const update = ++this.update;
    const documents = vscode.window.visibleTextEditors.map(({ document }) => document);
    const visible = new Set(documents.map(({ uri }) => String(uri)));
    const studies = await Promise.all(documents.map((document) => this.studies.inDocument(document)));
    // The throwing file may be shown, and the study's not.
    const throwing = [...this.known.values()].filter(({ lines }) => lines.some(({ uri }) => visible.has(String(uri))));
    const shown = [...throwing, ...studies.flat()].flatMap(({ target }) => target ?? []);
    for (const [key, target] of new Map(shown.map((target) => [keyOf(target.study), target])))
      this.known.set(key, { target, lines: this.linesOf(target) });
    const located = [...this.known.values()].flatMap(({ lines }) => lines);
    const current = await Promise.all(located.map((line) => isUnchanged(line.uri, line.latest)));
    if (update !== this.update) return;
    this.lines = located.filter((_, i) => current[i]);
    this.diagnostics.clear();
    this.diagnostics.set(
      this.lines.map((line) => [
        line.uri,
        [failedHere(new vscode.Range(line.position, line.position), describe(line))],
      ]),
    );
  }

  private linesOf(target: StudyTarget): FailedLine[] {
    const lines = new Map<string, FailedLine>();
    for (const failure of this.insight.of(target.study)?.failures ?? []) {
      const place = failureLocation(failure.reason, (path) => isReallyInside(path, workspaceFolders()));
      if (!place) continue;
      const uri = vscode.Uri.file(place.file);
      if (!readSettings(uri).failureHints) continue;
      const position = new vscode.Position(Math.max(0, place.line - 1), Math.max(0, (place.column ?? 1) - 1));
      const key = `${place.file}:${place.line}`;
      const known = lines.get(key);
      if (known) known.trials += failure.trials;
      else lines.set(key, { target, uri, position, latest: failure, trials: failure.trials });
    }
    return [...lines.values()];
  }
}

/** Whether a file is the one that the trial ran: whoever edits it is about to mend it, and its lines are elsewhere. */
async function isUnchanged(uri: vscode.Uri, { endedAt }: FailureInsight): Promise<boolean> {
  const open = vscode.workspace.textDocuments.find((document) => String(document.uri) === String(uri));
  if (open?.isDirty || endedAt === null) return false;
  try {
    return (await vscode.workspace.fs.stat(uri)).mtime <= endedAt;
  } catch {
    return false; // It is gone.
  }
}

function describe({ latest: { trial, reason, params }, trials }: FailedLine): string {
  const [message = ""] = reason.split("\n", 1);
  const others = trials > 1 ? ` ${plural(trials, "trial")} failed at this line.` : "";
  const values = Object.entries(params).map(([name, value]) => `${name} ${formatParam(value)}`);
  const withValues = values.length > 0 ? ` Parameters: ${values.join(", ")}.` : "";
  return `Trial ${trial} failed here: ${message}${/[.!?]$/.test(message) ? "" : "."}${others}${withValues}`;
}
