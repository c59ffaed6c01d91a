import * as tf from "@tensorflow/tfjs";

/** One output of a compiled model. */
export interface ModelOutput {
  readonly name: string;
  /** The first axis counts the examples. */
  readonly shape: readonly (number | null)[];
  /** The layer that computes it. */
  readonly layer: tf.layers.Layer;
  /** Its loss without underscores and in lower case; undefined if it is a function. */
  readonly loss: string | undefined;
}

export function outputsOf(model: tf.LayersModel): readonly ModelOutput[] {
  return model.outputs.map((output, i) => {
    const name = model.outputNames[i]!;
    return { name, shape: output.shape, layer: output.sourceLayer, loss: plain(lossOf(model.loss, name, i)) };
  });
}

function lossOf(loss: tf.LayersModel["loss"], name: string, i: number): unknown {
  if (Array.isArray(loss)) return loss[i];
  return typeof loss === "object" && loss !== null ? loss[name] : loss;
}

function plain(loss: unknown): string | undefined {
  return typeof loss === "string" ? loss.replaceAll("_", "").toLowerCase() : undefined;
}

/** The name of a layer's activation, such as `softmax`; undefined if the layer has none of its own. */
export function activationOf(layer: tf.layers.Layer): string | undefined {
  const activation: unknown = Reflect.get(layer, "activation");
  return activation instanceof tf.serialization.Serializable ? activation.getClassName() : undefined;
}
