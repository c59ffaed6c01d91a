import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs";
import { learningRateOf, setLearningRate } from "./learning-rate.js";

/** The saved state of an optimizer, from which it continues. */
export interface SavedOptimizer {
  /** TensorFlow.js's name for it, such as `Adam`. */
  readonly className: string;
  /** The final learning rate, for example as reduced by `reduceLROnPlateau`; null if the optimizer has none. */
  readonly learningRate: number | null;
  /** The arguments of `compile` as TensorFlow.js writes them; null if it could not read them back (a custom loss or metric). */
  readonly trainingConfig: tf.io.TrainingConfig | null;
  /** Specs of the optimizer's state, such as moments, in its order; null if TensorFlow.js does not expose it (Adamax). */
  readonly weightSpecs: tf.io.WeightsManifestEntry[] | null;
  readonly weightData: ArrayBuffer;
}

/**
 * They stand beside the model and not in `model.json`, as TensorFlow.js would have it: a browser that only predicts need not download
 * Adam's moments, which are twice as large as the weights.
 */
export const optimizerFiles = { state: "optimizer.json", weights: "optimizer.bin" };

/** Writes the state of a compiled model's optimizer into a folder; of a model that is not compiled, nothing. */
export async function writeOptimizer(dir: string, model: tf.LayersModel): Promise<void> {
  const { optimizer } = model;
  if (!optimizer) return;
  const { weightSpecs, weightData } = await encodedWeights(optimizer);
  const state = {
    className: optimizer.getClassName(),
    learningRate: learningRateOf(optimizer) ?? null,
    trainingConfig: trainingConfigOf(model),
    weightSpecs,
  };
  await writeFile(join(dir, optimizerFiles.weights), new Uint8Array(weightData));
  await writeFile(join(dir, optimizerFiles.state), `${JSON.stringify(state)}\n`);
}

/** @returns null where there is none: an older version saved the model, or it was not compiled. */
export async function readOptimizer(dir: string): Promise<SavedOptimizer | null> {
  try {
    const [state, weights] = await Promise.all([
      readFile(join(dir, optimizerFiles.state), "utf8"),
      readFile(join(dir, optimizerFiles.weights)),
    ]);
    const saved = JSON.parse(state) as Omit<SavedOptimizer, "weightData">;
    return { ...saved, weightData: new Uint8Array(weights).buffer };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}

/** Lets an optimizer go on as the saved one. @returns false, and leaves it alone, where it is another one or nothing was saved of it. */
export async function restoreOptimizer(optimizer: tf.Optimizer, saved: SavedOptimizer): Promise<boolean> {
  const { className, weightSpecs } = saved;
  if (optimizer.getClassName() !== className || weightSpecs === null) return false;
  const decoded = tf.io.decodeWeights(saved.weightData, weightSpecs);
  // In the order of the list, which the optimizer relies on.
  const weights = weightSpecs.map(({ name }) => ({ name: name.replace(/^\d+\//, ""), tensor: decoded[name]! }));
  await optimizer.setWeights(weights);
  tf.dispose(decoded);
  if (saved.learningRate !== null) setLearningRate(optimizer, saved.learningRate);
  return true;
}

async function encodedWeights(optimizer: tf.Optimizer): Promise<Pick<SavedOptimizer, "weightSpecs" | "weightData">> {
  const weights = await optimizer.getWeights().catch((error: Error) => {
    if (error.message.includes("not implemented")) return null;
    throw error;
  });
  if (!weights) return { weightSpecs: null, weightData: new ArrayBuffer(0) };
  // Names of layers may come again in another model of the process; these are unique.
  const named = weights.map(({ name, tensor }, i) => ({ name: `${i}/${name}`, tensor }));
  const { data, specs } = await tf.io.encodeWeights(named);
  // Of these the optimizer made a tensor for the caller: the count of its steps.
  for (const { name, tensor } of weights) if (name === "iter") tensor.dispose();
  return { weightSpecs: specs, weightData: data };
}

function trainingConfigOf(model: tf.LayersModel): tf.io.TrainingConfig | null {
  // Of a function it writes an empty list.
  if (typeof model.loss === "function") return null;
  try {
    const config = (model as unknown as Compiled).getTrainingConfig();
    checkReadable(config);
    return config;
  } catch {
    return null;
  }
}

/** @throws what TensorFlow.js does, which writes the name of any function and knows those of its own alone. */
function checkReadable({ optimizer_config, metrics }: tf.io.TrainingConfig): void {
  const model = tf.sequential({ layers: [tf.layers.dense({ units: 2, inputShape: [1] })] });
  try {
    const loss = "mean_squared_error" as const;
    loadTrainingConfig(model, { optimizer_config, loss, metrics: Object.values(metrics ?? []) });
  } finally {
    model.optimizer?.dispose();
    model.dispose();
  }
}

/** Compiles a model as one was whose configuration was saved. */
export function loadTrainingConfig(model: tf.LayersModel, config: tf.io.TrainingConfig): void {
  (model as unknown as Compiled).loadTrainingConfig(config);
}

/** How TensorFlow.js writes and reads what a model was compiled with, in `model.save` and `tf.loadLayersModel`; its types do not say. */
interface Compiled {
  getTrainingConfig(): tf.io.TrainingConfig;
  loadTrainingConfig(config: tf.io.TrainingConfig): void;
}
