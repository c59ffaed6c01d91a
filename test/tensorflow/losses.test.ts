import * as tf from "@tensorflow/tfjs";
import { beforeAll, describe, expect, it } from "vitest";
import { useBackend } from "../../src/tensorflow/backends/use-backend.js";
import { withSeededRandom } from "../../src/tensorflow/seed.js";
import { backendUnderTest as backend, workspace } from "./backends/provisioned.js";

/** Every loss under every optimizer on every backend that this machine has: the losses of the first steps against plain `cpu`. */

interface Loss {
  /** What the last layer makes of its sums. */
  readonly activation: "softmax" | "sigmoid" | "linear" | "tanh" | "softplus";
  readonly targets: () => tf.Tensor;
}

const EXAMPLES = 6;
const CLASSES = 3;
const STEPS = 3;

const classes = () => tf.tensor1d([0, 2, 1, 1, 0, 2], "float32");
const oneHot = () => tf.oneHot(classes().toInt(), CLASSES).toFloat();
const signs = () => oneHot().mul(2).sub(1);
const numbers = () => tf.tensor2d(wave(EXAMPLES * CLASSES), [EXAMPLES, CLASSES]);

const losses: Readonly<Record<string, Loss>> = {
  categoricalCrossentropy: { activation: "softmax", targets: oneHot },
  sparseCategoricalCrossentropy: { activation: "softmax", targets: () => classes().expandDims(1) },
  binaryCrossentropy: { activation: "sigmoid", targets: oneHot },
  kullbackLeiblerDivergence: { activation: "softmax", targets: () => oneHot().mul(0.7).add(0.1) },
  meanSquaredError: { activation: "linear", targets: numbers },
  meanAbsoluteError: { activation: "linear", targets: numbers },
  meanAbsolutePercentageError: { activation: "linear", targets: () => numbers().add(2) },
  meanSquaredLogarithmicError: { activation: "softplus", targets: () => numbers().abs() },
  logcosh: { activation: "linear", targets: numbers },
  cosineProximity: { activation: "linear", targets: numbers },
  poisson: { activation: "softplus", targets: () => numbers().abs() },
  hinge: { activation: "tanh", targets: signs },
  squaredHinge: { activation: "tanh", targets: signs },
  categoricalHinge: { activation: "softmax", targets: oneHot },
};

const optimizers: Readonly<Record<string, () => tf.Optimizer>> = {
  sgd: () => tf.train.sgd(0.02),
  momentum: () => tf.train.momentum(0.01, 0.9),
  adam: () => tf.train.adam(0.01),
  adamax: () => tf.train.adamax(0.01),
  adagrad: () => tf.train.adagrad(0.02),
  adadelta: () => tf.train.adadelta(0.5),
  rmsprop: () => tf.train.rmsprop(0.01),
};

function wave(size: number): number[] {
  return Array.from({ length: size }, (_, i) => Math.sin(0.7 * (i * i + 3 * i + 1)));
}

/** The loss before each of the first steps. */
async function trainedBy(optimizer: tf.Optimizer, loss: string): Promise<number[]> {
  const { activation, targets } = losses[loss]!;
  return withSeededRandom([7], async () => {
    const model = tf.sequential({
      layers: [
        tf.layers.dense({ units: 5, activation: "tanh", inputShape: [4] }),
        tf.layers.dense({ units: CLASSES, activation }),
      ],
    });
    model.compile({ optimizer, loss });
    const [x, y] = [tf.tensor2d(wave(EXAMPLES * 4), [EXAMPLES, 4]), targets()];
    const told: number[] = [];
    for (let step = 0; step < STEPS; step++) {
      const history = await model.fit(x, y, { epochs: 1, batchSize: EXAMPLES, shuffle: false, verbose: 0 });
      told.push(history.history["loss"]![0] as number);
    }
    tf.dispose([x, y]);
    model.dispose();
    optimizer.dispose();
    return told;
  });
}

async function allOptimizers(loss: string): Promise<Record<string, number[]>> {
  const told: Record<string, number[]> = {};
  for (const [name, make] of Object.entries(optimizers)) told[name] = await trainedBy(make(), loss);
  return told;
}

beforeAll(async () => {
  await useBackend("cpu");
  await useBackend(backend, { workspace });
  registeredAs = tf.getBackend();
});

/** What TensorFlow.js calls the backend under test. */
let registeredAs: string;

describe(`losses on ${backend}`, () => {
  it.each(Object.keys(losses))("%s, with each optimizer", async (loss) => {
    await tf.setBackend("cpu");
    const expected = await allOptimizers(loss);
    await tf.setBackend(registeredAs);
    const actual = await allOptimizers(loss);
    for (const [optimizer, values] of Object.entries(expected)) {
      expect(new Set(values).size, `${optimizer} moves`).toBe(STEPS);
      for (const [step, value] of values.entries())
        expect(Math.abs(actual[optimizer]![step]! - value), `${optimizer}, step ${step}`).toBeLessThanOrEqual(
          1e-4 * Math.abs(value) + 1e-6,
        );
    }
  });
});
