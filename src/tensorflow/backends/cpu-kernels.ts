import type * as tf from "@tensorflow/tfjs";
import { type Guard, guardKernels } from "./guarded-kernel.js";
import {
  handOutEqually,
  type HandOut,
  handToLargest,
  type Pool2DAttrs,
  pool2DInfo,
  type Pool3DAttrs,
  pool3DInfo,
} from "./pooling-gradients.js";
import { sumSegments } from "./segment-sums.js";
import { type Windows, windows2D, windows3D } from "./wasm/kernels/pooling-windows.js";

interface CpuBackend extends tf.KernelBackend {
  makeTensorInfo(shape: number[], dtype: tf.DataType, values: Float32Array | Int32Array): tf.TensorInfo;
}

/** The stock gradients divide an average by the padding, too, and look for the largest in a window as if it were a cube. */
function poolingGradient(handOut: HandOut, windowsOf: (shape: number[], attrs: unknown) => Windows): Guard {
  return ({ inputs, attrs, backend }) => {
    const cpu = backend as CpuBackend;
    const { dy, input } = inputs as Record<"dy" | "input", tf.TensorInfo>;
    const read = ({ dataId }: tf.TensorInfo) => cpu.readSync(dataId) as Float32Array;
    const x = read(input);
    const dx = new Float32Array(x.length);
    handOut(windowsOf(input.shape, attrs), { x, dy: read(dy), dx });
    return cpu.makeTensorInfo(input.shape, "float32", dx);
  };
}

const windowsOf2D = (shape: number[], attrs: unknown) => windows2D(pool2DInfo(shape, attrs as Pool2DAttrs));
const windowsOf3D = (shape: number[], attrs: unknown) => windows3D(pool3DInfo(shape, attrs as Pool3DAttrs));

/** The pixel of an image that each of a resized one is taken from, along one axis. */
function nearestPixels(size: number, resized: number, { alignCorners, halfPixelCenters }: ResizeAttrs): number[] {
  const [from, to] = alignCorners && resized > 1 ? [size - 1, resized - 1] : [size, resized];
  return Array.from({ length: resized }, (_, i) => {
    const place = (from / to) * (halfPixelCenters ? i + 0.5 : i);
    return Math.max(0, Math.min(size - 1, alignCorners ? Math.round(place) : Math.floor(place)));
  });
}

type ResizeAttrs = Pick<tf.ResizeNearestNeighborAttrs, "alignCorners" | "halfPixelCenters">;

/** The stock gradient does not end where corners are aligned of an image that is one pixel wide or high. */
const resizeNearestGradient: Guard = ({ inputs, attrs, backend }) => {
  const cpu = backend as CpuBackend;
  const { dy, images } = inputs as Record<"dy" | "images", tf.TensorInfo>;
  const [batch, height, width, channels] = images.shape as [number, number, number, number];
  const rows = nearestPixels(height, dy.shape[1]!, attrs as unknown as ResizeAttrs);
  const columns = nearestPixels(width, dy.shape[2]!, attrs as unknown as ResizeAttrs);
  const gradients = cpu.readSync(dy.dataId) as Float32Array;
  const dx = new Float32Array(batch * height * width * channels);
  let from = 0;
  for (let image = 0; image < batch; image++)
    for (const row of rows)
      for (const column of columns) {
        const to = ((image * height + row) * width + column) * channels;
        for (let c = 0; c < channels; c++) dx[to + c] = dx[to + c]! + gradients[from++]!;
      }
  return cpu.makeTensorInfo(images.shape, "float32", dx);
};

/** The stock kernel makes floats of whole numbers, and NaN of all sums where one is. */
const segmentSum: Guard = ({ inputs, attrs, backend }) => {
  const cpu = backend as CpuBackend;
  const { x, segmentIds } = inputs as Record<"x" | "segmentIds", tf.TensorInfo>;
  const shape = [Number(attrs["numSegments"]), ...x.shape.slice(segmentIds.shape.length)];
  const size = shape.reduce((product, one) => product * one, 1);
  const sums = x.dtype === "float32" ? new Float32Array(size) : new Int32Array(size);
  const [values, ids] = [x, segmentIds].map(({ dataId }) => cpu.readSync(dataId) as Float32Array);
  sumSegments(values!, ids!, size / shape[0]!, sums);
  return cpu.makeTensorInfo(shape, x.dtype, sums);
};

const repairs: Readonly<Record<string, Guard>> = {
  AvgPoolGrad: poolingGradient(handOutEqually, windowsOf2D),
  AvgPool3DGrad: poolingGradient(handOutEqually, windowsOf3D),
  MaxPool3DGrad: poolingGradient(handToLargest, windowsOf3D),
  // The stock kernel says the width before the height.
  ResizeBilinearGrad: ({ inputs }, next) => ({ ...(next() as tf.TensorInfo), shape: inputs["images"]!.shape }),
  ResizeNearestNeighborGrad: resizeNearestGradient,
  UnsortedSegmentSum: segmentSum,
};

/** Puts ours where a stock kernel of the cpu backend is wrong. Running it again does nothing. */
export function repairCpuKernels(): void {
  guardKernels("cpu", repairs);
}
