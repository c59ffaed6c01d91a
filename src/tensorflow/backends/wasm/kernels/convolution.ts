import type * as tf from "@tensorflow/tfjs";
import type { BackendWasm } from "@tensorflow/tfjs-backend-wasm";
import { floatsOf, free } from "../kernel.js";
import { type Address, addressOf, NS_PER_NUMBER, threadPool } from "../threads/thread-pool.js";
import { fewNonZeros, sparseFilterGradient, sparseInputGradient, turnedMatrix } from "./sparse.js";

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
export const PRODUCTS_PER_NS = 16;

function pixelsOf({ batch, outHeight, outWidth }: Pick<Convolution, "batch" | "outHeight" | "outWidth">): number {
  return batch * outHeight * outWidth;
}

function productsOf(convolution: Convolution): number {
  const { cin, cout, filterHeight, filterWidth } = convolution;
  return pixelsOf(convolution) * filterHeight * filterWidth * cin * cout;
}

export interface ForwardOptions {
  /** [cout]. */
  readonly bias?: tf.TensorInfo | undefined;
  /** Whether what is below 0 becomes 0. Default: false. */
  readonly relu?: boolean;
}

/** @param shape of the result, which has the elements [batch, outHeight, outWidth, cout]. */
export function convolve(
  backend: BackendWasm,
  convolution: Convolution,
  x: tf.TensorInfo,
  filter: tf.TensorInfo,
  shape: number[],
  { bias, relu = false }: ForwardOptions = {},
): tf.TensorInfo {
  const filledBias = bias && backend.makeOutput([Math.ceil(convolution.cout / 8) * 8], "float32");
  if (bias) floatsOf(backend, filledBias!).fill(0).set(floatsOf(backend, bias));
  const y = backend.makeOutput(shape, "float32");
  const after: Afterwards = { bias: filledBias, floor: relu ? 0 : -Infinity };
  if (suitsWinograd(convolution)) winograd(backend, convolution, x, { filter, turned: false }, y, after);
  else {
    const { outHeight, outWidth, filterHeight: rows, filterWidth: columns } = convolution;
    const images = withPadding(backend, convolution, x);
    const windows: Windows = {
      ...{ ...convolution, x: addressOf(backend, images.x), inHeight: images.height, inWidth: images.width },
      ...{ y: addressOf(backend, y), yHeight: outHeight, yWidth: outWidth, rowStep: 1, columnStep: 1 },
    };
    sumWindows(backend, windows, { filter, taps: allTaps(rows, columns), turned: false }, after);
    free(backend, ...images.scratch);
  }
  if (filledBias) free(backend, filledBias);
  return y;
}

/**
 * The gradient of a convolution with respect to its input, of that shape. Of strides, each place between two windows has a part of the
 * filter to itself: the gradient there is a convolution of dy by that part, turned around.
 */
export function inputGradient(
  backend: BackendWasm,
  forward: Convolution,
  dy: tf.TensorInfo,
  filter: tf.TensorInfo,
  shape: number[],
): tf.TensorInfo {
  const { batch, inHeight, inWidth, cin, outHeight, outWidth, cout, filterWidth } = forward;
  const nonZeros = fewNonZeros(backend, dy, productsOf(forward));
  if (nonZeros !== undefined) return inputGradientOfFew(backend, forward, dy, filter, shape, nonZeros);
  const dx = backend.makeOutput(shape, "float32");
  const turned = turnedAround(forward);
  if (suitsWinograd(turned)) {
    winograd(backend, turned, dy, { filter, turned: true }, dx);
    return dx;
  }
  const rows = placesOf(inHeight, outHeight, forward.filterHeight, forward.strideHeight, forward.top);
  const columns = placesOf(inWidth, outWidth, filterWidth, forward.strideWidth, forward.left);
  const reach = { height: rows.reach, width: columns.reach, top: rows.before, left: columns.before };
  const images = placed(backend, { batch, inHeight: outHeight, inWidth: outWidth, cin: cout }, dy, reach);
  for (const row of rows.places) {
    for (const column of columns.places) {
      const firstWindow = (row.window * images.width + column.window) * cout;
      const windows: Windows = {
        ...{ batch, cin: cout, cout: cin, strideHeight: 1, strideWidth: 1 },
        ...{ x: addressOf(backend, images.x) + 4 * firstWindow, inHeight: images.height, inWidth: images.width },
        ...{ outHeight: row.count, outWidth: column.count, filterHeight: row.taps, filterWidth: column.taps },
        ...{ y: addressOf(backend, dx) + 4 * (row.first * inWidth + column.first) * cin },
        ...{ yHeight: inHeight, yWidth: inWidth, rowStep: forward.strideHeight, columnStep: forward.strideWidth },
      };
      const taps: Taps = {
        ...{ start: row.lastTap * filterWidth + column.lastTap, rows: row.taps, columns: column.taps },
        ...{ rowStep: -forward.strideHeight * filterWidth, columnStep: -forward.strideWidth },
      };
      sumWindows(backend, windows, { filter, taps, turned: true });
    }
  }
  free(backend, ...images.scratch);
  return dx;
}

/** Where dy has so many numbers that are not 0. */
function inputGradientOfFew(
  backend: BackendWasm,
  forward: Convolution,
  dy: tf.TensorInfo,
  filter: tf.TensorInfo,
  shape: number[],
  nonZeros: number,
): tf.TensorInfo {
  const { batch, inHeight, inWidth, cin, top, left } = forward;
  const filters = turnedMatrix(backend, filter, forward.cout);
  const dx = backend.makeOutput(shape, "float32");
  const { height, width } = reachOf(forward);
  const fits = top === 0 && left === 0 && height <= inHeight && width <= inWidth;
  if (fits) {
    const images = { address: addressOf(backend, dx), height: inHeight, width: inWidth };
    sparseInputGradient(backend, forward, dy, filters, images, nonZeros);
  } else {
    const frame = backend.makeOutput([batch, height, width, cin], "float32");
    const [from, to] = [addressOf(backend, frame), addressOf(backend, dx)];
    sparseInputGradient(backend, forward, dy, filters, { address: from, height, width }, nonZeros);
    const sizes = [height, width, cin, inHeight, inWidth, -top, -left] as const;
    const each = inHeight * inWidth * cin * NS_PER_NUMBER;
    threadPool(backend).run("placeImages", [from, to, ...sizes, 1, 1], { units: batch, each });
    free(backend, frame);
  }
  free(backend, filters);
  return dx;
}

/** Without strides, the convolution of dy by the filter turned around that is the gradient of the input. */
function turnedAround(forward: Convolution): Convolution {
  const { inHeight, inWidth, outHeight, outWidth, cin, cout, filterHeight, filterWidth } = forward;
  const [top, left] = [filterHeight - 1 - forward.top, filterWidth - 1 - forward.left];
  const sizes = { inHeight: outHeight, inWidth: outWidth, outHeight: inHeight, outWidth: inWidth };
  return { ...forward, ...sizes, cin: cout, cout: cin, top, left };
}

/** Along an axis of the input, the places that lie the same to the windows that cover them: a stride apart. */
interface Place {
  /** The first one, and how many there are. */
  readonly first: number;
  readonly count: number;
  /** How many elements of the filter cover it, also a stride apart, and the last of them. */
  readonly taps: number;
  readonly lastTap: number;
  /** The first of the windows that cover the first one, counted from the first of the zeros before them. */
  readonly window: number;
}

/** @returns the places, how many zeros they need before all windows, and how many windows and zeros there are then. */
function placesOf(inSize: number, outSize: number, filter: number, stride: number, padding: number) {
  const places = Array.from({ length: Math.min(stride, inSize) }, (_, first) => {
    // The element of the filter that covers it in the window `nearest`, and none before in one further on.
    const tap = modulo(first + padding, stride);
    const nearest = (first + padding - tap) / stride;
    const taps = Math.max(0, Math.ceil((filter - tap) / stride));
    const count = Math.ceil((inSize - first) / stride);
    return { first, count, taps, lastTap: tap + (taps - 1) * stride, window: nearest - (taps - 1) };
  });
  const before = Math.max(0, ...places.map(({ window }) => -window));
  const ends = places.map(({ window, taps, count }) => window + taps - 1 + count);
  const reach = before + Math.max(outSize, ...ends);
  const shifted: Place[] = places.map((place) => ({ ...place, window: place.window + before }));
  return { places: shifted, before, reach };
}

function modulo(a: number, b: number): number {
  return ((a % b) + b) % b;
}

/** The windows of a convolution without padding, and where what they give goes. */
interface Windows extends Omit<Convolution, "top" | "left"> {
  readonly x: Address;
  /** The first pixel in [batch, yHeight, yWidth, cout], of which others are so many rows and columns apart. */
  readonly y: Address;
  readonly yHeight: number;
  readonly yWidth: number;
  readonly rowStep: number;
  readonly columnStep: number;
}

/** Positions of a filter: the first, and in how many rows and columns, how far apart, the others are. */
interface Taps {
  readonly start: number;
  readonly rows: number;
  readonly columns: number;
  readonly rowStep: number;
  readonly columnStep: number;
}

interface PartialFilter {
  readonly filter: tf.TensorInfo;
  readonly taps: Taps;
  /** Whether it is [positions, cout, cin] rather than [positions, cin, cout]. */
  readonly turned: boolean;
}

/** What is done with a convolution's sums. */
interface Afterwards {
  /** Filled up with zeros to a multiple of 8. */
  readonly bias?: tf.TensorInfo | undefined;
  /** What is below becomes that. */
  readonly floor?: number;
}

function sumWindows(
  backend: BackendWasm,
  windows: Windows,
  filter: PartialFilter,
  { bias, floor = -Infinity }: Afterwards = {},
): void {
  const { kernel, address, scratch } = packed(backend, windows, filter);
  const { x, y, cin, cout, filterHeight, filterWidth } = windows;
  threadPool(backend).run(
    kernel,
    [
      x,
      address,
      bias ? addressOf(backend, bias) : 0,
      y,
      windows.inHeight,
      windows.inWidth,
      cin,
      windows.outHeight,
      windows.outWidth,
      cout,
      filterHeight,
      filterWidth,
      windows.strideHeight,
      windows.strideWidth,
      windows.yHeight,
      windows.yWidth,
      windows.rowStep,
      windows.columnStep,
      floor,
    ],
    { units: pixelsOf(windows), each: (filterHeight * filterWidth * cin * cout) / PRODUCTS_PER_NS, step: 6 },
  );
  free(backend, ...scratch);
}

interface PackedFilter {
  readonly kernel: "convolve" | "dots";
  readonly address: Address;
  /** To be freed. */
  readonly scratch: readonly tf.TensorInfo[];
}

/** A filter as the kernel that suits it wants it. */
function packed(backend: BackendWasm, windows: Windows, { filter, taps, turned }: PartialFilter): PackedFilter {
  const { cin, cout } = windows;
  const isRow = turned && filter.shape.slice(0, -2).every((size) => size === 1) && taps.rows * taps.columns === 1;
  // Where each number of the filter is used as often as it would have to be moved.
  const run = taps.columns * cin;
  const suitsDots = run % 4 === 0 && run >= SHORTEST_DOT;
  if (suitsDots && isRow && pixelsOf(windows) <= cin)
    return { kernel: "dots", address: addressOf(backend, filter), scratch: [] };
  if (suitsDots && cout <= FEW_CHANNELS) {
    const rows = byOutput(backend, filter, taps, cin, cout, turned);
    return { kernel: "dots", address: addressOf(backend, rows), scratch: [rows] };
  }
  const panels = panelsOf(backend, windows, { filter, taps, turned });
  return { kernel: "convolve", address: addressOf(backend, panels), scratch: [panels] };
}

/** A filter as `convolve` of `assembly/convolve.ts` takes it. */
function panelsOf(
  backend: BackendWasm,
  { cin, cout }: Pick<Convolution, "cin" | "cout">,
  { filter, taps, turned }: PartialFilter,
): tf.TensorInfo {
  const { start, rows, columns, rowStep, columnStep } = taps;
  const units = Math.ceil(cout / 8);
  const panels = backend.makeOutput([units, rows * columns * cin, 8], "float32");
  const [from, to] = [addressOf(backend, filter), addressOf(backend, panels)];
  const [inFilter, outOfFilter] = turned ? [cout, cin] : [cin, cout];
  threadPool(backend).run(
    "packFilter",
    [from, to, inFilter, outOfFilter, start, rows, columns, rowStep, columnStep, Number(turned)],
    { units, each: 8 * rows * columns * cin * NS_PER_NUMBER },
  );
  return panels;
}

function allTaps(rows: number, columns: number): Taps {
  return { start: 0, rows, columns, rowStep: columns, columnStep: 1 };
}

/** Whether four pixels at once need so many fewer products that transforming images and filter is worth it. */
function suitsWinograd(convolution: Convolution): boolean {
  const { batch, cin, cout, outHeight, outWidth, filterHeight, filterWidth, strideHeight, strideWidth } = convolution;
  const isPlain = filterHeight === 3 && filterWidth === 3 && strideHeight === 1 && strideWidth === 1;
  const fits = cin % 4 === 0 && cout % 8 === 0 && cin >= 16 && cout >= 16 && cin + cout <= 256;
  return isPlain && fits && outHeight >= 4 && outWidth >= 4 && batch * outHeight * outWidth >= 256;
}

function winograd(
  backend: BackendWasm,
  convolution: Convolution,
  x: tf.TensorInfo,
  { filter, turned }: Omit<PartialFilter, "taps">,
  y: tf.TensorInfo,
  { bias, floor = -Infinity }: Afterwards = {},
): void {
  const { batch, cin, cout, outHeight, outWidth, top, left } = convolution;
  const [rows, columns] = [Math.ceil(outHeight / 2), Math.ceil(outWidth / 2)];
  const images = placed(backend, convolution, x, { height: 2 * rows + 2, width: 2 * columns + 2, top, left });
  const taps: Taps = turned ? { start: 8, rows: 3, columns: 3, rowStep: -3, columnStep: -1 } : allTaps(3, 3);
  const panels = panelsOf(backend, convolution, { filter, taps, turned });
  const transformed = backend.makeOutput([16, cout / 8, cin, 8], "float32");
  const [from, to] = [addressOf(backend, panels), addressOf(backend, transformed)];
  const kernels = threadPool(backend);
  kernels.run("transformFilter", [from, to, cin, cout], {
    units: cout / 8,
    each: 16 * 8 * cin * NS_PER_NUMBER,
  });
  const [padded, output] = [addressOf(backend, images.x), addressOf(backend, y)];
  const sizes = [images.height, images.width, cin, outHeight, outWidth, cout] as const;
  kernels.run("winograd", [padded, to, bias ? addressOf(backend, bias) : 0, output, ...sizes, floor], {
    units: batch * rows * columns,
    each: (16 * cin * cout) / PRODUCTS_PER_NS + 16 * (cin + cout) * NS_PER_NUMBER,
    step: 6,
  });
  free(backend, panels, transformed, ...images.scratch);
}

/** Panels of eight output channels would be empty for the most part. */
const FEW_CHANNELS = 4;

/** Of what is shorter, adding up the four sums takes too long. */
const SHORTEST_DOT = 16;

/** A filter of few output channels as [cout, positions, cin]. */
function byOutput(
  backend: BackendWasm,
  filter: tf.TensorInfo,
  { start, rows, columns, rowStep, columnStep }: Taps,
  cin: number,
  cout: number,
  turned: boolean,
): tf.TensorInfo {
  const result = backend.makeOutput([cout, rows * columns, cin], "float32");
  const [from, to] = [floatsOf(backend, filter), floatsOf(backend, result)];
  const [inStep, outStep] = turned ? [1, cin] : [cout, 1];
  let i = 0;
  for (let channel = 0; channel < cout; channel++) {
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        const position = start + row * rowStep + column * columnStep;
        const first = position * cin * cout + channel * outStep;
        for (let c = 0; c < cin; c++) to[i++] = from[first + c * inStep]!;
      }
    }
  }
  return result;
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
  const nonZeros = fewNonZeros(backend, dy, productsOf(convolution));
  if (nonZeros !== undefined) return filterGradientOfFew(backend, convolution, x, dy, shape, nonZeros);
  const kernels = threadPool(backend);
  const run = filterWidth * cin;
  const [filledRun, filledCout] = [Math.ceil(run / 6) * 6, Math.ceil(cout / 8) * 8];
  // The kernel reads five numbers past a run that is no multiple of six.
  const images = withPadding(backend, convolution, x, filledRun !== run);
  const result = backend.makeOutput(shape, "float32");
  const fits = filledRun === run && filledCout === cout;
  const filled = fits ? result : backend.makeOutput([filterHeight, filledRun, filledCout], "float32");
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

/** Where dy has so many numbers that are not 0. */
function filterGradientOfFew(
  backend: BackendWasm,
  convolution: Convolution,
  x: tf.TensorInfo,
  dy: tf.TensorInfo,
  shape: number[],
  nonZeros: number,
): tf.TensorInfo {
  const { cin, cout, filterHeight, filterWidth } = convolution;
  const { x: frame, height, width, scratch } = withPadding(backend, convolution, x);
  const gradients = backend.makeOutput([cout, filterHeight * filterWidth * cin], "float32");
  const images = { address: addressOf(backend, frame), height, width };
  sparseFilterGradient(backend, convolution, images, dy, gradients, nonZeros);
  const { dataId, dtype } = turnedMatrix(backend, gradients, filterHeight * filterWidth * cin);
  free(backend, gradients, ...scratch);
  return { dataId, dtype, shape };
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
  const { top, left } = convolution;
  return placed(backend, convolution, x, { ...reachOf(convolution), top, left }, slack);
}

/** How large images are with the padding that the windows reach, and without what none of them does. */
function reachOf({ outHeight, outWidth, filterHeight, filterWidth, strideHeight, strideWidth }: Convolution) {
  const [height, width] = [(outHeight - 1) * strideHeight + filterHeight, (outWidth - 1) * strideWidth + filterWidth];
  return { height, width };
}

/** Images in a frame of that size with zeros around them, where they need one: smaller frames need none. */
function placed(
  backend: BackendWasm,
  { batch, inHeight, inWidth, cin }: Pick<Convolution, "batch" | "inHeight" | "inWidth" | "cin">,
  x: tf.TensorInfo,
  { height, width, top, left }: { height: number; width: number; top: number; left: number },
  slack = false,
): Images {
  const asTheyAre = !slack && top === 0 && left === 0 && height <= inHeight && width <= inWidth;
  if (asTheyAre) return { x, height: inHeight, width: inWidth, scratch: [] };
  const frame = backend.makeOutput([batch * height * width * cin + 8], "float32");
  const [from, to] = [addressOf(backend, x), addressOf(backend, frame)];
  const each = height * width * cin * NS_PER_NUMBER;
  const sizes = [inHeight, inWidth, cin, height, width, top, left] as const;
  threadPool(backend).run("placeImages", [from, to, ...sizes, 1, 1], { units: batch, each });
  return { x: frame, height, width, scratch: [frame] };
}
