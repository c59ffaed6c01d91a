import * as tf from "@tensorflow/tfjs";
import type { Rng } from "../../src/engine/math/rng.js";
import { choose, pick } from "./attack.js";

/** A tensor, as data. */
export interface CaseTensor {
  readonly shape: number[];
  readonly dtype: "float32" | "int32" | "bool" | "string";
  readonly values: readonly number[] | readonly string[];
}

/** What a kernel is called with. */
export interface KernelCase {
  readonly inputs: Readonly<Record<string, CaseTensor>>;
  readonly attrs: Readonly<Record<string, unknown>>;
}

/** Random inputs and attributes for a kernel: most of them right, some just past what is. */
export function kernelCase(name: string, rng: Rng): KernelCase {
  const make = new Maker(rng);
  const { inputs = {}, attrs = {} } = makers[name]!(make);
  return { inputs, attrs };
}

export function hasCases(name: string): boolean {
  return Object.hasOwn(makers, name);
}

interface Parts {
  readonly inputs?: Record<string, CaseTensor>;
  readonly attrs?: Record<string, unknown>;
}

type Numeric = Exclude<CaseTensor["dtype"], "string">;

/** Random parts of cases. */
class Maker {
  /** Whether numbers may be NaN, infinite or huge: not where wasm multiplies them by zeros that stand for nothing, as around images. */
  extremes = true;

  constructor(readonly rng: Rng) {}

  of<const T>(...items: readonly T[]): T {
    return choose(this.rng, items);
  }

  /** A whole number from low to high. */
  int(low: number, high: number): number {
    return low + pick(this.rng, high - low + 1);
  }

  odds(probability: number): boolean {
    return this.rng.next() < probability;
  }

  /** A whole number that is right, or now and then one beside. */
  about(low: number, high: number): number {
    return this.odds(0.08) ? this.of(low - 1, high + 1, high + 7, -1, 0, low - 5) : this.int(low, Math.max(low, high));
  }

  size(): number {
    return this.odds(0.04) ? 0 : this.int(1, 5);
  }

  shape(low = 0, high = 6): number[] {
    return this.list(this.int(low, high), () => this.size());
  }

  /** A shape of that rank, or now and then of another. */
  ranked(rank: number): number[] {
    const exact = this.odds(0.03) ? Math.max(0, rank + this.of(-1, 1)) : rank;
    return this.list(exact, () => this.size());
  }

  images(): number[] {
    this.extremes = false;
    return this.odds(0.03) ? this.ranked(4) : [this.int(1, 2), this.int(1, 8), this.int(1, 8), this.int(1, 4)];
  }

  list<T>(count: number, item: (i: number) => T): T[] {
    return Array.from({ length: count }, (_, i) => item(i));
  }

  number(): number {
    if (this.extremes && this.odds(0.02)) return this.of(NaN, Infinity, -Infinity, 0, -0, 1e20, -1e-20);
    return Math.fround((this.rng.next() - 0.5) * this.of(2, 2, 2, 20));
  }

  tensor(shape: number[], dtype: Numeric = "float32"): CaseTensor {
    const next = { float32: () => this.number(), int32: () => this.int(-9, 9), bool: () => this.int(0, 1) }[dtype];
    return { shape, dtype, values: this.list(sizeOf(shape), next) };
  }

  any(shape: number[]): CaseTensor {
    return this.tensor(shape, this.of<Numeric>("float32", "float32", "float32", "int32", "bool"));
  }

  /** Whole numbers from low to high, of which some may be beside. */
  indices(shape: number[], low: number, high: number): CaseTensor {
    return { shape, dtype: "int32", values: this.list(sizeOf(shape), () => this.about(low, high)) };
  }

  strings(shape: number[]): CaseTensor {
    const words = ["", "a", "ab", "b a", "ü", "x y z"];
    return { shape, dtype: "string", values: this.list(sizeOf(shape), () => this.of(...words)) };
  }

  axis(rank: number): number {
    return this.odds(0.15) ? -this.about(1, rank) : this.about(0, rank - 1);
  }

  axes(rank: number): number[] {
    if (this.odds(0.05)) return this.list(this.int(0, rank + 1), () => this.axis(rank));
    return this.list(rank, (axis) => axis).filter(() => this.odds(0.5));
  }

  /** A second shape that it is broadcast with. */
  broadcast(shape: readonly number[]): number[] {
    const inner = shape.slice(this.odds(0.3) ? this.int(0, shape.length) : 0);
    return inner.map((size) => (this.odds(0.2) ? 1 : this.odds(0.02) ? this.size() : size));
  }

  /** The shape, or now and then one a little beside. */
  like(shape: readonly number[]): number[] {
    return shape.map((size) => (this.odds(0.02) ? this.about(0, size + 1) : size)).map((size) => Math.max(0, size));
  }

  pad(): unknown {
    return this.odds(0.8) ? this.of("same", "valid") : this.int(0, 2);
  }

  rounding(): { dimRoundingMode: "floor" | "round" | "ceil" } {
    return { dimRoundingMode: this.of("floor", "floor", "round", "ceil") };
  }
}

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

type Make = (make: Maker) => Parts;

const unary: Make = (m) => ({ inputs: { x: m.tensor(m.shape()) } });
/** The sine of a huge number is of another angle where the quarter turn has fewer digits. */
const angle: Make = (m) => {
  m.extremes = false;
  return unary(m);
};
const unaryAny: Make = (m) => ({ inputs: { x: m.any(m.shape()) } });
const unaryBool: Make = (m) => ({ inputs: { x: m.tensor(m.shape(), "bool") } });

function binaryOf(...dtypes: readonly Numeric[]): Make {
  return (m) => {
    const [a, dtype] = [m.shape(), m.of(...dtypes)];
    const [first, second] = m.odds(0.5) ? [a, m.broadcast(a)] : [m.broadcast(a), a];
    return { inputs: { a: m.tensor(first, dtype), b: m.tensor(second, dtype) } };
  };
}

function reductionOf(attribute: string, ...dtypes: readonly Numeric[]): Make {
  return (m) => {
    const x = m.tensor(m.shape(), m.of(...dtypes));
    return { inputs: { x }, attrs: { [attribute]: m.axes(x.shape.length), keepDims: m.odds(0.5) } };
  };
}

const cumulative: Make = (m) => {
  const x = m.tensor(m.shape(1), m.of("float32", "int32"));
  return { inputs: { x }, attrs: { axis: m.axis(x.shape.length), exclusive: m.odds(0.5), reverse: m.odds(0.5) } };
};

const argument: Make = (m) => {
  const x = m.tensor(m.shape(1), m.of("float32", "int32"));
  return { inputs: { x }, attrs: { axis: m.axis(x.shape.length) } };
};

function list(tensors: readonly CaseTensor[]): Record<string, CaseTensor> {
  return Object.fromEntries(tensors.map((tensor, i) => [String(i), tensor]));
}

type Shape4D = [number, number, number, number];
type Shape5D = [number, number, number, number, number];
type Pair = [number, number];
type Triple = [number, number, number];

/** The shape of what a window gives, or any where there is none. */
function outputOf(m: Maker, rank: number, info: () => { readonly outShape: number[] }): number[] {
  try {
    return m.like(info().outShape.map((size) => Math.max(0, size)));
  } catch {
    return m.ranked(rank);
  }
}

/** @param dilated whether the kernel knows dilations. */
function convolution(m: Maker, depthwise = false, dilated = true) {
  const x = m.images();
  const channels = m.odds(0.04) ? m.int(1, 5) : (x[3] ?? 1);
  const filter: Shape4D = [m.int(1, 4), m.int(1, 4), channels, m.int(1, 9)];
  const dilations: Pair = dilated && m.odds(0.25) ? [m.int(1, 3), m.int(1, 3)] : [1, 1];
  const strides: Pair = dilations[0] * dilations[1] > 1 ? [1, 1] : [m.int(1, 3), m.int(1, 3)];
  const attrs = { strides, dilations, pad: m.pad(), dataFormat: "NHWC", ...m.rounding() };
  const out = outputOf(m, 4, () =>
    tf.backend_util.computeConv2DInfo(
      x as Shape4D,
      filter,
      strides,
      dilations,
      attrs.pad as "same",
      attrs.dimRoundingMode,
      depthwise,
    ),
  );
  return { x, filter, attrs, out };
}

function fused(m: Maker, depthwise: boolean): Parts {
  const { x, filter, attrs, out } = convolution(m, depthwise);
  const channels = [out.at(-1) ?? 1];
  const activation = m.of("linear", "relu", "relu6", "elu", "sigmoid", "leakyrelu", "prelu");
  return {
    inputs: {
      x: m.tensor(x),
      filter: m.tensor(filter),
      ...(m.odds(0.6) ? { bias: m.tensor(m.odds(0.8) ? channels : m.like(channels)) } : {}),
      ...(activation === "prelu" ? { preluActivationWeights: m.tensor(channels) } : {}),
    },
    attrs: { ...attrs, activation, leakyreluAlpha: 0.2 },
  };
}

function convolution3D(m: Maker) {
  m.extremes = false;
  const x = m.odds(0.03) ? m.ranked(5) : [m.int(1, 2), m.int(1, 4), m.int(1, 4), m.int(1, 4), m.int(1, 3)];
  const channels = m.odds(0.04) ? m.int(1, 4) : (x[4] ?? 1);
  const filter: Shape5D = [m.int(1, 3), m.int(1, 3), m.int(1, 3), channels, m.int(1, 3)];
  const strides: Triple = [m.int(1, 2), m.int(1, 2), m.int(1, 2)];
  const attrs = { strides, dilations: [1, 1, 1] as Triple, pad: m.of("same", "valid"), dataFormat: "NDHWC" };
  const out = outputOf(m, 5, () =>
    tf.backend_util.computeConv3DInfo(x as Shape5D, filter, strides, attrs.dilations, attrs.pad),
  );
  return { x, filter, attrs, out };
}

function pooling(m: Maker) {
  const x = m.images();
  const filterSize: Pair = [m.int(1, 4), m.int(1, 4)];
  const strides: Pair = [m.int(1, 3), m.int(1, 3)];
  const attrs = { filterSize, strides, pad: m.pad(), ...m.rounding() };
  const { pad, dimRoundingMode } = attrs;
  const out = outputOf(m, 4, () =>
    tf.backend_util.computePool2DInfo(x as Shape4D, filterSize, strides, 1, pad as "same", dimRoundingMode),
  );
  return { x, attrs, out };
}

function pooling3D(m: Maker) {
  m.extremes = false;
  const x = m.odds(0.03) ? m.ranked(5) : [m.int(1, 2), m.int(1, 4), m.int(1, 4), m.int(1, 4), m.int(1, 3)];
  const triple = (high: number): Triple => [m.int(1, high), m.int(1, high), m.int(1, high)];
  const [filterSize, strides] = [triple(3), triple(2)];
  const attrs = {
    filterSize,
    strides,
    pad: m.odds(0.7) ? m.of("same", "valid") : m.int(0, 1),
    dataFormat: "NDHWC",
    ...m.rounding(),
  };
  const { pad, dimRoundingMode } = attrs;
  const out = outputOf(m, 5, () =>
    tf.backend_util.computePool3DInfo(x as Shape5D, filterSize, strides, 1, pad, dimRoundingMode),
  );
  return { x, attrs, out };
}

/** Of max pooling, `input` and `output` are those of a pass before; equal values are rare. */
function poolingGradient({ x, attrs, out }: { x: number[]; attrs: object; out: number[] }, m: Maker): Parts {
  return { inputs: { dy: m.tensor(out), input: m.tensor(x), output: m.tensor(out) }, attrs: { ...attrs } };
}

const pool: Make = (m) => {
  const { x, attrs } = pooling(m);
  return { inputs: { x: m.tensor(x) }, attrs };
};

const pool3D: Make = (m) => {
  const { x, attrs } = pooling3D(m);
  return { inputs: { x: m.tensor(x) }, attrs };
};

function dilation(m: Maker): Parts & { readonly out: number[] } {
  const x = m.images();
  const filter: Triple = [m.int(1, 3), m.int(1, 3), m.odds(0.04) ? m.int(1, 5) : (x[3] ?? 1)];
  const strides: Pair = [m.int(1, 3), m.int(1, 3)];
  const dilations: Pair = [m.int(1, 2), m.int(1, 2)];
  const attrs = { strides, dilations, pad: m.of("same", "valid") };
  const out = outputOf(m, 4, () =>
    tf.backend_util.computeDilation2DInfo(x as Shape4D, filter, strides, attrs.pad, "NHWC", dilations),
  );
  return { inputs: { x: m.tensor(x), filter: m.tensor(filter) }, attrs, out };
}

const dilationGradient: Make = (m) => {
  const { inputs, attrs, out } = dilation(m);
  return { inputs: { ...inputs, dy: m.tensor(out) }, attrs: attrs! };
};

function matrices(m: Maker, axes = 2): Parts {
  const [transposeA, transposeB] = [m.odds(0.5), m.odds(0.5)];
  const batch = m.list(m.int(0, axes), () => m.size());
  const [rows, inner, columns] = [m.size(), m.size(), m.odds(0.2) ? 9 : m.size()];
  const other = m.odds(0.04) ? m.size() : inner;
  const a = [...batch, ...(transposeA ? [inner, rows] : [rows, inner])];
  const b = [...m.broadcast(batch), ...(transposeB ? [columns, other] : [other, columns])];
  const whole = m.odds(0.1);
  const pad = (shape: number[]) =>
    shape.length < 3 ? [...new Array<number>(3 - shape.length).fill(1), ...shape] : shape;
  const [first, second] = [pad(a), pad(b)];
  const dtype = whole ? "int32" : "float32";
  return { inputs: { a: m.tensor(first, dtype), b: m.tensor(second, dtype) }, attrs: { transposeA, transposeB } };
}

function resized(m: Maker) {
  const images = m.images();
  const size = [m.odds(0.05) ? 0 : m.int(1, 9), m.int(1, 9)];
  const alignCorners = m.odds(0.5);
  return { images, attrs: { size, alignCorners, halfPixelCenters: !alignCorners && m.odds(0.5) } };
}

const resize: Make = (m) => {
  const { images, attrs } = resized(m);
  return { inputs: { images: m.tensor(images) }, attrs };
};

const resizeGradient: Make = (m) => {
  const { images, attrs } = resized(m);
  const dy = [images[0] ?? 1, ...attrs.size, images[3] ?? 1];
  return { inputs: { images: m.tensor(images), dy: m.tensor(m.like(dy)) }, attrs };
};

function scattered(m: Maker) {
  const shape = m.shape(1, 4);
  const depth = m.about(1, shape.length);
  const count = m.odds(0.05) ? 0 : m.int(1, 5);
  const rows = m.odds(0.2) ? [] : [count];
  const flat = shape.slice(0, depth);
  const indices: CaseTensor = {
    shape: [...rows, Math.max(0, depth)],
    dtype: "int32",
    values: m.list(sizeOf(rows), () => m.list(Math.max(0, depth), (i) => m.about(0, (flat[i] ?? 1) - 1))).flat(),
  };
  const updates = m.like([...rows, ...shape.slice(Math.max(0, depth))]);
  return { shape, indices, updates };
}

function boxes(m: Maker, count: number): CaseTensor {
  const corner = (i: number) => m.rng.next() / 2 + (i > 1 ? 0.5 : 0);
  const box = () => m.list(4, m.odds(0.1) ? () => m.number() : corner);
  return { shape: [count, 4], dtype: "float32", values: m.list(count, box).flat() };
}

const suppression: Make = (m) => {
  const count = m.odds(0.05) ? 0 : m.int(1, 6);
  const attrs = { maxOutputSize: m.about(1, 6), iouThreshold: 0.5, scoreThreshold: m.of(-1, 0.1), softNmsSigma: 0 };
  return {
    inputs: { boxes: boxes(m, count), scores: m.tensor(m.like([count])) },
    attrs: { ...attrs, padToMaxOutputSize: m.odds(0.3) },
  };
};

/** Blocks and what is cut off or put on at their edges. */
function blocked(m: Maker, names: readonly [string, string], batched: boolean): Parts {
  const blockShape = m.list(m.int(1, 2), () => m.about(1, 3));
  const product = Math.abs(sizeOf(blockShape)) || 1;
  const edges = blockShape.map(() => [m.about(0, 1), m.about(0, 1)]);
  const spatial = blockShape.map((block, i) => {
    const [before, after] = edges[i]!;
    const multiple = Math.abs(block) * m.int(1, 3) - before! - after!;
    return batched ? m.int(1, 4) : m.odds(0.9) ? Math.max(1, multiple) : m.int(1, 5);
  });
  const batch = batched ? product * m.int(1, 2) : m.int(1, 2);
  const shape = m.like([batch, ...spatial, ...m.shape(0, 2)]);
  return { inputs: { x: m.tensor(shape) }, attrs: { [names[0]]: blockShape, [names[1]]: edges } };
}

const segments: Make = (m) => {
  const data = m.tensor(m.shape(1, 3));
  const count = m.int(0, 5);
  const ids = m.list(count, () => m.about(0, 3)).sort((a, b) => a - b);
  return {
    inputs: {
      data,
      indices: m.indices([count], 0, data.shape[0]! - 1),
      segmentIds: { shape: [count], dtype: "int32", values: ids },
    },
  };
};

const concatenated =
  (pack: boolean): Make =>
  (m) => {
    const shape = m.shape(pack ? 0 : 1, 4);
    const dtype = m.of<Numeric>("float32", "float32", "int32", "bool");
    const axis = m.axis(shape.length + (pack ? 1 : 0));
    const part = () => m.tensor(m.like(shape.map((size, i) => (!pack && i === axis ? m.size() : size))), dtype);
    return { inputs: list(m.list(m.int(1, 3), part)), attrs: { axis } };
  };

const equations: readonly (readonly [string, ...string[]])[] = [
  ["ij,jk->ik", "ij", "jk"],
  ["ij->ji", "ij"],
  ["ij->", "ij"],
  ["ijk,ikl->ijl", "ijk", "ikl"],
  ["i,i->", "i", "i"],
  ["ij,ij->i", "ij", "ij"],
  ["i,j->ij", "i", "j"],
];

const makers: Readonly<Record<string, Make>> = {
  ...Object.fromEntries(
    "Acos Acosh Asin Asinh Atan Atanh Cosh Elu Erf Exp Expm1 Log Log1p Reciprocal Rsqrt Selu Sigmoid Sinh Softplus Sqrt Tanh"
      .split(" ")
      .map((name) => [name, unary]),
  ),
  ...Object.fromEntries(
    "Abs Ceil Floor Round Sign Neg Square Relu Relu6 Identity OnesLike ZerosLike IsFinite IsInf IsNan"
      .split(" ")
      .map((name) => [name, unaryAny]),
  ),
  ...Object.fromEntries(["Sin", "Cos", "Tan"].map((name) => [name, angle])),
  LogicalNot: unaryBool,
  LeakyRelu: (m) => ({ ...unary(m), attrs: { alpha: m.of(0.2, 0, 1) } }),
  Step: (m) => ({ ...unary(m), attrs: { alpha: m.of(0, 0.3) } }),
  Cast: (m) => ({ ...unaryAny(m), attrs: { dtype: m.of("float32", "int32", "bool") } }),
  ClipByValue: (m) => {
    const low = m.int(-2, 1);
    return { ...unary(m), attrs: { clipValueMin: low, clipValueMax: low + m.int(0, 2) } };
  },
  ...Object.fromEntries(
    ["Add", "Maximum", "Minimum", "Multiply", "Sub", "SquaredDifference", "Equal", "NotEqual"].map((name) => [
      name,
      binaryOf("float32", "float32", "int32"),
    ]),
  ),
  ...Object.fromEntries(
    ["Greater", "GreaterEqual", "Less", "LessEqual"].map((name) => [name, binaryOf("float32", "int32")]),
  ),
  ...Object.fromEntries(["Atan2", "Pow", "RealDiv", "Mod", "FloorDiv"].map((name) => [name, binaryOf("float32")])),
  ...Object.fromEntries(["LogicalAnd", "LogicalOr"].map((name) => [name, binaryOf("bool")])),
  BitwiseAnd: (m) => {
    const shape = m.shape();
    return { inputs: { a: m.tensor(shape, "int32"), b: m.tensor(m.like(shape), "int32") } };
  },
  Prelu: (m) => {
    const x = m.shape();
    return { inputs: { x: m.tensor(x), alpha: m.tensor(m.broadcast(x)) } };
  },
  EluGrad: (m) => {
    const shape = m.shape();
    return { inputs: { dy: m.tensor(shape), y: m.tensor(m.like(shape)) } };
  },
  AddN: (m) => {
    const shape = m.shape();
    return { inputs: list(m.list(m.int(1, 3), () => m.tensor(m.like(shape)))) };
  },
  Select: (m) => {
    const shape = m.shape();
    const condition = m.tensor(m.like(m.odds(0.7) ? shape : shape.slice(0, 1)), "bool");
    const dtype = m.of<Numeric>("float32", "int32", "bool");
    return { inputs: { condition, t: m.tensor(shape, dtype), e: m.tensor(m.like(shape), dtype) } };
  },
  ...Object.fromEntries(["Sum", "Mean"].map((name) => [name, reductionOf("axis", "float32", "int32")])),
  Prod: (m) => {
    const x = m.tensor(m.shape(), m.of("float32", "int32"));
    // Beyond 32 bits the two come round in different places.
    const values = x.dtype === "int32" ? x.values.map((value) => Math.sign(Number(value))) : x.values;
    return { inputs: { x: { ...x, values } }, attrs: { axis: m.axes(x.shape.length), keepDims: m.odds(0.5) } };
  },
  ...Object.fromEntries(
    ["Max", "Min"].map((n) => [n, reductionOf(n === "Max" ? "reductionIndices" : "axis", "float32")]),
  ),
  ...Object.fromEntries(["All", "Any"].map((name) => [name, reductionOf("axis", "bool")])),
  ArgMax: argument,
  ArgMin: argument,
  Cumsum: cumulative,
  Cumprod: cumulative,
  Softmax: (m) => {
    const logits = m.tensor(m.shape(1, 4));
    return { inputs: { logits }, attrs: { dim: logits.shape.length - 1 } };
  },
  TopK: (m) => {
    const x = m.tensor(m.shape(1, 3));
    return { inputs: { x }, attrs: { k: m.about(0, x.shape.at(-1)!), sorted: true } };
  },
  Unique: (m) => {
    const x = m.tensor(m.shape(1, 3), "int32");
    return { inputs: { x }, attrs: { axis: m.axis(x.shape.length) } };
  },
  Slice: (m) => {
    const x = m.any(m.shape(1));
    const begin = x.shape.map((size) => m.about(0, Math.max(0, size - 1)));
    const size = x.shape.map((size, i) => (m.odds(0.1) ? -1 : m.about(0, Math.max(0, size - begin[i]!))));
    if (m.odds(0.02)) begin.pop();
    return { inputs: { x }, attrs: { begin, size } };
  },
  StridedSlice: (m) => {
    const x = m.tensor(m.shape(1, 4));
    const bounds = () => x.shape.map((size) => m.int(-size - 2, size + 2));
    const mask = () => (m.odds(0.3) ? m.int(0, 2 ** x.shape.length - 1) : 0);
    const strides = x.shape.map(() => (m.odds(0.02) ? 0 : m.of(1, 1, 2, 3, -1, -2)));
    const masks = { beginMask: mask(), endMask: mask(), ellipsisMask: m.of(0, 0, 0, 1), newAxisMask: m.of(0, 0, 0, 1) };
    const shrinkAxisMask = m.odds(0.2) ? m.int(0, 2 ** x.shape.length - 1) : 0;
    return { inputs: { x }, attrs: { begin: bounds(), end: bounds(), strides, ...masks, shrinkAxisMask } };
  },
  PadV2: (m) => {
    const x = m.any(m.shape(0, 5));
    return {
      inputs: { x },
      attrs: {
        paddings: x.shape.map(() => [m.about(0, 2), m.about(0, 2)]),
        constantValue: x.dtype === "bool" ? 1 : m.int(0, 2),
      },
    };
  },
  MirrorPad: (m) => {
    const x = m.tensor(m.shape(1, 4));
    const mode = m.of("reflect", "symmetric");
    const most = (size: number) => Math.max(0, mode === "reflect" ? size - 1 : size);
    const paddings = x.shape.map((size) => [m.about(0, most(size)), m.about(0, most(size))]);
    return { inputs: { x }, attrs: { paddings, mode } };
  },
  Concat: concatenated(false),
  Pack: concatenated(true),
  Unpack: (m) => {
    const value = m.any(m.shape(1, 4));
    return { inputs: { value }, attrs: { axis: m.axis(value.shape.length) } };
  },
  SplitV: (m) => {
    const x = m.any(m.shape(1, 4));
    const axis = m.axis(x.shape.length);
    const size = x.shape.at(axis) ?? 1;
    const first = m.int(0, size);
    const sizes = m.odds(0.5) ? m.about(1, Math.max(1, size)) : [first, m.odds(0.1) ? -1 : m.about(0, size - first)];
    return { inputs: { x }, attrs: { numOrSizeSplits: sizes, axis } };
  },
  Reverse: (m) => {
    const x = m.tensor(m.shape(0, 5));
    return { inputs: { x }, attrs: { dims: m.axes(x.shape.length) } };
  },
  Transpose: (m) => {
    const x = m.any(m.shape(0));
    const perm = x.shape.map((_, i) => i);
    for (let i = perm.length - 1; i > 0; i--) {
      const j = m.int(0, i);
      [perm[i], perm[j]] = [perm[j]!, perm[i]!];
    }
    if (m.odds(0.06)) perm[0] = m.axis(perm.length);
    return { inputs: { x }, attrs: { perm } };
  },
  Tile: (m) => {
    const x = m.any(m.shape(0, 4));
    return { inputs: { x }, attrs: { reps: x.shape.map(() => m.about(0, 3)) } };
  },
  Reshape: (m) => {
    const x = m.any(m.shape());
    const size = sizeOf(x.shape);
    return { inputs: { x }, attrs: { shape: m.of([size], [-1], [1, size], [m.about(1, size), -1], m.shape()) } };
  },
  ExpandDims: (m) => {
    const input = m.any(m.shape(0, 5));
    return { inputs: { input }, attrs: { dim: m.axis(input.shape.length + 1) } };
  },
  GatherV2: (m) => {
    const batch = m.list(m.odds(0.3) ? m.int(1, 2) : 0, () => m.size());
    const x = m.any([...batch, ...m.shape(1, 3)]);
    const axis = m.odds(0.1) ? m.axis(x.shape.length) : m.int(batch.length, x.shape.length - 1);
    const indices = m.indices(m.like([...batch, ...m.shape(0, 2)]), 0, (x.shape.at(axis) ?? 1) - 1);
    return { inputs: { x, indices }, attrs: { axis, batchDims: m.odds(0.03) ? m.int(-1, 3) : batch.length } };
  },
  GatherNd: (m) => {
    const { shape, indices } = scattered(m);
    return { inputs: { params: m.any(shape), indices } };
  },
  ScatterNd: (m) => {
    const { shape, indices, updates } = scattered(m);
    return { inputs: { indices, updates: m.any(updates) }, attrs: { shape } };
  },
  TensorScatterUpdate: (m) => {
    const { shape, indices, updates } = scattered(m);
    const dtype = m.of<Numeric>("float32", "int32");
    return { inputs: { tensor: m.tensor(shape, dtype), indices, updates: m.tensor(updates, dtype) } };
  },
  SparseToDense: (m) => {
    const { shape, indices } = scattered(m);
    const rows = indices.shape.slice(0, -1);
    const values = m.tensor(m.odds(0.8) ? m.like(rows) : []);
    return {
      inputs: { sparseIndices: indices, sparseValues: values, defaultValue: m.tensor([]) },
      attrs: { outputShape: shape.slice(0, indices.shape.at(-1)) },
    };
  },
  OneHot: (m) => {
    const depth = m.about(1, 5);
    const attrs = { depth, onValue: 1, offValue: m.of(0, 2), dtype: m.of("float32", "int32", "bool") };
    return { inputs: { indices: m.indices(m.shape(0, 3), 0, depth - 1) }, attrs };
  },
  BroadcastArgs: (m) => {
    const shape = m.shape(0, 4);
    const of = (values: number[]): CaseTensor => ({ shape: [values.length], dtype: "int32", values });
    return { inputs: { s0: of(shape), s1: of(m.broadcast(shape)) } };
  },
  Fill: (m) => ({ attrs: { shape: m.shape(), value: m.int(-3, 3), dtype: m.of("float32", "int32") } }),
  Range: (m) => ({
    attrs: { start: m.int(-3, 3), stop: m.int(-3, 5), step: m.of(1, 2, -1, 0.5), dtype: m.of("float32", "int32") },
  }),
  LinSpace: (m) => ({ attrs: { start: m.int(-3, 3), stop: m.int(-3, 5), num: m.about(1, 5) } }),
  Diag: (m) => ({ inputs: { x: m.tensor(m.shape(1, 3)) } }),
  UnsortedSegmentSum: (m) => {
    const x = m.tensor(m.shape(1, 3), m.of("float32", "int32"));
    const numSegments = m.about(1, 4);
    return {
      inputs: { x, segmentIds: m.indices(m.like(x.shape.slice(0, 1)), 0, numSegments - 1) },
      attrs: { numSegments },
    };
  },
  Bincount: (m) => {
    const shape = [m.size()];
    const size = m.about(1, 5);
    const weights = m.odds(0.3) ? m.tensor([0]) : m.tensor(m.like(shape));
    return { inputs: { x: m.indices(shape, 0, size - 1), weights }, attrs: { size } };
  },
  DenseBincount: (m) => {
    const shape = m.shape(1, 2);
    const size = m.about(1, 5);
    const weights = m.odds(0.3) ? m.tensor([0]) : m.tensor(m.like(shape));
    return { inputs: { x: m.indices(shape, 0, size - 1), weights }, attrs: { size, binaryOutput: m.odds(0.3) } };
  },
  SearchSorted: (m) => {
    const batch = m.int(1, 3);
    const sorted = m.list(batch, () => m.list(4, () => m.int(-5, 5)).sort((a, b) => a - b)).flat();
    return {
      inputs: {
        sortedSequence: { shape: [batch, 4], dtype: "float32", values: sorted },
        values: m.tensor(m.like([batch, 3])),
      },
      attrs: { side: m.of("left", "right") },
    };
  },
  Multinomial: (m) => {
    const logits = m.tensor(m.ranked(2));
    return { inputs: { logits }, attrs: { numSamples: m.about(1, 5), seed: m.int(1, 99), normalized: m.odds(0.5) } };
  },
  Conv2D: (m) => {
    const { x, filter, attrs } = convolution(m);
    return { inputs: { x: m.tensor(x), filter: m.tensor(filter) }, attrs };
  },
  FusedConv2D: (m) => fused(m, false),
  Conv2DBackpropInput: (m) => {
    const { x, filter, attrs, out } = convolution(m, false, false);
    return { inputs: { dy: m.tensor(out), filter: m.tensor(filter) }, attrs: { ...attrs, inputShape: x } };
  },
  Conv2DBackpropFilter: (m) => {
    const { x, filter, attrs, out } = convolution(m, false, false);
    return { inputs: { x: m.tensor(x), dy: m.tensor(out) }, attrs: { ...attrs, filterShape: filter } };
  },
  DepthwiseConv2dNative: (m) => {
    const { x, filter, attrs } = convolution(m, true);
    return { inputs: { x: m.tensor(x), filter: m.tensor(filter) }, attrs };
  },
  FusedDepthwiseConv2D: (m) => fused(m, true),
  DepthwiseConv2dNativeBackpropInput: (m) => {
    const { x, filter, attrs, out } = convolution(m, true, false);
    return { inputs: { dy: m.tensor(out), filter: m.tensor(filter) }, attrs: { ...attrs, inputShape: x } };
  },
  DepthwiseConv2dNativeBackpropFilter: (m) => {
    const { x, filter, attrs, out } = convolution(m, true, false);
    return { inputs: { x: m.tensor(x), dy: m.tensor(out) }, attrs: { ...attrs, filterShape: filter } };
  },
  Conv3D: (m) => {
    const { x, filter, attrs } = convolution3D(m);
    return { inputs: { x: m.tensor(x), filter: m.tensor(filter) }, attrs };
  },
  Conv3DBackpropInputV2: (m) => {
    const { x, filter, attrs, out } = convolution3D(m);
    return { inputs: { dy: m.tensor(out), filter: m.tensor(filter) }, attrs: { ...attrs, inputShape: x } };
  },
  Conv3DBackpropFilterV2: (m) => {
    const { x, filter, attrs, out } = convolution3D(m);
    return { inputs: { x: m.tensor(x), dy: m.tensor(out) }, attrs: { ...attrs, filterShape: filter } };
  },
  AvgPool: pool,
  MaxPool: pool,
  MaxPoolWithArgmax: (m) => {
    const { x, attrs } = pooling(m);
    return { inputs: { x: m.tensor(x) }, attrs: { ...attrs, includeBatchInIndex: m.odds(0.5) } };
  },
  AvgPoolGrad: (m) => poolingGradient(pooling(m), m),
  MaxPoolGrad: (m) => poolingGradient(pooling(m), m),
  AvgPool3D: pool3D,
  MaxPool3D: pool3D,
  AvgPool3DGrad: (m) => poolingGradient(pooling3D(m), m),
  MaxPool3DGrad: (m) => poolingGradient(pooling3D(m), m),
  Dilation2D: (m) => {
    const { inputs, attrs } = dilation(m);
    return { inputs: inputs!, attrs: attrs! };
  },
  Dilation2DBackpropInput: dilationGradient,
  Dilation2DBackpropFilter: dilationGradient,
  LRN: (m) => ({
    inputs: { x: m.tensor(m.images()) },
    attrs: { depthRadius: m.about(0, 5), bias: 1, alpha: 0.5, beta: 0.5 },
  }),
  LRNGrad: (m) => {
    const x = m.images();
    const inputs = { x: m.tensor(x), y: m.tensor(m.like(x)), dy: m.tensor(m.like(x)) };
    return { inputs, attrs: { depthRadius: m.about(0, 5), bias: 1, alpha: 0.5, beta: 0.5 } };
  },
  BatchMatMul: (m) => matrices(m),
  _FusedMatMul: (m) => {
    const { inputs, attrs } = matrices(m, 1);
    const b = inputs!.b!.shape;
    const columns = [attrs!["transposeB"] ? b.at(-2)! : b.at(-1)!];
    const activation = m.of("linear", "relu", "relu6", "sigmoid", "leakyrelu", "prelu");
    return {
      inputs: {
        ...inputs,
        ...(m.odds(0.6) ? { bias: m.tensor(m.like(columns)) } : {}),
        ...(activation === "prelu" ? { preluActivationWeights: m.tensor(m.like(columns)) } : {}),
      },
      attrs: { ...attrs, activation, leakyreluAlpha: 0.2 },
    };
  },
  Einsum: (m) => {
    const [equation, ...labels] = m.of(...equations);
    const sizes = Object.fromEntries([..."ijkl"].map((label) => [label, m.size()]));
    return {
      inputs: list(labels.map((of) => m.tensor(m.like([...of].map((label) => sizes[label]!))))),
      attrs: { equation },
    };
  },
  FusedBatchNorm: (m) => {
    const x = m.images();
    const channel = () => m.tensor(m.like(x.slice(-1)));
    const variance = { ...channel() };
    const positive = { ...variance, values: variance.values.map((value) => Math.abs(Number(value)) || 1) };
    return {
      inputs: { x: m.tensor(x), mean: channel(), variance: positive, scale: channel(), offset: channel() },
      attrs: { varianceEpsilon: 0.001 },
    };
  },
  ResizeBilinear: resize,
  ResizeNearestNeighbor: resize,
  ResizeBilinearGrad: resizeGradient,
  ResizeNearestNeighborGrad: resizeGradient,
  CropAndResize: (m) => {
    const image = m.images();
    const count = m.int(1, 3);
    const attrs = {
      cropSize: [m.about(1, 5), m.about(1, 5)],
      method: m.of("bilinear", "nearest"),
      extrapolationValue: 0,
    };
    const boxInd = m.indices(m.like([count]), 0, (image[0] ?? 1) - 1);
    return { inputs: { image: m.tensor(image), boxes: boxes(m, count), boxInd }, attrs };
  },
  FlipLeftRight: (m) => ({ inputs: { image: m.tensor(m.images()) } }),
  RotateWithOffset: (m) => ({
    inputs: { image: m.tensor(m.images()) },
    attrs: { radians: m.rng.next(), fillValue: m.odds(0.5) ? 3 : [1, 2, 3], center: m.odds(0.5) ? 0.5 : [0.25, 0.75] },
  }),
  Transform: (m) => {
    const image = m.images();
    const attrs = {
      interpolation: m.of("nearest", "bilinear"),
      fillMode: m.of("constant", "reflect", "wrap", "nearest"),
      fillValue: 0.5,
      ...(m.odds(0.5) ? { outputShape: [m.about(1, 5), m.about(1, 5)] } : {}),
    };
    return { inputs: { image: m.tensor(image), transforms: m.tensor(m.like([image[0] ?? 1, 8])) }, attrs };
  },
  BatchToSpaceND: (m) => blocked(m, ["blockShape", "crops"], true),
  SpaceToBatchND: (m) => blocked(m, ["blockShape", "paddings"], false),
  DepthToSpace: (m) => {
    const blockSize = m.about(1, 3);
    const shape = m.like([m.int(1, 2), m.int(1, 3), m.int(1, 3), blockSize * blockSize * m.int(1, 2)]);
    return { inputs: { x: m.tensor(shape) }, attrs: { blockSize, dataFormat: m.of("NHWC", "NHWC", "NCHW") } };
  },
  NonMaxSuppressionV3: suppression,
  NonMaxSuppressionV4: suppression,
  NonMaxSuppressionV5: suppression,
  SparseFillEmptyRows: (m) => {
    const [count, rows] = [m.int(0, 4), m.int(1, 4)];
    const places = m.list(count, () => [m.about(0, rows - 1), m.int(0, 3)]).sort((a, b) => a[0]! - b[0]!);
    const of = (shape: number[], values: number[]): CaseTensor => ({ shape, dtype: "int32", values });
    return {
      inputs: {
        indices: of([count, 2], places.flat()),
        values: m.tensor(m.like([count])),
        denseShape: of([2], [m.about(rows, rows), 4]),
        defaultValue: m.tensor([]),
      },
    };
  },
  SparseReshape: (m) => {
    const shape = [m.int(1, 4), m.int(1, 4)];
    const of = (values: number[]): CaseTensor => ({ shape: [values.length], dtype: "int32", values });
    const count = m.int(0, 4);
    const places = m.list(count, () => shape.map((size) => m.about(0, size - 1))).flat();
    const size = sizeOf(shape);
    return {
      inputs: {
        inputIndices: { shape: [count, 2], dtype: "int32", values: places },
        inputShape: of(shape),
        newShape: of(m.of([size], [-1], [1, size, 1], [m.about(1, size), -1], [-1, -1])),
      },
    };
  },
  SparseSegmentMean: segments,
  SparseSegmentSum: segments,
  StringNGrams: (m) => {
    const count = m.int(0, 6);
    const splits = [0, m.about(0, count), m.about(count, count)].sort((a, b) => a - b);
    return {
      inputs: { data: m.strings([count]), dataSplits: { shape: [3], dtype: "int32", values: splits } },
      attrs: {
        separator: "|",
        nGramWidths: m.of([1], [2, 3], [m.about(1, 3)]),
        leftPad: "<",
        rightPad: ">",
        padWidth: m.int(-1, 2),
        preserveShortSequences: m.odds(0.5),
      },
    };
  },
  StringSplit: (m) => ({
    inputs: {
      input: m.strings([m.int(0, 4)]),
      delimiter: { shape: [], dtype: "string", values: [m.of(" ", "", "ab")] },
    },
    attrs: { skipEmpty: m.odds(0.5) },
  }),
  StringToHashBucketFast: (m) => ({
    inputs: { input: m.strings(m.shape(0, 2)) },
    attrs: { numBuckets: m.about(1, 9) },
  }),
};
