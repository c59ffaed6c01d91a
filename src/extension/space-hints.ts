import * as vscode from "vscode";
import { findingAdvice, findingEvidence } from "../format/finding-words.js";
import { formatImportance, formatInterval } from "../format/importance.js";
import { formatNumber, formatParam } from "../format/numbers.js";
import { plural } from "../format/plural.js";
import { CONTINUE_CHANGED } from "./changed-space.js";
import type { CodeStudies } from "./code-studies.js";
import { editsOf, hintedParams, type HintedParam, hintOf, rangeOf } from "./param-hints.js";
import { paramPicture } from "./param-picture.js";
import { readSettings } from "./settings.js";
import type { SpaceInsight } from "./space-insight.js";
import type { StudyTarget } from "./study-target.js";
import { hover, inlayHint, quickFix, suggestion, type TooltipPart } from "./surfaces.js";

/** A parameter's place in a document, and the study it belongs to. */
interface PlacedParam {
  readonly param: HintedParam;
  readonly range: vscode.Range;
  readonly target: StudyTarget;
}

interface Suggested {
  readonly diagnostic: vscode.Diagnostic;
  readonly placed: PlacedParam;
  readonly finding: HintedParam["insight"]["findings"][number];
}

/** What the trials say, at the lines of the space: hints, hovers, and suggestions with quick fixes. */
export class SpaceHints implements vscode.InlayHintsProvider, vscode.HoverProvider, vscode.CodeActionProvider {
  private readonly changed = new vscode.EventEmitter<void>();
  readonly onDidChangeInlayHints = this.changed.event;
  private readonly diagnostics = vscode.languages.createDiagnosticCollection("tunelens");
  /** What is suggested in the documents that are shown, by URI. */
  private readonly suggested = new Map<string, { readonly version: number; readonly all: readonly Suggested[] }>();
  private readonly parts: vscode.Disposable;

  constructor(
    private readonly studies: CodeStudies,
    private readonly insight: SpaceInsight,
    /** Called for studies whose storage has not been read yet. */
    private readonly seen: (target: StudyTarget) => void,
  ) {
    this.parts = vscode.Disposable.from(
      insight.onDidChange(() => this.update()),
      vscode.window.onDidChangeVisibleTextEditors(() => this.update()),
      vscode.workspace.onDidChangeTextDocument(({ document }) => void this.suggest(document)),
      vscode.workspace.onDidCloseTextDocument((document) => this.forget(document)),
      vscode.workspace.onDidChangeConfiguration((change) => {
        if (change.affectsConfiguration("tunelens.hints")) this.update();
      }),
      this.diagnostics,
      this.changed,
    );
    this.update();
  }

  private update(): void {
    this.changed.fire();
    for (const { document } of vscode.window.visibleTextEditors) void this.suggest(document);
  }

  async provideInlayHints(document: vscode.TextDocument, shown: vscode.Range): Promise<vscode.InlayHint[]> {
    if (!readSettings(document.uri).valueHints) return [];
    const params = await this.paramsIn(document);
    return params
      .filter(({ range }) => shown.contains(range.end))
      .map(({ param, range }) => inlayHint(document.lineAt(range.end.line).range.end, hintOf(param)));
  }

  async provideHover(document: vscode.TextDocument, position: vscode.Position): Promise<vscode.Hover | undefined> {
    if (!readSettings(document.uri).valueHints) return undefined;
    const params = await this.paramsIn(document);
    // The innermost: a branch's parameters are within the branch.
    const placed = params.findLast(({ range }) => range.contains(position));
    return placed && hover(placed.range, hoverParts(placed));
  }

  provideCodeActions(document: vscode.TextDocument, range: vscode.Range): vscode.CodeAction[] {
    const suggested = this.suggested.get(document.uri.toString());
    // Of an earlier text, the places are elsewhere.
    if (suggested?.version !== document.version) return [];
    return suggested.all
      .filter(({ placed }) => placed.range.intersection(range))
      .flatMap((one) => fixesOf(document, one));
  }

  dispose(): void {
    this.parts.dispose();
  }

  private async suggest(document: vscode.TextDocument): Promise<void> {
    const { version } = document;
    const isOn = readSettings(document.uri).suggestions;
    const params = isOn ? await this.paramsIn(document) : [];
    if (document.version !== version || document.isClosed) return;
    const all = params.flatMap((placed) => suggestionsOf(placed));
    if (all.length > 0) this.suggested.set(document.uri.toString(), { version, all });
    else if (!this.suggested.delete(document.uri.toString())) return;
    this.diagnostics.set(
      document.uri,
      all.map(({ diagnostic }) => diagnostic),
    );
  }

  private forget(document: vscode.TextDocument): void {
    if (this.suggested.delete(document.uri.toString())) this.diagnostics.delete(document.uri);
  }

  private async paramsIn(document: vscode.TextDocument): Promise<PlacedParam[]> {
    const studies = await this.studies.inDocument(document);
    return studies.flatMap(({ found, target }) => {
      if (!target) return [];
      this.seen(target);
      const insight = this.insight.of(target.study);
      if (!insight) return [];
      return hintedParams(found.params, insight).map((param) => ({
        param,
        range: new vscode.Range(document.positionAt(param.found.from), document.positionAt(param.found.to)),
        target,
      }));
    });
  }
}

function hoverParts({ param, target }: PlacedParam): TooltipPart[] {
  const { insight, isStale } = param;
  const { importance, interval, best, tried } = insight;
  const share =
    importance === null || interval === null
      ? []
      : [`Importance ${formatImportance(importance)}, 90% interval ${formatInterval(interval)}.`];
  const rows = best.map(({ trial, value, result }) => `${formatParam(value)}  →  ${formatNumber(result)}  (#${trial})`);
  return [
    `${insight.name}: ${plural(tried, "trial")} from ${rangeOf(insight)}. ${share.join("")}`,
    ...(isStale ? ["The code says something else now: what follows is about the trials before."] : []),
    { svg: paramPicture(insight), alt: `Values from the lower to the upper bound, by result` },
    { code: rows.join("\n"), language: "text" },
    ...insight.findings.map((finding) => `${findingEvidence(insight, finding)} ${findingAdvice(insight, finding)}.`),
    ...(isStale ? [{ link: "tunelens.continueChanged", text: CONTINUE_CHANGED, argument: target } as const] : []),
    { link: "tunelens.freezeParameter", text: "Freeze…", argument: { ...target, param: insight.name } },
    { link: "tunelens.openDashboard", text: "Dashboard", argument: target },
  ];
}

function suggestionsOf(placed: PlacedParam): Suggested[] {
  const { param, range } = placed;
  const { insight, isStale } = param;
  if (isStale) return [];
  return insight.findings.map((finding) => {
    const message = `${findingEvidence(insight, finding)} ${findingAdvice(insight, finding)}.`;
    return { diagnostic: suggestion(range, message), placed, finding };
  });
}

function fixesOf(document: vscode.TextDocument, { diagnostic, placed, finding }: Suggested): vscode.CodeAction[] {
  const { param, target } = placed;
  const title = findingAdvice(param.insight, finding);
  const edits = editsOf(param, finding);
  if (edits && edits.length > 0) {
    const edit = new vscode.WorkspaceEdit();
    for (const { from, to, text } of edits)
      edit.replace(document.uri, new vscode.Range(document.positionAt(from), document.positionAt(to)), text);
    return [quickFix(title, diagnostic, { edit })];
  }
  if (finding.kind !== "no-influence") return [];
  const argument = { ...target, param: param.insight.name };
  return [quickFix(`${title}…`, diagnostic, { command: "tunelens.freezeParameter", argument })];
}
