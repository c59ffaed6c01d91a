import { basename, dirname } from "node:path";
import * as vscode from "vscode";
import { plural } from "../format/plural.js";
import { shortCodeHash } from "../format/code-hash.js";
import { formatBytes, formatModelValue } from "../format/saved-model.js";
import {
  bestModel,
  MODEL_FILE,
  type ModelSummary,
  PROVENANCE_FILE,
  readModelSummary,
} from "../protocol/saved-model.js";
import { askCount } from "./ask-count.js";
import { pickOne } from "./surfaces.js";

/** A model that a retraining saved, as its `tunelens.json` says. */
export interface SavedModel extends ModelSummary {
  /** Absolute path of its folder. */
  readonly folder: string;
  /** Of all its files. */
  readonly bytes: number;
  /** Whether it is files that the objective wrote, which only it can load. */
  readonly ownFiles: boolean;
}

/** The workspace's saved models, read again only after they changed. */
export class SavedModels implements vscode.Disposable {
  private readonly watcher = vscode.workspace.createFileSystemWatcher(`**/${PROVENANCE_FILE}`);
  private readonly changed = new vscode.EventEmitter<void>();
  readonly onDidChange = this.changed.event;
  private reading: Promise<readonly SavedModel[]> | undefined;

  constructor() {
    for (const event of [this.watcher.onDidCreate, this.watcher.onDidChange, this.watcher.onDidDelete])
      event(() => this.forget());
  }

  /** The models of a study, or those of one trial; the newest first. */
  async of(study: string, trial?: number): Promise<readonly SavedModel[]> {
    this.reading ??= readModels();
    const models = await this.reading;
    return models.filter((model) => model.study === study && (trial === undefined || model.trial === trial));
  }

  /** A folder that is moved or deleted as a whole is not always told by its files. */
  forget(): void {
    this.reading = undefined;
    this.changed.fire();
  }

  dispose(): void {
    this.watcher.dispose();
    this.changed.dispose();
  }
}

async function readModels(): Promise<readonly SavedModel[]> {
  const uris = await vscode.workspace.findFiles(`**/${PROVENANCE_FILE}`, "**/node_modules/**");
  const models = (await Promise.all(uris.map(readModel))).filter((model) => model !== undefined);
  return models.sort((a, b) => b.savedAt.localeCompare(a.savedAt));
}

/** @returns undefined for a file that does not describe a model. */
export async function readModel(uri: vscode.Uri): Promise<SavedModel | undefined> {
  try {
    const text = new TextDecoder().decode(await vscode.workspace.fs.readFile(uri));
    const summary = readModelSummary(text);
    const folder = dirname(uri.fsPath);
    return summary && { ...summary, folder, ...(await describeFiles(folder)) };
  } catch {
    return undefined;
  }
}

async function describeFiles(folder: string): Promise<Pick<SavedModel, "bytes" | "ownFiles">> {
  const uri = vscode.Uri.file(folder);
  const entries = await vscode.workspace.fs.readDirectory(uri);
  const files = entries.filter(([, type]) => type === vscode.FileType.File);
  const stats = await Promise.all(files.map(([name]) => vscode.workspace.fs.stat(vscode.Uri.joinPath(uri, name))));
  return {
    bytes: stats.reduce((sum, { size }) => sum + size, 0),
    ownFiles: !files.some(([name]) => name === MODEL_FILE),
  };
}

/** `v2`: the folder of one version of a trial's model. */
export function modelName({ folder }: SavedModel): string {
  return basename(folder);
}

/** `val_acc 0.9889 · 30 epochs · code 3f9a1c2 · 412 kB` */
export function describeModel(model: SavedModel): string {
  const code = model.code && shortCodeHash(model.code);
  const parts = [
    formatModelValue(model),
    plural(model.epochs, "epoch"),
    code && `code ${code}`,
    formatBytes(model.bytes),
  ];
  return parts.filter(Boolean).join(" · ");
}

/** Asks which, if there are several; the best is the first. */
export async function pickModel(models: readonly SavedModel[], title: string): Promise<SavedModel | undefined> {
  if (models.length <= 1) return models[0];
  const best = bestModel(models.toReversed());
  const items = models
    .toSorted((a, b) => Number(b === best) - Number(a === best))
    .map((model) => ({
      icon: model === best ? "star-full" : "archive",
      label: `Trial ${model.trial} ${modelName(model)}`,
      description: `${model === best ? "best · " : ""}${describeModel(model)}`,
      detail: `${vscode.workspace.asRelativePath(model.folder)}, saved ${new Date(model.savedAt).toLocaleString()}`,
      model,
    }));
  return (await pickOne(items, { title, matchOnDescription: true, matchOnDetail: true }))?.model;
}

/** How many more epochs; undefined if the user cancels. */
export function askEpochs({ study, trial, epochs }: SavedModel): Promise<number | undefined> {
  return askCount({
    title: `Continue training trial ${trial} of ${study}`,
    prompt: `Trained for ${plural(epochs, "epoch")} so far. How many more epochs?`,
    value: 10,
  });
}
