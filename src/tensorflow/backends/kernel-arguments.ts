import * as tf from "@tensorflow/tfjs";
import { InvalidArgumentError } from "../../engine/errors.js";
import { type AnyCall, type Guard, guardKernels } from "./guarded-kernel.js";

type Shape4D = [number, number, number, number];
type Shape5D = [number, number, number, number, number];

/** A call of a kernel, as a check looks at it. */
class Checked {
  readonly inputs: AnyCall["inputs"];
  /** Of each kernel others; a check finds out what they are. */
  readonly attrs: AnyCall["attrs"];

  constructor(
    private readonly kernelName: string,
    private readonly call: AnyCall,
    /** Whether tensors can be read without waiting for a device. */
    private readonly readable: boolean,
  ) {
    this.inputs = call.inputs;
    this.attrs = call.attrs;
  }

  shape(name: string): number[] {
    return this.inputs[name]!.shape;
  }

  fail(why: string): never {
    const given = Object.entries(this.inputs).filter(([, input]) => input !== undefined && input !== null);
    const shapes = given.map(([name, { shape }]) => `${name} [${shape.join(", ")}]`).join(", ");
    throw new InvalidArgumentError(`${this.kernelName}: ${why}. The shapes are: ${shapes}.`);
  }

  check(right: boolean, why: () => string): void {
    if (!right) this.fail(why());
  }

  rank(name: string, rank: number): void {
    const { length } = this.shape(name);
    this.check(length === rank, () => `${name} must have ${rank} axes, not ${length}`);
  }

  same(name: string, shape: readonly number[]): void {
    this.check(isSame(this.shape(name), shape), () => `${name} must have the shape [${shape.join(", ")}]`);
  }

  /** @returns the axis counted from the first. */
  axis(value: unknown, rank: number): number {
    this.check(isWhole(value) && value >= -rank && value < rank, () => `there is no axis ${String(value)} of ${rank}`);
    return Number(value) < 0 ? Number(value) + rank : Number(value);
  }

  whole(value: unknown, what: string, least: number, most = Infinity): void {
    const range = most === Infinity ? `${least} or more` : `${least} to ${most}`;
    this.check(
      isWhole(value) && value >= least && value <= most,
      () => `${what} must be ${range}, not ${String(value)}`,
    );
  }

  /** A tensor's numbers; undefined where reading them waits for a device. */
  numbers(name: string): number[] | undefined {
    if (!this.readable) return undefined;
    const { readSync } = this.call.backend as tf.KernelBackend;
    return [...(readSync.call(this.call.backend, this.inputs[name]!.dataId) as Int32Array)];
  }

  /** @param limits one for each number of a row. */
  indices(name: string, limits: readonly number[]): void {
    const values = this.numbers(name) ?? [];
    for (let i = 0; i < values.length; i++) {
      const limit = limits[i % limits.length]!;
      const value = values[i]!;
      this.check(value >= 0 && value < limit, () => `${name} has ${value}, which is not from 0 to ${limit - 1}`);
    }
  }
}

type Check = (call: Checked) => Readonly<Record<string, unknown>> | void;

function isWhole(value: unknown): value is number {
  return Number.isInteger(value);
}

function isSame(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((size, i) => size === b[i]);
}

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

function slice(c: Checked): void {
  const shape = c.shape("x");
  const [begin, size] = [[c.attrs.begin].flat(), [c.attrs.size].flat()] as [number[], number[]];
  const fits = (axis: number) => {
    const from = begin[axis] ?? 0;
    const count = size[axis] === undefined || size[axis] === -1 ? shape[axis]! - from : size[axis];
    return isWhole(from) && isWhole(count) && from >= 0 && count >= 0 && from + count <= shape[axis]!;
  };
  const right = begin.length <= shape.length && size.length <= shape.length && shape.every((_, axis) => fits(axis));
  c.check(right, () => `begin [${begin.join(", ")}] and size [${size.join(", ")}] extend beyond the tensor`);
}

function pad(most: (size: number, mode: unknown) => number): Check {
  return (c) => {
    const shape = c.shape("x");
    const paddings = c.attrs.paddings as number[][];
    c.check(paddings.length === shape.length, () => `there must be a padding for each of ${shape.length} axes`);
    for (const [axis, both] of paddings.entries())
      for (const one of both) c.whole(one, `the padding of axis ${axis}`, 0, most(shape[axis]!, c.attrs.mode));
  };
}

function axisOf(input: string, more = 0): Check {
  return (c) => ({ ...c.attrs, axis: c.axis(c.attrs.axis, c.shape(input).length + more) });
}

/** @param chooses whether a result is one of the elements, of which there must be one then. */
function reduction(attribute: string, chooses = false): Check {
  return (c) => {
    const shape = c.shape("x");
    const given = c.attrs[attribute] as number | number[];
    const axes = [...new Set(tf.util.parseAxisParam(given, shape))];
    const left = shape.filter((_, axis) => !axes.includes(axis));
    const nothing = chooses && sizeOf(shape) === 0 && sizeOf(left) > 0;
    c.check(!nothing, () => `the axes [${axes.join(", ")}] are empty`);
    return { ...c.attrs, [attribute]: axes };
  };
}

function batchToSpace(c: Checked): void {
  const { blockShape, crops } = c.attrs as { blockShape: number[]; crops: number[][] };
  const shape = c.shape("x");
  blocks(c, blockShape, crops, "crop");
  c.check(shape[0]! % sizeOf(blockShape) === 0, () => `blocks of [${blockShape.join(", ")}] do not divide the batch`);
  for (const [i, [before, after]] of (crops as [number, number][]).entries())
    c.check(before + after <= shape[i + 1]! * blockShape[i]!, () => `the crops of axis ${i + 1} leave nothing`);
}

function spaceToBatch(c: Checked): void {
  const { blockShape, paddings } = c.attrs as { blockShape: number[]; paddings: number[][] };
  blocks(c, blockShape, paddings, "padding");
  for (const [i, [before, after]] of (paddings as [number, number][]).entries())
    c.check(
      (c.shape("x")[i + 1]! + before + after) % blockShape[i]! === 0,
      () => `a block of ${blockShape[i]} does not divide axis ${i + 1} with its padding`,
    );
}

function blocks(c: Checked, blockShape: number[], edges: number[][], what: string): void {
  const { length } = c.shape("x");
  c.check(
    length > blockShape.length && edges.length === blockShape.length,
    () => `a block and a ${what} for each axis`,
  );
  for (const block of blockShape) c.whole(block, "a block", 1);
  for (const edge of edges.flat()) c.whole(edge, `a ${what}`, 0);
}

function depthToSpace(c: Checked): void {
  c.rank("x", 4);
  const blockSize = c.attrs.blockSize as number;
  c.whole(blockSize, "blockSize", 2);
  const depth = c.shape("x")[c.attrs.dataFormat === "NCHW" ? 1 : 3]!;
  c.check(depth % blockSize ** 2 === 0, () => `blocks of ${blockSize}² do not divide ${depth} channels`);
}

function select(c: Checked): void {
  const [condition, t] = [c.shape("condition"), c.shape("t")];
  c.same("e", t);
  const right = isSame(condition, t) || condition.length === 0 || isSame(condition, t.slice(0, 1));
  c.check(right, () => "condition must have the shape of t, or one element for each along its first axis");
}

/** Places of a tensor of that shape, and what is put there, of that name. */
function scatter(indices: string, updates: string, shapeOf: (c: Checked) => number[], scalar = false): Check {
  return (c) => {
    const shape = shapeOf(c);
    const places = c.shape(indices);
    const depth = places.length === 0 ? 1 : places.length === 1 && scalar ? 1 : places.at(-1)!;
    const rows = places.length === 1 && scalar ? places : places.slice(0, -1);
    c.check(depth <= shape.length, () => `${indices} has ${depth} numbers for each place of ${shape.length} axes`);
    if (!(scalar && c.shape(updates).length === 0)) c.same(updates, [...rows, ...shape.slice(depth)]);
    c.indices(indices, shape.slice(0, depth));
  };
}

function gatherNd(c: Checked): void {
  const [shape, places] = [c.shape("params"), c.shape("indices")];
  const depth = places.at(-1) ?? 0;
  c.check(places.length >= 1 && depth <= shape.length, () => `indices has ${depth} numbers for ${shape.length} axes`);
  c.indices("indices", shape.slice(0, depth));
}

function cropAndResize(c: Checked): void {
  c.rank("image", 4);
  const count = c.shape("boxes")[0]!;
  c.same("boxes", [count, 4]);
  c.same("boxInd", [count]);
  for (const size of c.attrs.cropSize as number[]) c.whole(size, "cropSize", 1);
  c.indices("boxInd", [c.shape("image")[0]!]);
}

function suppression(c: Checked): void {
  const count = c.shape("boxes")[0]!;
  c.same("boxes", [count, 4]);
  c.same("scores", [count]);
  c.whole(c.attrs.maxOutputSize, "maxOutputSize", 0);
}

function bincount(c: Checked): void {
  const weights = c.shape("weights");
  if (sizeOf(weights) > 0) c.same("weights", c.shape("x"));
  c.whole(c.attrs.size, "size", 0);
  c.indices("x", [Infinity]);
}

function searchSorted(c: Checked): void {
  c.rank("sortedSequence", 2);
  c.same("values", [c.shape("sortedSequence")[0]!, c.shape("values").at(-1)!]);
}

function topK(c: Checked): void {
  const last = c.shape("x").at(-1);
  c.check(last !== undefined, () => "x must have an axis");
  c.whole(c.attrs.k, "k", 0, last);
}

/**
 * TensorFlow.js takes the height's window and stride for both axes where the padding is a number: the output is too wide or too narrow, and
 * stock kernels on wasm write what there really is.
 */
function refuseOneNumber(c: Checked, window: readonly number[], strides: readonly number[]): void {
  const { pad } = c.attrs;
  if (typeof pad !== "number") return;
  const square = window[0] === window[1] && strides[0] === strides[1];
  c.check(
    square,
    () =>
      `a padding of ${pad} works only with square windows and equal strides, not with a window of ${window.join("×")} and strides ` +
      `of ${strides.join("×")}. Use [[0, 0], [top, bottom], [left, right], [0, 0]], or tf.pad the images and use "valid"`,
  );
}

function pairOf(value: unknown): [number, number] {
  return typeof value === "number" ? [value, value] : (value as [number, number]);
}

/** A window's output, from the attributes and the shapes of what it moves over. */
type Window = (c: Checked, x: number[], filter: number[], rounding: Rounding) => { readonly outShape: number[] };

type Rounding = "floor" | "round" | "ceil" | undefined;

/** How a window moves, in a kernel's attributes. @typeParam Size of one axis for all, or of each. */
interface Moves<Size> {
  readonly filterSize: Size;
  readonly strides: Size;
  readonly dilations: Size;
  readonly pad: "same" | "valid" | number;
}

type Moves2D = Moves<number | [number, number]>;
type Moves3D = Moves<number | [number, number, number]>;

/** Attributes with the rounding that dy was made with, which TensorFlow.js does not tell its gradients. */
function rounded(c: Checked, outShape: (rounding: Rounding) => number[]): Readonly<Record<string, unknown>> {
  const told = c.attrs.dimRoundingMode as Rounding;
  const found = [told, "floor", "ceil", "round"].find((rounding) =>
    isSame(c.shape("dy"), outShape(rounding as Rounding)),
  );
  if (!isSame(c.shape("dy"), outShape(found as Rounding))) c.same("dy", outShape(told));
  return { ...c.attrs, dimRoundingMode: found };
}

function conv2D(depthwise: boolean): Window {
  return ({ attrs }, x, filter, rounding) => {
    const { strides, dilations = 1, pad } = attrs as unknown as Moves2D;
    const format = attrs.dataFormat === "NCHW" ? "channelsFirst" : "channelsLast";
    const shapes = [x as Shape4D, filter as Shape4D] as const;
    return tf.backend_util.computeConv2DInfo(...shapes, strides, dilations, pad, rounding, depthwise, format);
  };
}

const conv3D: Window = ({ attrs }, x, filter) => {
  const { strides, dilations = 1, pad } = attrs as unknown as Moves3D;
  return tf.backend_util.computeConv3DInfo(x as Shape5D, filter as Shape5D, strides, dilations, pad);
};

/** @param rank of images and filter. @param x their shapes, which gradients are told. */
function convolution(
  window: Window,
  rank: number,
  x: (c: Checked) => number[],
  filter: (c: Checked) => number[],
): Check {
  return (c) => {
    const [images, weights] = [x(c), filter(c)];
    c.check(images.length === rank && weights.length === rank, () => `images and filter must have ${rank} axes`);
    const channels = images[c.attrs.dataFormat === "NCHW" ? 1 : rank - 1]!;
    const taken = weights[rank - 2]!;
    if (rank === 4) {
      const [down, across] = pairOf(c.attrs.dilations ?? 1);
      refuseOneNumber(c, [(weights[0]! - 1) * down + 1, (weights[1]! - 1) * across + 1], pairOf(c.attrs.strides));
    }
    c.check(channels === taken, () => `the filter takes ${taken} channels, but the images have ${channels}`);
    if (c.inputs.bias) biasFits(c, window(c, images, weights, c.attrs.dimRoundingMode as Rounding).outShape.at(-1)!);
    return c.inputs.dy ? rounded(c, (rounding) => window(c, images, weights, rounding).outShape) : undefined;
  };
}

/** One for all, or one for each channel. */
function biasFits(c: Checked, channels: number): void {
  for (const name of ["bias", "preluActivationWeights"]) {
    if (!c.inputs[name]) continue;
    const shape = c.shape(name);
    const right = shape.length === 0 || shape.length > 1 || shape[0] === channels || shape[0] === 1;
    c.check(right, () => `${name} must have one element, or one for each of ${channels} channels`);
  }
}

function pooling(rank: number, input: string): Check {
  return (c) => {
    c.rank(input, rank);
    if (rank === 4) refuseOneNumber(c, pairOf(c.attrs.filterSize), pairOf(c.attrs.strides));
    if (!c.inputs.dy) return undefined;
    const shape = c.shape(input);
    return rounded(c, (rounding) => (rank === 4 ? pooled2D : pooled3D)(c.attrs, shape, rounding));
  };
}

function pooled2D(attrs: AnyCall["attrs"], shape: number[], rounding: Rounding): number[] {
  const { filterSize, strides, pad } = attrs as unknown as Moves2D;
  return tf.backend_util.computePool2DInfo(shape as Shape4D, filterSize, strides, 1, pad, rounding).outShape;
}

function pooled3D(attrs: AnyCall["attrs"], shape: number[], rounding: Rounding): number[] {
  const { filterSize, strides, pad } = attrs as unknown as Moves3D;
  return tf.backend_util.computePool3DInfo(shape as Shape5D, filterSize, strides, 1, pad, rounding).outShape;
}

function dilation2D(c: Checked): void {
  c.rank("x", 4);
  c.rank("filter", 3);
  const [x, filter] = [c.shape("x"), c.shape("filter")];
  c.check(x[3] === filter[2], () => `the filter has ${filter[2]} channels, but the images have ${x[3]}`);
  const { strides, dilations, pad } = c.attrs as unknown as Moves2D;
  const info = tf.backend_util.computeDilation2DInfo(
    x as Shape4D,
    filter as [number, number, number],
    strides,
    pad,
    "NHWC",
    dilations,
  );
  c.check(
    info.outShape.every((size) => size > 0),
    () => "no window fits into the images",
  );
  if (c.inputs.dy) c.same("dy", info.outShape);
}

function resizeGradient(c: Checked): void {
  c.rank("images", 4);
  c.rank("dy", 4);
  const [[batch, , , channels], [, height, width]] = [c.shape("images"), c.shape("dy")];
  c.same("dy", [batch!, height!, width!, channels!]);
}

function resize(c: Checked): void {
  c.rank("images", 4);
  for (const size of c.attrs.size as number[]) c.whole(size, "size", 1);
}

function transform(c: Checked): void {
  c.rank("image", 4);
  const count = c.shape("transforms")[0]!;
  c.check(count === 1 || count === c.shape("image")[0], () => "transforms must be one, or one for each image");
  c.same("transforms", [count, 8]);
  for (const size of (c.attrs.outputShape ?? []) as number[]) c.whole(size, "outputShape", 1);
}

function tile(c: Checked): void {
  const reps = c.attrs.reps as number[];
  c.check(reps.length === c.shape("x").length, () => `reps [${reps.join(", ")}] must have a number for each axis`);
  for (const times of reps) c.whole(times, "reps", 0);
}

function transpose(c: Checked): void {
  const perm = c.attrs.perm as number[];
  const right = isSame(
    [...perm].sort((a, b) => a - b),
    c.shape("x").map((_, i) => i),
  );
  c.check(right, () => `perm [${perm.join(", ")}] must name each axis once`);
}

function segmentSum(c: Checked): void {
  c.whole(c.attrs.numSegments, "numSegments", 1);
  const ids = c.shape("segmentIds");
  c.same("segmentIds", c.shape("x").slice(0, ids.length));
}

function sparseReshape(c: Checked): void {
  const shape = c.numbers("inputShape");
  if (shape) c.indices("inputIndices", shape);
}

function sparseFill(c: Checked): void {
  const shape = c.numbers("denseShape");
  if (!shape) return;
  for (const size of shape) c.whole(size, "denseShape", 0);
  c.same("indices", [c.shape("values")[0]!, shape.length]);
  c.indices("indices", shape);
}

/** TensorFlow.js takes a batch of none for as many as the other has. */
function matrices(c: Checked): void {
  const [a, b] = [sizeOf(c.shape("a").slice(0, -2)), sizeOf(c.shape("b").slice(0, -2))];
  c.check((a === 0) === (b === 0), () => "one batch is empty, but the other is not");
}

function sameShapes(...names: readonly string[]): Check {
  return (c) => names.forEach((name) => c.same(name, c.shape(names[0]!)));
}

function batchNorm(c: Checked): void {
  const shape = c.shape("mean");
  for (const name of ["variance", "scale", "offset"]) if (c.inputs[name]) c.same(name, shape);
}

const image2D = (name: string) => (c: Checked) => c.shape(name);
const told = (attribute: string) => (c: Checked) => c.attrs[attribute] as number[];

function convolutions(name: string, gradients: readonly [string, string], window: Window, rank: number) {
  return {
    [name]: convolution(window, rank, image2D("x"), image2D("filter")),
    [gradients[0]]: convolution(window, rank, told("inputShape"), image2D("filter")),
    [gradients[1]]: convolution(window, rank, image2D("x"), told("filterShape")),
  };
}

const checks: Readonly<Record<string, Check>> = {
  Slice: slice,
  PadV2: pad(() => Infinity),
  MirrorPad: pad((size, mode) => (mode === "reflect" ? size - 1 : size)),
  ArgMax: axisOf("x"),
  ArgMin: axisOf("x"),
  Cumsum: axisOf("x"),
  Cumprod: axisOf("x"),
  SplitV: axisOf("x"),
  Unique: axisOf("x"),
  Unpack: axisOf("value"),
  Max: reduction("reductionIndices", true),
  Min: reduction("axis", true),
  Sum: reduction("axis"),
  Mean: reduction("axis"),
  Prod: reduction("axis"),
  All: reduction("axis"),
  Any: reduction("axis"),
  Multinomial: (c) => c.whole(c.attrs.numSamples, "numSamples", 1),
  StringToHashBucketFast: (c) => c.whole(c.attrs.numBuckets, "numBuckets", 1),
  BatchToSpaceND: batchToSpace,
  SpaceToBatchND: spaceToBatch,
  DepthToSpace: depthToSpace,
  Select: select,
  ScatterNd: scatter("indices", "updates", (c) => c.attrs.shape as number[]),
  TensorScatterUpdate: scatter("indices", "updates", (c) => c.shape("tensor")),
  SparseToDense: scatter("sparseIndices", "sparseValues", (c) => c.attrs.outputShape as number[], true),
  GatherNd: gatherNd,
  CropAndResize: cropAndResize,
  NonMaxSuppressionV3: suppression,
  NonMaxSuppressionV4: suppression,
  NonMaxSuppressionV5: suppression,
  Bincount: bincount,
  DenseBincount: bincount,
  OneHot: (c) => c.whole(c.attrs.depth, "depth", 1),
  TopK: topK,
  SearchSorted: searchSorted,
  ...convolutions("Conv2D", ["Conv2DBackpropInput", "Conv2DBackpropFilter"], conv2D(false), 4),
  ...convolutions(
    "DepthwiseConv2dNative",
    ["DepthwiseConv2dNativeBackpropInput", "DepthwiseConv2dNativeBackpropFilter"],
    conv2D(true),
    4,
  ),
  ...convolutions("Conv3D", ["Conv3DBackpropInputV2", "Conv3DBackpropFilterV2"], conv3D, 5),
  FusedConv2D: convolution(conv2D(false), 4, image2D("x"), image2D("filter")),
  FusedDepthwiseConv2D: convolution(conv2D(true), 4, image2D("x"), image2D("filter")),
  AvgPool: pooling(4, "x"),
  MaxPool: pooling(4, "x"),
  MaxPoolWithArgmax: pooling(4, "x"),
  AvgPool3D: pooling(5, "x"),
  MaxPool3D: pooling(5, "x"),
  AvgPoolGrad: pooling(4, "input"),
  MaxPoolGrad: pooling(4, "input"),
  AvgPool3DGrad: pooling(5, "input"),
  MaxPool3DGrad: pooling(5, "input"),
  Dilation2D: dilation2D,
  Dilation2DBackpropInput: dilation2D,
  Dilation2DBackpropFilter: dilation2D,
  LRN: (c) => c.rank("x", 4),
  LRNGrad: sameShapes("x", "y", "dy"),
  EluGrad: sameShapes("y", "dy"),
  BitwiseAnd: sameShapes("a", "b"),
  AddN: (c) => sameShapes(...Object.keys(c.inputs))(c),
  ResizeBilinear: resize,
  ResizeNearestNeighbor: resize,
  ResizeBilinearGrad: resizeGradient,
  ResizeNearestNeighborGrad: resizeGradient,
  Transform: transform,
  FlipLeftRight: (c) => c.rank("image", 4),
  RotateWithOffset: (c) => c.rank("image", 4),
  Tile: tile,
  Transpose: transpose,
  UnsortedSegmentSum: segmentSum,
  BatchMatMul: matrices,
  _FusedMatMul: matrices,
  LinSpace: (c) => c.whole(c.attrs.num, "num", 1),
  SparseReshape: sparseReshape,
  SparseFillEmptyRows: sparseFill,
  FusedBatchNorm: batchNorm,
};

function guardsOf(readable: boolean): Readonly<Record<string, Guard>> {
  const entries = Object.entries(checks).map(([kernelName, check]): [string, Guard] => [
    kernelName,
    (call, next) => next(check(new Checked(kernelName, call, readable)) ?? undefined),
  ]);
  return Object.fromEntries(entries);
}

const guards = { readable: guardsOf(true), far: guardsOf(false) };

/**
 * Makes kernels of a backend throw for shapes and attributes that lead beside their tensors. TensorFlow.js looks at some, in some
 * operations, for the sake of some backends: stock kernels on wasm read and write what lies there, and those on `cpu` give NaN. Indices are
 * looked at where that takes no time: a GPU leaves out those that are beside. Running it again does nothing.
 */
export function refuseBadArguments(backendName: string): void {
  guardKernels(backendName, backendName === "wasm" || backendName === "cpu" ? guards.readable : guards.far);
}
