import * as tf from "@tensorflow/tfjs";
import { beforeAll, describe, expect, it } from "vitest";
import { useBackend } from "../../../../src/tensorflow/backends/use-backend.js";

beforeAll(async () => {
  await useBackend("cpu");
  await useBackend("wasm");
});

/** The op's values on `cpu` and on wasm. */
async function onBoth(op: () => tf.Tensor): Promise<[number[], number[]]> {
  const values: number[][] = [];
  for (const backend of ["cpu", "wasm"]) {
    await tf.setBackend(backend);
    values.push(Array.from(tf.tidy(op).dataSync()));
  }
  return [values[0]!, values[1]!];
}

async function expectAlike(op: () => tf.Tensor): Promise<void> {
  const [expected, actual] = await onBoth(op);
  expect(actual).toHaveLength(expected.length);
  expected.forEach((value, i) => expect(actual[i]).toBeCloseTo(value, 4));
}

function wave(shape: number[], frequency = 0.7): tf.Tensor {
  const values = Array.from({ length: tf.util.sizeFromShape(shape) }, (_, i) =>
    Math.sin(frequency * (i * i + 3 * i + 1)),
  );
  return tf.tensor(values, shape);
}

describe("MaxPoolGrad", () => {
  it("hands a tied window's gradient to exactly one element, as cpu does", async () => {
    const gradient = () =>
      tf.grad((x) =>
        tf
          .maxPool(x as tf.Tensor4D, 2, 2, "valid")
          .mul(wave([1, 2, 2, 3]))
          .sum(),
      )(tf.zeros([1, 4, 4, 3]));
    const [expected, actual] = await onBoth(gradient);
    expect(actual).toEqual(expected);
    expect(actual.filter((value) => value !== 0)).toHaveLength(12);
  });

  it("is right after a ReLU, where most windows are tied at 0", async () => {
    const x = Array.from({ length: 2 * 6 * 6 * 4 }, (_, i) => Math.sin(i * i));
    await expectAlike(() =>
      tf.grad((input) => tf.maxPool(input.sub(0.6).relu<tf.Tensor4D>(), 3, 2, "same").square().sum())(
        tf.tensor(x, [2, 6, 6, 4]),
      ),
    );
  });

  it("is right with explicit padding and rounding", async () => {
    await expectAlike(() =>
      tf.grad((x) =>
        tf
          .maxPool(x as tf.Tensor4D, 3, 2, 1, "ceil")
          .square()
          .sum(),
      )(wave([2, 6, 5, 3])),
    );
  });
});

describe("a max pooling's windows that lie in the padding", () => {
  const gradientOf = (pool: (x: tf.Tensor) => tf.Tensor, shape: number[]) => () => {
    const x = wave(shape);
    return tf.grad(pool)(x, wave(pool(x).shape, 0.4));
  };
  const windows = [
    { size: 1, strides: 1, pad: 3 },
    { size: 2, strides: 1, pad: 4 },
    { size: 2, strides: 3, pad: 5 },
  ];

  it.each(windows)("give nobody their gradient, $size, $strides apart, in $pad", async ({ size, strides, pad }) => {
    for (const channels of [1, 3, 4, 6, 9])
      await expectAlike(gradientOf((x) => tf.maxPool(x as tf.Tensor4D, size, strides, pad), [2, 4, 5, channels]));
  });

  it.each(windows)("nor over three axes, $size, $strides apart, in $pad", async ({ size, strides, pad }) => {
    const pool = (x: tf.Tensor) => tf.maxPool3d(x as tf.Tensor5D, size, strides, pad);
    await expectAlike(gradientOf(pool, [2, 3, 2, 4, 2]));
    const [expected, actual] = await onBoth(() => pool(wave([2, 3, 2, 4, 2])));
    expect(actual).toEqual(expected);
    expect(actual).toContain(-Infinity);
  });
});

describe("MaxPool3D", () => {
  it("keeps negative maxima", async () => {
    await expectAlike(() => tf.maxPool3d(wave([2, 4, 4, 4, 2]).sub<tf.Tensor5D>(2), 2, 2, "same"));
  });
});

describe("Tile", () => {
  it.each([
    [[3], [4]],
    [
      [2, 3],
      [1, 5],
    ],
    [
      [2, 3],
      [3, 2],
    ],
    [
      [1, 1, 1, 5],
      [2, 3, 4, 1],
    ],
    [
      [2, 1, 3],
      [2, 3, 1],
    ],
    [[], []],
    [
      [2, 3],
      [1, 1],
    ],
  ])("repeats a tensor of shape %j by %j", async (shape, reps) => {
    await expectAlike(() => tf.tile(wave(shape), reps));
  });

  it("repeats whole numbers and truth values", async () => {
    await expectAlike(() => tf.tile(tf.tensor2d([1, -2, 3, 4], [2, 2], "int32"), [2, 3]));
    await expectAlike(() => tf.tile(tf.tensor1d([true, false, true], "bool"), [3]));
  });

  it("gives an empty tensor for no repeats", async () => {
    await tf.setBackend("wasm");
    expect(tf.tile(wave([2, 3]), [0, 2]).shape).toEqual([0, 6]);
  });
});

describe("BatchMatMul", () => {
  const flags = [false, true].flatMap((transposeA) => [false, true].map((transposeB) => ({ transposeA, transposeB })));

  it.each(flags)("multiplies matrices, $transposeA, $transposeB", async ({ transposeA, transposeB }) => {
    const [a, b] = [transposeA ? [5, 3] : [3, 5], transposeB ? [4, 5] : [5, 4]];
    await expectAlike(() => tf.matMul(wave(a), wave(b, 0.4), transposeA, transposeB));
    await expectAlike(() => tf.matMul(wave([1, ...a]), wave([1, ...b], 0.4), transposeA, transposeB));
    await expectAlike(() => tf.matMul(wave([2, ...a]), wave([2, ...b], 0.4), transposeA, transposeB));
    await expectAlike(() => tf.matMul(wave([3, ...a]), wave([1, ...b], 0.4), transposeA, transposeB));
  });

  it.each([
    [1, 1, 1],
    [6, 8, 8],
    [7, 13, 9],
    [50, 23, 31],
    [97, 64, 1],
    [1, 200, 17],
  ])("multiplies matrices of %i by %i and as many by %i, either side transposed", async (rows, inner, columns) => {
    await expectAlike(() => tf.matMul(wave([rows, inner]), wave([inner, columns], 0.4)));
    await expectAlike(() => tf.matMul(wave([inner, rows]), wave([inner, columns], 0.4), true));
    await expectAlike(() => tf.matMul(wave([rows, inner]), wave([columns, inner], 0.4), false, true));
  });
});

describe("products of rows of one 1", () => {
  it.each([false, true])("are rows of the other side, and sums of them, bias and ReLU added: %s", async (fused) => {
    const [rows, classes, columns] = [100, 31, 42];
    const hot = () =>
      tf
        .oneHot(tf.range(0, rows, 1, "int32").mod(tf.scalar(classes, "int32")).as1D(), classes)
        .toFloat() as tf.Tensor2D;
    const weights = () => wave([classes, columns], 0.4) as tf.Tensor2D;
    if (fused)
      await expectAlike(() => tf.fused.matMul({ a: hot(), b: weights(), bias: wave([columns]), activation: "relu" }));
    else await expectAlike(() => tf.matMul(hot(), weights()));
    await expectAlike(() => tf.matMul(hot(), wave([rows, columns]), true));
    await expectAlike(() => tf.matMul(hot(), wave([columns, classes]), false, true));
    await expectAlike(() => tf.matMul(wave([rows, columns]), hot(), true));
  });
});

describe("products of many matrices", () => {
  const flags = [false, true].flatMap((transposeA) => [false, true].map((transposeB) => ({ transposeA, transposeB })));
  const sizes = [
    [1, 1, 1],
    [6, 8, 8],
    [7, 13, 9],
    [20, 23, 31],
    [97, 16, 5],
  ] as const;

  it.each(flags)("are right for every size, $transposeA, $transposeB", async ({ transposeA, transposeB }) => {
    for (const [rows, inner, columns] of sizes)
      for (const [left, right] of [
        [[3], [3]],
        [
          [2, 3],
          [2, 3],
        ],
        [[4], [1]],
        [[1], [4]],
        [
          [2, 1],
          [2, 3],
        ],
      ] as const) {
        // prettier-ignore
        const a = [...left, ...(transposeA ? [inner, rows] : [rows, inner])];
        const b = [...right, ...(transposeB ? [columns, inner] : [inner, columns])];
        await expectAlike(() => tf.matMul(wave(a), wave(b, 0.4), transposeA, transposeB));
      }
  });

  it("may have no rows", async () => {
    await expectAlike(() => tf.matMul(wave([3, 0, 5]), wave([3, 5, 4])));
    await expectAlike(() => tf.matMul(wave([3, 2, 0]), wave([3, 0, 4])));
  });
});

describe("Softmax, Tanh, and Erf", () => {
  const far = () =>
    tf.tensor1d([0, -0, 1e-6, -1e-6, 0.6, -0.7, 5, -5, 20, -20, 90, -90, 1e4, -1e4, Infinity, -Infinity]);

  it("are cpu's near and far from 0, and keep NaN", async () => {
    for (const op of [tf.tanh, tf.erf]) {
      const [expected, actual] = await onBoth(() => op(tf.concat([far(), wave([37]).mul(3)])));
      actual.forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 6));
      const [, unknown] = await onBoth(() => op(tf.tensor1d([1, NaN, 2, 3, 4, NaN])));
      expect(unknown.map(Number.isNaN)).toEqual([false, true, false, false, false, true]);
    }
  });

  it("keep the digits of small numbers", async () => {
    const [, small] = await onBoth(() => tf.tanh(tf.tensor1d([1e-6, -3e-5, 2e-4, 1e-3])));
    [1e-6, -3e-5, 2e-4, 1e-3].forEach((x, i) => expect(small[i]! / Math.tanh(x)).toBeCloseTo(1, 6));
  });

  it("of a softmax give rows of any length, and nothing to what a mask takes away", async () => {
    for (const shape of [[1], [5], [4, 3], [2, 3, 8], [3, 70], [2, 2, 2, 9]])
      await expectAlike(() => tf.softmax(wave(shape).mul(20)));
    const [, masked] = await onBoth(() => tf.softmax(tf.tensor2d([[1, -1e9, 1, -Infinity, -200, 1]])));
    expect(masked.map((value) => value === 0)).toEqual([false, true, false, true, true, false]);
    const [, unknown] = await onBoth(() => tf.softmax(tf.tensor2d([[1, NaN, 2, 3, 4], [1, 2, 3, 4, 5]]))); // prettier-ignore
    expect(unknown.slice(0, 5).every(Number.isNaN)).toBe(true);
    expect(unknown.slice(5).some(Number.isNaN)).toBe(false);
  });
});

describe("matrix products of whole numbers", () => {
  const whole = (shape: number[], frequency?: number) => wave(shape, frequency).mul(1000).toInt();
  const flags = [false, true].flatMap((transposeA) => [false, true].map((transposeB) => ({ transposeA, transposeB })));

  it.each(flags)("are as on cpu, $transposeA, $transposeB", async ({ transposeA, transposeB }) => {
    const [a, b] = [transposeA ? [5, 3] : [3, 5], transposeB ? [4, 5] : [5, 4]];
    for (const [left, right] of [
      [[], []],
      [[1], [1]],
      [
        [2, 2],
        [2, 2],
      ],
      [[3], [1]],
      [[], [3]],
    ] as const) {
      // prettier-ignore
      const product = () => tf.matMul(whole([...left, ...a]), whole([...right, ...b], 0.4), transposeA, transposeB);
      await expectAlike(product);
      expect(product().dtype).toBe("int32");
    }
  });

  it("are exact where floats are not, and begin anew where 32 bits are full", async () => {
    const large = () => tf.tensor2d([[2 ** 24 + 1, 2 ** 31 - 1]], undefined, "int32");
    await expectAlike(() => tf.matMul(large(), tf.tensor2d([[1], [1]], undefined, "int32")));
    await expectAlike(() => tf.matMul(large(), tf.tensor2d([[1], [0]], undefined, "int32")));
  });

  it("add a bias and activate", async () => {
    const [a, b] = [() => whole([3, 5]) as tf.Tensor2D, () => whole([5, 4], 0.4) as tf.Tensor2D];
    await expectAlike(() => tf.fused.matMul({ a: a(), b: b(), bias: whole([4]), activation: "relu" }));
    await expectAlike(() => tf.fused.matMul({ a: a(), b: b(), activation: "relu" }));
  });

  it("may have no rows, or nothing to sum", async () => {
    await expectAlike(() => tf.matMul(whole([0, 5]), whole([5, 4])));
    await expectAlike(() => tf.matMul(whole([3, 0]), whole([0, 4])));
  });

  it("make a confusion matrix", async () => {
    const [labels, predictions] = [
      () => tf.tensor1d([0, 1, 2, 1, 0], "int32"),
      () => tf.tensor1d([0, 2, 2, 1, 0], "int32"),
    ];
    const [, matrix] = await onBoth(() => tf.math.confusionMatrix(labels(), predictions(), 3));
    expect(matrix).toEqual([2, 0, 0, 0, 1, 1, 0, 0, 1]);
  });
});

it.each(["float32", "int32"] as const)("matrices of %s that do not fit to each other are refused", async (type) => {
  await tf.setBackend("wasm");
  const [a, b] = [tf.ones([3, 2], type), tf.ones([4, 5], type)];
  expect(() => tf.matMul(a, b, true)).toThrow(
    "Cannot multiply matrices of [3, 2] transposed and [4, 5]: the first has 3 columns, but the second has 4 rows.",
  );
});

describe("Add and Relu", () => {
  it("are right for a bias and for what is none, of every size", async () => {
    for (const channels of [1, 3, 4, 9]) {
      await expectAlike(() => tf.add(wave([2, 3, channels]), wave([channels], 0.4)).relu());
      await expectAlike(() => tf.add(wave([channels], 0.4), wave([2, 3, channels])));
      await expectAlike(() => tf.add(wave([2, 3, channels]), wave([3, 1], 0.4)));
      await expectAlike(() => tf.add(wave([channels]), wave([channels], 0.4)).relu());
    }
    await expectAlike(() => tf.add(wave([2, 3]).mul(9).toInt(), wave([3]).mul(9).toInt()).relu());
    const [, unbounded] = await onBoth(() => tf.tensor1d([NaN, -1, 2, 0, NaN, Infinity, -Infinity]).relu());
    expect(unbounded).toEqual([NaN, 0, 2, 0, NaN, Infinity, 0]);
    expect(tf.add(wave([0, 3]), wave([3])).relu().shape).toEqual([0, 3]);
  });
});

describe("GatherV2", () => {
  it("takes rows, of any type, in any order and shape; along other axes too", async () => {
    const rows = tf.tensor2d([[2, 0, 2], [4, 1, 0]], undefined, "int32"); // prettier-ignore
    await expectAlike(() => tf.gather(wave([5, 3, 2]), rows));
    await expectAlike(() => tf.gather(wave([5]), rows));
    await expectAlike(() => tf.gather(wave([5, 3]).greater(0), rows));
    await expectAlike(() => tf.gather(wave([5, 3]).mul(9).toInt(), [4, 0]));
    await expectAlike(() => tf.gather(wave([4, 5, 2]), rows, 1));
    await expectAlike(() => tf.gather(wave([2, 5, 3]), rows, 1, 1));
  });

  it("says which index is not there", () => {
    expect(() => tf.gather(wave([5, 3]), [1, 5])).toThrow("index value 5 is not in [0, 4]");
  });
});

describe("_FusedMatMul", () => {
  const flags = [false, true].flatMap((transposeA) => [false, true].map((transposeB) => ({ transposeA, transposeB })));

  it.each(flags)("adds the bias, transposed: $transposeA, $transposeB", async (transposed) => {
    const a = wave(transposed.transposeA ? [5, 3] : [3, 5]) as tf.Tensor2D;
    const b = wave(transposed.transposeB ? [4, 5] : [5, 4], 0.4) as tf.Tensor2D;
    await expectAlike(() => tf.fused.matMul({ a, b, bias: wave([4]), activation: "relu", ...transposed }));
  });

  it.each(["linear", "relu", "relu6", "elu", "sigmoid"] as const)(
    "adds the bias to each of several matrices, %s",
    async (activation) => {
      const [a, b] = [wave([2, 3, 5]) as tf.Tensor3D, wave([2, 5, 4], 0.4) as tf.Tensor3D];
      await expectAlike(() => tf.fused.matMul({ a, b, bias: wave([4]), activation }));
      await expectAlike(() => tf.fused.matMul({ a, b, activation }));
    },
  );

  it("passes on what leaky and parametric ReLUs need", async () => {
    const [a, b] = [wave([2, 3, 5]) as tf.Tensor3D, wave([2, 5, 4], 0.4) as tf.Tensor3D];
    const bias = wave([4]);
    await expectAlike(() => tf.fused.matMul({ a, b, bias, activation: "leakyrelu", leakyreluAlpha: 0.3 }));
    await expectAlike(() =>
      tf.fused.matMul({ a, b, bias, activation: "prelu", preluActivationWeights: wave([4], 0.9) }),
    );
  });
});

describe("Cast", () => {
  it.each(["float32", "int32", "bool"] as const)("makes truth values of %s", async (dtype) => {
    await expectAlike(() => tf.tensor1d([0.5, -1, 0, 3]).cast(dtype).cast("bool"));
  });
});

describe("UnsortedSegmentSum", () => {
  it("sums slices by id and leaves out ids that are no segment", async () => {
    await expectAlike(() => tf.unsortedSegmentSum(wave([6, 2, 3]), tf.tensor1d([2, 0, 2, -1, 4, 0], "int32"), 4));
  });
});

describe("Einsum", () => {
  it.each([
    ["ij->ji", [[2, 3]]],
    ["ijk->k", [[2, 3, 4]]],
    ["ij->", [[2, 3]]],
    [
      "ij,jk->ik",
      [
        [2, 3],
        [3, 4],
      ],
    ],
    [
      "bij,bjk->kbi",
      [
        [2, 3, 4],
        [2, 4, 5],
      ],
    ],
    [
      "ij,kl->likj",
      [
        [2, 3],
        [4, 5],
      ],
    ],
    [
      "bij,bij->b",
      [
        [2, 3, 4],
        [2, 3, 4],
      ],
    ],
    [
      "abc,cd->abd",
      [
        [2, 3, 4],
        [4, 5],
      ],
    ],
  ])("computes %s", async (equation, shapes) => {
    await expectAlike(() => tf.einsum(equation, ...shapes.map((shape, i) => wave(shape, 0.4 + i))));
  });

  it("sums an axis that only one operand has, where cpu fails", async () => {
    await tf.setBackend("wasm");
    const [a, b] = [wave([2, 3, 4]), wave([4, 5])];
    const expected = tf.matMul(a.sum(0), b).dataSync();
    tf.einsum("aij,jk->ik", a, b)
      .dataSync()
      .forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 5));
  });

  it("has a gradient, by central differences", async () => {
    await tf.setBackend("wasm");
    const [a, b, weight] = [wave([2, 3, 4]), wave([4, 5], 0.3), wave([3, 5], 0.9)];
    const loss = (x: tf.Tensor, y: tf.Tensor) => tf.einsum("aij,jk->ik", x, y).mul(weight).sum();
    const [da, db] = tf.grads(loss)([a, b]);
    const slope = (gradient: tf.Tensor, moved: (step: number) => tf.Tensor) => {
      const difference = moved(0.05).sub(moved(-0.05)).div(0.1).dataSync()[0]!;
      expect(difference / gradient.square().sum().dataSync()[0]!).toBeCloseTo(1, 3);
    };
    slope(da!, (step) => loss(a.add(da!.mul(step)), b));
    slope(db!, (step) => loss(a, b.add(db!.mul(step))));
  });
});

describe("a convolution's gradients", () => {
  it("are right with explicit padding larger than the filter reaches", async () => {
    const pad: tf.backend_util.ExplicitPadding = [
      [0, 0],
      [3, 1],
      [0, 4],
      [0, 0],
    ];
    const loss = (x: tf.Tensor, filter: tf.Tensor) =>
      tf
        .conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, 2, pad)
        .square()
        .sum();
    for (const i of [0, 1]) {
      await expectAlike(() => tf.grads(loss)([wave([2, 5, 6, 3]), wave([2, 2, 3, 4], 0.2)])[i]!);
    }
  });

  it("frees what it needed on the way", async () => {
    await tf.setBackend("wasm");
    const [x, filter] = [wave([2, 5, 6, 3]) as tf.Tensor4D, wave([2, 2, 3, 4]) as tf.Tensor4D];
    const depthwise = wave([2, 2, 3, 2]) as tf.Tensor4D;
    const before = tf.engine().backend.numDataIds();
    tf.tidy(() => {
      tf.grads((a: tf.Tensor, b: tf.Tensor) => tf.conv2d(a as tf.Tensor4D, b as tf.Tensor4D, 2, "same").sum())([
        x,
        filter,
      ]);
      tf.grads((a: tf.Tensor, b: tf.Tensor) => tf.depthwiseConv2d(a as tf.Tensor4D, b as tf.Tensor4D, 2, "same").sum())(
        [x, depthwise],
      );
      tf.einsum("abcd,ce->ea", x, wave([6, 2]));
    });
    expect(tf.engine().backend.numDataIds()).toBe(before);
  });
});

describe("reading", () => {
  it("gives what is there, of every type and in part, in memory of its own", async () => {
    await useBackend("wasm");
    await useBackend("wasm");
    const numbers = tf.tensor1d([1.5, -2, 3, 4]);
    const values = numbers.dataSync();
    expect([...values]).toEqual([1.5, -2, 3, 4]);
    values[0] = 7;
    expect(numbers.dataSync()[0]).toBe(1.5);
    expect([...tf.tensor1d([1, 2 ** 30, -5], "int32").dataSync()]).toEqual([1, 2 ** 30, -5]);
    expect([...tf.tensor1d([true, false, true], "bool").dataSync()]).toEqual([1, 0, 1]);
    expect(tf.tensor1d(["a", "ü"]).dataSync()).toEqual(["a", "ü"]);
    expect([...tf.slice(numbers, [1], [2]).dataSync()]).toEqual([-2, 3]);
    expect((tf.backend() as unknown as Reader).readSync(numbers.dataId, 1, 3)).toEqual(Float32Array.of(-2, 3));
    expect(numbers.dataSync().buffer).toBeInstanceOf(ArrayBuffer);
  });
});

interface Reader {
  readSync(dataId: tf.DataId, start: number, end: number): tf.TypedArray;
}
