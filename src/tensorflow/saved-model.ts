import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import * as tf from "@tensorflow/tfjs";
import { TunelensError } from "../engine/errors.js";
import { type BackendDescription, backendPackages } from "./backends/backend.js";
import {
  loadTrainingConfig,
  optimizerFiles,
  readOptimizer,
  restoreOptimizer,
  type SavedOptimizer,
  writeOptimizer,
} from "./saved-optimizer.js";

/** The origin of a model, as stored in its `tunelens.json`. */
export interface ModelProvenance {
  /** The study's name. */
  readonly study: string;
  /** The trial's number. */
  readonly trial: number;
  /** By flat name. */
  readonly params: Readonly<Record<string, unknown>>;
  /** The objective's value or values, and other measurements. */
  readonly metrics: Readonly<Record<string, number>>;
  /** Whether a lower or a higher `metrics.value` is better. Missing for several objectives, and if unknown. */
  readonly direction?: "minimize" | "maximize";
  /** One value per epoch for each metric. */
  readonly history: Readonly<Record<string, readonly number[]>>;
  /** The epoch, from 1, whose weights are saved: the last, or the best if it was restored. Missing if unknown. */
  readonly epoch?: number;
  /** What it was trained on. */
  readonly backend: BackendDescription;
  /** The study's; null: random. */
  readonly seed: number | null;
  /** Versions by name: Node.js, Tunelens, TensorFlow.js, the training backend's package, and the packages that the study's code imports. */
  readonly versions: Readonly<Record<string, string>>;
  /**
   * The hexadecimal SHA-256 of the study file and of each workspace module that it imports, at training time, by path relative to the study
   * file's folder. Missing for models from older versions, and from programs without a study.
   */
  readonly code?: Readonly<Record<string, string>>;
  /** The earlier trainings that this one continued, oldest first; missing if it started from scratch. `history` has the epochs of all. */
  readonly continues?: readonly ContinuedTraining[];
  /** When it was saved, in ISO 8601. */
  readonly savedAt: string;
}

/** A saved model whose training was continued. */
export interface ContinuedTraining {
  /** When it was saved, ISO 8601. */
  readonly savedAt: string;
  /** Number of epochs it had been trained for. */
  readonly epochs: number;
  /** As its own provenance has them. */
  readonly metrics: Readonly<Record<string, number>>;
}

/** The part of the provenance that the caller provides. */
export type ModelMetadata = Omit<ModelProvenance, "versions" | "savedAt"> & Partial<Pick<ModelProvenance, "versions">>;

/** The same of files that an objective wrote itself. */
export type OwnFilesMetadata = Omit<ModelMetadata, "backend">;

/** What `loadModel` gives. */
export interface SavedModel {
  /** Compiled as it was when it was saved, with the state of its optimizer; not compiled if that could not be saved. */
  readonly model: tf.LayersModel;
  /** Where it comes from. */
  readonly provenance: ModelProvenance;
  /** null if none was saved. */
  readonly optimizer: SavedOptimizer | null;
}

const files = { topology: "model.json", weights: "weights.bin", provenance: "tunelens.json" };
const allFiles = [...Object.values(files), ...Object.values(optimizerFiles)];

/**
 * Saves a model as a folder: `model.json` and `weights.bin`, TensorFlow.js's own layers-model format, which browsers, plain Node.js, and
 * tfjs-node can load; `optimizer.json` and `optimizer.bin`, which are needed only to continue training; and `tunelens.json`, its provenance.
 * The folder is replaced as a whole: a reader gets either the old model or the new one, even if the process dies meanwhile.
 * @throws TunelensError as `checkModelFolder`.
 */
export async function saveModel(model: tf.LayersModel, dir: string, metadata: ModelMetadata): Promise<ModelProvenance> {
  const folder = resolve(dir);
  await checkModelFolder(folder);
  const versions = {
    "@tensorflow/tfjs": tf.version.tfjs,
    [backendPackages[metadata.backend.backend]]: metadata.backend.version,
    ...metadata.versions,
  };
  const draft = sibling(folder, randomUUID());
  try {
    await mkdir(draft, { recursive: true });
    await model.save(fileSystem(draft));
    await writeOptimizer(draft, model);
    const provenance = await writeProvenance(draft, { ...metadata, versions });
    await replaceFolder(draft, folder);
    return provenance;
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

/** Makes a folder a saved model, whatever else it holds: says where it comes from. */
export async function writeProvenance<Metadata extends OwnFilesMetadata>(folder: string, metadata: Metadata) {
  const provenance = {
    ...metadata,
    versions: { node: process.versions.node, ...metadata.versions },
    savedAt: new Date().toISOString(),
  };
  await writeFile(join(folder, files.provenance), `${JSON.stringify(provenance, namedNumber, 2)}\n`);
  return provenance;
}

/**
 * Checks whether a model can be saved here: saving replaces the folder, so it may contain only an older model.
 * @throws TunelensError code `not-a-model-folder`, naming what else it contains.
 */
export async function checkModelFolder(dir: string): Promise<void> {
  const folder = resolve(dir);
  if (!existsSync(folder)) return;
  const stranger = (await readdir(folder)).find((name) => !allFiles.includes(name));
  if (stranger === undefined) return;
  throw new TunelensError(
    "not-a-model-folder",
    `${folder} contains more than a saved model (${stranger}), which would be lost. Choose another folder.`,
  );
}

/** One of the models of a trial: each retraining makes one, as a folder `v1`, `v2`, … in that of the trial. */
export interface ModelVersion {
  readonly folder: string;
  /** From 1; 0: the model that an older Tunelens saved in the folder itself. */
  readonly version: number;
  readonly provenance: ModelProvenance;
}

/** The models in a trial's folder, the oldest first. What cannot be read is none. */
export async function modelVersions(dir: string): Promise<readonly ModelVersion[]> {
  const folder = resolve(dir);
  const entries = existsSync(folder) ? await readdir(folder) : [];
  const numbers = entries.flatMap((name) => (VERSION_NAME.test(name) ? [Number(name.slice(1))] : []));
  const folders = [[0, folder] as const, ...numbers.map((number) => [number, join(folder, `v${number}`)] as const)];
  const found = await Promise.all(
    folders.map(async ([version, place]): Promise<ModelVersion[]> => {
      const provenance = await provenanceIn(wholeFolder(place)).catch(() => undefined);
      // Anybody may have written the file.
      return provenance?.metrics ? [{ folder: wholeFolder(place), version, provenance }] : [];
    }),
  );
  return found.flat().sort((a, b) => a.version - b.version);
}

/** The one with the best value; the latest where their values do not say, as for several objectives. */
export function bestVersion(versions: readonly ModelVersion[]): ModelVersion | undefined {
  const direction = versions.findLast(({ provenance }) => provenance.direction)?.provenance.direction;
  const valued = versions.filter(({ provenance }) => !Number.isNaN(provenance.metrics["value"] ?? NaN));
  if (!direction || valued.length === 0) return versions.at(-1);
  const sign = direction === "minimize" ? 1 : -1;
  const loss = ({ provenance }: ModelVersion) => sign * provenance.metrics["value"]!;
  return valued.reduce((best, version) => (loss(version) < loss(best) ? version : best));
}

/** Makes the folder of a trial's next model, so that no other process takes it. */
export async function claimVersion(dir: string): Promise<string> {
  const folder = resolve(dir);
  await mkdir(folder, { recursive: true });
  const numbers = (await readdir(folder)).flatMap((name) => (VERSION_NAME.test(name) ? [Number(name.slice(1))] : []));
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

const VERSION_NAME = /^v[1-9]\d*$/;

/** Where the model is that a folder stands for: in itself, or of a trial's versions the best. */
export async function findModelFolder(dir: string): Promise<string> {
  const best = bestVersion(await modelVersions(dir));
  return best?.folder ?? wholeFolder(resolve(dir));
}

/**
 * Loads a model saved by {@link saveModel}, or the best version in a trial's folder. The model can predict; if it is compiled, it can also be
 * evaluated, and `model.fit` continues its training.
 * @throws TunelensError code `model-not-found`, naming the file.
 */
export async function loadModel(dir: string): Promise<SavedModel> {
  const folder = await findModelFolder(dir);
  const provenance = await provenanceIn(folder);
  const model = await tf.loadLayersModel(fileSystem(folder));
  const optimizer = await readOptimizer(folder);
  if (optimizer?.trainingConfig) {
    loadTrainingConfig(model, optimizer.trainingConfig);
    await restoreOptimizer(model.optimizer, optimizer);
  }
  return { model, provenance, optimizer };
}

/** The provenance of a saved model, found as by {@link loadModel}. @throws TunelensError code `model-not-found`, naming the file. */
export async function readProvenance(dir: string): Promise<ModelProvenance> {
  return provenanceIn(await findModelFolder(dir));
}

async function provenanceIn(folder: string): Promise<ModelProvenance> {
  const text = await readModelFile(folder, files.provenance);
  return JSON.parse(text.toString(), numberNamed) as ModelProvenance;
}

/**
 * An I/O handler for a folder with `model.json` and its weights, for `tf.loadLayersModel` and `model.save` in plain Node.js without tfjs-node.
 * Saving writes `model.json` and `weights.bin`.
 */
export function fileSystem(dir: string): tf.io.IOHandler {
  return {
    async load() {
      const json = JSON.parse((await readModelFile(dir, files.topology)).toString()) as tf.io.ModelJSON;
      return tf.io.getModelArtifactsForJSON(json, async (manifest) => {
        const paths = manifest.flatMap(({ paths }) => paths);
        const parts = await Promise.all(paths.map((path) => readModelFile(dir, path)));
        return [manifest.flatMap(({ weights }) => weights), bufferOf(Buffer.concat(parts))];
      });
    },
    async save(artifacts) {
      const { weightData, weightSpecs = [], ...rest } = artifacts;
      const json = { ...rest, weightsManifest: [{ paths: [files.weights], weights: weightSpecs }] };
      const weights = tf.io.CompositeArrayBuffer.join(weightData);
      await mkdir(dir, { recursive: true });
      await writeFile(join(dir, files.weights), new Uint8Array(weights));
      await writeFile(join(dir, files.topology), JSON.stringify(json));
      return { modelArtifactsInfo: tf.io.getModelArtifactsInfoForJSON(artifacts) };
    },
  };
}

async function replaceFolder(draft: string, folder: string): Promise<void> {
  const older = sibling(folder, "older");
  if (existsSync(folder)) {
    await rm(older, { recursive: true, force: true });
    await rename(folder, older);
  }
  try {
    await rename(draft, folder);
  } catch (error) {
    if (wholeFolder(folder) === older) await rename(older, folder);
    throw error;
  }
  await rm(older, { recursive: true, force: true });
}

/** The folder; where a process died while it replaced it, the one with the older model, which it had moved out of the way. */
function wholeFolder(folder: string): string {
  const older = sibling(folder, "older");
  return !existsSync(folder) && existsSync(older) ? older : folder;
}

/** A name beside the folder: renaming works only within one disk. */
function sibling(folder: string, end: string): string {
  return join(dirname(folder), `.${basename(folder)}-${end}`);
}

async function readModelFile(dir: string, name: string): Promise<Buffer> {
  try {
    return await readFile(resolve(dir, name));
  } catch (cause) {
    const folder = resolve(dir);
    const missing = existsSync(folder) ? `it has no ${name}` : "there is no such folder";
    const { code, message } = cause as NodeJS.ErrnoException;
    const reason = code === "ENOENT" ? missing : message;
    throw new TunelensError("model-not-found", `There is no saved model in ${folder}: ${reason}.`, { cause });
  }
}

function bufferOf(bytes: Buffer): ArrayBuffer {
  return new Uint8Array(bytes).buffer;
}

/** JSON has neither NaN nor infinities, and a training that went wrong has. */
function namedNumber(_key: string, value: unknown): unknown {
  return typeof value === "number" && !Number.isFinite(value) ? { number: String(value) } : value;
}

function numberNamed(_key: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  const { number, ...rest } = value as { number?: unknown };
  const named = typeof number === "string" && /^(NaN|-?Infinity)$/.test(number) && Object.keys(rest).length === 0;
  return named ? Number(number) : value;
}
