import type * as tf from "@tensorflow/tfjs";
import { TunelensError } from "../engine/errors.js";
import { History } from "./history.js";
import type { SavedModel } from "./saved-model.js";
import { restoreOptimizer } from "./saved-optimizer.js";
import type { TrainableTrial } from "./trainable-trial.js";

/** The saved model that a trial continues, and whether it was used. */
export interface Continuation {
  readonly saved: SavedModel;
  /** Whether somebody took it. */
  used: boolean;
  /** Whether the optimizer goes on, too. */
  optimizerRestored: boolean;
}

const continuations = new WeakMap<TrainableTrial, Continuation>();

/** From now on the training of this trial goes on from a saved model. */
export function continueFrom(trial: TrainableTrial, saved: SavedModel): Continuation {
  const continuation = { saved, used: false, optimizerRestored: false };
  continuations.set(trial, continuation);
  return continuation;
}

/**
 * The saved model to continue (`tunelens retrain --continue`); undefined if the training starts from scratch. `fit`, `trainingLoop`, and
 * `trialCallback` restore it by themselves: call this only in objectives that train without them. It is disposed of with the trial.
 */
export function initialModel(trial: TrainableTrial): SavedModel | undefined {
  const continuation = continuations.get(trial);
  if (continuation) continuation.used = true;
  return continuation?.saved;
}

/**
 * Restores the weights of a model and the state of its optimizer from the saved model that a trial continues.
 * @returns how many epochs it was already trained for; 0 if it starts from scratch.
 * @throws TunelensError code `model-mismatch` if the saved model has another shape.
 */
export async function startFromInitialModel(trial: TrainableTrial, model: tf.LayersModel): Promise<number> {
  const continuation = continuations.get(trial);
  if (!continuation || continuation.used) return 0;
  const { saved } = continuation;
  takeWeights(trial, model, saved);
  continuation.used = true;
  continuation.optimizerRestored =
    saved.optimizer !== null && (await restoreOptimizer(model.optimizer, saved.optimizer));
  return new History(saved.provenance.history).epochs;
}

/** Gives a model the weights of a saved one. @throws TunelensError code `model-mismatch` if that has another shape. */
export function takeWeights(trial: TrainableTrial, model: tf.LayersModel, saved: SavedModel): void {
  const [from, to] = [layersWithWeights(saved.model), layersWithWeights(model)];
  const [had, has] = [from, to].map((layers) =>
    layers.flatMap((layer) => layer.getWeights().map(({ shape }) => `[${shape.join()}]`)),
  );
  const differs = has!.findIndex((shape, i) => shape !== had![i]);
  if (had!.length !== has!.length || differs >= 0) {
    const where = differs < 0 ? "" : `: weight ${differs} is ${has![differs]}, saved is ${had![differs] ?? "none"}`;
    throw new TunelensError(
      "model-mismatch",
      `Trial ${trial.number}: the saved model has ${had!.length} weights, the objective's has ${has!.length}${where}. ` +
        "The objective must build the network that was saved.",
    );
  }
  to.forEach((layer, i) => layer.setWeights(from[i]!.getWeights()));
}

/** The layers of a model and of the models in it, one by one: a model lists its frozen weights last, and a loaded one has none that are frozen. */
export function layersWithWeights(model: tf.LayersModel): tf.layers.Layer[] {
  return model.layers
    .flatMap((layer) => ("layers" in layer ? layersWithWeights(layer as unknown as tf.LayersModel) : [layer]))
    .filter((layer) => layer.weights.length > 0);
}
