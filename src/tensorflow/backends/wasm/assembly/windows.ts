/** Output pixels of one tile. */
export const PIXELS: i32 = 6;

/** Pixels whose tiles are computed together, so that they and a part of the filter stay in the nearest cache. */
export const CHUNK: i32 = 48;

/** Memory that each instance of this module has to itself: CHUNK addresses of windows, CHUNK of pixels, and what `tiles.ts` keeps. */
export declare const starts: usize;

/** From the address of a pixel's window to that of the pixel. */
export const TO_PIXEL: usize = (<usize>CHUNK) << 2;

/**
 * Writes where the windows of CHUNK pixels begin, from pixel `first` on, and then where these pixels are. Where there are only `count`,
 * the last is there several times.
 *
 * @param x [batch, inHeight, inWidth, cin]
 * @param y the first pixel of [batch, yHeight, yWidth, cout], of which others are so many rows and columns apart
 * @returns where it wrote
 */
export function locate(
  x: usize,
  y: usize,
  inHeight: i32,
  inWidth: i32,
  cin: i32,
  outHeight: i32,
  outWidth: i32,
  cout: i32,
  strideHeight: i32,
  strideWidth: i32,
  yHeight: i32,
  yWidth: i32,
  rowStep: i32,
  columnStep: i32,
  first: i32,
  count: i32,
): usize {
  const line = first / outWidth;
  let image = line / outHeight;
  let row = line % outHeight;
  let column = first % outWidth;
  for (let i = 0; i < CHUNK; i++) {
    const from = (image * inHeight + row * strideHeight) * inWidth + column * strideWidth;
    const to = (image * yHeight + row * rowStep) * yWidth + column * columnStep;
    const at = starts + ((<usize>i) << 2);
    store<usize>(at, x + ((<usize>(from * cin)) << 2));
    store<usize>(at + TO_PIXEL, y + ((<usize>(to * cout)) << 2));
    if (i + 1 >= count || ++column < outWidth) continue;
    column = 0;
    if (++row < outHeight) continue;
    row = 0;
    image++;
  }
  return starts;
}
