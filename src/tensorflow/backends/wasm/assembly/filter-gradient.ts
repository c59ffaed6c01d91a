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
        const dyStart = dy + <usize>((image * outHeight + row) * outWidth + column) * pixelBytes;
        for (let i = first; i < end; i++) {
          const from = xStart + <usize>(i / tiles) * rowBytes + <usize>((i % tiles) * 24);
          const to = gradient + <usize>(6 * i) * pixelBytes;
          for (let channel: usize = 0; channel < pixelBytes; channel += 32) {
            tile(
              from,
              dyStart + channel,
              to + channel,
              height,
              width,
              stepBytes,
              <usize>strideHeight * rowBytes - <usize>width * stepBytes,
              pixelBytes,
              <usize>(outWidth - width) * pixelBytes,
            );
          }
        }
      }
    }
  }
}

/** Six numbers under the filter by eight output channels. */
function tile(
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
  let s00 = v128.load(gradient);
  let s01 = v128.load(gradient, 16);
  let s10 = v128.load(gradient + pixelBytes);
  let s11 = v128.load(gradient + pixelBytes, 16);
  let s20 = v128.load(gradient + 2 * pixelBytes);
  let s21 = v128.load(gradient + 2 * pixelBytes, 16);
  let s30 = v128.load(gradient + 3 * pixelBytes);
  let s31 = v128.load(gradient + 3 * pixelBytes, 16);
  let s40 = v128.load(gradient + 4 * pixelBytes);
  let s41 = v128.load(gradient + 4 * pixelBytes, 16);
  let s50 = v128.load(gradient + 5 * pixelBytes);
  let s51 = v128.load(gradient + 5 * pixelBytes, 16);
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
  v128.store(gradient + pixelBytes, s10);
  v128.store(gradient + pixelBytes, s11, 16);
  v128.store(gradient + 2 * pixelBytes, s20);
  v128.store(gradient + 2 * pixelBytes, s21, 16);
  v128.store(gradient + 3 * pixelBytes, s30);
  v128.store(gradient + 3 * pixelBytes, s31, 16);
  v128.store(gradient + 4 * pixelBytes, s40);
  v128.store(gradient + 4 * pixelBytes, s41, 16);
  v128.store(gradient + 5 * pixelBytes, s50);
  v128.store(gradient + 5 * pixelBytes, s51, 16);
}
