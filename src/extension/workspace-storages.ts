import { existsSync } from "node:fs";
import { basename, dirname } from "node:path";
import * as vscode from "vscode";
import type { InspectorFunctions } from "../protocol/inspector.js";
import { isDatabaseInside } from "./readable.js";
import { readSettings } from "./settings.js";
import { absoluteStorage, storageFile } from "./storage-url.js";
import type { StudyStore } from "./study-store.js";
import type { StudyTarget } from "./study-target.js";
import { workspaceFolders } from "./workspace-folder.js";

/** Adds the workspace's storages to the store, and notices files that appear or disappear. */
export class WorkspaceStorages {
  private readonly watchers = new Map<string, vscode.Disposable>();
  private prepared = false;

  constructor(private readonly store: StudyStore) {}

  /** Called by the first view that shows studies; until then, nothing is read and no process starts. */
  prepare(): void {
    if (this.prepared) return;
    this.prepared = true;
    this.addConfigured();
  }

  /** For changed settings and folders. */
  addConfigured(): void {
    if (!this.prepared) return;
    for (const { uri } of vscode.workspace.workspaceFolders ?? [])
      this.add(absoluteStorage(readSettings(uri).storage, uri.fsPath), uri.fsPath);
  }

  /** For a study that code shows. */
  addOf({ study, folder }: StudyTarget): void {
    this.prepare();
    this.add(study.storage, folder);
  }

  add(storage: string, folder: string): void {
    if (!mayLookAt(storage)) return;
    this.store.addStorage(storage, folder);
    const file = storageFile(storage);
    if (file === null || this.watchers.has(storage)) return;
    const pattern = new vscode.RelativePattern(vscode.Uri.file(dirname(file)), literalGlob(basename(file)));
    const watcher = vscode.workspace.createFileSystemWatcher(pattern, false, true, false);
    const refresh = () => void this.store.refresh(storage);
    watcher.onDidCreate(refresh);
    watcher.onDidDelete(refresh);
    this.watchers.set(storage, watcher);
  }

  /** A folder left the workspace. */
  removeFolder(folder: string): void {
    for (const { storage, folder: broughtInBy } of this.store.allStorages()) {
      if (broughtInBy === folder) this.remove(storage);
    }
  }

  remove(storage: string): void {
    this.watchers.get(storage)?.dispose();
    this.watchers.delete(storage);
    this.store.removeStorage(storage);
  }

  dispose(): void {
    for (const watcher of this.watchers.values()) watcher.dispose();
  }
}

/** A glob pattern that matches only this name. */
function literalGlob(name: string): string {
  return name.replaceAll(/[*?[\]{}]/g, "[$&]");
}

/** Whether the inspector could read anything: an existing file, or a storage that is not a file. */
export function storageExists(storage: string): boolean {
  if (!mayLookAt(storage)) return false;
  const file = storageFile(storage);
  return file === null || existsSync(file);
}

/**
 * Untrusted code may name any file, even one on another machine, which would then learn who asks. Until the workspace is trusted, only files
 * inside it are touched; links are followed, since they may lead out of it.
 */
function mayLookAt(storage: string): boolean {
  if (vscode.workspace.isTrusted) return true;
  const file = storageFile(storage);
  return file === null || isDatabaseInside(file, workspaceFolders());
}

/** The inspector, which refuses a storage that must not be read, whoever asks. */
export function guarded(inspector: InspectorFunctions): InspectorFunctions {
  const check = <Rest extends unknown[], Result>(call: (storage: string, ...rest: Rest) => Promise<Result>) => {
    return async (storage: string, ...rest: Rest): Promise<Result> => {
      if (mayLookAt(storage)) return call(storage, ...rest);
      throw new Error(`${storage} is outside this workspace. Trust the workspace to open it.`);
    };
  };
  return {
    initialize: (hello) => inspector.initialize(hello),
    exit: () => inspector.exit(),
    unwatch: (storage) => inspector.unwatch(storage),
    listStudies: check(inspector.listStudies),
    getStudy: check(inspector.getStudy),
    listTrials: check(inspector.listTrials),
    getTrial: check(inspector.getTrial),
    getChart: check(inspector.getChart),
    cancelChart: check(inspector.cancelChart),
    getArtifact: check(inspector.getArtifact),
    getCode: check(inspector.getCode),
    compareCode: check(inspector.compareCode),
    getParamValues: check(inspector.getParamValues),
    getFieldValues: check(inspector.getFieldValues),
    migrateCopy: check(inspector.migrateCopy),
    watch: check(inspector.watch),
  };
}
