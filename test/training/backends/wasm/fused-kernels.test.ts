import * as tf from "@tensorflow/tfjs";
import { beforeAll, describe, expect, it } from "vitest";
import { useBackend } from "../../../../src/training/backends/use-backend.js";

/** Each fused kernel against what TensorFlow.js composes on `cpu`, which has none of them. */
beforeAll(async () => {
  await useBackend("cpu");
  await useBackend("wasm");
});

function wave(shape: number[], frequency = 0.7): tf.Tensor {
  const size = tf.util.sizeFromShape(shape);
  return tf.tensor(
    Array.from({ length: size }, (_, i) => Math.sin(frequency * (i * i + 3 * i + 1))),
    shape,
  );
}

async function onBoth(compute: () => tf.Tensor[]): Promise<[number[][], number[][]]> {
  const found: number[][][] = [];
  for (const backend of ["cpu", "wasm"]) {
    await tf.setBackend(backend);
    tf.engine().startScope();
    found.push(compute().map((tensor) => Array.from(tensor.dataSync())));
    tf.disposeVariables();
    tf.engine().endScope();
  }
  return [found[0]!, found[1]!];
}

async function expectAlike(compute: () => tf.Tensor[]): Promise<void> {
  const [expected, actual] = await onBoth(compute);
  expect(actual.map(({ length }) => length)).toEqual(expected.map(({ length }) => length));
  expected.flat().forEach((value, i) => expect(actual.flat()[i]).toBeCloseTo(value, 4));
}

/** Kernels that ran, in order, while `work` did. */
function kernelsOf(work: () => void): Promise<string[]> {
  return tf.profile(work).then(({ kernels }) => kernels.map(({ name }) => name));
}

const optimizers: Readonly<Record<string, { make: () => tf.Optimizer; kernel?: string }>> = {
  adam: { make: () => tf.train.adam(0.01, 0.8, 0.95), kernel: "AdamStep" },
  momentum: { make: () => tf.train.momentum(0.01, 0.9), kernel: "MomentumStep" },
  "Nesterov's momentum": { make: () => tf.train.momentum(0.01, 0.9, true), kernel: "MomentumStep" },
  RMSProp: { make: () => tf.train.rmsprop(0.01, 0.8), kernel: "RMSPropStep" },
  "RMSProp with momentum": { make: () => tf.train.rmsprop(0.01, 0.8, 0.5), kernel: "RMSPropStep" },
  "centred RMSProp": { make: () => tf.train.rmsprop(0.01, 0.8, 0.5, 1e-3, true) },
};

describe("optimizers", () => {
  it.each(Object.entries(optimizers))("%s takes the steps that TensorFlow.js takes", async (_, { make }) => {
    await expectAlike(() => {
      const variables = [tf.variable(wave([3, 5])), tf.variable(wave([7], 0.3))];
      const optimizer = make();
      for (let step = 0; step < 4; step++) {
        optimizer.minimize(() => variables[0]!.square().sum().add(variables[1]!.sin().sum()) as tf.Scalar);
      }
      return variables;
    });
  });

  it.each(Object.entries(optimizers).filter(([, { kernel }]) => kernel))(
    "%s takes one kernel for each variable",
    async (_, { make, kernel }) => {
      await tf.setBackend("wasm");
      const variable = tf.variable(wave([3]));
      const gradients = { [variable.name]: tf.ones([3]) };
      const names = await kernelsOf(() => make().applyGradients(gradients));
      expect(names.filter((name) => name === kernel)).toHaveLength(1);
      expect(names).not.toContain("Sqrt");
    },
  );

  it("leaves a copy of a variable, kept from before the step, as it was", async () => {
    await tf.setBackend("wasm");
    const variable = tf.variable(tf.tensor1d([1, 2]));
    const kept = variable.clone();
    tf.train.adam(0.1).minimize(() => variable.square().sum() as tf.Scalar);
    expect(Array.from(kept.dataSync())).toEqual([1, 2]);
    expect(variable.dataSync()[0]).toBeCloseTo(0.9, 4);
  });

  it("save and restore what they accumulated", async () => {
    await tf.setBackend("wasm");
    const optimizer = tf.train.adam(0.1);
    const variable = tf.variable(tf.tensor1d([1, 2]));
    optimizer.minimize(() => variable.square().sum() as tf.Scalar);
    const names = (await optimizer.getWeights()).map(({ name }) => name);
    expect(names).toEqual(["iter", `${variable.name}/m`, `${variable.name}/v`]);
  });

  it("keep no tensor but what they accumulate", async () => {
    await tf.setBackend("wasm");
    const optimizer = tf.train.adam(0.1);
    const variable = tf.variable(tf.tensor1d([1, 2]));
    const step = () => optimizer.minimize(() => variable.square().sum() as tf.Scalar);
    step();
    const before = tf.memory().numTensors;
    const data = tf.engine().backend.numDataIds();
    for (let i = 0; i < 5; i++) step();
    expect(tf.memory().numTensors).toBe(before);
    expect(tf.engine().backend.numDataIds()).toBe(data);
  });
});

describe("batch normalisation in training", () => {
  const apply = (layer: tf.layers.Layer, x: tf.Tensor) => layer.apply(x, { training: true }) as tf.Tensor;
  const initializers = {
    gammaInitializer: tf.initializers.constant({ value: 1.7 }),
    betaInitializer: tf.initializers.constant({ value: -0.3 }),
  };

  it.each([[[6, 5]], [[4, 3, 2, 3]], [[3, 4, 6]]])(
    "gives output, gradients and moving averages of TensorFlow.js for %j",
    async (shape) => {
      await expectAlike(() => {
        const layer = tf.layers.batchNormalization({ ...initializers, epsilon: 0.01, momentum: 0.7 });
        const [x, weight] = [wave(shape).mul(2).add(1), wave(shape, 0.4)];
        const y = apply(layer, x);
        const loss = (input: tf.Tensor) => apply(layer, input).mul(weight).sum() as tf.Scalar;
        const dx = tf.grad(loss)(x);
        const { grads } = tf.variableGrads(() => loss(x));
        return [y, dx, ...Object.values(grads), ...layer.getWeights()];
      });
    },
  );

  it("is one kernel forward and one back", async () => {
    await tf.setBackend("wasm");
    const layer = tf.layers.batchNormalization();
    const names = await kernelsOf(() => tf.grad((x) => apply(layer, x).square().sum())(wave([4, 3, 2, 3])));
    for (const kernel of ["BatchNormTraining", "BatchNormTrainingGrad"]) {
      expect(names.filter((name) => name === kernel)).toHaveLength(1);
    }
    expect(names).not.toContain("Tile");
  });

  // TensorFlow.js has no gradient there.
  it("is TensorFlow.js's own where the channels come first", async () => {
    await expectAlike(() => [apply(tf.layers.batchNormalization({ axis: 1 }), wave([4, 3, 2, 5]))]);
  });
});

describe("ReluGrad", () => {
  it("is the gradient of a ReLU, and has one", async () => {
    const gradient = tf.grad((x) => x.relu().square().sum());
    await expectAlike(() => [gradient(wave([4, 5])), gradient(tf.zeros([3]))]);
    await expectAlike(() => [tf.grad((x) => gradient(x).square().sum())(wave([4, 5]))]);
  });
});

describe("Sum", () => {
  it.each([[[0]], [[0, 1]], [[1, 0]], [[1]], [[-1]], [[0, 2]], [[0, 1, 2]], [[]]])(
    "sums over axes %j",
    async (axes) => {
      await expectAlike(() => [wave([3, 4, 5]).sum(axes), wave([3, 4, 5]).sum(axes, true)]);
    },
  );

  it("sums whole numbers and truth values", async () => {
    await expectAlike(() => [tf.tensor2d([1, -2, 3, 4], [2, 2], "int32").sum(0)]);
    await expectAlike(() => [tf.tensor2d([true, false, true, true], [2, 2], "bool").sum(0)]);
  });
});
