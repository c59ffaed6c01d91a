import { wide } from "./tiles";

/** Pixels that are summed before the next part of the filter has its turn, so that they stay in the nearest cache. */
const CHUNK: i32 = 96;

/**
 * The gradient of a convolution without padding with respect to its filter: its tiles of six rows of `cout`
 * numbers from `first` to before `end`.
 *
 * @param x [batch, inHeight, inWidth, cin], and five numbers more that are only read
 * @param dy [batch, outHeight, outWidth, cout], where cout is a multiple of 8
 * @param gradient [filterHeight, filterWidth · cin filled up to a multiple of 6, cout]
 */
export function filterGradient(
  x: usize,
  dy: usize,
  gradient: usize,
  batch: i32,
  inHeight: i32,
  inWidth: i32,
  cin: i32,
  outHeight: i32,
  outWidth: i32,
  cout: i32,
  filterWidth: i32,
  strideHeight: i32,
  strideWidth: i32,
  first: i32,
  end: i32,
): void {
  const rowBytes = (<usize>(inWidth * cin)) << 2;
  const stepBytes = (<usize>(strideWidth * cin)) << 2;
  const pixelBytes = (<usize>cout) << 2;
  const tiles = (filterWidth * cin + 5) / 6;
  const columns = min(outWidth, CHUNK);
  const rows = max(1, CHUNK / outWidth);
  memory.fill(gradient + <usize>(6 * first) * pixelBytes, 0, <usize>(6 * (end - first)) * pixelBytes);
  for (let image = 0; image < batch; image++) {
    for (let row = 0; row < outHeight; row += rows) {
      const height = min(rows, outHeight - row);
      for (let column = 0; column < outWidth; column += columns) {
        const width = min(columns, outWidth - column);
        const xStart = x + <usize>(image * inHeight + row * strideHeight) * rowBytes + <usize>column * stepBytes;
        const xRowStep = <usize>strideHeight * rowBytes - <usize>width * stepBytes;
        const dyRowStep = <usize>(outWidth - width) * pixelBytes;
        const dyStart = dy + <usize>((image * outHeight + row) * outWidth + column) * pixelBytes;
        for (let i = first; i < end; i++) {
          const from = xStart + <usize>(i / tiles) * rowBytes + <usize>((i % tiles) * 24);
          const to = gradient + <usize>(6 * i) * pixelBytes;
          let channel: usize = 0;
          if (wide) {
            for (; channel + 64 <= pixelBytes; channel += 64) {
              const sums = to + channel;
              sixteen(from, dyStart + channel, sums, height, width, stepBytes, xRowStep, pixelBytes, dyRowStep);
            }
          }
          for (; channel < pixelBytes; channel += 32) {
            const sums = to + channel;
            eight(from, dyStart + channel, sums, height, width, stepBytes, xRowStep, pixelBytes, dyRowStep);
          }
        }
      }
    }
  }
}

/** Six numbers under the filter by eight output channels. */
function eight(
  x: usize,
  dy: usize,
  gradient: usize,
  height: i32,
  width: i32,
  xStep: usize,
  xRowStep: usize,
  pixelBytes: usize,
  dyRowStep: usize,
): void {
  const g1 = gradient + pixelBytes;
  const g2 = g1 + pixelBytes;
  const g3 = g2 + pixelBytes;
  const g4 = g3 + pixelBytes;
  const g5 = g4 + pixelBytes;
  let s00 = v128.load(gradient);
  let s01 = v128.load(gradient, 16);
  let s10 = v128.load(g1);
  let s11 = v128.load(g1, 16);
  let s20 = v128.load(g2);
  let s21 = v128.load(g2, 16);
  let s30 = v128.load(g3);
  let s31 = v128.load(g3, 16);
  let s40 = v128.load(g4);
  let s41 = v128.load(g4, 16);
  let s50 = v128.load(g5);
  let s51 = v128.load(g5, 16);
  for (let row = 0; row < height; row++, x += xRowStep, dy += dyRowStep) {
    for (let column = 0; column < width; column++, x += xStep, dy += pixelBytes) {
      const dy0 = v128.load(dy);
      const dy1 = v128.load(dy, 16);
      const x0 = v128.load32_splat(x);
      s00 = f32x4.relaxed_madd(x0, dy0, s00);
      s01 = f32x4.relaxed_madd(x0, dy1, s01);
      const x1 = v128.load32_splat(x, 4);
      s10 = f32x4.relaxed_madd(x1, dy0, s10);
      s11 = f32x4.relaxed_madd(x1, dy1, s11);
      const x2 = v128.load32_splat(x, 8);
      s20 = f32x4.relaxed_madd(x2, dy0, s20);
      s21 = f32x4.relaxed_madd(x2, dy1, s21);
      const x3 = v128.load32_splat(x, 12);
      s30 = f32x4.relaxed_madd(x3, dy0, s30);
      s31 = f32x4.relaxed_madd(x3, dy1, s31);
      const x4 = v128.load32_splat(x, 16);
      s40 = f32x4.relaxed_madd(x4, dy0, s40);
      s41 = f32x4.relaxed_madd(x4, dy1, s41);
      const x5 = v128.load32_splat(x, 20);
      s50 = f32x4.relaxed_madd(x5, dy0, s50);
      s51 = f32x4.relaxed_madd(x5, dy1, s51);
    }
  }
  v128.store(gradient, s00);
  v128.store(gradient, s01, 16);
  v128.store(g1, s10);
  v128.store(g1, s11, 16);
  v128.store(g2, s20);
  v128.store(g2, s21, 16);
  v128.store(g3, s30);
  v128.store(g3, s31, 16);
  v128.store(g4, s40);
  v128.store(g4, s41, 16);
  v128.store(g5, s50);
  v128.store(g5, s51, 16);
}

/** By sixteen of them. */
function sixteen(
  x: usize,
  dy: usize,
  gradient: usize,
  height: i32,
  width: i32,
  xStep: usize,
  xRowStep: usize,
  pixelBytes: usize,
  dyRowStep: usize,
): void {
  const g1 = gradient + pixelBytes;
  const g2 = g1 + pixelBytes;
  const g3 = g2 + pixelBytes;
  const g4 = g3 + pixelBytes;
  const g5 = g4 + pixelBytes;
  let s00 = v128.load(gradient);
  let s01 = v128.load(gradient, 16);
  let s02 = v128.load(gradient, 32);
  let s03 = v128.load(gradient, 48);
  let s10 = v128.load(g1);
  let s11 = v128.load(g1, 16);
  let s12 = v128.load(g1, 32);
  let s13 = v128.load(g1, 48);
  let s20 = v128.load(g2);
  let s21 = v128.load(g2, 16);
  let s22 = v128.load(g2, 32);
  let s23 = v128.load(g2, 48);
  let s30 = v128.load(g3);
  let s31 = v128.load(g3, 16);
  let s32 = v128.load(g3, 32);
  let s33 = v128.load(g3, 48);
  let s40 = v128.load(g4);
  let s41 = v128.load(g4, 16);
  let s42 = v128.load(g4, 32);
  let s43 = v128.load(g4, 48);
  let s50 = v128.load(g5);
  let s51 = v128.load(g5, 16);
  let s52 = v128.load(g5, 32);
  let s53 = v128.load(g5, 48);
  for (let row = 0; row < height; row++, x += xRowStep, dy += dyRowStep) {
    for (let column = 0; column < width; column++, x += xStep, dy += pixelBytes) {
      const dy0 = v128.load(dy);
      const dy1 = v128.load(dy, 16);
      const dy2 = v128.load(dy, 32);
      const dy3 = v128.load(dy, 48);
      const x0 = v128.load32_splat(x);
      s00 = f32x4.relaxed_madd(x0, dy0, s00);
      s01 = f32x4.relaxed_madd(x0, dy1, s01);
      s02 = f32x4.relaxed_madd(x0, dy2, s02);
      s03 = f32x4.relaxed_madd(x0, dy3, s03);
      const x1 = v128.load32_splat(x, 4);
      s10 = f32x4.relaxed_madd(x1, dy0, s10);
      s11 = f32x4.relaxed_madd(x1, dy1, s11);
      s12 = f32x4.relaxed_madd(x1, dy2, s12);
      s13 = f32x4.relaxed_madd(x1, dy3, s13);
      const x2 = v128.load32_splat(x, 8);
      s20 = f32x4.relaxed_madd(x2, dy0, s20);
      s21 = f32x4.relaxed_madd(x2, dy1, s21);
      s22 = f32x4.relaxed_madd(x2, dy2, s22);
      s23 = f32x4.relaxed_madd(x2, dy3, s23);
      const x3 = v128.load32_splat(x, 12);
      s30 = f32x4.relaxed_madd(x3, dy0, s30);
      s31 = f32x4.relaxed_madd(x3, dy1, s31);
      s32 = f32x4.relaxed_madd(x3, dy2, s32);
      s33 = f32x4.relaxed_madd(x3, dy3, s33);
      const x4 = v128.load32_splat(x, 16);
      s40 = f32x4.relaxed_madd(x4, dy0, s40);
      s41 = f32x4.relaxed_madd(x4, dy1, s41);
      s42 = f32x4.relaxed_madd(x4, dy2, s42);
      s43 = f32x4.relaxed_madd(x4, dy3, s43);
      const x5 = v128.load32_splat(x, 20);
      s50 = f32x4.relaxed_madd(x5, dy0, s50);
      s51 = f32x4.relaxed_madd(x5, dy1, s51);
      s52 = f32x4.relaxed_madd(x5, dy2, s52);
      s53 = f32x4.relaxed_madd(x5, dy3, s53);
    }
  }
  v128.store(gradient, s00);
  v128.store(gradient, s01, 16);
  v128.store(gradient, s02, 32);
  v128.store(gradient, s03, 48);
  v128.store(g1, s10);
  v128.store(g1, s11, 16);
  v128.store(g1, s12, 32);
  v128.store(g1, s13, 48);
  v128.store(g2, s20);
  v128.store(g2, s21, 16);
  v128.store(g2, s22, 32);
  v128.store(g2, s23, 48);
  v128.store(g3, s30);
  v128.store(g3, s31, 16);
  v128.store(g3, s32, 32);
  v128.store(g3, s33, 48);
  v128.store(g4, s40);
  v128.store(g4, s41, 16);
  v128.store(g4, s42, 32);
  v128.store(g4, s43, 48);
  v128.store(g5, s50);
  v128.store(g5, s51, 16);
  v128.store(g5, s52, 32);
  v128.store(g5, s53, 48);
}
