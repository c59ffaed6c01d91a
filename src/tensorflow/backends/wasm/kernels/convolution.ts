import type * as tf from "@tensorflow/tfjs";
import type { BackendWasm } from "@tensorflow/tfjs-backend-wasm";
import { floatsOf, free } from "../kernel.js";
import { addressOf, NS_PER_NUMBER, threadPool } from "../threads/thread-pool.js";

type Conv2DInfo = tf.backend_util.Conv2DInfo;

/** A convolution of images [batch, height, width, channels] without dilation. */
export interface Convolution {
  readonly batch: number;
  readonly inHeight: number;
  readonly inWidth: number;
  readonly cin: number;
  readonly outHeight: number;
  readonly outWidth: number;
  readonly cout: number;
  readonly filterHeight: number;
  readonly filterWidth: number;
  readonly strideHeight: number;
  readonly strideWidth: number;
  /** Rows and columns of zeros before the image; below 0, how many of its own are left out. */
  readonly top: number;
  readonly left: number;
}

/** @returns undefined where it has a dilation. */
export function convolutionOf(info: Conv2DInfo): Convolution | undefined {
  if (info.dilationHeight !== 1 || info.dilationWidth !== 1) return undefined;
  const { batchSize: batch, inChannels: cin, outChannels: cout, padInfo, ...sizes } = info;
  const { top, left } = padInfo;
  return { ...sizes, batch, cin, cout, top, left };
}

/** The convolution that makes a product of matrices: [rows, inner] · [inner, columns]. */
export function productOf(rows: number, inner: number, columns: number): Convolution {
  const one = { filterHeight: 1, filterWidth: 1, strideHeight: 1, strideWidth: 1, top: 0, left: 0 };
  const line = { batch: 1, inHeight: 1, outHeight: 1, inWidth: rows, outWidth: rows };
  return { ...line, ...one, cin: inner, cout: columns };
}

/** Multiplications, each with its addition, in a nanosecond of one core. */
const PRODUCTS_PER_NS = 16;

function pixelsOf({ batch, outHeight, outWidth }: Convolution): number {
  return batch * outHeight * outWidth;
}

export interface ForwardOptions {
  /** [cout]. */
  readonly bias?: tf.TensorInfo | undefined;
  /** Whether what is below 0 becomes 0. Default: false. */
  readonly relu?: boolean;
  /** Whether the filter is [height, width, cout, cin] and is to be turned by 180°. Default: false. */
  readonly turned?: boolean;
}

/** @param shape of the result, which has the elements [batch, outHeight, outWidth, cout]. */
export function convolve(
  backend: BackendWasm,
  convolution: Convolution,
  x: tf.TensorInfo,
  filter: tf.TensorInfo,
  shape: number[],
  { bias, relu = false, turned = false }: ForwardOptions = {},
): tf.TensorInfo {
  const { cin, cout, filterHeight, filterWidth } = convolution;
  const images = withPadding(backend, convolution, x);
  const positions = filterHeight * filterWidth;
  const panels = Math.ceil(cout / 8);
  const packed = backend.makeOutput([panels, positions * cin, 8], "float32");
  const [first, second] = turned ? [cout, cin] : [cin, cout];
  const kernels = threadPool(backend);
  kernels.run(
    "packFilter",
    [addressOf(backend, filter), addressOf(backend, packed), positions, first, second, Number(turned)],
    { units: panels, each: 8 * positions * cin * NS_PER_NUMBER },
  );
  const filledBias = bias && backend.makeOutput([panels * 8], "float32");
  if (bias) floatsOf(backend, filledBias!).fill(0).set(floatsOf(backend, bias));
  const y = backend.makeOutput(shape, "float32");
  kernels.run(
    "convolve",
    [
      addressOf(backend, images.x),
      addressOf(backend, packed),
      filledBias ? addressOf(backend, filledBias) : 0,
      addressOf(backend, y),
      images.height,
      images.width,
      cin,
      convolution.outHeight,
      convolution.outWidth,
      cout,
      filterHeight,
      filterWidth,
      convolution.strideHeight,
      convolution.strideWidth,
      relu ? 0 : -Infinity,
    ],
    { units: pixelsOf(convolution), each: (positions * cin * cout) / PRODUCTS_PER_NS, step: 6 },
  );
  free(backend, packed, ...(filledBias ? [filledBias] : []), ...images.scratch);
  return y;
}

/** The gradient of a convolution with respect to its input, of that shape: dy, its pixels a stride apart, by the filter turned around. */
export function inputGradient(
  backend: BackendWasm,
  forward: Convolution,
  dy: tf.TensorInfo,
  filter: tf.TensorInfo,
  shape: number[],
): tf.TensorInfo {
  const { batch, inHeight, inWidth, cin, outHeight, outWidth, cout, filterHeight, filterWidth } = forward;
  const [height, width] = [inHeight + filterHeight - 1, inWidth + filterWidth - 1];
  const [top, left] = [filterHeight - 1 - forward.top, filterWidth - 1 - forward.left];
  const asItIs = forward.strideHeight === 1 && forward.strideWidth === 1;
  const spread = asItIs ? dy : spreadGradient(backend, forward, dy);
  const backward: Convolution = {
    ...{ batch, filterHeight, filterWidth, strideHeight: 1, strideWidth: 1, cin: cout, cout: cin },
    ...{ outHeight: inHeight, outWidth: inWidth },
    ...(asItIs
      ? { inHeight: outHeight, inWidth: outWidth, top, left }
      : { inHeight: height, inWidth: width, top: 0, left: 0 }),
  };
  const dx = convolve(backend, backward, spread, filter, shape, { turned: true });
  if (!asItIs) free(backend, spread);
  return dx;
}

/**
 * dy with its pixels a stride apart and so many zeros around them that a convolution without padding, by the filter turned around, gives
 * the gradient with respect to the input. Windows that lie in the padding are left out.
 * @param forward its filter is as large as the window reaches.
 */
export function spreadGradient(
  backend: BackendWasm,
  forward: Omit<Convolution, "cin">,
  dy: tf.TensorInfo,
): tf.TensorInfo {
  const { batch, outHeight, outWidth, cout, filterHeight, filterWidth, strideHeight, strideWidth } = forward;
  const [height, width] = [forward.inHeight + filterHeight - 1, forward.inWidth + filterWidth - 1];
  const [top, left] = [filterHeight - 1 - forward.top, filterWidth - 1 - forward.left];
  const spread = backend.makeOutput([batch, height, width, cout], "float32");
  const sizes = [outHeight, outWidth, cout, height, width, top, left] as const;
  const each = height * width * cout * NS_PER_NUMBER;
  const [from, to] = [addressOf(backend, dy), addressOf(backend, spread)];
  threadPool(backend).run("placeImages", [from, to, ...sizes, strideHeight, strideWidth], { units: batch, each });
  return spread;
}

/** The gradient of a convolution with respect to its filter, of that shape. */
export function filterGradient(
  backend: BackendWasm,
  convolution: Convolution,
  x: tf.TensorInfo,
  dy: tf.TensorInfo,
  shape: number[],
): tf.TensorInfo {
  const { batch, cin, outHeight, outWidth, cout, filterHeight, filterWidth } = convolution;
  const kernels = threadPool(backend);
  const run = filterWidth * cin;
  const [filledRun, filledCout] = [Math.ceil(run / 6) * 6, Math.ceil(cout / 8) * 8];
  // The kernel reads five numbers past a run that is no multiple of six.
  const images = withPadding(backend, convolution, x, filledRun !== run);
  const result = backend.makeOutput(shape, "float32");
  const fits = filledRun === run && filledCout === cout;
  const filled = fits ? result : backend.makeOutput([filterHeight, filledRun, filledCout], "float32");
  floatsOf(backend, filled).fill(0);
  const filledDy = filledCout === cout ? dy : backend.makeOutput([...dy.shape.slice(0, -1), filledCout], "float32");
  if (filledDy !== dy) {
    const rows = pixelsOf(convolution);
    kernels.whole.copyRows(addressOf(backend, dy), cout, addressOf(backend, filledDy), filledCout, rows);
  }
  kernels.run(
    "filterGradient",
    [
      addressOf(backend, images.x),
      addressOf(backend, filledDy),
      addressOf(backend, filled),
      batch,
      images.height,
      images.width,
      cin,
      outHeight,
      outWidth,
      filledCout,
      filterWidth,
      convolution.strideHeight,
      convolution.strideWidth,
    ],
    {
      units: (filterHeight * filledRun) / 6,
      each: (pixelsOf(convolution) * 6 * filledCout) / PRODUCTS_PER_NS,
    },
  );
  if (!fits) {
    for (let row = 0; row < filterHeight; row++) {
      const from = addressOf(backend, filled) + row * filledRun * filledCout * 4;
      kernels.whole.copyRows(from, filledCout, addressOf(backend, result) + row * run * cout * 4, cout, run);
    }
    free(backend, filled);
  }
  free(backend, ...images.scratch, ...(filledDy === dy ? [] : [filledDy]));
  return result;
}

interface Images {
  readonly x: tf.TensorInfo;
  readonly height: number;
  readonly width: number;
  /** To be freed. */
  readonly scratch: readonly tf.TensorInfo[];
}

/** The images with the zeros around them that the windows reach. @param slack whether eight numbers more must follow them. */
function withPadding(backend: BackendWasm, convolution: Convolution, x: tf.TensorInfo, slack = false): Images {
  const { batch, inHeight, inWidth, cin, top, left } = convolution;
  const height = (convolution.outHeight - 1) * convolution.strideHeight + convolution.filterHeight;
  const width = (convolution.outWidth - 1) * convolution.strideWidth + convolution.filterWidth;
  const asTheyAre = !slack && top === 0 && left === 0 && height <= inHeight && width <= inWidth;
  if (asTheyAre) return { x, height: inHeight, width: inWidth, scratch: [] };
  const padded = backend.makeOutput([batch * height * width * cin + 8], "float32");
  const [from, to] = [addressOf(backend, x), addressOf(backend, padded)];
  const each = height * width * cin * NS_PER_NUMBER;
  const sizes = [inHeight, inWidth, cin, height, width, top, left] as const;
  threadPool(backend).run("placeImages", [from, to, ...sizes, 1, 1], { units: batch, each });
  return { x: padded, height, width, scratch: [padded] };
}
