import type * as tf from "@tensorflow/tfjs";

/** TensorFlow.js's optimizers all have their rate under this name, and none lets it be read by its type. */
export function learningRateOf(optimizer: tf.Optimizer): number | undefined {
  const rate: unknown = Reflect.get(optimizer, "learningRate");
  return typeof rate === "number" ? rate : undefined;
}

export function setLearningRate(optimizer: tf.Optimizer, rate: number): void {
  // SGD and momentum keep a copy of the rate on the device. (`instanceof` takes every optimizer for one.)
  if ("setLearningRate" in optimizer) (optimizer as tf.SGDOptimizer).setLearningRate(rate);
  else Reflect.set(optimizer, "learningRate", rate);
}
