import * as tf from "@tensorflow/tfjs";
import { type TrainingCallback, userCallbacks } from "./user-callbacks.js";

interface Training {
  readonly callbacks?: TrainingCallback | readonly TrainingCallback[] | null;
}

type DatasetArgs = Parameters<tf.LayersModel["fitDataset"]>[1];

let allowed = false;

/**
 * From now on, `model.fit` and `model.fitDataset` take plain objects and callbacks in one list. TensorFlow.js goes by the first: after an object,
 * it takes the methods of a callback without the callback. Running it again does nothing.
 */
export function allowMixedCallbacks(): void {
  if (allowed) return;
  allowed = true;
  const model = tf.LayersModel.prototype;
  const { fit, fitDataset } = model;
  model.fit = function (x, y, args) {
    return fit.call(this, x, y, args && unmixed(args));
  };
  model.fitDataset = function (dataset, args) {
    return fitDataset.call(this, dataset, unmixed(args as DatasetArgs));
  };
}

function unmixed<Args extends Training>(args: Args): Args {
  const { callbacks } = args;
  return Array.isArray(callbacks) ? { ...args, callbacks: userCallbacks(callbacks as TrainingCallback[]) } : args;
}
