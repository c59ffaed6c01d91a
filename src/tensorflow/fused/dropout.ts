import * as tf from "@tensorflow/tfjs";
import { activeBackendHas } from "./kernel.js";

/** What the hook reads of TensorFlow.js's layer. */
interface Dropout extends tf.layers.Layer {
  readonly rate: number;
  readonly seed: number | undefined;
  /** null: the input's own. */
  getNoiseShape(input: tf.Tensor): number[] | null;
}

/**
 * Makes `tf.layers.dropout` draw its mask in one tight loop and multiply by it, on any backend; TensorFlow.js draws each number through a
 * function of a seeded generator, and makes the mask of them by three operations more.
 */
export function fuseDropout(): void {
  const layer = Object.getPrototypeOf(tf.layers.dropout({ rate: 0.5 })) as Dropout;
  const stock = layer.call;
  layer.call = function (this: Dropout, inputs, kwargs) {
    const { rate, seed } = this;
    const input = Array.isArray(inputs) ? inputs[0]! : inputs;
    const drops = kwargs["training"] === true && rate > 0 && rate < 1 && input.dtype === "float32";
    if (!drops) return stock.call(this, inputs, kwargs);
    return tf.tidy(() => {
      this.invokeCallHook(inputs, kwargs);
      const shape = this.getNoiseShape(input) ?? input.shape;
      return input.mul(dropoutMask({ shape, ...drawing(rate, seed) }));
    });
  };
}

/** Attributes of `DropoutMask`, which has no inputs. Output: 0 or `kept`, as {@link drawn} draws it. */
export interface DropoutMaskAttrs {
  readonly shape: readonly number[];
  /** A number of the generator below it drops its element. */
  readonly threshold: number;
  /** What keeps the mean: 1 / (1 − rate). */
  readonly kept: number;
  /** Of xorshift32 (Marsaglia 2003), never 0. */
  readonly state: number;
}

function drawing(rate: number, seed: number | undefined): Omit<DropoutMaskAttrs, "shape"> {
  const state = Math.floor((seed ?? Math.random() * 2 ** 32) % 2 ** 32) ^ 0x9e3779b9 || 1;
  return { threshold: Math.round(rate * 2 ** 32), kept: 1 / (1 - rate), state };
}

function dropoutMask(attrs: DropoutMaskAttrs): tf.Tensor {
  if (activeBackendHas("DropoutMask")) return tf.engine().runKernel("DropoutMask", {}, { ...attrs });
  return tf.tensor(drawn(attrs), [...attrs.shape]);
}

function drawn({ shape, threshold, kept, ...from }: DropoutMaskAttrs): Float32Array {
  const mask = new Float32Array(tf.util.sizeFromShape([...shape]));
  let { state } = from;
  for (let i = 0; i < mask.length; i++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    if (state >>> 0 >= threshold) mask[i] = kept;
  }
  return mask;
}
