import { mkdir, readdir, readFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { bestModel, type ModelSummary, PROVENANCE_FILE, readModelSummary } from "../protocol/saved-model.js";
import { wholeFolder } from "./model-provenance.js";

/** One of the models of a trial: each retraining makes one, as a folder `v1`, `v2`, … in that of the trial. */
export interface ModelVersion extends ModelSummary {
  readonly folder: string;
  /** From 1; 0: the model that an older Tunelens saved in the folder itself. */
  readonly version: number;
}

const VERSION_NAME = /^v[1-9]\d*$/;
const TRIAL_NAME = /^trial-\d+$/;

/** The models in a trial's folder, the oldest first. What cannot be read is none. */
export async function modelVersions(dir: string): Promise<readonly ModelVersion[]> {
  const folder = resolve(dir);
  const numbers = await versionNumbers(folder);
  const folders = [[0, folder] as const, ...numbers.map((number) => [number, join(folder, `v${number}`)] as const)];
  const found = await Promise.all(folders.map(([version, place]) => versionIn(wholeFolder(place), version)));
  return found.flat().sort((a, b) => a.version - b.version);
}

async function versionIn(folder: string, version: number): Promise<ModelVersion[]> {
  const text = await readFile(join(folder, PROVENANCE_FILE), "utf8").catch(() => "");
  const summary = readModelSummary(text);
  return summary ? [{ ...summary, folder, version }] : [];
}

/** The models of all trials in a study's folder, the oldest first. */
export async function studyModels(dir: string): Promise<readonly ModelVersion[]> {
  const folder = resolve(dir);
  const trials = await namesIn(folder, TRIAL_NAME);
  const models = await Promise.all(trials.map((trial) => modelVersions(join(folder, trial))));
  return models.flat().sort((a, b) => a.savedAt.localeCompare(b.savedAt));
}

async function versionNumbers(folder: string): Promise<readonly number[]> {
  return (await namesIn(folder, VERSION_NAME)).map((name) => Number(name.slice(1)));
}

async function namesIn(folder: string, pattern: RegExp): Promise<readonly string[]> {
  const names = await readdir(folder).catch(() => []);
  return names.filter((name) => pattern.test(name));
}

/** The folder whose versions a model's next one joins: of a version, that of its trial. */
export function folderOfVersions(model: string): string {
  return VERSION_NAME.test(basename(model)) ? dirname(model) : model;
}

/** Makes the folder of a trial's next model, so that no other process takes it. */
export async function claimVersion(dir: string): Promise<string> {
  const folder = resolve(dir);
  await mkdir(folder, { recursive: true });
  const numbers = await versionNumbers(folder);
  for (let version = Math.max(0, ...numbers) + 1; ; version++) {
    const claimed = join(folder, `v${version}`);
    try {
      await mkdir(claimed);
      return claimed;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
  }
}

/**
 * Where the model is that a folder stands for: in itself, or the best of a trial's versions, or of all in a study's folder. Where their values
 * do not say which is best, it is the latest.
 */
export async function findModelFolder(dir: string): Promise<string> {
  const versions = await modelVersions(dir);
  const models = versions.length > 0 ? versions : await studyModels(dir);
  const found = bestModel(models) ?? models.at(-1);
  return found?.folder ?? wholeFolder(resolve(dir));
}
