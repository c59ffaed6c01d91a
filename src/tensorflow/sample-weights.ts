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
    const weights = ys.map((target, i) => {
      const byExample = weightOf(sampleWeight, trained.outputNames[i]!);
      return byExample ? combined(byExample, target, byClass?.[i] ?? null) : (byClass?.[i] ?? null);
    });
    return [xs, ys, weights];
  };
  try {
    return await train();
  } finally {
    Reflect.deleteProperty(trained, "standardizeUserData");
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
