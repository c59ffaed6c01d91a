import { SeededRng } from "../../../src/engine/math/rng.js";
import { digits } from "../../../src/tensorflow/datasets/digits.js";

/** A network that every engine builds from the same description. Convolutions are 3 × 3, padded to keep the size, with a ReLU. */
export type Layer =
  | { readonly type: "conv"; readonly filters: number }
  | { readonly type: "batchNorm" }
  | { readonly type: "maxPool" }
  | { readonly type: "dropout"; readonly rate: number }
  | { readonly type: "flatten" }
  | { readonly type: "dense"; readonly units: number; readonly activation: "relu" | "softmax" };

export interface Model {
  /** Of one example. */
  readonly inputShape: readonly number[];
  readonly layers: readonly Layer[];
  /** How many steps take about a second, a multiple of 10. */
  readonly stepsPerRound: number;
}

/** What a worker reads: the model, its initial weights and its data, both also in `values`, in the order named here. */
export interface Task extends Model {
  readonly batchSize: number;
  readonly learningRate: number;
  readonly examples: number;
  /** Kernel and bias of each convolution and dense layer, as TensorFlow.js and Keras shape them. */
  readonly weightShapes: readonly (readonly number[])[];
}

const block = (filters: number, convolutions: number): Layer[] => [
  ...Array.from({ length: convolutions }, (): Layer => ({ type: "conv", filters })),
  { type: "batchNorm" },
  { type: "maxPool" },
  { type: "dropout", rate: 0.25 },
];
const head = (...units: number[]): Layer[] => [
  { type: "flatten" },
  ...units.map((count): Layer => ({ type: "dense", units: count, activation: "relu" })),
  { type: "dense", units: 10, activation: "softmax" },
];

export const models: Readonly<Record<string, Model>> = {
  "small-cnn": { inputShape: [32, 32, 3], layers: [...block(16, 1), ...block(32, 1), ...head(64)], stepsPerRound: 20 },
  "wide-cnn": { inputShape: [32, 32, 3], layers: [...block(32, 2), ...block(64, 2), ...head(128)], stepsPerRound: 10 },
  "digits-mlp": { inputShape: [8, 8, 1], layers: head(128, 64), stepsPerRound: 200 },
};

const BATCH_SIZE = 32;
const BATCHES = 10;

/** @returns a task, and what goes into its file of values: weights (Glorot's range), inputs, one-hot labels. */
export async function taskOf(model: Model): Promise<{ task: Task; values: Float32Array }> {
  const examples = BATCH_SIZE * BATCHES;
  const weightShapes = shapesOf(model);
  const rng = new SeededRng(1);
  const weights = weightShapes.flatMap((shape) => {
    const size = shape.reduce((product, length) => product * length, 1);
    if (shape.length === 1) return Array.from<number>({ length: size }).fill(0);
    const [fanIn, fanOut] = [size / shape.at(-1)!, size / shape.at(-2)!];
    const limit = Math.sqrt(6 / (fanIn + fanOut));
    return Array.from({ length: size }, () => (2 * rng.next() - 1) * limit);
  });
  const data = model.inputShape[0] === 8 ? await someDigits(examples) : noise(examples, model.inputShape, rng);
  const task = { ...model, batchSize: BATCH_SIZE, learningRate: 1e-3, examples, weightShapes };
  return { task, values: Float32Array.from([...weights, ...data]) };
}

function shapesOf({ inputShape, layers }: Model): number[][] {
  let shape = [...inputShape];
  return layers.flatMap((layer) => {
    if (layer.type === "conv") {
      const kernel = [3, 3, shape[2]!, layer.filters];
      shape = [shape[0]!, shape[1]!, layer.filters];
      return [kernel, [layer.filters]];
    }
    if (layer.type === "dense") {
      const kernel = [shape[0]!, layer.units];
      shape = [layer.units];
      return [kernel, [layer.units]];
    }
    if (layer.type === "maxPool") shape = [shape[0]! / 2, shape[1]! / 2, shape[2]!];
    if (layer.type === "flatten") shape = [shape.reduce((product, length) => product * length, 1)];
    return [];
  });
}

async function someDigits(examples: number): Promise<number[]> {
  const { x, y } = (await digits()).train;
  return [...(await x.slice(0, examples).data()), ...(await y.slice(0, examples).data())];
}

function noise(examples: number, inputShape: readonly number[], rng: SeededRng): number[] {
  const size = examples * inputShape.reduce((product, length) => product * length, 1);
  const x = Array.from({ length: size }, () => rng.next());
  const y = Array.from({ length: examples }, () => Math.floor(rng.next() * 10));
  return [...x, ...y.flatMap((label) => Array.from({ length: 10 }, (_, i) => Number(i === label)))];
}
