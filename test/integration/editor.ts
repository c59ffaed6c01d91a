/** What the tests do with the editor they run in. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import * as vscode from "vscode";
import type { StudyState, TunelensApi } from "../../src/extension/api.js";
import type { TrialSummary } from "../../src/protocol/inspector.js";
import { until as untilTrue } from "../wait.js";

/** A lens may take long to be asked for on two busy cores. */
const PATIENCE_S = 120;

export function inWorkspace(...parts: string[]): string {
  return join(vscode.workspace.workspaceFolders![0]!.uri.fsPath, ...parts);
}

/** A file of this repository: the extension under test may lie elsewhere. */
export function inProject(...parts: string[]): string {
  return join(process.env.TUNELENS_TEST_PROJECT!, ...parts);
}

/** The first truthy answer; looks ten times a second, since the editor is busy while it answers. */
export function until<T>(what: string, get: () => T | Promise<T>, seconds = PATIENCE_S): Promise<NonNullable<T>> {
  return untilTrue(what, get, seconds, 100);
}

/** Repeats a check until it holds: what it reads may come late, or in parts. @throws what it threw last. */
export async function eventually(check: () => unknown): Promise<void> {
  let failure: unknown;
  const holds = async () => {
    try {
      await check();
      return true;
    } catch (error) {
      failure = error;
      return false;
    }
  };
  await until("", holds).catch(() => Promise.reject(failure as Error));
}

export function tunelens(): Thenable<TunelensApi> {
  return vscode.extensions.getExtension<TunelensApi>("tunelens.tunelens")!.activate();
}

export async function open(file: string): Promise<vscode.TextDocument> {
  const document = await vscode.workspace.openTextDocument(inWorkspace(file));
  await vscode.window.showTextDocument(document);
  return document;
}

export async function lensesOf(document: vscode.TextDocument): Promise<vscode.CodeLens[]> {
  return vscode.commands.executeCommand<vscode.CodeLens[]>("vscode.executeCodeLensProvider", document.uri, 50);
}

/** `line title`, both as the editor shows them. */
export async function lensTitles(document: vscode.TextDocument): Promise<string[]> {
  return (await lensesOf(document)).map(({ range, command }) => `${range.start.line + 1} ${command?.title}`);
}

/** Waits for a lens; `line` counts from 1, as the editor shows it. */
export async function lens(document: vscode.TextDocument, title: RegExp, line?: number): Promise<vscode.CodeLens> {
  const get = async () =>
    (await lensesOf(document)).find(
      ({ command, range }) => title.test(command?.title ?? "") && (!line || range.start.line + 1 === line),
    );
  try {
    return await until(`a lens ${title}`, get);
  } catch (error) {
    return assert.fail(`${String(error)}; there are ${JSON.stringify(await lensTitles(document))}`);
  }
}

export async function click({ command }: vscode.CodeLens): Promise<void> {
  await vscode.commands.executeCommand(command!.command, ...((command!.arguments ?? []) as unknown[]));
}

/** What a lens hands to its command. */
export function targetOf({ command }: vscode.CodeLens): { study: { storage: string; name: string } } {
  return command!.arguments![0] as { study: { storage: string; name: string } };
}

export async function study(name: string): Promise<StudyState | undefined> {
  return (await (await tunelens()).studies()).find((state) => state.name === name);
}

/** Waits until this window's run of a study is over. */
export function ended(name: string): Promise<StudyState> {
  return until(`the end of ${name}`, async () => {
    const state = await study(name);
    return state && !state.running ? state : undefined;
  });
}

/** Oldest first. */
export async function trials(name: string): Promise<readonly TrialSummary[]> {
  const query = { offset: 0, limit: 1_000, sort: [{ column: "number", descending: false }] } as const;
  return (await (await tunelens()).trials((await study(name))!, query)).rows;
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

export interface OwnProcess {
  readonly pid: number;
  readonly kind: string;
}

/** The run, training, and inspector processes that this extension host started, or that one of them did. */
export function childProcesses(): OwnProcess[] {
  const lines = execFileSync("ps", ["-A", "-o", "ppid=,pid=,args="], { encoding: "utf8" }).split("\n");
  const all = lines.flatMap((line) => {
    const [, parent, pid, args = ""] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [];
    const kind = /dist\/(supervisor|trainer|inspector)\/main\.js/.exec(args)?.[1];
    return kind ? [{ parent: Number(parent), pid: Number(pid), kind }] : [];
  });
  const own = all.filter(({ parent }) => parent === process.pid);
  // Grows while it is read.
  for (const { pid } of own) own.push(...all.filter(({ parent }) => parent === pid));
  return own.map(({ pid, kind }) => ({ pid, kind }));
}

/** Nobody can press a button of a modal question in a test window: this is the user. @returns what was asked. */
export async function answering(button: string | undefined, work: () => unknown): Promise<string[]> {
  const original = vscode.window.showWarningMessage;
  const asked: string[] = [];
  Object.assign(vscode.window, {
    showWarningMessage: async (message: string, _: vscode.MessageOptions, ...items: vscode.MessageItem[]) => {
      asked.push(message);
      return items.find(({ title }) => title === button);
    },
  });
  try {
    await work();
  } finally {
    Object.assign(vscode.window, { showWarningMessage: original });
  }
  return asked;
}
