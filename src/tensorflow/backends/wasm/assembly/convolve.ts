import { CHUNK, locate, PIXELS, TO_PIXEL } from "./windows";

/**
 * A convolution of images [batch, inHeight, inWidth, cin] without padding: its output pixels from `first` to before `end`.
 *
 * @param filter panels of 8 output channels, [⌈cout / 8⌉, filterHeight, filterWidth · cin, 8], as `packFilter` makes them
 * @param bias ⌈cout / 8⌉ · 8 numbers; 0 for none
 * @param y the first pixel of [batch, yHeight, yWidth, cout], of which others are `rowStep` rows and `columnStep` columns apart
 * @param floor what is below becomes that: 0 for a ReLU, -Infinity for nothing
 */
export function convolve(
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
  filterHeight: i32,
  filterWidth: i32,
  strideHeight: i32,
  strideWidth: i32,
  yHeight: i32,
  yWidth: i32,
  rowStep: i32,
  columnStep: i32,
  floor: f32,
  first: i32,
  end: i32,
): void {
  const run = filterWidth * cin;
  const rowBytes = (<usize>(inWidth * cin)) << 2;
  const panelBytes = (<usize>(filterHeight * run)) << 5;
  for (; first < end; first += CHUNK) {
    const count = min(end - first, CHUNK);
    const starts = locate(
      x,
      y,
      inHeight,
      inWidth,
      cin,
      outHeight,
      outWidth,
      cout,
      strideHeight,
      strideWidth,
      yHeight,
      yWidth,
      rowStep,
      columnStep,
      first,
      count,
    );
    for (let channel = 0; channel < cout; channel += 8) {
      const panel = filter + <usize>(channel >> 3) * panelBytes;
      const channelBytes = (<usize>channel) << 2;
      const channelBias = bias ? bias + channelBytes : 0;
      for (let i = 0; i < count; i += PIXELS) {
        const channels = min(8, cout - channel);
        const at = starts + ((<usize>i) << 2);
        tile(at, panel, channelBias, channelBytes, channels, filterHeight, run, rowBytes, floor);
      }
    }
  }
}

/**
 * Six pixels by eight channels: 12 sums, two vectors of the filter and one of the input, which are the registers of x64. The
 * first `channels` are written.
 */
export function tile(
  starts: usize,
  filter: usize,
  bias: usize,
  channelBytes: usize,
  channels: i32,
  filterHeight: i32,
  run: i32,
  rowBytes: usize,
  floor: f32,
): void {
  let p0 = load<usize>(starts);
  let p1 = load<usize>(starts, 4);
  let p2 = load<usize>(starts, 8);
  let p3 = load<usize>(starts, 12);
  let p4 = load<usize>(starts, 16);
  let p5 = load<usize>(starts, 20);
  const bias0 = bias ? v128.load(bias) : f32x4.splat(0);
  const bias1 = bias ? v128.load(bias, 16) : f32x4.splat(0);
  let s00 = bias0;
  let s01 = bias1;
  let s10 = bias0;
  let s11 = bias1;
  let s20 = bias0;
  let s21 = bias1;
  let s30 = bias0;
  let s31 = bias1;
  let s40 = bias0;
  let s41 = bias1;
  let s50 = bias0;
  let s51 = bias1;
  const runBytes = (<usize>run) << 2;
  for (let row = 0; row < filterHeight; row++) {
    for (let i: usize = 0; i < runBytes; i += 4) {
      const w0 = v128.load(filter);
      const w1 = v128.load(filter, 16);
      filter += 32;
      const x0 = v128.load32_splat(p0 + i);
      s00 = f32x4.relaxed_madd(x0, w0, s00);
      s01 = f32x4.relaxed_madd(x0, w1, s01);
      const x1 = v128.load32_splat(p1 + i);
      s10 = f32x4.relaxed_madd(x1, w0, s10);
      s11 = f32x4.relaxed_madd(x1, w1, s11);
      const x2 = v128.load32_splat(p2 + i);
      s20 = f32x4.relaxed_madd(x2, w0, s20);
      s21 = f32x4.relaxed_madd(x2, w1, s21);
      const x3 = v128.load32_splat(p3 + i);
      s30 = f32x4.relaxed_madd(x3, w0, s30);
      s31 = f32x4.relaxed_madd(x3, w1, s31);
      const x4 = v128.load32_splat(p4 + i);
      s40 = f32x4.relaxed_madd(x4, w0, s40);
      s41 = f32x4.relaxed_madd(x4, w1, s41);
      const x5 = v128.load32_splat(p5 + i);
      s50 = f32x4.relaxed_madd(x5, w0, s50);
      s51 = f32x4.relaxed_madd(x5, w1, s51);
    }
    p0 += rowBytes;
    p1 += rowBytes;
    p2 += rowBytes;
    p3 += rowBytes;
    p4 += rowBytes;
    p5 += rowBytes;
  }
  const least = f32x4.splat(floor);
  write(load<usize>(starts, TO_PIXEL) + channelBytes, f32x4.max(s00, least), f32x4.max(s01, least), channels);
  write(load<usize>(starts, TO_PIXEL + 4) + channelBytes, f32x4.max(s10, least), f32x4.max(s11, least), channels);
  write(load<usize>(starts, TO_PIXEL + 8) + channelBytes, f32x4.max(s20, least), f32x4.max(s21, least), channels);
  write(load<usize>(starts, TO_PIXEL + 12) + channelBytes, f32x4.max(s30, least), f32x4.max(s31, least), channels);
  write(load<usize>(starts, TO_PIXEL + 16) + channelBytes, f32x4.max(s40, least), f32x4.max(s41, least), channels);
  write(load<usize>(starts, TO_PIXEL + 20) + channelBytes, f32x4.max(s50, least), f32x4.max(s51, least), channels);
}

function write(y: usize, low: v128, high: v128, channels: i32): void {
  if (channels == 8) {
    v128.store(y, low);
    v128.store(y, high, 16);
    return;
  }
  for (let half = low; channels > 0; channels -= 4, half = high, y += 16) {
    if (channels >= 4) {
      v128.store(y, half);
      continue;
    }
    v128.store32_lane(y, half, 0);
    if (channels > 1) v128.store32_lane(y, half, 1, 4);
    if (channels > 2) v128.store32_lane(y, half, 2, 8);
  }
}

/**
 * Positions of a filter in panels of 8 output channels, the last filled up with zeros; of the panels, those from `first` to before `end`.
 *
 * @param filter [all its positions, cin, cout]
 * @param start the first position that is taken: the others are in rows of `columns`, `rowStep` and `columnStep` positions apart
 * @param turned whether input and output channels are exchanged
 * @param panels [⌈cout / 8⌉, rows · columns, cin, 8]; turned, [⌈cin / 8⌉, rows · columns, cout, 8]
 */
export function packFilter(
  filter: usize,
  panels: usize,
  cin: i32,
  cout: i32,
  start: i32,
  rows: i32,
  columns: i32,
  rowStep: i32,
  columnStep: i32,
  turned: bool,
  first: i32,
  end: i32,
): void {
  const inner = turned ? cout : cin;
  const outer = turned ? cin : cout;
  const innerStep: usize = (turned ? 1 : <usize>cout) << 2;
  const outerStep: usize = (turned ? <usize>cout : 1) << 2;
  panels += (<usize>(first * rows * columns * inner)) << 5;
  for (let panel = first; panel < end; panel++) {
    const channel = 8 * panel;
    const count = min(8, outer - channel);
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        const position = start + row * rowStep + column * columnStep;
        let from = filter + ((<usize>(position * cin * cout)) << 2) + <usize>channel * outerStep;
        for (let i = 0; i < inner; i++, from += innerStep, panels += 32) {
          if (count == 8 && !turned) {
            v128.store(panels, v128.load(from));
            v128.store(panels, v128.load(from, 16), 16);
            continue;
          }
          for (let o = 0; o < 8; o++) {
            const value = o < count ? load<f32>(from + <usize>o * outerStep) : 0;
            store<f32>(panels + ((<usize>o) << 2), value);
          }
        }
      }
    }
  }
}
