import { dirname, relative, resolve } from "node:path";
import * as vscode from "vscode";
import type { FixedTrial } from "../source/fixed-study.js";
import type { FoundStudy } from "../source/study-finder.js";
import { dialectOf } from "../source/dialect.js";
import { isInside, isReallyInside } from "./readable.js";
import { readSettings } from "./settings.js";
import type { SourceReader } from "./source-reader.js";
import { absoluteStorage } from "./storage-url.js";
import type { StudyStore } from "./study-store.js";
import type { StudyTarget } from "./study-target.js";
import { workspaceFolders } from "./workspace-folder.js";

export const studyLanguages = ["typescript", "typescriptreact", "javascript", "javascriptreact"] as const;

const FILES = "**/*.{ts,mts,cts,tsx,js,mjs,cjs,jsx}";
const NOT_IN = "**/{node_modules,dist,out,build,.git,.tunelens}/**";
/** How many files are searched at most when the palette asks for all studies. */
const MOST_FILES = 5_000;

/** A study in a file, with its target in the store. */
export interface CodeStudy {
  readonly found: FoundStudy;
  readonly uri: vscode.Uri;
  /** null if it is not exported and therefore cannot be started. */
  readonly target: StudyTarget | null;
}

interface ReadDocument {
  readonly version: number;
  /** Aborted when the text changes: then nobody waits for this result. */
  readonly outdated: AbortController;
  readonly reading: Promise<readonly FoundStudy[]>;
  /** undefined while it is read. */
  found: readonly FoundStudy[] | undefined;
}

/** Finds studies in open documents and in the workspace's files. Reads text, never runs it. */
export class CodeStudies {
  private readonly documents = new WeakMap<vscode.TextDocument, ReadDocument>();

  /** @param reader is disposed with it. */
  constructor(
    private readonly store: StudyStore,
    private readonly reader: SourceReader,
  ) {}

  /** The studies of the text. If it changes meanwhile, those of the latest text. */
  async inDocument(document: vscode.TextDocument): Promise<readonly CodeStudy[]> {
    for (;;) {
      const { reading, outdated } = this.read(document);
      const found = await reading;
      if (!outdated.signal.aborted) return found.map((study) => this.located(document.uri, study));
    }
  }

  /** The studies found in a document's present text; undefined while it is read. */
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

  /** Every study of the workspace; open documents count with their unsaved changes. */
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
      // Deleted since it was listed, or unreadable: no studies to offer.
      return [];
    }
  }

  /** Finds a stored study's code: the file that its source names, in its storage's folder or any other workspace folder. */
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
    // A database may come from anyone: Tunelens runs the file that it names only if it is in the workspace.
    return folders
      .map((folder) => resolve(folder, source.file))
      .filter((path) => folders.some((folder) => isInside(path, folder)));
  }

  /** A document's text with a trial's parameters as constants; null if it no longer contains the study. */
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

/** The folder that a file's relative paths refer to: its workspace folder, or its own folder. */
function folderOf(uri: vscode.Uri): string {
  return vscode.workspace.getWorkspaceFolder(uri)?.uri.fsPath ?? dirname(uri.fsPath);
}

function isStudyLanguage(languageId: string): boolean {
  return (studyLanguages as readonly string[]).includes(languageId);
}
