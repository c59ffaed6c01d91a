import * as tf from "@tensorflow/tfjs";
import { InvalidArgumentError } from "../engine/errors.js";
import { trainedModel } from "./callbacks/early-stopping.js";

/** How much each example counts: of all outputs, or of each by its name. */
export type SampleWeight = tf.Tensor1D | Readonly<Record<string, tf.Tensor1D>>;

/** What prepares the data of `model.fit`: not public. */
interface Preparing {
  readonly outputNames: readonly string[];
  standardizeUserData(x: unknown, y: unknown, sampleWeight: unknown, ...rest: unknown[]): Promise<Prepared>;
}

type Prepared = [xs: tf.Tensor[], ys: tf.Tensor[], weights: (tf.Tensor | null)[] | null];

/**
 * Runs `train`, which calls `model.fit`, with weights of the examples. TensorFlow.js's training step has them, for classes; its `fit` takes none
 * by example.
 * @throws InvalidArgumentError if their number is not that of the examples, or an output has another name.
 */
export async function weighExamples<Result>(
  model: tf.LayersModel,
  sampleWeight: SampleWeight,
  train: () => Promise<Result>,
): Promise<Result> {
  const trained = trainedModel(model) as unknown as Preparing;
  refuseOtherOutputs(sampleWeight, trained.outputNames);
  const { standardizeUserData } = trained;
  let first = true;
  trained.standardizeUserData = async (x, y, _none, ...rest) => {
    const prepared = await standardizeUserData.call(trained, x, y, undefined, ...rest);
    // The second call is for the validation data.
    if (!first) return prepared;
    first = false;
    const [xs, ys, byClass] = prepared;
    const weights = ys.map((target, i) =>
      combinedWeight(sampleWeight, trained.outputNames[i]!, target, byClass?.[i] ?? null),
    );
    return [xs, ys, weights];
  };
  try {
    return await train();
  } finally {
    Reflect.deleteProperty(trained, "standardizeUserData");
  }
}

/** What makes a step of the training: not public. */
interface Stepping {
  readonly inputs: readonly unknown[];
  readonly outputNames: readonly string[];
  /** @returns what trains on inputs, targets, and weights of the examples, if there are any. */
  makeTrainFunction(): (data: tf.Tensor[]) => tf.Scalar[];
}

/**
 * Runs `train`, which calls `model.fitDataset`, with weights of each batch's examples.
 * @param weightsOfBatch those of the batch that is trained on, which are disposed of afterward; undefined if they all count alike.
 * @throws InvalidArgumentError as {@link weighExamples} does.
 */
export async function weighBatches<Result>(
  model: tf.LayersModel,
  weightsOfBatch: () => SampleWeight | undefined,
  train: () => Promise<Result>,
): Promise<Result> {
  const trained = trainedModel(model) as unknown as Stepping;
  const { makeTrainFunction, outputNames, inputs } = trained;
  trained.makeTrainFunction = () => {
    const step = makeTrainFunction.call(trained);
    return (data) => {
      const weights = weightsOfBatch();
      if (!weights) return step(data);
      refuseOtherOutputs(weights, outputNames);
      const examples = data.slice(0, inputs.length + outputNames.length);
      const [targets, byClass] = [examples.slice(inputs.length), data.slice(examples.length)];
      const combined = targets.map((target, i) => combinedWeight(weights, outputNames[i]!, target, byClass[i] ?? null));
      const losses = step([...examples, ...(combined as tf.Tensor[])]);
      for (const weight of combined) weight?.dispose();
      tf.dispose(weights);
      return losses;
    };
  };
  try {
    return await train();
  } finally {
    Reflect.deleteProperty(trained, "makeTrainFunction");
  }
}

function refuseOtherOutputs(weights: SampleWeight, outputs: readonly string[]): void {
  if (weights instanceof tf.Tensor) return;
  const other = Object.keys(weights).find((name) => !outputs.includes(name));
  if (other === undefined) return;
  throw new InvalidArgumentError(`fit: sampleWeight: no output is named "${other}". Use: ${outputs.join(", ")}.`);
}

function weightOf(weights: SampleWeight, output: string): tf.Tensor1D | undefined {
  return weights instanceof tf.Tensor ? weights : weights[output];
}

function combinedWeight(weights: SampleWeight, output: string, target: tf.Tensor, byClass: tf.Tensor | null) {
  const byExample = weightOf(weights, output);
  return byExample ? combined(byExample, target, byClass) : byClass;
}

/** One number per example, of the rank that the losses of a target have: theirs is one less than the target's. */
function combined(byExample: tf.Tensor1D, target: tf.Tensor, byClass: tf.Tensor | null): tf.Tensor {
  const [examples = 0] = target.shape;
  if (byExample.size !== examples)
    throw new InvalidArgumentError(`fit: sampleWeight has ${byExample.size} numbers for ${examples} examples.`);
  const shape = [examples, ...Array<number>(Math.max(0, target.rank - 2)).fill(1)];
  return tf.tidy(() => {
    const weights = tf.cast(byExample, "float32").reshape(shape);
    return byClass ? weights.mul(byClass.reshape(shape)) : weights.clone();
  });
}
