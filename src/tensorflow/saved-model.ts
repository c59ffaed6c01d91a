import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readdir, rename, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import * as tf from "@tensorflow/tfjs";
import { TunelensError } from "../engine/errors.js";
import { MODEL_FILE, PROVENANCE_FILE } from "../protocol/saved-model.js";
import { backendPackages } from "./backends/backend.js";
import {
  type ModelMetadata,
  type ModelProvenance,
  provenanceIn,
  readModelFile,
  sibling,
  wholeFolder,
  writeProvenance,
} from "./model-provenance.js";
import { findModelFolder } from "./model-versions.js";
import {
  loadTrainingConfig,
  optimizerFiles,
  readOptimizer,
  restoreOptimizer,
  type SavedOptimizer,
  writeOptimizer,
} from "./saved-optimizer.js";

/** What `loadModel` gives. */
export interface SavedModel {
  /** Absolute path of the model's own folder: of the best version, where a trial's or a study's folder was given. */
  readonly folder: string;
  /** Compiled as it was when it was saved, with the state of its optimizer; not compiled if that could not be saved. */
  readonly model: tf.LayersModel;
  /** Where it comes from. */
  readonly provenance: ModelProvenance;
  /** null if none was saved. */
  readonly optimizer: SavedOptimizer | null;
}

const files = { topology: MODEL_FILE, weights: "weights.bin", provenance: PROVENANCE_FILE };
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

/**
 * Loads a model saved by {@link saveModel}. In the folder of a trial (`.tunelens/models/digits/trial-21`) or of a study
 * (`.tunelens/models/digits`), that is the version with the best value; `folder` says which. The model can predict; if it is compiled, it can
 * also be evaluated, and `model.fit` continues its training.
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
  return { folder, model, provenance, optimizer };
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

function bufferOf(bytes: Buffer): ArrayBuffer {
  return new Uint8Array(bytes).buffer;
}
