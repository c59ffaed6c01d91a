import * as vscode from "vscode";
import type { Command } from "./commands.js";
import { inertLine, inertMessage, markdownCode, markdownParagraph } from "./inert-text.js";

/**
 * The only way to show something in VS Code. Every text that passes through is shown literally, whoever wrote it; icons and links are our
 * own and passed separately. ESLint forbids bypassing it.
 */

/**
 * A notification; with `detail`, a dialog that waits for an answer.
 * @returns the chosen action.
 */
export async function showMessage<Action extends string>(
  severity: "info" | "warning" | "error",
  message: string,
  actions: readonly Action[] = [],
  { detail }: { readonly detail?: string } = {},
): Promise<Action | undefined> {
  const { showInformationMessage, showWarningMessage, showErrorMessage } = vscode.window;
  const show = { info: showInformationMessage, warning: showWarningMessage, error: showErrorMessage }[severity];
  const modal = detail === undefined ? {} : { modal: true, detail: inertMessage(detail) };
  const items = actions.map((action) => ({ title: inertLine(action), action }));
  return (await show(inertMessage(message), modal, ...items))?.action;
}

export function showProgress<Result>(title: string, work: () => Promise<Result>): Thenable<Result> {
  const location = vscode.ProgressLocation.Notification;
  return vscode.window.withProgress({ location, title: inertMessage(title) }, work);
}

/** @param work is ended by the signal. @returns undefined if the user cancels. */
export function showCancellableProgress<Result>(
  title: string,
  work: (signal: AbortSignal) => Promise<Result>,
): Thenable<Result | undefined> {
  const options = { location: vscode.ProgressLocation.Notification, title: inertMessage(title), cancellable: true };
  return vscode.window.withProgress(options, async (_progress, token) => {
    const canceled = new AbortController();
    token.onCancellationRequested(() => canceled.abort());
    try {
      return await work(canceled.signal);
    } catch (error) {
      if (canceled.signal.aborted) return undefined;
      throw error;
    }
  });
}

/** A temporary message in the status bar. @param icon one of VS Code's, such as `copy`. */
export function showStatusMessage(icon: string, text: string, milliseconds: number): void {
  vscode.window.setStatusBarMessage(withIcon(icon, text), milliseconds);
}

/** Asks for a line of text; undefined if the user cancels. */
export function askText(question: {
  readonly title: string;
  readonly prompt: string;
  readonly value: string;
  /** What is wrong with an input; undefined if it is valid. */
  readonly validate: (input: string) => string | undefined;
}): Thenable<string | undefined> {
  const { title, prompt, value, validate } = question;
  return vscode.window.showInputBox({
    title: inertLine(title),
    prompt: inertMessage(prompt),
    value,
    validateInput: (input) => {
      const problem = validate(input);
      return problem === undefined ? undefined : inertMessage(problem);
    },
  });
}

/** Asks for a file to write. @param type what such a file is called. */
export function askWhereToSave(
  suggested: vscode.Uri,
  type: string,
  extension: string,
): Thenable<vscode.Uri | undefined> {
  return vscode.window.showSaveDialog({ defaultUri: suggested, filters: { [inertLine(type)]: [extension] } });
}

/** An item of a list. */
export interface Choice {
  /** Of VS Code's, `beaker`. */
  readonly icon?: string;
  readonly label: string;
  readonly description?: string;
  readonly detail?: string;
}

export interface ChoiceItem<C extends Choice> extends vscode.QuickPickItem {
  readonly choice: C;
}

export async function pickOne<C extends Choice>(
  choices: readonly C[],
  options: {
    readonly title: string;
    readonly placeHolder?: string;
    readonly matchOnDescription?: boolean;
    readonly matchOnDetail?: boolean;
  },
): Promise<C | undefined> {
  const { title, placeHolder, ...rest } = options;
  const shown = { ...rest, title: inertLine(title), ...(placeHolder ? { placeHolder: inertLine(placeHolder) } : {}) };
  return (await vscode.window.showQuickPick(choices.map(choiceItem), shown))?.choice;
}

/** Any number of the choices; undefined if the user cancels. */
export async function pickMany<C extends Choice>(
  choices: readonly C[],
  { title, placeHolder }: { readonly title: string; readonly placeHolder: string },
): Promise<readonly C[] | undefined> {
  const options = { title: inertLine(title), placeHolder: inertLine(placeHolder), canPickMany: true } as const;
  return (await vscode.window.showQuickPick(choices.map(choiceItem), options))?.map(({ choice }) => choice);
}

/** A list of choices that can change while it is open. `choiceItem` creates its items. */
export function createChoiceList<C extends Choice>(title: string): vscode.QuickPick<ChoiceItem<C>> {
  const list = vscode.window.createQuickPick<ChoiceItem<C>>();
  list.title = inertLine(title);
  return list;
}

export function choiceItem<C extends Choice>(choice: C): ChoiceItem<C> {
  const { icon, label, description, detail } = choice;
  return {
    label: withIcon(icon, label),
    ...(description === undefined ? {} : { description: inertLine(description) }),
    ...(detail === undefined ? {} : { detail: inertLine(detail) }),
    choice,
  };
}

/** At a line of a list. */
export function choiceButton(icon: string, tooltip: string): vscode.QuickInputButton {
  return { iconPath: new vscode.ThemeIcon(icon), tooltip: inertLine(tooltip) };
}

/** A part of a tooltip: a paragraph, a block of code, a picture that we drew, or a link to one of our commands, with what the command acts on. */
export type TooltipPart =
  | string
  | { readonly code: string; readonly language: "text" | "yaml" }
  | { readonly svg: string; readonly alt: string }
  | { readonly link: Command; readonly text: string; readonly argument?: unknown };

function tooltip(parts: readonly TooltipPart[]): vscode.MarkdownString {
  const markdown = new vscode.MarkdownString();
  const links: Command[] = [];
  const blocks = parts.map((part) => {
    if (typeof part === "string") return markdownParagraph(part);
    if ("code" in part) return markdownCode(part.code, part.language);
    if ("svg" in part)
      return `![${markdownParagraph(part.alt)}](data:image/svg+xml;base64,${Buffer.from(part.svg).toString("base64")})`;
    links.push(part.link);
    return `[${markdownParagraph(part.text)}](command:${part.link}${linkArgument(part.argument)})`;
  });
  // Only links created here work as links.
  if (links.length > 0) markdown.isTrusted = { enabledCommands: links };
  return markdown.appendMarkdown(blocks.join("\n\n"));
}

/** With nothing in it that could end the link. */
function linkArgument(argument: unknown): string {
  if (argument === undefined) return "";
  const encoded = encodeURIComponent(JSON.stringify([argument]));
  return `?${encoded.replace(/[!'()*]/g, (mark) => `%${mark.charCodeAt(0).toString(16)}`)}`;
}

/** Beside a line of code. */
export function inlayHint(at: vscode.Position, text: string): vscode.InlayHint {
  const hint = new vscode.InlayHint(at, inertLine(text));
  hint.paddingLeft = true;
  return hint;
}

export function hover(range: vscode.Range, parts: readonly TooltipPart[]): vscode.Hover {
  return new vscode.Hover(tooltip(parts), range);
}

/** Among the problems of a file; calm: it is information, not a warning. */
export function suggestion(range: vscode.Range, message: string): vscode.Diagnostic {
  return problem(range, message, vscode.DiagnosticSeverity.Information);
}

/** Among the problems of a file: a trial failed at this place. */
export function failedHere(range: vscode.Range, message: string): vscode.Diagnostic {
  return problem(range, message, vscode.DiagnosticSeverity.Warning);
}

/** The same of what is wrong before anything runs. */
export function mistakeHere(range: vscode.Range, message: string, isFatal: boolean): vscode.Diagnostic {
  return problem(range, message, isFatal ? vscode.DiagnosticSeverity.Error : vscode.DiagnosticSeverity.Warning);
}

function problem(range: vscode.Range, message: string, severity: vscode.DiagnosticSeverity): vscode.Diagnostic {
  const diagnostic = new vscode.Diagnostic(range, inertMessage(message), severity);
  diagnostic.source = "Tunelens";
  return diagnostic;
}

/** What the light bulb offers about a suggestion or a failure: an edit, or a command of ours. */
export function quickFix(
  title: string,
  diagnostic: vscode.Diagnostic,
  fix: { readonly edit: vscode.WorkspaceEdit } | { readonly command: Command; readonly argument: unknown },
): vscode.CodeAction {
  const action = new vscode.CodeAction(inertLine(title), vscode.CodeActionKind.QuickFix);
  action.diagnostics = [diagnostic];
  if ("edit" in fix) action.edit = fix.edit;
  else action.command = { title: inertLine(title), command: fix.command, arguments: [fix.argument] };
  return action;
}

export interface TreeLine {
  readonly id: string;
  readonly label: string;
  readonly description?: string;
  readonly icon: vscode.ThemeIcon;
  readonly tooltip?: readonly TooltipPart[];
  readonly children?: "shown" | "hidden";
  /** What menus match on; only our own words. */
  readonly contextValue: string;
  /** The text for screen readers. */
  readonly spoken?: string;
  readonly command?: { readonly title: string; readonly command: Command; readonly arguments: unknown[] };
}

export function treeItem(line: TreeLine): vscode.TreeItem {
  const { Collapsed, Expanded, None } = vscode.TreeItemCollapsibleState;
  const children = { shown: Expanded, hidden: Collapsed, none: None }[line.children ?? "none"];
  const item = new vscode.TreeItem(inertLine(line.label), children);
  item.id = line.id;
  item.iconPath = line.icon;
  item.contextValue = line.contextValue;
  if (line.description !== undefined) item.description = inertLine(line.description);
  if (line.tooltip) item.tooltip = tooltip(line.tooltip);
  if (line.spoken !== undefined) item.accessibilityInformation = { label: inertLine(line.spoken) };
  if (line.command) item.command = line.command;
  return item;
}

export interface Lens {
  /** Of VS Code's, `info`. */
  readonly icon?: string;
  readonly title: string;
  readonly tooltip: string;
  readonly command: Command | "workbench.trust.manage" | "";
  /** What the command acts on, if not the study that the lens stands above. */
  readonly target?: unknown;
}

export function codeLens(range: vscode.Range, lens: Lens, argument: unknown): vscode.CodeLens {
  const { icon, title, command } = lens;
  return new vscode.CodeLens(range, {
    title: withIcon(icon, title),
    tooltip: inertLine(lens.tooltip),
    command,
    arguments: command ? [argument] : [],
  });
}

export interface StatusLine {
  readonly icon: string;
  readonly text: string;
  readonly tooltip: readonly TooltipPart[];
  readonly command: vscode.Command;
}

/** An item in the status bar. */
export class StatusItem {
  private readonly item: vscode.StatusBarItem;

  constructor(id: string, name: string) {
    this.item = vscode.window.createStatusBarItem(id, vscode.StatusBarAlignment.Left, 0);
    this.item.name = inertLine(name);
  }

  show({ icon, text, tooltip: parts, command }: StatusLine): void {
    this.item.text = withIcon(icon, text);
    this.item.tooltip = tooltip(parts);
    this.item.accessibilityInformation = { label: `Tunelens: ${inertLine(text)}`, role: "button" };
    this.item.command = command;
    this.item.show();
  }

  hide(): void {
    this.item.hide();
  }

  dispose(): void {
    this.item.dispose();
  }
}

export function createTerminal(name: string, cwd: vscode.Uri): vscode.Terminal {
  return vscode.window.createTerminal({ name: inertLine(name), cwd });
}

/** `panelTitle` creates its title. */
export function createPanel(
  viewType: string,
  title: string,
  showOptions: { readonly viewColumn: vscode.ViewColumn; readonly preserveFocus: boolean },
): vscode.WebviewPanel {
  return vscode.window.createWebviewPanel(viewType, panelTitle(title), showOptions, { enableScripts: true });
}

export function panelTitle(title: string): string {
  return inertLine(title, 80);
}

function withIcon(icon: string | undefined, text: string): string {
  return icon === undefined ? inertLine(text) : `$(${icon}) ${inertLine(text)}`;
}

/** A file before and after a change; undefined: it is not there. */
export interface ChangedFile {
  readonly name: string;
  readonly before: vscode.Uri | undefined;
  readonly after: vscode.Uri | undefined;
}

/** Opens VS Code's diff editor. */
export async function showDiff(title: string, files: readonly ChangedFile[]): Promise<void> {
  const [first] = files;
  const shown = panelTitle(title);
  if (files.length === 1 && first?.before && first.after)
    await vscode.commands.executeCommand(
      "vscode.diff",
      first.before,
      first.after,
      `${inertLine(first.name)} (${shown})`,
    );
  else
    await vscode.commands.executeCommand(
      "vscode.changes",
      shown,
      files.map(({ before, after }) => [after ?? before, before, after]),
    );
}

/** Asks where to save a file; undefined if the user cancels. */
export function askSavePath(proposed: vscode.Uri): Thenable<vscode.Uri | undefined> {
  return vscode.window.showSaveDialog({ defaultUri: proposed });
}

/** Asks for a file to open; undefined if the user cancels. */
export async function askOpenPath(label: string, filters: Record<string, string[]>): Promise<vscode.Uri | undefined> {
  return (await vscode.window.showOpenDialog({ openLabel: inertLine(label), filters }))?.[0];
}
