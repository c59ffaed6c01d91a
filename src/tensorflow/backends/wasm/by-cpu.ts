import * as tf from "@tensorflow/tfjs";
import type { BackendWasm } from "@tensorflow/tfjs-backend-wasm";
import { repairCpuKernels } from "../cpu-kernels.js";
import { type AnyCall, type Guard, guardKernels } from "../guarded-kernel.js";
import { coversFused } from "./kernels/conv2d.js";

/** Whether the wasm kernel is wrong for a call. */
type Wrong = (call: AnyCall) => boolean;

const always: Wrong = () => true;

/** Kernels that take float32 only, and read other types as if they were. */
const floatsOnly: Wrong = ({ inputs }) => inputs["x"]!.dtype !== "float32";

/** XNNPACK, of which these stock kernels are, rounds sizes down, and reads beside images where a window lies in their padding. */
const oddWindows =
  (infoOf: (call: AnyCall) => Window): Wrong =>
  (call) => {
    const info = infoOf(call);
    const { top, bottom, left, right } = info.padInfo;
    return (
      isOdd(info.inHeight, top, bottom, info.effectiveFilterHeight, info.strideHeight, info.outHeight) ||
      isOdd(info.inWidth, left, right, info.effectiveFilterWidth, info.strideWidth, info.outWidth)
    );
  };

type Window = tf.backend_util.Conv2DInfo;
type Shape4D = [number, number, number, number];

function isOdd(size: number, before: number, after: number, window: number, stride: number, out: number): boolean {
  const steps = Math.floor((size + before + after - window) / stride) + 1;
  return out !== steps || before >= window || (out - 1) * stride - before >= size;
}

function poolOf({ inputs, attrs }: AnyCall): Window {
  const { filterSize, strides, pad, dimRoundingMode } = attrs as unknown as tf.MaxPoolAttrs;
  const shape = inputs["x"]!.shape as Shape4D;
  return tf.backend_util.computePool2DInfo(shape, filterSize, strides, 1, pad, dimRoundingMode);
}

function depthwiseOf({ inputs, attrs }: AnyCall): Window {
  const { strides, dilations, pad, dimRoundingMode } = attrs as unknown as tf.DepthwiseConv2dNativeAttrs;
  const [x, filter] = [inputs["x"]!.shape as Shape4D, inputs["filter"]!.shape as Shape4D];
  return tf.backend_util.computeConv2DInfo(x, filter, strides, dilations ?? 1, pad, dimRoundingMode, true);
}

const isDepthwiseOdd = oddWindows(depthwiseOf);

function fusedConvOf({ inputs, attrs }: AnyCall): Window {
  const { strides, dilations, pad, dimRoundingMode } = attrs as unknown as tf.FusedConv2DAttrs;
  const [x, filter] = [inputs["x"]!.shape as Shape4D, inputs["filter"]!.shape as Shape4D];
  return tf.backend_util.computeConv2DInfo(x, filter, strides, dilations, pad, dimRoundingMode);
}

const isFusedConvOdd = oddWindows(fusedConvOf);

const isStockFusedConv: Wrong = ({ inputs, attrs }) =>
  !coversFused(inputs["filter"]!, inputs["bias"], attrs["activation"]);

/** They read a slope for each of these channels, however many there are. */
const hasOddSlopes =
  (channels: (filter: readonly number[]) => number): Wrong =>
  ({ inputs, attrs }) => {
    const { preluActivationWeights: slopes, filter } = inputs as Record<string, tf.TensorInfo | undefined>;
    return (
      attrs["activation"] === "prelu" && !!slopes && tf.util.sizeFromShape(slopes.shape) !== channels(filter!.shape)
    );
  };

const hasOddConvSlopes = hasOddSlopes((filter) => filter[3]!);
const hasOddDepthwiseSlopes = hasOddSlopes((filter) => filter[2]! * filter[3]!);

/** They want one for each channel. */
const hasOneBias: Wrong = ({ inputs }) => {
  const { bias, filter } = inputs as Record<string, tf.TensorInfo | undefined>;
  return (
    bias !== undefined &&
    bias !== null &&
    tf.util.sizeFromShape(bias.shape) === 1 &&
    filter!.shape[2]! * filter!.shape[3]! !== 1
  );
};

/**
 * Stock kernels that are wrong, and what for; none is what training spends its time in. Those that write beside their result: GatherNd,
 * MirrorPad, OneHot, ScatterNd, SparseToDense, TensorScatterUpdate. Those that take a negative maximum for 0: Dilation2D and its gradients,
 * MaxPoolWithArgmax.
 */
const wrong: Readonly<Record<string, Wrong>> = {
  AvgPool: oddWindows(poolOf),
  MaxPool: oddWindows(poolOf),
  DepthwiseConv2dNative: isDepthwiseOdd,
  FusedConv2D: (call) => hasOneBias(call) || hasOddConvSlopes(call) || (isStockFusedConv(call) && isFusedConvOdd(call)),
  FusedDepthwiseConv2D: (call) => hasOneBias(call) || hasOddDepthwiseSlopes(call) || isDepthwiseOdd(call),
  // It rounds places in another way.
  CropAndResize: ({ attrs }) => attrs["method"] === "nearest",
  // It pads, also where that is not wanted.
  NonMaxSuppressionV4: always,
  // It finds NaN behind all.
  SearchSorted: always,
  DenseBincount: always,
  Dilation2D: always,
  Dilation2DBackpropFilter: always,
  Dilation2DBackpropInput: always,
  // Of floats it gives floats, elsewhere whole numbers.
  FloorDiv: ({ inputs }) => inputs["a"]!.dtype === "float32",
  GatherNd: always,
  MaxPoolWithArgmax: always,
  MirrorPad: always,
  OneHot: always,
  // Of NaN they make a number: the loss of a network that has diverged would be a number like any other.
  Maximum: ({ inputs }) => inputs["a"]!.dtype === "float32",
  Minimum: ({ inputs }) => inputs["a"]!.dtype === "float32",
  Relu6: always,
  Sign: always,
  // It fills a fourth channel with 255.
  RotateWithOffset: always,
  _FusedMatMul: ({ inputs }) => inputs["a"]!.dtype !== "float32",
  // It looks at no more of alpha than one axis.
  Prelu: always,
  ResizeNearestNeighborGrad: always,
  ScatterNd: always,
  // It takes each truth value for four bytes.
  Select: ({ inputs }) => inputs["t"]!.dtype === "bool",
  SparseToDense: always,
  TensorScatterUpdate: always,
  // It breaks off where an axis that goes away begins at its end.
  StridedSlice: always,
  Transform: always,
  ...Object.fromEntries(
    ["Abs", "Ceil", "Floor", "IsFinite", "IsInf", "IsNan", "Neg", "Relu", "Round", "Square"].map((kernelName) => [
      kernelName,
      floatsOnly,
    ]),
  ),
};

/** Of tensors without elements, stock kernels divide by zero, and choose from what lies beside. */
function isEmpty({ inputs }: AnyCall): boolean {
  const tensors = Object.values(inputs).filter((input) => input);
  return tensors.some(({ shape }) => shape.includes(0)) && tensors.every(({ dtype }) => dtype !== "string");
}

/** Lets the cpu backend compute where a wasm kernel is wrong. Running it again does nothing. */
export function computeByCpuWhereWrong(): void {
  repairCpuKernels();
  guardKernels("wasm", guards());
}

let made: Readonly<Record<string, Guard>> | undefined;

function guards(): Readonly<Record<string, Guard>> {
  made ??= Object.fromEntries(
    tf
      .getKernelsForBackend("cpu")
      .map(({ kernelName }): [string, Guard] => [
        kernelName,
        (call, next) => (isEmpty(call) || wrong[kernelName]?.(call) ? byCpu(kernelName, call) : next()),
      ]),
  );
  return made;
}

interface CpuBackend extends tf.KernelBackend {
  makeTensorInfo(shape: number[], dtype: tf.DataType, values: tf.backend_util.BackendValues): tf.TensorInfo;
}

function byCpu(kernelName: string, { inputs, attrs, backend: called }: AnyCall): tf.TensorInfo | tf.TensorInfo[] {
  const wasm = called as BackendWasm;
  const cpu = tf.engine().findBackend("cpu") as CpuBackend;
  // Some kernels ask for the rank.
  const copy = (x: tf.TensorInfo) => ({
    ...cpu.makeTensorInfo(x.shape, x.dtype, wasm.readSync(x.dataId)),
    rank: x.shape.length,
  });
  const given = Object.entries(inputs).filter(([, input]) => input !== undefined && input !== null);
  const copies = given.map(([name, input]): [string, tf.TensorInfo] => [name, copy(input)]);
  const taken = Array.isArray(inputs) ? copies.map(([, one]) => one) : Object.fromEntries(copies);
  const call = { inputs: taken as tf.NamedTensorInfoMap, attrs: attrs as tf.NamedAttrMap, backend: cpu };
  const result = tf.getKernel(kernelName, "cpu").kernelFunc(call);
  const back = (x: tf.TensorInfo) => {
    const moved = wasm.makeOutput(x.shape, x.dtype);
    wasm.typedArrayFromHeap(moved).set(cpu.readSync(x.dataId) as Float32Array);
    return moved;
  };
  const moved = Array.isArray(result) ? result.map(back) : back(result);
  for (const { dataId } of [...copies.map(([, one]) => one), ...[result].flat()]) cpu.disposeData(dataId);
  return moved;
}
