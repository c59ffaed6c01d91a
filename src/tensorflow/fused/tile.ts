import * as tf from "@tensorflow/tfjs";

/**
 * Makes the gradient of `tf.tile` one sum, on any backend and over any number of axes. TensorFlow.js cuts out and adds up a slice for each
 * repetition, thousands of them where a vector is repeated for each example and step of a sequence, and ends at four axes.
 */
export function fuseTileGradient(): void {
  const stock = tf.getGradient("Tile");
  tf.unregisterGradient("Tile");
  tf.registerGradient({
    ...stock,
    gradFunc: (dy, [x], attrs) => ({
      x: () => sumRepetitions(dy as tf.Tensor, x!.shape, attrs["reps"] as number[]),
    }),
  });
}

/** Each axis of dy is one of repetitions and one of x; those that follow each other and are of the same kind are taken as one. */
function sumRepetitions(dy: tf.Tensor, shape: readonly number[], reps: readonly number[]): tf.Tensor {
  const axes: { size: number; isRepeated: boolean }[] = [];
  const append = (size: number, isRepeated: boolean) => {
    if (size === 1) return;
    const last = axes.at(-1);
    if (last?.isRepeated === isRepeated) last.size *= size;
    else axes.push({ size, isRepeated });
  };
  shape.forEach((size, axis) => {
    append(reps[axis]!, true);
    append(size, false);
  });
  const repeated = axes.flatMap(({ isRepeated }, axis) => (isRepeated ? [axis] : []));
  if (repeated.length === 0) return dy.reshape([...shape]);
  return dy
    .reshape(axes.map(({ size }) => size))
    .sum(repeated)
    .reshape([...shape]);
}
