import { dirname } from "node:path";
import * as v from "valibot";
import * as vscode from "vscode";
import { askCount } from "./ask-count.js";
import { pickOne } from "./surfaces.js";

/** A model that a retraining saved, as its `tunelens.json` says. */
export interface SavedModel {
  /** Absolute path of its folder. */
  readonly folder: string;
  readonly study: string;
  readonly trial: number;
  /** How many it was trained for, in all. */
  readonly epochs: number;
  /** ISO 8601. */
  readonly savedAt: string;
}

export const PROVENANCE_FILE = "tunelens.json";

/** What of it the editor looks at. */
const provenance = v.looseObject({
  study: v.string(),
  trial: v.number(),
  savedAt: v.string(),
  history: v.record(v.string(), v.array(v.unknown())),
});

/** The models of a study in the workspace, or those of one trial; the newest first. */
export async function savedModels(study: string, trial?: number): Promise<readonly SavedModel[]> {
  const uris = await vscode.workspace.findFiles(`**/${PROVENANCE_FILE}`, "**/node_modules/**");
  const models = (await Promise.all(uris.map(readModel))).filter((model) => model !== undefined);
  return models
    .filter((model) => model.study === study && (trial === undefined || model.trial === trial))
    .sort((a, b) => b.savedAt.localeCompare(a.savedAt));
}

/** @returns undefined for a file that says nothing of a model. */
export async function readModel(uri: vscode.Uri): Promise<SavedModel | undefined> {
  try {
    const json: unknown = JSON.parse(new TextDecoder().decode(await vscode.workspace.fs.readFile(uri)));
    const { study, trial, savedAt, history } = v.parse(provenance, json);
    const epochs = Math.max(0, ...Object.values(history).map(({ length }) => length));
    return { folder: dirname(uri.fsPath), study, trial, epochs, savedAt };
  } catch {
    return undefined;
  }
}

/** Asks which, where there are several. */
export async function pickModel(models: readonly SavedModel[]): Promise<SavedModel | undefined> {
  if (models.length <= 1) return models[0];
  const items = models.map((model) => ({
    icon: "archive",
    label: vscode.workspace.asRelativePath(model.folder),
    description: `trial ${model.trial}, ${model.epochs} epochs`,
    detail: new Date(model.savedAt).toLocaleString(),
    model,
  }));
  return (await pickOne(items, { title: "Which model shall be trained further?" }))?.model;
}

/** How many epochs more; undefined where the user does not want it after all. */
export function askEpochs({ study, trial, epochs }: SavedModel): Promise<number | undefined> {
  return askCount({
    title: `Continue training trial ${trial} of ${study}`,
    prompt: `It was trained for ${epochs} epochs. How many more?`,
    value: 10,
  });
}
