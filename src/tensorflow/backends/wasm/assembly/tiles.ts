import { PIXELS, starts, TO_PIXEL } from "./windows";

/** Whether two tiles beside each other are computed at once: where V8 puts two vectors into one register, for which there are enough then. */
export declare const wide: i32;

/** Behind the addresses in `starts`, in bytes: zeros, for what has no bias. */
const TO_ZEROS: usize = 2 * TO_PIXEL;

/** And a tile's rows of 8 channels, where its pixels have fewer. */
const TO_SPARE: usize = TO_ZEROS + 64;

/** Of such a row, in bytes. */
const SPARE_ROW: usize = 32;

/** Behind these rows, in bytes: what `functions.ts` keeps. */
export const TO_CONSTANTS: usize = TO_SPARE + 6 * SPARE_ROW;

/** @returns 16 zeros: an initial value of `sumTiles`. */
export function zeros(): usize {
  const at = starts + TO_ZEROS;
  for (let i: usize = 0; i < 64; i += 16) v128.store(at + i, f32x4.splat(0));
  return at;
}

/**
 * The sums of windows times a filter, for the pixels whose windows begin at the addresses in `starts`. (This is the loop that training
 * spends its time in. It is written so that V8 can put neighbors of each pair of vectors into one register: their loads, sums, and stores are in
 * the same blocks, 16 bytes apart.)
 *
 * @param panels of 8 output channels, [⌈cout / 8⌉, filterHeight, run, 8]
 * @param initial what sums begin with, ⌈cout / 8⌉ · 8 numbers; `initialStep` is 0 where these are the same 8 for all. 0 for what is in y
 * @param rowBytes from one row of a window to the next
 * @param floor what is below becomes that
 */
export function sumTiles(
  panels: usize,
  initial: usize,
  initialStep: usize,
  cout: i32,
  count: i32,
  filterHeight: i32,
  run: i32,
  rowBytes: usize,
  floor: f32,
): void {
  const panelBytes = (<usize>(filterHeight * run)) << 5;
  const runBytes = (<usize>run) << 2;
  const step = wide ? 16 : 8;
  for (let channel = 0; channel < cout;) {
    const isWide = channel + step <= cout && wide;
    const channelBytes = (<usize>channel) << 2;
    const from = initial ? initial + (initialStep ? channelBytes : 0) : 0;
    for (let i = 0; i < count; i += PIXELS) {
      const at = starts + ((<usize>i) << 2);
      if (isWide) sixteen(at, panels, panelBytes, from, channelBytes, filterHeight, runBytes, rowBytes, floor);
      else eight(at, panels, from, channelBytes, min(8, cout - channel), filterHeight, runBytes, rowBytes, floor);
    }
    channel += isWide ? 16 : 8;
    panels += isWide ? 2 * panelBytes : panelBytes;
  }
}

/**
 * Six pixels by eight channels: 12 sums, two vectors of the filter and one of the input, which are the registers of x64. The
 * first `channels` are written.
 */
function eight(
  at: usize,
  panel: usize,
  initial: usize,
  channelBytes: usize,
  channels: i32,
  filterHeight: i32,
  runBytes: usize,
  rowBytes: usize,
  floor: f32,
): void {
  let p0 = load<usize>(at);
  let p1 = load<usize>(at, 4);
  let p2 = load<usize>(at, 8);
  let p3 = load<usize>(at, 12);
  let p4 = load<usize>(at, 16);
  let p5 = load<usize>(at, 20);
  let y0 = load<usize>(at, TO_PIXEL) + channelBytes;
  let y1 = load<usize>(at, TO_PIXEL + 4) + channelBytes;
  let y2 = load<usize>(at, TO_PIXEL + 8) + channelBytes;
  let y3 = load<usize>(at, TO_PIXEL + 12) + channelBytes;
  let y4 = load<usize>(at, TO_PIXEL + 16) + channelBytes;
  let y5 = load<usize>(at, TO_PIXEL + 20) + channelBytes;
  if (channels < 8) {
    const spare = starts + TO_SPARE;
    if (!initial) copyRows(at, channelBytes, channels, true);
    y0 = spare;
    y1 = spare + 1 * SPARE_ROW;
    y2 = spare + 2 * SPARE_ROW;
    y3 = spare + 3 * SPARE_ROW;
    y4 = spare + 4 * SPARE_ROW;
    y5 = spare + 5 * SPARE_ROW;
  }
  const from0 = initial ? initial : y0;
  let s00 = v128.load(from0);
  let s01 = v128.load(from0, 16);
  const from1 = initial ? initial : y1;
  let s10 = v128.load(from1);
  let s11 = v128.load(from1, 16);
  const from2 = initial ? initial : y2;
  let s20 = v128.load(from2);
  let s21 = v128.load(from2, 16);
  const from3 = initial ? initial : y3;
  let s30 = v128.load(from3);
  let s31 = v128.load(from3, 16);
  const from4 = initial ? initial : y4;
  let s40 = v128.load(from4);
  let s41 = v128.load(from4, 16);
  const from5 = initial ? initial : y5;
  let s50 = v128.load(from5);
  let s51 = v128.load(from5, 16);
  for (let row = 0; row < filterHeight; row++) {
    for (let i: usize = 0; i < runBytes; i += 4) {
      const w0 = v128.load(panel);
      const w1 = v128.load(panel, 16);
      panel += 32;
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
  v128.store(y0, f32x4.pmax(s00, least));
  v128.store(y0, f32x4.pmax(s01, least), 16);
  v128.store(y1, f32x4.pmax(s10, least));
  v128.store(y1, f32x4.pmax(s11, least), 16);
  v128.store(y2, f32x4.pmax(s20, least));
  v128.store(y2, f32x4.pmax(s21, least), 16);
  v128.store(y3, f32x4.pmax(s30, least));
  v128.store(y3, f32x4.pmax(s31, least), 16);
  v128.store(y4, f32x4.pmax(s40, least));
  v128.store(y4, f32x4.pmax(s41, least), 16);
  v128.store(y5, f32x4.pmax(s50, least));
  v128.store(y5, f32x4.pmax(s51, least), 16);
  if (channels < 8) copyRows(at, channelBytes, channels, false);
}

/** Six pixels by sixteen channels, in as many registers of twice the size. */
function sixteen(
  at: usize,
  panel: usize,
  panelBytes: usize,
  initial: usize,
  channelBytes: usize,
  filterHeight: i32,
  runBytes: usize,
  rowBytes: usize,
  floor: f32,
): void {
  let p0 = load<usize>(at);
  let p1 = load<usize>(at, 4);
  let p2 = load<usize>(at, 8);
  let p3 = load<usize>(at, 12);
  let p4 = load<usize>(at, 16);
  let p5 = load<usize>(at, 20);
  const y0 = load<usize>(at, TO_PIXEL) + channelBytes;
  const y1 = load<usize>(at, TO_PIXEL + 4) + channelBytes;
  const y2 = load<usize>(at, TO_PIXEL + 8) + channelBytes;
  const y3 = load<usize>(at, TO_PIXEL + 12) + channelBytes;
  const y4 = load<usize>(at, TO_PIXEL + 16) + channelBytes;
  const y5 = load<usize>(at, TO_PIXEL + 20) + channelBytes;
  const from0 = initial ? initial : y0;
  let s00 = v128.load(from0);
  let s01 = v128.load(from0, 16);
  let s02 = v128.load(from0, 32);
  let s03 = v128.load(from0, 48);
  const from1 = initial ? initial : y1;
  let s10 = v128.load(from1);
  let s11 = v128.load(from1, 16);
  let s12 = v128.load(from1, 32);
  let s13 = v128.load(from1, 48);
  const from2 = initial ? initial : y2;
  let s20 = v128.load(from2);
  let s21 = v128.load(from2, 16);
  let s22 = v128.load(from2, 32);
  let s23 = v128.load(from2, 48);
  const from3 = initial ? initial : y3;
  let s30 = v128.load(from3);
  let s31 = v128.load(from3, 16);
  let s32 = v128.load(from3, 32);
  let s33 = v128.load(from3, 48);
  const from4 = initial ? initial : y4;
  let s40 = v128.load(from4);
  let s41 = v128.load(from4, 16);
  let s42 = v128.load(from4, 32);
  let s43 = v128.load(from4, 48);
  const from5 = initial ? initial : y5;
  let s50 = v128.load(from5);
  let s51 = v128.load(from5, 16);
  let s52 = v128.load(from5, 32);
  let s53 = v128.load(from5, 48);
  for (let row = 0; row < filterHeight; row++) {
    for (let i: usize = 0; i < runBytes; i += 4) {
      const w0 = v128.load(panel);
      const w1 = v128.load(panel, 16);
      const w2 = v128.load(panel + panelBytes);
      const w3 = v128.load(panel + panelBytes, 16);
      panel += 32;
      const x0 = v128.load32_splat(p0 + i);
      s00 = f32x4.relaxed_madd(x0, w0, s00);
      s01 = f32x4.relaxed_madd(x0, w1, s01);
      s02 = f32x4.relaxed_madd(x0, w2, s02);
      s03 = f32x4.relaxed_madd(x0, w3, s03);
      const x1 = v128.load32_splat(p1 + i);
      s10 = f32x4.relaxed_madd(x1, w0, s10);
      s11 = f32x4.relaxed_madd(x1, w1, s11);
      s12 = f32x4.relaxed_madd(x1, w2, s12);
      s13 = f32x4.relaxed_madd(x1, w3, s13);
      const x2 = v128.load32_splat(p2 + i);
      s20 = f32x4.relaxed_madd(x2, w0, s20);
      s21 = f32x4.relaxed_madd(x2, w1, s21);
      s22 = f32x4.relaxed_madd(x2, w2, s22);
      s23 = f32x4.relaxed_madd(x2, w3, s23);
      const x3 = v128.load32_splat(p3 + i);
      s30 = f32x4.relaxed_madd(x3, w0, s30);
      s31 = f32x4.relaxed_madd(x3, w1, s31);
      s32 = f32x4.relaxed_madd(x3, w2, s32);
      s33 = f32x4.relaxed_madd(x3, w3, s33);
      const x4 = v128.load32_splat(p4 + i);
      s40 = f32x4.relaxed_madd(x4, w0, s40);
      s41 = f32x4.relaxed_madd(x4, w1, s41);
      s42 = f32x4.relaxed_madd(x4, w2, s42);
      s43 = f32x4.relaxed_madd(x4, w3, s43);
      const x5 = v128.load32_splat(p5 + i);
      s50 = f32x4.relaxed_madd(x5, w0, s50);
      s51 = f32x4.relaxed_madd(x5, w1, s51);
      s52 = f32x4.relaxed_madd(x5, w2, s52);
      s53 = f32x4.relaxed_madd(x5, w3, s53);
    }
    p0 += rowBytes;
    p1 += rowBytes;
    p2 += rowBytes;
    p3 += rowBytes;
    p4 += rowBytes;
    p5 += rowBytes;
  }
  const least = f32x4.splat(floor);
  v128.store(y0, f32x4.pmax(s00, least));
  v128.store(y0, f32x4.pmax(s01, least), 16);
  v128.store(y0, f32x4.pmax(s02, least), 32);
  v128.store(y0, f32x4.pmax(s03, least), 48);
  v128.store(y1, f32x4.pmax(s10, least));
  v128.store(y1, f32x4.pmax(s11, least), 16);
  v128.store(y1, f32x4.pmax(s12, least), 32);
  v128.store(y1, f32x4.pmax(s13, least), 48);
  v128.store(y2, f32x4.pmax(s20, least));
  v128.store(y2, f32x4.pmax(s21, least), 16);
  v128.store(y2, f32x4.pmax(s22, least), 32);
  v128.store(y2, f32x4.pmax(s23, least), 48);
  v128.store(y3, f32x4.pmax(s30, least));
  v128.store(y3, f32x4.pmax(s31, least), 16);
  v128.store(y3, f32x4.pmax(s32, least), 32);
  v128.store(y3, f32x4.pmax(s33, least), 48);
  v128.store(y4, f32x4.pmax(s40, least));
  v128.store(y4, f32x4.pmax(s41, least), 16);
  v128.store(y4, f32x4.pmax(s42, least), 32);
  v128.store(y4, f32x4.pmax(s43, least), 48);
  v128.store(y5, f32x4.pmax(s50, least));
  v128.store(y5, f32x4.pmax(s51, least), 16);
  v128.store(y5, f32x4.pmax(s52, least), 32);
  v128.store(y5, f32x4.pmax(s53, least), 48);
}

/** The first `channels` of six pixels, to the spare rows or from there. */
function copyRows(at: usize, channelBytes: usize, channels: i32, toSpare: bool): void {
  const bytes = (<usize>channels) << 2;
  for (let i: usize = 0; i < <usize>PIXELS; i++) {
    const y = load<usize>(at + (i << 2), TO_PIXEL) + channelBytes;
    const spare = starts + TO_SPARE + i * SPARE_ROW;
    const from = toSpare ? y : spare;
    const to = toSpare ? spare : y;
    for (let channel: usize = 0; channel < bytes; channel += 4) store<f32>(to + channel, load<f32>(from + channel));
  }
}
