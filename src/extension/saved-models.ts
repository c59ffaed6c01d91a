import { basename, dirname } from "node:path";
import * as v from "valibot";
import * as vscode from "vscode";
import { plural } from "../format/plural.js";
import { fromWire, type WireNumber } from "../protocol/wire.js";
import { askCount } from "./ask-count.js";
import { formatNumber } from "../format/numbers.js";
import { pickOne } from "./surfaces.js";

/** A model that a retraining saved, as its `tunelens.json` says. */
export interface SavedModel {
  /** Absolute path of its folder. */
  readonly folder: string;
  /** Of all its files. */
  readonly bytes: number;
  readonly study: string;
  readonly trial: number;
  /** Total number of epochs it was trained for. */
  readonly epochs: number;
  /** ISO 8601. */
  readonly savedAt: string;
  /** What the objective returned; null for several objectives. */
  readonly value: WireNumber | null;
  readonly direction: "minimize" | "maximize" | null;
}

export const PROVENANCE_FILE = "tunelens.json";

/** The fields that the editor reads. */
const provenance = v.looseObject({
  study: v.string(),
  trial: v.number(),
  savedAt: v.string(),
  history: v.record(v.string(), v.array(v.unknown())),
  metrics: v.optional(v.record(v.string(), v.unknown()), {}),
  direction: v.optional(v.picklist(["minimize", "maximize"])),
});

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
    const json: unknown = JSON.parse(new TextDecoder().decode(await vscode.workspace.fs.readFile(uri)));
    const { study, trial, savedAt, history, metrics, direction } = v.parse(provenance, json);
    const epochs = Math.max(0, ...Object.values(history).map(({ length }) => length));
    const value = typeof metrics["value"] === "number" ? metrics["value"] : null;
    const folder = dirname(uri.fsPath);
    return { folder, bytes: await sizeOf(folder), study, trial, epochs, savedAt, value, direction: direction ?? null };
  } catch {
    return undefined;
  }
}

async function sizeOf(folder: string): Promise<number> {
  const uri = vscode.Uri.file(folder);
  const entries = await vscode.workspace.fs.readDirectory(uri);
  const files = entries.filter(([, type]) => type === vscode.FileType.File);
  const stats = await Promise.all(files.map(([name]) => vscode.workspace.fs.stat(vscode.Uri.joinPath(uri, name))));
  return stats.reduce((sum, { size }) => sum + size, 0);
}

/** `v2`: the folder of one version of a trial's model. */
export function modelName({ folder }: SavedModel): string {
  return basename(folder);
}

/** `value 0.41, 30 epochs`: what its training came to. */
export function describeModel(model: SavedModel): string {
  const value = model.value === null ? [] : [`value ${formatNumber(model.value)}`];
  return [...value, plural(model.epochs, "epoch")].join(", ");
}

export function formatBytes(bytes: number): string {
  return bytes < 1e6 ? `${Math.max(1, Math.round(bytes / 1e3))} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

/** Whether no other model of its trial has a better value. */
export function isBest(model: SavedModel, all: readonly SavedModel[]): boolean {
  const { value, trial } = model;
  const others = all.filter((other) => other !== model && other.trial === trial);
  const direction = model.direction ?? others.find((other) => other.direction)?.direction;
  if (value === null || !direction || others.length === 0) return false;
  const beats = (other: number) => (direction === "minimize" ? other < fromWire(value) : other > fromWire(value));
  return !others.some((other) => other.value !== null && beats(fromWire(other.value)));
}

/** Asks which, if there are several. */
export async function pickModel(
  models: readonly SavedModel[],
  title = "Select a model to continue training",
): Promise<SavedModel | undefined> {
  if (models.length <= 1) return models[0];
  // A version that is worse than another one is not what Enter continues.
  const best = models.toSorted((a, b) => Number(isBest(b, models)) - Number(isBest(a, models)));
  const items = best.map((model) => ({
    icon: "archive",
    label: vscode.workspace.asRelativePath(model.folder),
    description: [
      `trial ${model.trial}, ${plural(model.epochs, "epoch")}`,
      model.value !== null && `value ${formatNumber(model.value)}`,
      isBest(model, models) && "best",
    ]
      .filter(Boolean)
      .join(", "),
    detail: new Date(model.savedAt).toLocaleString(),
    model,
  }));
  return (await pickOne(items, { title }))?.model;
}

/** How many more epochs; undefined if the user cancels. */
export function askEpochs({ study, trial, epochs }: SavedModel): Promise<number | undefined> {
  return askCount({
    title: `Continue training trial ${trial} of ${study}`,
    prompt: `Trained for ${plural(epochs, "epoch")} so far. How many more epochs?`,
    value: 10,
  });
}
