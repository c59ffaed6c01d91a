import * as tf from "@tensorflow/tfjs";
import { beforeAll, describe, expect, it } from "vitest";
import { useBackend } from "../../../src/tensorflow/backends/use-backend.js";
import { TensorWatch } from "../../../src/tensorflow/leaks.js";
import { backendUnderTest, workspace } from "./provisioned.js";

/** Each fused kernel of the backend under test against what TensorFlow.js composes on `cpu`, which has none of them. */
beforeAll(async () => {
  await useBackend("cpu");
  await useBackend(backendUnderTest, { workspace });
  registeredAs = tf.getBackend();
});

/** What TensorFlow.js calls the backend under test. */
let registeredAs: string;

function wave(shape: number[], frequency = 0.7): tf.Tensor {
  const size = tf.util.sizeFromShape(shape);
  return tf.tensor(
    Array.from({ length: size }, (_, i) => Math.sin(frequency * (i * i + 3 * i + 1))),
    shape,
  );
}

async function onBoth(compute: () => tf.Tensor[]): Promise<[number[][], number[][]]> {
  const found: number[][][] = [];
  for (const backend of ["cpu", registeredAs]) {
    await tf.setBackend(backend);
    tf.engine().startScope();
    found.push(await valuesOf(compute()));
    tf.disposeVariables();
    tf.engine().endScope();
  }
  return [found[0]!, found[1]!];
}

async function expectAlike(compute: () => tf.Tensor[]): Promise<void> {
  expectClose(...(await onBoth(compute)));
}

async function valuesOf(tensors: readonly tf.Tensor[]): Promise<number[][]> {
  return Promise.all(tensors.map(async (tensor) => Array.from(await tensor.data())));
}

function expectClose(expected: number[][], actual: number[][]): void {
  expect(actual.map(({ length }) => length)).toEqual(expected.map(({ length }) => length));
  const [values, expectedValues] = [actual.flat(), expected.flat()];
  const differences = expectedValues.map(
    (value, i) => Math.abs(values[i]! - value) / Math.max(1, Math.abs(value) / 10),
  );
  differences.forEach((difference, i) =>
    expect(difference, `${values[i]} for ${expectedValues[i]}`).toBeLessThan(5e-5),
  );
}

/** Kernels that ran, in order, while `work` did. */
function kernelsOf(work: Parameters<typeof tf.profile>[0]): Promise<string[]> {
  return tf.profile(work).then(({ kernels }) => kernels.map(({ name }) => name));
}

const optimizers: Readonly<Record<string, { make: () => tf.Optimizer; kernel?: string }>> = {
  adam: { make: () => tf.train.adam(0.01, 0.8, 0.95), kernel: "AdamStep" },
  momentum: { make: () => tf.train.momentum(0.01, 0.9), kernel: "MomentumStep" },
  "Nesterov's momentum": { make: () => tf.train.momentum(0.01, 0.9, true), kernel: "MomentumStep" },
  RMSProp: { make: () => tf.train.rmsprop(0.01, 0.8), kernel: "RMSPropStep" },
  "RMSProp with momentum": { make: () => tf.train.rmsprop(0.01, 0.8, 0.5), kernel: "RMSPropStep" },
  "centered RMSProp": { make: () => tf.train.rmsprop(0.01, 0.8, 0.5, 1e-3, true) },
};

describe("optimizers", () => {
  it.each(Object.entries(optimizers))("%s takes the steps that TensorFlow.js takes", async (_, { make }) => {
    await expectAlike(() => {
      const variables = [tf.variable(wave([3, 5])), tf.variable(wave([7], 0.3))];
      const optimizer = make();
      for (let step = 0; step < 4; step++) {
        optimizer.minimize(() => variables[0]!.square().sum().add<tf.Scalar>(variables[1]!.sin().sum()));
      }
      return variables;
    });
  });

  it.each(Object.entries(optimizers).filter(([, { kernel }]) => kernel))(
    "%s takes one kernel for each variable",
    async (_, { make, kernel }) => {
      await tf.setBackend(registeredAs);
      const variable = tf.variable(wave([3]));
      const gradients = { [variable.name]: tf.ones([3]) };
      const names = await kernelsOf(() => make().applyGradients(gradients));
      expect(names.filter((name) => name === kernel)).toHaveLength(1);
      expect(names).not.toContain("Square");
    },
  );

  it("leaves a copy of a variable, kept from before the step, as it was", async () => {
    await tf.setBackend(registeredAs);
    const variable = tf.variable(tf.tensor1d([1, 2]));
    const kept = variable.clone();
    tf.train.adam(0.1).minimize(() => variable.square().sum<tf.Scalar>());
    expect(Array.from(await kept.data())).toEqual([1, 2]);
    expect((await variable.data())[0]).toBeCloseTo(0.9, 4);
  });

  it("save and restore what they accumulated", async () => {
    await tf.setBackend(registeredAs);
    const optimizer = tf.train.adam(0.1);
    const variable = tf.variable(tf.tensor1d([1, 2]));
    optimizer.minimize(() => variable.square().sum<tf.Scalar>());
    const names = (await optimizer.getWeights()).map(({ name }) => name);
    expect(names).toEqual(["iter", `${variable.name}/m`, `${variable.name}/v`]);
  });

  it("keep no tensor but what they accumulate", async () => {
    await tf.setBackend(registeredAs);
    const optimizer = tf.train.adam(0.1);
    const variable = tf.variable(tf.tensor1d([1, 2]));
    const step = () => optimizer.minimize(() => variable.square().sum<tf.Scalar>());
    step();
    const before = tf.memory().numTensors;
    const data = tf.engine().backend.numDataIds();
    for (let i = 0; i < 5; i++) step();
    expect(tf.memory().numTensors).toBe(before);
    expect(tf.engine().backend.numDataIds()).toBe(data);
  });
});

it("goes on after a trial's tensors were freed", async () => {
  await tf.setBackend(registeredAs);
  for (let trial = 0; trial < 2; trial++) {
    const watch = new TensorWatch();
    const variable = tf.variable(tf.tensor1d([1, 2]));
    tf.train.adam(0.1).minimize(() => variable.square().sum<tf.Scalar>());
    expect((await variable.data())[0]).toBeCloseTo(0.9, 4);
    watch.free();
  }
});

describe("batch normalization in training", () => {
  const apply = (layer: tf.layers.Layer, x: tf.Tensor) => layer.apply(x, { training: true }) as tf.Tensor;
  const initializers = {
    gammaInitializer: tf.initializers.constant({ value: 1.7 }),
    betaInitializer: tf.initializers.constant({ value: -0.3 }),
  };

  it.each([[[6, 5]], [[4, 3, 2, 3]], [[3, 4, 6]], [[70, 5, 70]]])(
    "gives output, gradients and moving averages of TensorFlow.js for %j",
    async (shape) => {
      await expectAlike(() => {
        const layer = tf.layers.batchNormalization({ ...initializers, epsilon: 0.01, momentum: 0.7 });
        const [x, weight] = [wave(shape).mul(2).add(1), wave(shape, 0.4)];
        const y = apply(layer, x);
        const loss = (input: tf.Tensor) => apply(layer, input).mul(weight).sum<tf.Scalar>();
        const dx = tf.grad(loss)(x);
        const { grads } = tf.variableGrads(() => loss(x));
        return [y, dx, ...Object.values(grads), ...layer.getWeights()];
      });
    },
  );

  it("keeps its digits over many rows whose mean is far from 0", async () => {
    await expectAlike(() => {
      const layer = tf.layers.batchNormalization({ momentum: 0 });
      return [apply(layer, wave([9, 31, 17, 3]).add(50)), ...layer.getWeights()];
    });
  });

  it("is one kernel forward and one back", async () => {
    await tf.setBackend(registeredAs);
    const layer = tf.layers.batchNormalization();
    const names = await kernelsOf(() => tf.grad((x) => apply(layer, x).square().sum())(wave([4, 3, 2, 3])));
    for (const kernel of ["BatchNormTraining", "BatchNormTrainingGrad"]) {
      expect(names.filter((name) => name === kernel)).toHaveLength(1);
    }
    expect(names).not.toContain("Tile");
  });

  it.each([true, false])(
    "over the first channels is that over the last ones of the input turned around, training: %s",
    async (training) => {
      await tf.setBackend(registeredAs);
      const x = wave([4, 3, 2, 5]);
      const [first, last] = [1, -1].map((axis) =>
        tf.layers.batchNormalization({ ...initializers, axis, momentum: 0.6 }),
      );
      const over = (layer: tf.layers.Layer, input: tf.Tensor) => layer.apply(input, { training }) as tf.Tensor;
      const turned = over(last!, x.transpose([0, 2, 3, 1])).transpose([0, 3, 1, 2]);
      const expected = await valuesOf([turned, ...last!.getWeights()]);
      expectClose(expected, await valuesOf([over(first!, x), ...first!.getWeights()]));
    },
  );
});

describe("categorical crossentropy of a model", () => {
  type LossFunction = (target: tf.Tensor, output: tf.Tensor) => tf.Tensor;
  /** What the model asks for its loss. */
  function lossOf(loss: `${"categorical" | "sparseCategorical" | "binary"}Crossentropy`): LossFunction {
    const model = tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [1] })] });
    model.compile({ optimizer: "sgd", loss });
    return (model as unknown as { readonly model: { readonly lossFunctions: LossFunction[] } }).model.lossFunctions[0]!;
  }
  const outputs: Readonly<Record<string, (shape: number[]) => tf.Tensor>> = {
    "of a softmax": (shape) => wave(shape).mul(4).softmax(),
    "that do not sum to 1": (shape) => wave(shape).abs().add(0.1),
    "as sure as can be": (shape) => tf.oneHot(wave(shape).argMax(-1), shape.at(-1)!).toFloat().add(1e-12),
    "of which some are cut off": (shape) =>
      wave(shape)
        .greater(0.3)
        .toFloat()
        .mul(0.2)
        .add(tf.oneHot(wave(shape).argMax(-1), shape.at(-1)!))
        .add(1e-12),
  };

  it.each(Object.entries(outputs))("gives losses and gradients of TensorFlow.js for outputs %s", async (_, make) => {
    for (const shape of [
      [6, 5],
      [2, 3, 4],
      [3, 300],
      [70, 3],
    ]) {
      const classes = shape.at(-1)!;
      const rows = shape.slice(0, -1);
      const numbers = tf.tidy(() => wave(rows).mul(50).abs().floor().mod(classes).toInt());
      const truths = await numbers.array();
      await expectAlike(() => {
        const [output, weight, truth] = [make(shape), wave(rows, 0.4), tf.tensor(truths, rows, "float32")];
        const soft = wave(shape, 0.3).softmax();
        const hot = tf.oneHot(truth.flatten().toInt(), classes).reshape(shape);
        return [soft, hot].flatMap((target) => {
          const loss = lossOf("categoricalCrossentropy");
          const gradient = tf.grad((x) => loss(target, x).mul(weight).sum())(output);
          const sparse = lossOf("sparseCategoricalCrossentropy");
          const ofSparse = tf.grad((x) => sparse(truth, x).mul(weight).sum())(output);
          return [loss(target, output), gradient, sparse(truth, output), ofSparse];
        });
      });
    }
  });

  it("is NaN where the outputs are, as for a network that has diverged", async () => {
    await tf.setBackend(registeredAs);
    for (const [name, target] of [
      ["categoricalCrossentropy", tf.tensor2d([[0, 1, 0]])],
      ["sparseCategoricalCrossentropy", tf.tensor1d([1])],
      ["binaryCrossentropy", tf.tensor2d([[0, 1, 0]])],
    ] as const) {
      const values = await lossOf(name)(target, tf.tensor2d([[NaN, NaN, NaN]])).data();
      expect(
        values.every((value) => Number.isNaN(value)),
        name,
      ).toBe(true);
    }
  });

  it("is one kernel forward and one back, in training and for a model of two outputs", async () => {
    await tf.setBackend(registeredAs);
    const loss = lossOf("categoricalCrossentropy");
    const [target, output] = [tf.oneHot(tf.tensor1d([0, 2], "int32"), 3).toFloat(), wave([2, 3]).softmax()];
    const names = await kernelsOf(() => tf.grad((x) => loss(target, x).sum())(output));
    const has = backendUnderTest !== "tfjs-node";
    for (const kernel of ["CategoricalCrossentropy", "CategoricalCrossentropyGrad"])
      expect(names.filter((name) => name === kernel)).toHaveLength(has ? 1 : 0);
    const input = tf.input({ shape: [2] });
    const [a, b] = ["a", "b"].map(
      (name) => tf.layers.dense({ units: 3, activation: "softmax", name }).apply(input) as tf.SymbolicTensor,
    );
    const model = tf.model({ inputs: input, outputs: [a!, b!] });
    model.compile({ optimizer: "sgd", loss: { a: "meanSquaredError", b: "categoricalCrossentropy" } });
    const trained = await kernelsOf(async () => {
      await model.trainOnBatch(wave([2, 2]), [target, target]);
    });
    expect(trained.filter((name) => name === "CategoricalCrossentropyGrad")).toHaveLength(has ? 1 : 0);
  });
});

/** Kernels that only wasm has; the others compose, and give the same. */
const hasRows = backendUnderTest === "wasm";

describe("layer normalization", () => {
  const apply = (layer: tf.layers.Layer, x: tf.Tensor) => layer.apply(x) as tf.Tensor;

  it.each([
    [[6, 5], {}],
    [[3, 4, 70], {}],
    [[2, 3, 4, 8], { scale: false }],
    [[5, 7], { center: false }],
    [[5, 6, 4], { axis: 1 }],
  ] as const)("gives output and gradients of TensorFlow.js for %j, %j", async (shape, options) => {
    await expectAlike(() => {
      const layer = tf.layers.layerNormalization({
        gammaInitializer: tf.initializers.constant({ value: 1.7 }),
        betaInitializer: tf.initializers.constant({ value: -0.3 }),
        epsilon: 0.01,
        ...options,
      });
      const [x, weight] = [
        wave([...shape])
          .mul(2)
          .add(30),
        wave([...shape], 0.4),
      ];
      const loss = (input: tf.Tensor) => apply(layer, input).mul(weight).sum<tf.Scalar>();
      const y = apply(layer, x);
      return [y, tf.grad(loss)(x), ...Object.values(tf.variableGrads(() => loss(x)).grads)];
    });
  });

  it("is one kernel forward and one back", async () => {
    await tf.setBackend(registeredAs);
    const layer = tf.layers.layerNormalization();
    const names = await kernelsOf(() => tf.grad((x) => apply(layer, x).square().sum())(wave([4, 3, 5])));
    for (const kernel of ["LayerNormalization", "LayerNormalizationGrad"])
      expect(names.filter((name) => name === kernel)).toHaveLength(hasRows ? 1 : 0);
    expect(names).not.toContain("Slice");
  });
});

describe("an LSTM", () => {
  type Options = Partial<Parameters<typeof tf.layers.lstm>[0]>;
  const lstm = (units: number, width: number, options: Options = {}) => {
    const layer = tf.layers.lstm({ units, ...options });
    layer.apply(tf.zeros([2, 5, width]));
    layer.setWeights(layer.getWeights().map(({ shape }, i) => wave(shape, 0.2 + 0.1 * i).mul(0.5)));
    return layer;
  };

  it.each([
    [{}],
    [{ recurrentActivation: "sigmoid" }],
    [{ returnSequences: true }],
    [{ goBackwards: true, returnSequences: true }],
    [{ useBias: false }],
    [{ activation: "relu" }],
  ] as [Options][])("gives outputs and gradients of TensorFlow.js with %j", async (options) => {
    // What remains beside the lanes of four matters to the wasm kernel. Others compose it, on a software GPU for seconds each.
    const others = [
      [1, 1],
      [13, 8],
      [2, 10],
    ] as const;
    for (const [batch, units] of [[7, 3] as const, ...(backendUnderTest === "wasm" ? others : [])])
      // prettier-ignore
      await expectAlike(() => {
        const layer = lstm(units, 4, options);
        const x = wave([batch, 5, 4]).mul(2);
        const loss = (input: tf.Tensor) => {
          const y = layer.apply(input) as tf.Tensor;
          return y.mul(wave(y.shape, 0.4)).sum<tf.Scalar>();
        };
        const y = layer.apply(x) as tf.Tensor;
        return [y, tf.grad(loss)(x), ...Object.values(tf.variableGrads(() => loss(x)).grads)];
      });
  });

  it("takes and returns states, with their gradients", async () => {
    await expectAlike(() => {
      const layer = lstm(6, 2, { returnState: true });
      const loss = (...inputs: tf.Tensor[]) => {
        const outputs = layer.apply(inputs) as tf.Tensor[];
        return tf.addN<tf.Scalar>(outputs.map((y, i) => y.mul(wave(y.shape, 0.4 + i)).sum()));
      };
      const inputs = [wave([3, 4, 2]), wave([3, 6], 0.3), wave([3, 6], 0.5)];
      return [...(layer.apply(inputs) as tf.Tensor[]), ...tf.grads(loss)(inputs)];
    });
  });

  it("is one kernel forward and one back, unless it masks, drops out, or keeps its states", async () => {
    await tf.setBackend(registeredAs);
    const count = async (options: Options, kwargs = {}) => {
      const layer = lstm(3, 4, { batchInputShape: [2, 5, 4], ...options });
      const apply = (x: tf.Tensor) => (layer.apply(x, kwargs) as tf.Tensor).sum();
      const names = await kernelsOf(() => tf.grad(apply)(wave([2, 5, 4])));
      return names.filter((name) => name === "LSTM" || name === "LSTMGrad");
    };
    expect(await count({})).toEqual(hasRows ? ["LSTM", "LSTMGrad"] : []);
    expect(await count({ dropout: 0.5 })).toHaveLength(hasRows ? 2 : 0);
    expect(await count({ dropout: 0.5 }, { training: true })).toEqual([]);
    expect(await count({ recurrentDropout: 0.5 }, { training: true })).toEqual([]);
    expect(await count({ stateful: true })).toEqual([]);
    expect(await count({}, { mask: tf.ones([2, 5]) })).toEqual([]);
  });
});

describe("Gelu", () => {
  const gelu = (x: tf.Tensor) => tf.layers.activation({ activation: "gelu" }).apply(x) as tf.Tensor;

  it("is TensorFlow.js's, with its gradient", async () => {
    const x = () => tf.linspace(-7, 7, 75);
    await expectAlike(() => [gelu(x()), tf.grad(gelu)(x(), wave([75]))]);
    await tf.setBackend(registeredAs);
    expect((await valuesOf([gelu(tf.tensor1d([NaN]))]))[0]).toEqual([NaN]);
  });

  it("is one kernel forward and one back", async () => {
    await tf.setBackend(registeredAs);
    const names = await kernelsOf(() => tf.grad(gelu)(wave([5]), wave([5], 0.4)));
    if (hasRows) expect(names.filter((name) => name !== "Identity")).toEqual(["Gelu", "GeluGrad"]);
    else expect(names).not.toContain("Gelu");
  });
});

describe("a softmax's gradient", () => {
  it.each([[[5]], [[4, 5]], [[2, 3, 70]], [[3, 1]]])("is TensorFlow.js's for %j", async (shape) => {
    const gradient = (x: tf.Tensor) => tf.grad((logits) => logits.softmax())(x, wave(shape, 0.4));
    await expectAlike(() => [gradient(wave(shape).mul(3))]);
  });
});

describe("the gradient of an extreme", () => {
  it.each([
    [[4, 5], 0],
    [[4, 5], 1],
    [[2, 6, 9], 1],
    [
      [2, 6, 9],
      [1, 2],
    ],
    [
      [2, 6, 9],
      [0, 2],
    ],
    [[2, 6, 9], undefined],
    [[7], -1],
  ])("is TensorFlow.js's for %j over %j, ties included", async (shape, axis) => {
    for (const extreme of [tf.max, tf.min]) {
      const gradient = (x: tf.Tensor) => tf.grad((input) => extreme(input, axis).square().sum())(x);
      const tied = () => wave(shape).mul(2).round();
      await expectAlike(() => [gradient(wave(shape)), gradient(tied())]);
    }
  });
});

describe("ReluGrad", () => {
  it("is the gradient of a ReLU, and has one", async () => {
    const gradient = tf.grad((x) => x.relu().square().sum());
    await expectAlike(() => [gradient(wave([4, 5])), gradient(tf.zeros([3]))]);
    await expectAlike(() => [tf.grad((x) => gradient(x).square().sum())(wave([4, 5]))]);
  });
});

describe("LeakyReluGrad", () => {
  const gradient = tf.grad((x) => x.leakyRelu(0.5).square().sum());

  it("is the gradient of a leaky ReLU", async () => {
    await expectAlike(() => [wave([4, 5]).leakyRelu(0.3), gradient(wave([4, 5])), gradient(tf.zeros([3]))]);
  });

  it("is one kernel on wasm, and has a gradient", async () => {
    await tf.setBackend(registeredAs);
    if (registeredAs !== "wasm") return;
    const names = await kernelsOf(() => tf.grad((x) => x.leakyRelu(0.3))(wave([5]), wave([5], 0.4)));
    expect(names.filter((name) => name !== "Identity")).toEqual(["LeakyRelu", "LeakyReluGrad"]);
    const second = tf.grad((x) => gradient(x).sum())(tf.tensor1d([-3, 2]));
    expect(await valuesOf([second])).toEqual([[0.5, 2]]);
  });

  it("keeps NaN", async () => {
    await tf.setBackend(registeredAs);
    const [values] = await valuesOf([tf.tensor1d([NaN, -1, Infinity, 2]).leakyRelu(0.5)]);
    expect(values).toEqual([NaN, -0.5, Infinity, 2]);
  });
});
