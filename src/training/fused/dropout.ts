import * as tf from "@tensorflow/tfjs";

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
      return input.mul(tf.tensor(dropoutMask(tf.util.sizeFromShape(shape), rate, seed), shape));
    });
  };
}

/** @returns for each element 0, with probability `rate`, or what keeps the mean: 1 / (1 − rate). */
function dropoutMask(size: number, rate: number, seed: number | undefined): Float32Array {
  const mask = new Float32Array(size);
  const [threshold, kept] = [Math.round(rate * 2 ** 32), 1 / (1 - rate)];
  // xorshift32 (Marsaglia 2003), whose state is never 0.
  let state = Math.floor((seed ?? Math.random() * 2 ** 32) % 2 ** 32) ^ 0x9e3779b9 || 1;
  for (let i = 0; i < size; i++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    // Without a branch, which no processor can foretell.
    mask[i] = kept * Number(state >>> 0 >= threshold);
  }
  return mask;
}
