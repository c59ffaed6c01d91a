import * as tf from "@tensorflow/tfjs";

/** What evaluates a model: not public. */
interface Testing {
  readonly lossFunctions: readonly unknown[];
  testFunction: (data: tf.Tensor[]) => tf.Scalar[];
  makeTestFunction(this: Testing): void;
  namesMetrics?: true;
}

/**
 * Makes the metrics of an evaluation those that `metricsNames` says, of models with several outputs too. TensorFlow.js gives the sums of the
 * first loss, of the first two, and so on before them: `val_loss` was the first output's, and each other metric had another's name. Running
 * it again does nothing.
 */
export function nameMetricsOfOutputs(): void {
  const model = tf.LayersModel.prototype as unknown as Testing;
  if (model.namesMetrics) return;
  model.namesMetrics = true;
  const { makeTestFunction } = model;
  model.makeTestFunction = function () {
    makeTestFunction.call(this);
    const test = this.testFunction;
    const partialSums = this.lossFunctions.length - 1;
    this.testFunction = (data) => {
      const values = test(data);
      tf.dispose(values.slice(0, partialSums));
      return values.slice(partialSums);
    };
  };
}
