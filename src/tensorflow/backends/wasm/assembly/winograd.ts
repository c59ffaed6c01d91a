import { multiplyRows } from "./matrices";
import { CHUNK, PIXELS } from "./windows";

/**
 * Convolutions of 3 × 3 and no strides by Winograd's F(2 × 2, 3 × 3): four output pixels cost 16 products instead of 36, for each input and
 * output channel. The images' squares of 4 × 4 pixels and the filter are transformed, multiplied at each of 16 positions, which are products
 * of matrices, and transformed back (Lavin and Gray, Fast Algorithms for Convolutional Neural Networks, 2015).
 */
const POSITIONS: i32 = 16;

/** Memory for the transformed squares that each instance of this module has to itself. */
declare const squares: usize;

/** Of it, in bytes. */
const SQUARES_BYTES: i32 = 393216;

/** Of a cache, in bytes: positions a multiple of 4096 bytes apart would drive each other out of it. */
const LINE: usize = 64;

/**
 * Its squares of 2 × 2 output pixels from `first` to before `end`.
 *
 * @param x [batch, inHeight, inWidth, cin], cin a multiple of 4; 4 × 4 pixels lie under each square
 * @param filter [16, cout / 8, cin, 8], as `transformFilter` makes it
 * @param bias cout numbers; 0 for none
 * @param y [batch, outHeight, outWidth, cout], cout a multiple of 8
 */
export function winograd(
  x: usize,
  filter: usize,
  bias: usize,
  y: usize,
  inHeight: i32,
  inWidth: i32,
  cin: i32,
  outHeight: i32,
  outWidth: i32,
  cout: i32,
  floor: f32,
  first: i32,
  end: i32,
): void {
  const columns = (outWidth + 1) >> 1;
  const rows = (outHeight + 1) >> 1;
  const inBytes = (<usize>cin) << 2;
  const outBytes = (<usize>cout) << 2;
  const most = min(
    CHUNK,
    ((SQUARES_BYTES - 2 * POSITIONS * <i32>LINE) / (POSITIONS * 4 * (cin + cout)) / PIXELS) * PIXELS,
  );
  const step = <usize>most * inBytes + LINE;
  const productStep = <usize>most * outBytes + LINE;
  const products = squares + <usize>POSITIONS * step;
  for (; first < end; first += most) {
    const count = min(most, end - first);
    for (let i = 0; i < count; i++) {
      const line = (first + i) / columns;
      const row = (line / rows) * inHeight + 2 * (line % rows);
      const from = x + <usize>(row * inWidth + 2 * ((first + i) % columns)) * inBytes;
      transformSquare(from, squares + <usize>i * inBytes, <usize>inWidth * inBytes, inBytes, step);
    }
    for (let position = 0; position < POSITIONS; position++) {
      const from = squares + <usize>position * step;
      const to = products + <usize>position * productStep;
      multiplyRows(from, filter + <usize>position * inBytes * <usize>cout, to, count, cin, cout, false);
    }
    for (let i = 0; i < count; i++) {
      const line = (first + i) / columns;
      const row = 2 * (line % rows);
      const column = 2 * ((first + i) % columns);
      const to = y + <usize>(((line / rows) * outHeight + row) * outWidth + column) * outBytes;
      const below = row + 1 < outHeight ? <usize>outWidth * outBytes : 0;
      const beside = column + 1 < outWidth ? outBytes : 0;
      transformBack(products + <usize>i * outBytes, bias, to, below, beside, outBytes, productStep, floor);
    }
  }
}

/** Bᵀ d B of a square d of 4 × 4 pixels. @param step between two positions of the result, in bytes */
function transformSquare(x: usize, to: usize, rowBytes: usize, pixelBytes: usize, step: usize): void {
  for (let channel: usize = 0; channel < pixelBytes; channel += 16, x += 16, to += 16) {
    for (let column: usize = 0; column < 4; column++) {
      const from = x + column * pixelBytes;
      const d0 = v128.load(from);
      const d1 = v128.load(from + rowBytes);
      const d2 = v128.load(from + 2 * rowBytes);
      const d3 = v128.load(from + 3 * rowBytes);
      const at = to + column * step;
      v128.store(at, f32x4.sub(d0, d2));
      v128.store(at + 4 * step, f32x4.add(d1, d2));
      v128.store(at + 8 * step, f32x4.sub(d2, d1));
      v128.store(at + 12 * step, f32x4.sub(d1, d3));
    }
    for (let row: usize = 0; row < 4; row++) {
      const at = to + 4 * row * step;
      const d0 = v128.load(at);
      const d1 = v128.load(at + step);
      const d2 = v128.load(at + 2 * step);
      const d3 = v128.load(at + 3 * step);
      v128.store(at, f32x4.sub(d0, d2));
      v128.store(at + step, f32x4.add(d1, d2));
      v128.store(at + 2 * step, f32x4.sub(d2, d1));
      v128.store(at + 3 * step, f32x4.sub(d1, d3));
    }
  }
}

/**
 * Aᵀ m A and the bias: four pixels.
 * @param below from a pixel to the one below, in bytes; 0 where that is not on the image, as `beside`
 * @param step between two positions of m
 */
function transformBack(
  m: usize,
  bias: usize,
  y: usize,
  below: usize,
  beside: usize,
  pixelBytes: usize,
  step: usize,
  floor: f32,
): void {
  const least = f32x4.splat(floor);
  for (let channel: usize = 0; channel < pixelBytes; channel += 16, m += 16, y += 16) {
    const b = bias ? v128.load(bias + channel) : f32x4.splat(0);
    let top0 = b;
    let top1 = b;
    let bottom0 = b;
    let bottom1 = b;
    for (let column: usize = 0; column < 4; column++) {
      const at = m + column * step;
      const m1 = v128.load(at + 4 * step);
      const m2 = v128.load(at + 8 * step);
      const top = f32x4.add(v128.load(at), f32x4.add(m1, m2));
      const bottom = f32x4.sub(f32x4.sub(m1, m2), v128.load(at + 12 * step));
      if (column < 3) {
        top0 = f32x4.add(top0, top);
        bottom0 = f32x4.add(bottom0, bottom);
      }
      if (column == 1) {
        top1 = f32x4.add(top1, top);
        bottom1 = f32x4.add(bottom1, bottom);
      } else if (column > 1) {
        top1 = f32x4.sub(top1, top);
        bottom1 = f32x4.sub(bottom1, bottom);
      }
    }
    // The last first: what is not on the image has the place of what is, and is written over.
    v128.store(y + below + beside, f32x4.max(bottom1, least));
    v128.store(y + below, f32x4.max(bottom0, least));
    v128.store(y + beside, f32x4.max(top1, least));
    v128.store(y, f32x4.max(top0, least));
  }
}

/**
 * G g Gᵀ of a filter's panels [cout / 8, 9, cin, 8], as `packFilter` makes them; of the panels, those from `first` to before `end`.
 *
 * @param transformed [16, cout / 8, cin, 8]
 */
export function transformFilter(panels: usize, transformed: usize, cin: i32, cout: i32, first: i32, end: i32): void {
  const run = (<usize>cin) << 5;
  const step = <usize>(cout >> 3) * run;
  const half = f32x4.splat(0.5);
  for (let panel = <usize>first; panel < <usize>end; panel++) {
    for (let i: usize = 0; i < run; i += 16) {
      const from = panels + 9 * panel * run + i;
      const to = transformed + panel * run + i;
      for (let column: usize = 0; column < 3; column++) {
        const at = from + column * run;
        storeFour(v128.load(at), v128.load(at + 3 * run), v128.load(at + 6 * run), to + column * step, 4 * step, half);
      }
      for (let row: usize = 0; row < 4; row++) {
        const at = to + 4 * row * step;
        storeFour(v128.load(at), v128.load(at + step), v128.load(at + 2 * step), at, step, half);
      }
    }
  }
}

/** G g of three numbers: the first, half of both sums of alternate signs, the last. */
function storeFour(g0: v128, g1: v128, g2: v128, to: usize, step: usize, half: v128): void {
  const outer = f32x4.add(g0, g2);
  v128.store(to, g0);
  v128.store(to + step, f32x4.mul(half, f32x4.add(outer, g1)));
  v128.store(to + 2 * step, f32x4.mul(half, f32x4.sub(outer, g1)));
  v128.store(to + 3 * step, g2);
}
