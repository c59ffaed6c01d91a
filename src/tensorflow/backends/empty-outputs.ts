import * as tf from "@tensorflow/tfjs";
import { InvalidArgumentError } from "../../engine/errors.js";
import { type Guard, guardKernels } from "./guarded-kernel.js";

/** How a window moves over images; the sizes of the depth are there where they have one. */
type WindowInfo = Readonly<Record<`${"in" | "out" | "filter" | "stride" | "dilation"}${"Height" | "Width"}`, number>> &
  Partial<Readonly<Record<`${"in" | "out" | "filter" | "stride" | "dilation"}Depth`, number>>>;

type Inputs = Readonly<Record<string, tf.TensorInfo>>;

interface Operation {
  /** What its user calls it. */
  readonly name: string;
  readonly windowsOf: (inputs: Inputs, attrs: WindowAttrs) => WindowInfo;
}

type WindowAttrs = Pick<tf.MaxPool3DAttrs, "dimRoundingMode"> & {
  readonly filterSize: [number, number] & [number, number, number];
  readonly strides: [number, number] & [number, number, number];
  readonly dilations?: ([number, number] & [number, number, number]) | null;
  readonly pad: "valid" | "same" | number;
  readonly dataFormat?: string;
};

type Shape4D = [number, number, number, number];
type Shape5D = [number, number, number, number, number];

const operations: Readonly<Record<string, Operation>> = {
  Conv2D: { name: "A convolution", windowsOf: convolution2D },
  FusedConv2D: { name: "A convolution", windowsOf: convolution2D },
  DepthwiseConv2dNative: { name: "A depthwise convolution", windowsOf: convolution2D },
  FusedDepthwiseConv2D: { name: "A depthwise convolution", windowsOf: convolution2D },
  Conv3D: { name: "A convolution", windowsOf: convolution3D },
  MaxPool: { name: "A max pooling", windowsOf: pooling2D },
  AvgPool: { name: "An average pooling", windowsOf: pooling2D },
  MaxPool3D: { name: "A max pooling", windowsOf: pooling3D },
  AvgPool3D: { name: "An average pooling", windowsOf: pooling3D },
};

const guards = Object.fromEntries(
  Object.entries(operations).map(([kernelName, operation]): [string, Guard] => [
    kernelName,
    ({ inputs, attrs }, next) => {
      throwIfEmpty(operation, inputs, attrs as unknown as WindowAttrs);
      return next();
    },
  ]),
);

/**
 * Makes convolutions and poolings of a backend throw where no window fits into the images. TensorFlow.js goes on with an output of no
 * pixels, or of less than none: a network after it learns nothing, and stock kernels on wasm write over its heap. Running it again does
 * nothing.
 */
export function refuseEmptyOutputs(backendName: string): void {
  guardKernels(backendName, guards);
}

function throwIfEmpty({ name, windowsOf }: Operation, inputs: Inputs, attrs: WindowAttrs): void {
  const info = windowsOf(inputs, attrs);
  if (info.outHeight >= 1 && info.outWidth >= 1 && (info.outDepth ?? 1) >= 1) return;
  const sizes = (of: "in" | "out" | "filter" | "stride" | "dilation") =>
    ([info[`${of}Depth`], info[`${of}Height`], info[`${of}Width`]] as const)
      .filter((size) => size !== undefined)
      .map((size) => Math.max(0, size))
      .join("×");
  const dilated = sizes("dilation")
    .split("×")
    .some((size) => size !== "1")
    ? `, dilations of ${sizes("dilation")}`
    : "";
  throw new InvalidArgumentError(
    `${name} has no output for an input of shape [${inputs["x"]!.shape.join(", ")}]: a window of ${sizes("filter")}${dilated}, ` +
      `strides of ${sizes("stride")} and padding ${JSON.stringify(attrs.pad)} leave ${sizes("out")} of ${sizes("in")}. ` +
      `Use fewer poolings and convolutions before it, a smaller window, "same" padding, or larger images.`,
  );
}

function convolution2D({ x, filter }: Inputs, attrs: WindowAttrs): WindowInfo {
  const { strides, dilations, pad, dimRoundingMode, dataFormat } = attrs;
  const shapes = [x!.shape as Shape4D, filter!.shape as Shape4D] as const;
  const format = dataFormat === "NCHW" ? "channelsFirst" : "channelsLast";
  return tf.backend_util.computeConv2DInfo(...shapes, strides, dilations ?? 1, pad, dimRoundingMode, false, format);
}

function convolution3D({ x, filter }: Inputs, attrs: WindowAttrs): WindowInfo {
  const { strides, dilations, pad, dataFormat } = attrs;
  const shapes = [x!.shape as Shape5D, filter!.shape as Shape5D] as const;
  const format = dataFormat === "NCDHW" ? "channelsFirst" : "channelsLast";
  return tf.backend_util.computeConv3DInfo(...shapes, strides, dilations ?? 1, pad, false, format);
}

function pooling2D({ x }: Inputs, attrs: WindowAttrs): WindowInfo {
  const { filterSize, strides, pad, dimRoundingMode } = attrs;
  return tf.backend_util.computePool2DInfo(x!.shape as Shape4D, filterSize, strides, 1, pad, dimRoundingMode);
}

function pooling3D({ x }: Inputs, attrs: WindowAttrs): WindowInfo {
  const { filterSize, strides, pad, dimRoundingMode, dataFormat } = attrs;
  const format = dataFormat as "NDHWC" | undefined;
  return tf.backend_util.computePool3DInfo(x!.shape as Shape5D, filterSize, strides, 1, pad, dimRoundingMode, format);
}
