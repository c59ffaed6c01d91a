import * as tf from "@tensorflow/tfjs";
import type { SeededRng } from "../../../src/engine/math/rng.js";

/** A network and how it trains, built anew by each engine. */
export interface Model {
  /** The module in `keras_models/` that is the same for Keras. */
  readonly program: string;
  /** What both are told beside what is given. */
  readonly options: object;
  /** Initial weights and data, the same for every engine, in this order. */
  readonly given: Readonly<Record<string, Given>>;
  /** How many steps take about a second, a multiple of 10. */
  readonly stepsPerRound: number;
  start(given: Readonly<Record<string, tf.Tensor>>, flavor: Flavor): Training;
}

export interface Given {
  readonly shape: readonly number[];
  readonly draw: (rng: SeededRng, shape: readonly number[]) => readonly number[] | Promise<readonly number[]>;
}

/** `stock` is TensorFlow.js by itself. */
export type Flavor = "tunelens" | "stock";

export interface Training {
  /** The first step's loss, from the initial weights and with nothing random but what is given. */
  loss(): Promise<number>;
  steps(count: number): Promise<void>;
}

/** What a worker reads beside a file of all that is given, as floats. */
export interface Task {
  readonly model: string;
  readonly program: string;
  readonly options: object;
  readonly batchSize: number;
  readonly given: readonly { readonly name: string; readonly shape: readonly number[] }[];
}

export const BATCH_SIZE = 32;
/** Ten batches. */
export const EXAMPLES = 10 * BATCH_SIZE;

/** A kernel in Glorot's range, its last two axes the channels of both sides. */
export function kernel(...shape: readonly number[]): Given {
  const size = tf.util.sizeFromShape([...shape]);
  const [fanIn, fanOut] = [size / shape.at(-1)!, size / shape.at(-2)!];
  const limit = Math.sqrt(6 / (fanIn + fanOut));
  return { shape, draw: (rng) => Array.from({ length: size }, () => (2 * rng.next() - 1) * limit) };
}

/** Numbers between 0 and 1. */
export function uniform(...shape: readonly number[]): Given {
  return { shape, draw: (rng) => Array.from({ length: tf.util.sizeFromShape([...shape]) }, () => rng.next()) };
}

/** Rows that are 1 at one place and 0 elsewhere. */
export function oneHot(rows: number, classes: number): Given {
  const row = (rng: SeededRng) => {
    const label = Math.floor(rng.next() * classes);
    return Array.from({ length: classes }, (_, i) => Number(i === label));
  };
  return { shape: [rows, classes], draw: (rng) => Array.from({ length: rows }, () => row(rng)).flat() };
}

/** Whole numbers from 0 to before `limit`. */
export function wholes(limit: number, ...shape: readonly number[]): Given {
  const size = tf.util.sizeFromShape([...shape]);
  return { shape, draw: (rng) => Array.from({ length: size }, () => Math.floor(rng.next() * limit)) };
}

/** Gives a model its kernels: weights of two axes and more. All else stays as layers begin: biases are 0. */
export function setKernels(model: tf.LayersModel, kernels: readonly tf.Tensor[]): void {
  const weights = model.weights.filter(({ shape }) => shape.length > 1);
  if (weights.length !== kernels.length)
    throw new Error(`The model has ${weights.length} kernels, not ${kernels.length}.`);
  weights.forEach((weight, i) => weight.write(kernels[i]!));
}

/** What an optimizer's `minimize` is given to train these networks alone. */
export function variablesOf(...models: readonly tf.LayersModel[]): tf.Variable[] {
  return models.flatMap(({ trainableWeights }) => trainableWeights.map((weight) => weight.read() as tf.Variable));
}

/** The batches of an epoch in turn, for ever. */
export function* batchesOf(x: tf.Tensor): Generator<tf.Tensor, never> {
  for (let i = 0; ; i = (i + BATCH_SIZE) % x.shape[0]) yield x.slice(i, BATCH_SIZE);
}
