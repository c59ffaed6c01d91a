import * as tf from "@tensorflow/tfjs";
import type { BackendWasm } from "@tensorflow/tfjs-backend-wasm";
import { free, reshaped, runKernel } from "../kernel.js";
import { type Address, addressOf, NS_PER_NUMBER, threadPool } from "../threads/thread-pool.js";

/** A product by itself takes a quarter of the time that one takes among others by a register's sums, and a zero a little. */
const SPARSE = 1 / 16;

/** What is not worth looking at, in products. */
const FEW_PRODUCTS = 100_000;

/** In nanoseconds, of a number that is not 0. */
const NS_PER_PRODUCT = 0.15;

/** How many numbers of `x` are not 0, where these are few for what is to be multiplied by them; undefined elsewhere. */
export function fewNonZeros(backend: BackendWasm, x: tf.TensorInfo, products: number): number | undefined {
  if (products < FEW_PRODUCTS) return undefined;
  const size = tf.util.sizeFromShape(x.shape);
  const limit = Math.floor(size * SPARSE);
  const found = threadPool(backend).whole.countNonZeros(addressOf(backend, x), size, limit);
  return found <= limit ? found : undefined;
}

/** Of a convolution. */
interface Sizes {
  readonly batch: number;
  readonly cin: number;
  readonly outHeight: number;
  readonly outWidth: number;
  readonly cout: number;
  readonly filterHeight: number;
  readonly filterWidth: number;
  readonly strideHeight: number;
  readonly strideWidth: number;
}

/** Images with the padding that the windows reach. */
export interface PaddedImages {
  readonly address: Address;
  readonly height: number;
  readonly width: number;
}

/** The gradient of a filter, [cout, filterHeight, filterWidth · cin], by a dy of which `nonZeros` numbers are not 0. */
export function sparseFilterGradient(
  backend: BackendWasm,
  convolution: Sizes,
  images: PaddedImages,
  dy: tf.TensorInfo,
  gradient: tf.TensorInfo,
  nonZeros: number,
): void {
  const { batch, cin, outHeight, outWidth, cout, filterHeight, filterWidth, strideHeight, strideWidth } = convolution;
  const [x, from, to] = [images.address, addressOf(backend, dy), addressOf(backend, gradient)];
  const sizes = [images.height, images.width, cin, outHeight, outWidth, cout, filterHeight, filterWidth] as const;
  threadPool(backend).run("sparseFilterGradient", [x, from, to, batch, ...sizes, strideHeight, strideWidth], {
    units: cout,
    each: nanoseconds(convolution, nonZeros) / cout,
    step: 4,
  });
}

/** The gradient of images with their padding, likewise. @param filters [cout, filterHeight, filterWidth · cin] */
export function sparseInputGradient(
  backend: BackendWasm,
  convolution: Sizes,
  dy: tf.TensorInfo,
  filters: tf.TensorInfo,
  images: PaddedImages,
  nonZeros: number,
): void {
  const { batch, cin, outHeight, outWidth, cout, filterHeight, filterWidth, strideHeight, strideWidth } = convolution;
  const [from, by] = [addressOf(backend, dy), addressOf(backend, filters)];
  const sizes = [images.height, images.width, cin, outHeight, outWidth, cout, filterHeight, filterWidth] as const;
  threadPool(backend).run("sparseInputGradient", [from, by, images.address, ...sizes, strideHeight, strideWidth], {
    units: batch,
    each: nanoseconds(convolution, nonZeros) / batch,
  });
}

function nanoseconds(convolution: Sizes, nonZeros: number): number {
  const { batch, cin, outHeight, outWidth, cout, filterHeight, filterWidth } = convolution;
  const scanned = batch * outHeight * outWidth * cout;
  return scanned * NS_PER_NUMBER + nonZeros * filterHeight * filterWidth * cin * NS_PER_PRODUCT;
}

/** A tensor taken for a matrix of `columns`, turned around. */
export function turnedMatrix(backend: BackendWasm, x: tf.TensorInfo, columns: number): tf.TensorInfo {
  const matrix = reshaped(backend, x, [tf.util.sizeFromShape(x.shape) / columns, columns]);
  const turned = runKernel(backend, "Transpose", { x: matrix }, { perm: [1, 0] });
  free(backend, matrix);
  return turned;
}
