import * as tf from "@tensorflow/tfjs";

/** Losses before, and after one step of, the training that {@link trainingStepLosses} runs, worked out on `cpu`. */
export const expectedLosses: readonly [number, number] = [4.30458, 3.652966];

/**
 * Trains a tiny convolutional network for one step, from fixed weights on fixed data.
 * @returns the losses before and after the step. A backend that computes as it should gives {@link expectedLosses}.
 */
export async function trainingStepLosses(): Promise<[number, number]> {
  const [batch, size, classes] = [4, 6, 3];
  const [images, labels] = tf.tidy(() => [
    tf.tensor4d(waves(batch * size * size, 0.7), [batch, size, size, 1]),
    tf.oneHot(tf.tensor1d([0, 1, 2, 0], "int32"), classes).toFloat(),
  ]);
  const [filter, weights] = tf.tidy(() => [
    tf.variable(tf.tensor4d(waves(3 * 3 * 4, 1.3), [3, 3, 1, 4])),
    tf.variable(tf.tensor2d(waves(9 * 4 * classes, 2.1), [9 * 4, classes])),
  ]);
  const optimizer = tf.train.sgd(0.1);
  const loss = () => {
    const features = tf.maxPool(tf.conv2d(images, filter, 1, "same").tanh<tf.Tensor4D>(), 2, 2, "valid");
    const logits = features.reshape<tf.Tensor2D>([batch, 9 * 4]).matMul(weights);
    return tf.losses.softmaxCrossEntropy<tf.Tensor, tf.Scalar>(labels, logits);
  };
  const before = optimizer.minimize(loss, true, [filter, weights])!;
  const after = tf.tidy(loss);
  const losses = await Promise.all([before.data(), after.data()]);
  tf.dispose([images, labels, filter, weights, before, after]);
  optimizer.dispose();
  return [losses[0][0]!, losses[1][0]!];
}

/** Values in [-0.5, 0.5] without pattern or chance. */
function waves(length: number, frequency: number): number[] {
  return Array.from({ length }, (_, i) => Math.sin(frequency * (i + 1)) / 2);
}
