import * as tf from "@tensorflow/tfjs";
import { TunelensError } from "../engine/errors.js";

/** The code of the error of a tensor that was used after the trial that made it. */
export const FREED_WITH_TRIAL = "freed-with-trial";

/** Which trial made a tensor that was freed with it, by the tensor and by its data. */
const freed = new WeakMap<object, number>();

/** @param trial the number of the trial that made them. */
export function freeWithTrial(tensors: readonly tf.Tensor[], trial: number | undefined): void {
  explainUses();
  for (const tensor of tensors) {
    if (trial !== undefined) for (const key of [tensor, tensor.dataId]) freed.set(key, trial);
    tensor.dispose();
  }
}

/** @throws TunelensError code {@link FREED_WITH_TRIAL} where that is why it is gone. */
function throwIfFreed(key: object): void {
  const trial = freed.get(key);
  if (trial === undefined) return;
  throw new TunelensError(
    FREED_WITH_TRIAL,
    `A tensor from trial ${trial} was used after the trial ended. Everything that a trial creates (data, models, optimizers) is freed with it. ` +
      "Create models and optimizers in the objective, so that each trial has its own. Create data at the top of the study file, or pass it to tf.keep(). " +
      "If the trial ended while it was still training, write `await` before what trains.",
  );
}

interface Weight {
  readonly val: tf.Variable;
  assertNotDisposed(): void;
}

let explained = false;

/** Says of tensors that were freed why they are gone, wherever TensorFlow.js finds that they are. */
function explainUses(): void {
  if (explained) return;
  explained = true;
  const tensor = tf.Tensor.prototype as unknown as { throwIfDisposed(this: tf.Tensor): void };
  const { throwIfDisposed } = tensor;
  tensor.throwIfDisposed = function () {
    if (this.isDisposed) throwIfFreed(this);
    throwIfDisposed.call(this);
  };
  const engine = tf.engine();
  const { moveData } = engine;
  engine.moveData = (backend, dataId) => {
    throwIfFreed(dataId);
    moveData.call(engine, backend, dataId);
  };
  const weight = weightPrototype();
  const { assertNotDisposed } = weight;
  weight.assertNotDisposed = function () {
    if (this.val.isDisposed) throwIfFreed(this.val);
    assertNotDisposed.call(this);
  };
}

/** Of the class of a layer's weights, which has no public name. */
function weightPrototype(): Weight {
  const layer = tf.layers.dense({ units: 1, inputShape: [1], kernelInitializer: "zeros", name: "weight_prototype" });
  layer.build([null, 1]);
  const prototype = Object.getPrototypeOf(layer.weights[0]) as Weight;
  for (const weight of layer.weights) weight.dispose();
  return prototype;
}
