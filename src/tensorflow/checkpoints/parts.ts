import * as tf from "@tensorflow/tfjs";
import { TunelensError } from "../../engine/errors.js";
import { layersWithWeights } from "../initial-model.js";
import { type ObjectState, restoreState, stateOf } from "./object-state.js";

/** The state of what an epoch changes; numbers are indexes among the tensors. */
export type PartState =
  | {
      readonly weights: readonly number[];
      /** Of each layer that goes on where the batch before has ended. */
      readonly recurrent: readonly (readonly number[])[];
      /** null: it is not compiled. */
      readonly optimizer: ObjectState | null;
    }
  | { readonly variable: number }
  | { readonly fields: ObjectState };

interface RecurrentLayer {
  /** null before it was used. */
  readonly states: (tf.Tensor | null)[];
  resetStates(states?: tf.Tensor[]): void;
}

/**
 * @param part a network, which has its optimizer with it, a variable, or any object.
 * @param tensors those that it holds are added.
 * @param refuse called with what an object holds that cannot be kept, by the name of its field. Default: it is left out.
 */
export function partState(part: object, tensors: tf.Tensor[], refuse?: (field: string) => void): PartState {
  const keep = (tensor: tf.Tensor) => tensors.push(tensor) - 1;
  if (part instanceof tf.Variable) return { variable: keep(part as tf.Variable) };
  if (!(part instanceof tf.LayersModel)) return { fields: stateOf(part, tensors, refuse) };
  const optimizer: tf.Optimizer | undefined = part.optimizer;
  return {
    weights: layersWithWeights(part).flatMap((layer) => layer.getWeights().map(keep)),
    recurrent: recurrentLayers(part.layers).map(({ states }) =>
      states.flatMap((state) => (state ? [keep(state)] : [])),
    ),
    optimizer: optimizer ? stateOf(optimizer, tensors) : null,
  };
}

/** @param where the trial, for the error. @throws TunelensError code `model-mismatch` for a network of another shape. */
export function restorePart(part: object, state: PartState, tensors: readonly tf.Tensor[], where: string): void {
  if ("variable" in state) (part as tf.Variable).assign(tensors[state.variable]!);
  else if ("fields" in state) restoreState(part, state.fields, tensors);
  else restoreModel(part as tf.LayersModel, state, tensors, where);
}

function restoreModel(
  model: tf.LayersModel,
  { weights, recurrent, optimizer }: Extract<PartState, { readonly weights: unknown }>,
  tensors: readonly tf.Tensor[],
  where: string,
): void {
  const layers = layersWithWeights(model);
  const saved = weights.map((index) => tensors[index]!);
  const shapes = (list: readonly tf.Tensor[]) => list.map(({ shape }) => `[${shape.join()}]`).join();
  if (shapes(layers.flatMap((layer) => layer.getWeights())) !== shapes(saved))
    throw new TunelensError(
      "model-mismatch",
      `${where}: the checkpoint has a network of another shape. The objective must build the same network each time it is called ` +
        "with the same parameters.",
    );
  let at = 0;
  for (const layer of layers) layer.setWeights(saved.slice(at, (at += layer.getWeights().length)));
  for (const [i, layer] of recurrentLayers(model.layers).entries()) {
    const states = recurrent[i]?.map((index) => tensors[index]!) ?? [];
    if (states.length > 0) layer.resetStates(states);
  }
  if (optimizer) restoreState(model.optimizer, optimizer, tensors);
}

/** Those that are stateful, of the models and the wrappers in them too. */
function recurrentLayers(layers: readonly tf.layers.Layer[]): RecurrentLayer[] {
  return layers.flatMap((layer): RecurrentLayer[] => {
    if (!layer.stateful) return [];
    const { layers: own, forwardLayer, backwardLayer, layer: wrapped } = layer as unknown as WrappedLayers;
    const inner = own ?? [forwardLayer, backwardLayer, wrapped].filter((each) => each !== undefined);
    return inner.length > 0 ? recurrentLayers(inner) : [layer as unknown as RecurrentLayer];
  });
}

interface WrappedLayers {
  readonly layers?: readonly tf.layers.Layer[];
  readonly forwardLayer?: tf.layers.Layer;
  readonly backwardLayer?: tf.layers.Layer;
  readonly layer?: tf.layers.Layer;
}
