import { dirname } from "node:path";
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

/** The models of a study in the workspace, or those of one trial; the newest first. */
export async function savedModels(study: string, trial?: number): Promise<readonly SavedModel[]> {
  const uris = await vscode.workspace.findFiles(`**/${PROVENANCE_FILE}`, "**/node_modules/**");
  const models = (await Promise.all(uris.map(readModel))).filter((model) => model !== undefined);
  return models
    .filter((model) => model.study === study && (trial === undefined || model.trial === trial))
    .sort((a, b) => b.savedAt.localeCompare(a.savedAt));
}

/** @returns undefined for a file that does not describe a model. */
export async function readModel(uri: vscode.Uri): Promise<SavedModel | undefined> {
  try {
    const json: unknown = JSON.parse(new TextDecoder().decode(await vscode.workspace.fs.readFile(uri)));
    const { study, trial, savedAt, history, metrics, direction } = v.parse(provenance, json);
    const epochs = Math.max(0, ...Object.values(history).map(({ length }) => length));
    const value = typeof metrics["value"] === "number" ? metrics["value"] : null;
    return { folder: dirname(uri.fsPath), study, trial, epochs, savedAt, value, direction: direction ?? null };
  } catch {
    return undefined;
  }
}

/** Whether no other model of its trial has a better value. */
function isBest(model: SavedModel, all: readonly SavedModel[]): boolean {
  const { value, trial } = model;
  const others = all.filter((other) => other !== model && other.trial === trial);
  const direction = model.direction ?? others.find((other) => other.direction)?.direction;
  if (value === null || !direction || others.length === 0) return false;
  const beats = (other: number) => (direction === "minimize" ? other < fromWire(value) : other > fromWire(value));
  return !others.some((other) => other.value !== null && beats(fromWire(other.value)));
}

/** Asks which, if there are several. */
export async function pickModel(models: readonly SavedModel[]): Promise<SavedModel | undefined> {
  if (models.length <= 1) return models[0];
  const items = models.map((model) => ({
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
  return (await pickOne(items, { title: "Select a model to continue training" }))?.model;
}

/** How many more epochs; undefined if the user cancels. */
export function askEpochs({ study, trial, epochs }: SavedModel): Promise<number | undefined> {
  return askCount({
    title: `Continue training trial ${trial} of ${study}`,
    prompt: `Trained for ${plural(epochs, "epoch")} so far. How many more epochs?`,
    value: 10,
  });
}
