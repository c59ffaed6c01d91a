import { readdir, stat } from "node:fs/promises";
import { join, relative, resolve } from "node:path";
import { NotFoundError } from "../engine/errors.js";
import { shortCodeHash } from "../format/code-hash.js";
import { formatBytes, formatModelValue } from "../format/saved-model.js";
import { bestModel, MODELS_FOLDER } from "../protocol/saved-model.js";
import { type ModelVersion, studyModels } from "../tensorflow/model-versions.js";
import { commandName } from "./command-line.js";
import { exitCodes } from "./exit-codes.js";
import { formatTable } from "./format.js";
import { toJsonText } from "./json.js";
import { print, printData, shown } from "./terminal.js";

interface ListedModel extends ModelVersion {
  readonly bytes: number;
  /** Whether no other model of its study is better. */
  readonly isBest: boolean;
}

/** `tunelens models [STUDY]` */
export async function listModels(study: string | undefined, { json }: { readonly json: boolean }): Promise<number> {
  const all = await readModels();
  const models = study === undefined ? all : all.filter((model) => model.study === study);
  if (study !== undefined && models.length === 0) throw noModels(study, all);
  if (json) printData(toJsonText(models.map(modelJson)));
  else if (models.length > 0) print(describeModels(models));
  else print(`${MODELS_FOLDER} has no models yet. To save one: ${commandName()} retrain FILE\n`);
  return exitCodes.done;
}

/** Study by study, of each the oldest first. */
async function readModels(): Promise<readonly ListedModel[]> {
  const folders = await readdir(MODELS_FOLDER).catch(() => []);
  const studies = await Promise.all(folders.sort().map((folder) => studyModels(join(MODELS_FOLDER, folder))));
  return Promise.all(
    studies.flatMap((models) => {
      const best = bestModel(models);
      return models.map(async (model) => ({ ...model, bytes: await sizeOf(model.folder), isBest: model === best }));
    }),
  );
}

async function sizeOf(folder: string): Promise<number> {
  const entries = await readdir(folder, { withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map(({ name }) => stat(join(folder, name)));
  return (await Promise.all(files)).reduce((sum, { size }) => sum + size, 0);
}

function describeModels(models: readonly ListedModel[]): string {
  const rows = models.map((model) => [
    model.study,
    String(model.trial),
    formatModelValue(model) ?? "–",
    model.isBest ? "best" : "",
    String(model.epochs),
    codeOf(model) ?? "–",
    formatBytes(model.bytes),
    placeOf(model),
  ]);
  return formatTable(["Study", "Trial", "Value", "", "Epochs", "Code", "Size", "Folder"], rows, [1, 4, 6]);
}

function modelJson(model: ListedModel) {
  const { study, trial, values, metric, direction, epochs, bytes, isBest, savedAt } = model;
  const code = codeOf(model) ?? null;
  return {
    study,
    trial,
    values,
    metric,
    direction,
    best: isBest,
    epochs,
    code,
    bytes,
    saved_at: savedAt,
    folder: placeOf(model),
  };
}

function codeOf({ code }: ModelVersion): string | undefined {
  return code === null ? undefined : shortCodeHash(code);
}

function placeOf({ folder }: ModelVersion): string {
  return relative(process.cwd(), folder);
}

function noModels(study: string, all: readonly ListedModel[]): NotFoundError {
  const others = [...new Set(all.map((model) => `"${shown(model.study)}"`))];
  const known = others.length > 0 ? `There are models of: ${others.join(", ")}` : "There are none";
  return new NotFoundError("model-not-found", `${resolve(MODELS_FOLDER)} has no model of study "${study}". ${known}.`);
}
