import { CHUNK, locate, PIXELS, TO_PIXEL } from "./windows";

/**
 * What `convolve` computes, as dot products of windows and filters: for few output channels, and for filters that are there as these
 * products need them. filterWidth · cin is a multiple of 4.
 *
 * @param filter [cout, filterHeight, filterWidth · cin]
 * @param bias cout numbers; 0 for none
 */
export function dots(
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
  const filterBytes = (<usize>(filterHeight * run)) << 2;
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
    for (let channel = 0; channel < cout; channel += 2) {
      const from = filter + <usize>channel * filterBytes;
      const channelBytes = (<usize>channel) << 2;
      const channelBias = bias ? bias + channelBytes : 0;
      for (let i = 0; i < count; i += PIXELS) {
        const at = starts + ((<usize>i) << 2);
        if (channel + 1 < cout)
          twoChannels(at, from, filterBytes, channelBias, channelBytes, filterHeight, run, rowBytes, floor);
        else oneChannel(at, from, channelBias, channelBytes, filterHeight, run, rowBytes, floor);
      }
    }
  }
}

/** Six pixels by two channels, whose filters are `filterBytes` apart. */
function twoChannels(
  starts: usize,
  filter: usize,
  filterBytes: usize,
  bias: usize,
  channelBytes: usize,
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
  let s00 = f32x4.splat(0);
  let s01 = f32x4.splat(0);
  let s10 = f32x4.splat(0);
  let s11 = f32x4.splat(0);
  let s20 = f32x4.splat(0);
  let s21 = f32x4.splat(0);
  let s30 = f32x4.splat(0);
  let s31 = f32x4.splat(0);
  let s40 = f32x4.splat(0);
  let s41 = f32x4.splat(0);
  let s50 = f32x4.splat(0);
  let s51 = f32x4.splat(0);
  const runBytes = (<usize>run) << 2;
  for (let row = 0; row < filterHeight; row++) {
    for (let i: usize = 0; i < runBytes; i += 16) {
      const w0 = v128.load(filter + i);
      const w1 = v128.load(filter + filterBytes + i);
      const x0 = v128.load(p0 + i);
      s00 = f32x4.relaxed_madd(x0, w0, s00);
      s01 = f32x4.relaxed_madd(x0, w1, s01);
      const x1 = v128.load(p1 + i);
      s10 = f32x4.relaxed_madd(x1, w0, s10);
      s11 = f32x4.relaxed_madd(x1, w1, s11);
      const x2 = v128.load(p2 + i);
      s20 = f32x4.relaxed_madd(x2, w0, s20);
      s21 = f32x4.relaxed_madd(x2, w1, s21);
      const x3 = v128.load(p3 + i);
      s30 = f32x4.relaxed_madd(x3, w0, s30);
      s31 = f32x4.relaxed_madd(x3, w1, s31);
      const x4 = v128.load(p4 + i);
      s40 = f32x4.relaxed_madd(x4, w0, s40);
      s41 = f32x4.relaxed_madd(x4, w1, s41);
      const x5 = v128.load(p5 + i);
      s50 = f32x4.relaxed_madd(x5, w0, s50);
      s51 = f32x4.relaxed_madd(x5, w1, s51);
    }
    filter += runBytes;
    p0 += rowBytes;
    p1 += rowBytes;
    p2 += rowBytes;
    p3 += rowBytes;
    p4 += rowBytes;
    p5 += rowBytes;
  }
  const b0 = bias ? load<f32>(bias) : 0;
  const b1 = bias ? load<f32>(bias, 4) : 0;
  write(load<usize>(starts, TO_PIXEL) + channelBytes, s00, b0, floor);
  write(load<usize>(starts, TO_PIXEL) + channelBytes + 4, s01, b1, floor);
  write(load<usize>(starts, TO_PIXEL + 4) + channelBytes, s10, b0, floor);
  write(load<usize>(starts, TO_PIXEL + 4) + channelBytes + 4, s11, b1, floor);
  write(load<usize>(starts, TO_PIXEL + 8) + channelBytes, s20, b0, floor);
  write(load<usize>(starts, TO_PIXEL + 8) + channelBytes + 4, s21, b1, floor);
  write(load<usize>(starts, TO_PIXEL + 12) + channelBytes, s30, b0, floor);
  write(load<usize>(starts, TO_PIXEL + 12) + channelBytes + 4, s31, b1, floor);
  write(load<usize>(starts, TO_PIXEL + 16) + channelBytes, s40, b0, floor);
  write(load<usize>(starts, TO_PIXEL + 16) + channelBytes + 4, s41, b1, floor);
  write(load<usize>(starts, TO_PIXEL + 20) + channelBytes, s50, b0, floor);
  write(load<usize>(starts, TO_PIXEL + 20) + channelBytes + 4, s51, b1, floor);
}

/** Six pixels of one channel. */
function oneChannel(
  starts: usize,
  filter: usize,
  bias: usize,
  channelBytes: usize,
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
  let s00 = f32x4.splat(0);
  let s10 = f32x4.splat(0);
  let s20 = f32x4.splat(0);
  let s30 = f32x4.splat(0);
  let s40 = f32x4.splat(0);
  let s50 = f32x4.splat(0);
  const runBytes = (<usize>run) << 2;
  for (let row = 0; row < filterHeight; row++) {
    for (let i: usize = 0; i < runBytes; i += 16) {
      const w0 = v128.load(filter + i);
      const x0 = v128.load(p0 + i);
      s00 = f32x4.relaxed_madd(x0, w0, s00);
      const x1 = v128.load(p1 + i);
      s10 = f32x4.relaxed_madd(x1, w0, s10);
      const x2 = v128.load(p2 + i);
      s20 = f32x4.relaxed_madd(x2, w0, s20);
      const x3 = v128.load(p3 + i);
      s30 = f32x4.relaxed_madd(x3, w0, s30);
      const x4 = v128.load(p4 + i);
      s40 = f32x4.relaxed_madd(x4, w0, s40);
      const x5 = v128.load(p5 + i);
      s50 = f32x4.relaxed_madd(x5, w0, s50);
    }
    filter += runBytes;
    p0 += rowBytes;
    p1 += rowBytes;
    p2 += rowBytes;
    p3 += rowBytes;
    p4 += rowBytes;
    p5 += rowBytes;
  }
  const b0 = bias ? load<f32>(bias) : 0;
  write(load<usize>(starts, TO_PIXEL) + channelBytes, s00, b0, floor);
  write(load<usize>(starts, TO_PIXEL + 4) + channelBytes, s10, b0, floor);
  write(load<usize>(starts, TO_PIXEL + 8) + channelBytes, s20, b0, floor);
  write(load<usize>(starts, TO_PIXEL + 12) + channelBytes, s30, b0, floor);
  write(load<usize>(starts, TO_PIXEL + 16) + channelBytes, s40, b0, floor);
  write(load<usize>(starts, TO_PIXEL + 20) + channelBytes, s50, b0, floor);
}

/** The sum of four, and the bias, but not less than `floor`. */
function write(y: usize, four: v128, bias: f32, floor: f32): void {
  const two = f32x4.add(four, v128.shuffle<f32>(four, four, 2, 3, 2, 3));
  const sum = f32x4.extract_lane(two, 0) + f32x4.extract_lane(two, 1);
  store<f32>(y, max<f32>(sum + bias, floor));
}
