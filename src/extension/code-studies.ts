import { dirname, relative, resolve } from "node:path";
import * as vscode from "vscode";
import type { FixedTrial } from "../source/fixed-study.js";
import type { FoundStudy } from "../source/study-finder.js";
import { dialectOf } from "../source/dialect.js";
import { isInside, isReallyInside } from "./readable.js";
import { readSettings } from "./settings.js";
import { SourceReader } from "./source-reader.js";
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

interface ReadDocument {
  readonly version: number;
  /** Aborted when the text has changed: then nobody waits for this one. */
  readonly outdated: AbortController;
  readonly reading: Promise<readonly FoundStudy[]>;
  /** undefined while it is read. */
  found: readonly FoundStudy[] | undefined;
}

/** Finds studies in open documents and in the workspace's files. Reads text, never runs it. */
export class CodeStudies {
  private readonly documents = new WeakMap<vscode.TextDocument, ReadDocument>();

  private readonly reader: SourceReader;

  /** @param workerEntry the path of `source-worker.js`. */
  constructor(
    private readonly store: StudyStore,
    workerEntry: string,
  ) {
    this.reader = new SourceReader(workerEntry);
  }

  /** Those of the text as it is in the end, where it changes meanwhile. */
  async inDocument(document: vscode.TextDocument): Promise<readonly CodeStudy[]> {
    for (;;) {
      const { reading, outdated } = this.read(document);
      const found = await reading;
      if (!outdated.signal.aborted) return found.map((study) => this.located(document.uri, study));
    }
  }

  /** What was found in a document's text as it stands now; undefined while it is read. */
  knownIn(document: vscode.TextDocument): readonly CodeStudy[] | undefined {
    return this.read(document).found?.map((study) => this.located(document.uri, study));
  }

  private read(document: vscode.TextDocument): ReadDocument {
    const known = this.documents.get(document);
    const { version, languageId, uri } = document;
    if (known?.version === version) return known;
    known?.outdated.abort();
    const outdated = new AbortController();
    const isStudyFile = isStudyLanguage(languageId) && uri.scheme === "file";
    const reading = isStudyFile
      ? this.reader.findStudies(document.getText(), dialectOf(uri.fsPath), outdated.signal)
      : Promise.resolve([]);
    const read: ReadDocument = { version, outdated, reading, found: undefined };
    this.documents.set(document, read);
    reading.then(
      (found) => (read.found = found),
      () => this.documents.delete(document),
    );
    return read;
  }

  /** Every study of the workspace, those of open (perhaps unsaved) documents as they stand there. */
  async inWorkspace(token?: vscode.CancellationToken): Promise<readonly CodeStudy[]> {
    const uris = await vscode.workspace.findFiles(FILES, NOT_IN, MOST_FILES, token);
    const open = new Map(vscode.workspace.textDocuments.map((document) => [document.uri.toString(), document]));
    const all: CodeStudy[] = [];
    for (const uri of uris.sort((a, b) => a.fsPath.localeCompare(b.fsPath))) {
      if (token?.isCancellationRequested) break;
      const document = open.get(uri.toString());
      all.push(...(await (document ? this.inDocument(document) : this.inFile(uri))));
    }
    return all;
  }

  async inFile(uri: vscode.Uri): Promise<readonly CodeStudy[]> {
    if (!vscode.workspace.isTrusted && !isReallyInside(uri.fsPath, workspaceFolders())) return [];
    try {
      const text = new TextDecoder().decode(await vscode.workspace.fs.readFile(uri));
      const found = await this.reader.findStudies(text, dialectOf(uri.fsPath));
      return found.map((study) => this.located(uri, study));
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

  /** A document's text with a trial's parameters as constants; null where it has no such study any more. */
  withConstants(document: vscode.TextDocument, trial: FixedTrial): Promise<string | null> {
    return this.reader.fixedStudy(document.getText(), dialectOf(document.uri.fsPath), trial);
  }

  dispose(): void {
    this.reader.dispose();
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

function workspaceFolders(): string[] {
  return (vscode.workspace.workspaceFolders ?? []).map(({ uri }) => uri.fsPath);
}

function isStudyLanguage(languageId: string): boolean {
  return (studyLanguages as readonly string[]).includes(languageId);
}
