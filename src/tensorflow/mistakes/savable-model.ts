import * as tf from "@tensorflow/tfjs";
import { valueInWords } from "../../engine/value-in-words.js";

/** Why the model that an objective returned could not be saved, or not be loaded again, when its trial is retrained; undefined if it can. */
export function savingProblem(model: unknown): string | undefined {
  if (!(model instanceof tf.LayersModel)) {
    const { what, advice } = valueInWords(model);
    const found = model instanceof tf.GraphModel ? "a graph model" : what;
    return `the model that the objective returns is ${found}, so it cannot be saved. ${advice || "Return a layers model."}`;
  }
  if (model.weights.some((weight) => isDisposed(weight)))
    return (
      "the model that the objective returns is disposed of, so it cannot be saved. Remove model.dispose(): Tunelens frees the model " +
      "when the trial ends."
    );
  const unknown = layersOf(model).find((layer) => !isRegistered(layer));
  if (unknown) {
    const name = unknown.getClassName();
    return `the layer class ${name} is not registered, so a saved model could not be loaded. Write tf.serialization.registerClass(${name}).`;
  }
  try {
    model.toJSON(undefined, false);
    return undefined;
  } catch (error) {
    return `the model that the objective returns cannot be saved: ${error instanceof Error ? error.message : String(error)}`;
  }
}

function isDisposed(weight: tf.LayersModel["weights"][number]): boolean {
  const variable: unknown = Reflect.get(weight, "val");
  return variable instanceof tf.Tensor && variable.isDisposed;
}

/** All layers, those of nested models too. */
function layersOf(model: tf.LayersModel): tf.layers.Layer[] {
  return model.layers.flatMap((layer) => (layer instanceof tf.LayersModel ? [layer, ...layersOf(layer)] : [layer]));
}

function isRegistered(layer: tf.layers.Layer): boolean {
  return Object.hasOwn(tf.serialization.SerializationMap.getMap().classNameMap, layer.getClassName());
}
