import { dirname, isAbsolute, relative, resolve, sep } from "node:path";
import * as vscode from "vscode";
import { findStudies, type FoundStudy } from "../source/study-finder.js";
import { dialectOf } from "../source/syntax.js";
import { readSettings } from "./settings.js";
import { absoluteStorage } from "./storage-url.js";
import type { StudyStore } from "./study-store.js";
import type { StudyTarget } from "./study-target.js";

export const studyLanguages = ["typescript", "typescriptreact", "javascript", "javascriptreact"] as const;

const FILES = "**/*.{ts,mts,cts,tsx,js,mjs,cjs,jsx}";
const NOT_IN = "**/{node_modules,dist,out,build,.git,.tunelens}/**";
/** More files than this are not searched when the palette asks for all studies. */
const MOST_FILES = 5_000;

/** A study as it stands in a file, with what the store calls it. */
export interface CodeStudy {
  readonly found: FoundStudy;
  readonly uri: vscode.Uri;
  /** null: not exported, so it cannot be started. */
  readonly target: StudyTarget | null;
}

/** Finds studies in open documents and in the workspace's files. Reads text, never runs it. */
export class CodeStudies {
  private readonly parsed = new WeakMap<vscode.TextDocument, { version: number; studies: readonly FoundStudy[] }>();

  constructor(private readonly store: StudyStore) {}

  inDocument(document: vscode.TextDocument): readonly CodeStudy[] {
    if (!isStudyLanguage(document.languageId) || document.uri.scheme !== "file") return [];
    let parsed = this.parsed.get(document);
    if (parsed?.version !== document.version) {
      const studies = findStudies(document.getText(), dialectOf(document.uri.fsPath));
      parsed = { version: document.version, studies };
      this.parsed.set(document, parsed);
    }
    return parsed.studies.map((found) => this.located(document.uri, found));
  }

  /** Every study of the workspace, those of open (perhaps unsaved) documents as they stand there. */
  async inWorkspace(token?: vscode.CancellationToken): Promise<readonly CodeStudy[]> {
    const uris = await vscode.workspace.findFiles(FILES, NOT_IN, MOST_FILES, token);
    const open = new Map(vscode.workspace.textDocuments.map((document) => [document.uri.toString(), document]));
    const all: CodeStudy[] = [];
    for (const uri of uris.sort((a, b) => a.fsPath.localeCompare(b.fsPath))) {
      if (token?.isCancellationRequested) break;
      const document = open.get(uri.toString());
      all.push(...(document ? this.inDocument(document) : await this.inFile(uri)));
    }
    return all;
  }

  async inFile(uri: vscode.Uri): Promise<readonly CodeStudy[]> {
    try {
      const text = new TextDecoder().decode(await vscode.workspace.fs.readFile(uri));
      return findStudies(text, dialectOf(uri.fsPath)).map((found) => this.located(uri, found));
    } catch {
      // Deleted since it was listed, or not readable: no studies to offer.
      return [];
    }
  }

  /** Where a stored study's code is: the file its source names, in the folder of its storage or any other of the workspace. */
  async sourceOf(target: StudyTarget): Promise<CodeStudy | undefined> {
    for (const file of this.possibleFiles(target)) {
      const studies = await this.inFile(vscode.Uri.file(file));
      const exported = studies.find(
        ({ found }) => found.exportName === target.exportName && target.exportName !== null,
      );
      const found = exported ?? studies.find((study) => study.found.name === target.study.name);
      if (found) return found;
    }
    return undefined;
  }

  private possibleFiles({ file, study }: StudyTarget): string[] {
    if (file !== null) return [file];
    const source = this.store.study(study)?.source;
    if (!source) return [];
    const ofStorage = this.store.storage(study.storage)?.folder;
    const folders = [...new Set([...(ofStorage === undefined ? [] : [ofStorage]), ...workspaceFolders()])];
    // A database may come from anyone: what it names is run only where it lies among the user's own files.
    return folders
      .map((folder) => resolve(folder, source.file))
      .filter((path) => folders.some((folder) => isInside(path, folder)));
  }

  private located(uri: vscode.Uri, found: FoundStudy): CodeStudy {
    if (found.exportName === null) return { found, uri, target: null };
    const file = uri.fsPath;
    const folder = folderOf(uri);
    const storage = absoluteStorage(found.storage ?? readSettings(uri).storage, folder);
    const relativeFile = relative(folder, file).replaceAll("\\", "/");
    const { exportName, name, trials } = found;
    const study = this.store.studyOf({ storage, name, exportName, file: relativeFile });
    return { found, uri, target: { study, folder, file, exportName, trials } };
  }
}

/** The folder a file's relative paths are relative to: its workspace folder, or where it lies. */
function folderOf(uri: vscode.Uri): string {
  return vscode.workspace.getWorkspaceFolder(uri)?.uri.fsPath ?? dirname(uri.fsPath);
}

function isInside(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way !== "" && !isAbsolute(way) && way.split(sep)[0] !== "..";
}

function workspaceFolders(): string[] {
  return (vscode.workspace.workspaceFolders ?? []).map(({ uri }) => uri.fsPath);
}

function isStudyLanguage(languageId: string): boolean {
  return (studyLanguages as readonly string[]).includes(languageId);
}
