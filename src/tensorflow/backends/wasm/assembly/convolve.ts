/** Output pixels of one tile: with 8 channels, that is 12 sums, two vectors of the filter and one of the input, which are the registers of x64. */
const PIXELS: i32 = 6;

/** Pixels whose tiles are computed together, so that they and a panel of the filter stay in the nearest cache. */
const CHUNK: i32 = 48;

/** Where those pixels begin, CHUNK addresses: memory that each instance of this module has to itself. */
declare const starts: usize;

/**
 * A convolution of images [batch, height, width, channels] without padding: its output pixels from `first` to before `end`.
 *
 * @param filter panels of 8 output channels, [⌈cout / 8⌉, filterHeight, filterWidth · cin, 8], as `packFilter` makes them
 * @param bias ⌈cout / 8⌉ · 8 numbers; 0 for none
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
  floor: f32,
  first: i32,
  end: i32,
): void {
  const run = filterWidth * cin;
  const rowBytes = (<usize>(inWidth * cin)) << 2;
  const panelBytes = (<usize>(filterHeight * run)) << 5;
  for (; first < end; first += CHUNK) {
    const count = min(end - first, CHUNK);
    for (let i = 0; i < CHUNK; i++) {
      // Where there are fewer, the last tile computes the last pixel several times.
      const pixel = first + min(i, count - 1);
      const line = pixel / outWidth;
      const row = (line / outHeight) * inHeight + (line % outHeight) * strideHeight;
      const column = (pixel % outWidth) * strideWidth;
      store<usize>(starts + ((<usize>i) << 2), x + ((<usize>((row * inWidth + column) * cin)) << 2));
    }
    for (let channel = 0; channel < cout; channel += 8) {
      const panel = filter + <usize>(channel >> 3) * panelBytes;
      const channelBias = bias ? bias + ((<usize>channel) << 2) : 0;
      for (let i = 0; i < count; i += PIXELS) {
        const to = y + ((<usize>((first + i) * cout + channel)) << 2);
        tile(
          starts + ((<usize>i) << 2),
          panel,
          channelBias,
          to,
          min(PIXELS, count - i),
          cout,
          min(8, cout - channel),
          filterHeight,
          run,
          rowBytes,
          floor,
        );
      }
    }
  }
}

/** Six pixels by eight channels; of them, the first `pixels` and `channels` are written. */
function tile(
  starts: usize,
  filter: usize,
  bias: usize,
  y: usize,
  pixels: i32,
  cout: i32,
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
  const pixelBytes = (<usize>cout) << 2;
  const least = f32x4.splat(floor);
  write(y, f32x4.max(s00, least), f32x4.max(s01, least), channels);
  if (pixels == 1) return;
  write(y + pixelBytes, f32x4.max(s10, least), f32x4.max(s11, least), channels);
  if (pixels == 2) return;
  write(y + 2 * pixelBytes, f32x4.max(s20, least), f32x4.max(s21, least), channels);
  if (pixels == 3) return;
  write(y + 3 * pixelBytes, f32x4.max(s30, least), f32x4.max(s31, least), channels);
  if (pixels == 4) return;
  write(y + 4 * pixelBytes, f32x4.max(s40, least), f32x4.max(s41, least), channels);
  if (pixels == 5) return;
  write(y + 5 * pixelBytes, f32x4.max(s50, least), f32x4.max(s51, least), channels);
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
 * A filter in panels of 8 output channels, the last filled up with zeros; of the panels, those from `first` to before `end`.
 *
 * @param filter [positions, cin, cout]
 * @param turned whether the panels are those of the filter turned by 180°, with input and output channels exchanged
 * @param panels [⌈cout / 8⌉, positions, cin, 8]; turned, [⌈cin / 8⌉, positions, cout, 8]
 */
export function packFilter(
  filter: usize,
  panels: usize,
  positions: i32,
  cin: i32,
  cout: i32,
  turned: bool,
  first: i32,
  end: i32,
): void {
  const inner = turned ? cout : cin;
  const outer = turned ? cin : cout;
  const innerStep: usize = (turned ? 1 : <usize>cout) << 2;
  const outerStep: usize = (turned ? <usize>cout : 1) << 2;
  panels += (<usize>(first * positions * inner)) << 5;
  for (let panel = first; panel < end; panel++) {
    const channel = 8 * panel;
    const count = min(8, outer - channel);
    for (let position = 0; position < positions; position++) {
      const source = turned ? positions - 1 - position : position;
      let from = filter + ((<usize>(source * cin * cout)) << 2) + <usize>channel * outerStep;
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
