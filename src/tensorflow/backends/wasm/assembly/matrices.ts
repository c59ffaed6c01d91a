/** Rows of one tile: with 8 columns, that is 12 sums, two vectors of the right side and one of the left, which are the registers of x64. */
const ROWS: i32 = 6;

/**
 * Products of matrices, of those from `first` to before `end`: y = a · b.
 *
 * @param a [rows, inner] each, `aBytes` apart; with `turnA`, [inner, rows]
 * @param b [inner, columns] each, `bBytes` apart; with `turnB`, [columns, inner]
 * @param turned for each product rows · inner numbers of its own, with `turnA`
 * @param panels for each product ⌈columns / 8⌉ · inner · 8 numbers of its own
 */
export function multiplyMatrices(
  a: usize,
  aBytes: usize,
  b: usize,
  bBytes: usize,
  y: usize,
  turned: usize,
  panels: usize,
  rows: i32,
  inner: i32,
  columns: i32,
  turnA: bool,
  turnB: bool,
  first: i32,
  end: i32,
): void {
  const turnedBytes = (<usize>(rows * inner)) << 2;
  const panelsBytes = (<usize>(((columns + 7) >> 3) * inner)) << 5;
  const yBytes = (<usize>(rows * columns)) << 2;
  for (let i = <usize>first; i < <usize>end; i++) {
    const packed = panels + i * panelsBytes;
    packColumns(b + i * bBytes, packed, inner, columns, turnB);
    let left = a + i * aBytes;
    if (turnA) {
      turn(left, turned + i * turnedBytes, inner, rows);
      left = turned + i * turnedBytes;
    }
    multiplyRows(left, packed, 0, y + i * yBytes, rows, inner, columns);
  }
}

/**
 * y = a · b + start.
 *
 * @param panels b, as `packColumns` makes them
 * @param start of the shape of y; 0 for none
 */
export function multiplyRows(
  a: usize,
  panels: usize,
  start: usize,
  y: usize,
  rows: i32,
  inner: i32,
  columns: i32,
): void {
  const panelBytes = (<usize>inner) << 5;
  const rowBytes = (<usize>columns) << 2;
  const tileBytes = (<usize>(ROWS * inner)) << 2;
  // Each panel stays in the nearest cache while all rows are multiplied by it.
  for (let column = 0; column < columns; column += 8, panels += panelBytes) {
    const width = min(8, columns - column);
    let from = a;
    for (let row = 0; row < rows; row += ROWS, from += tileBytes) {
      const at = <usize>row * rowBytes + ((<usize>column) << 2);
      tile(from, panels, start ? start + at : 0, y + at, min(ROWS, rows - row), inner, rowBytes, width);
    }
  }
}

/** Six rows by eight columns; of them, the first `rows` and `columns` are computed. */
function tile(
  a: usize,
  panel: usize,
  start: usize,
  y: usize,
  rows: i32,
  inner: i32,
  rowBytes: usize,
  columns: i32,
): void {
  const step = (<usize>inner) << 2;
  // Where there are fewer, the last is computed several times.
  const last = a + <usize>(rows - 1) * step;
  const p1 = min(a + step, last);
  const p2 = min(a + 2 * step, last);
  const p3 = min(a + 3 * step, last);
  const p4 = min(a + 4 * step, last);
  const p5 = min(a + 5 * step, last);
  let s00 = f32x4.splat(0);
  let s01 = s00;
  let s10 = s00;
  let s11 = s00;
  let s20 = s00;
  let s21 = s00;
  let s30 = s00;
  let s31 = s00;
  let s40 = s00;
  let s41 = s00;
  let s50 = s00;
  let s51 = s00;
  for (let i: usize = 0; i < step; i += 4) {
    const w0 = v128.load(panel);
    const w1 = v128.load(panel, 16);
    panel += 32;
    const x0 = v128.load32_splat(a + i);
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
  write(y, start, s00, s01, columns);
  if (rows == 1) return;
  write(y + rowBytes, start ? start + rowBytes : 0, s10, s11, columns);
  if (rows == 2) return;
  write(y + 2 * rowBytes, start ? start + 2 * rowBytes : 0, s20, s21, columns);
  if (rows == 3) return;
  write(y + 3 * rowBytes, start ? start + 3 * rowBytes : 0, s30, s31, columns);
  if (rows == 4) return;
  write(y + 4 * rowBytes, start ? start + 4 * rowBytes : 0, s40, s41, columns);
  if (rows == 5) return;
  write(y + 5 * rowBytes, start ? start + 5 * rowBytes : 0, s50, s51, columns);
}

/** @param start what is added; 0 for nothing */
function write(y: usize, start: usize, low: v128, high: v128, columns: i32): void {
  if (columns == 8) {
    v128.store(y, start ? f32x4.add(low, v128.load(start)) : low);
    v128.store(y, start ? f32x4.add(high, v128.load(start, 16)) : high, 16);
    return;
  }
  for (let i = 0; i < columns; i++) {
    const half = i < 4 ? low : high;
    const at = (<usize>i) << 2;
    store<f32>(y + at, f32x4.extract_lane(lane(half, i & 3), 0) + (start ? load<f32>(start + at) : 0));
  }
}

/** The vector that begins with one of its numbers. */
function lane(four: v128, i: i32): v128 {
  if (i == 0) return four;
  if (i == 1) return v128.shuffle<f32>(four, four, 1, 1, 1, 1);
  return i == 2 ? v128.shuffle<f32>(four, four, 2, 2, 2, 2) : v128.shuffle<f32>(four, four, 3, 3, 3, 3);
}

/** The columns of b in panels of 8, [⌈columns / 8⌉, inner, 8], the last filled up with zeros. @param turned whether b is [columns, inner] */
export function packColumns(b: usize, panels: usize, inner: i32, columns: i32, turned: bool): void {
  const innerStep: usize = (turned ? 1 : <usize>columns) << 2;
  const outerStep: usize = (turned ? <usize>inner : 1) << 2;
  for (let column = 0; column < columns; column += 8) {
    const count = min(8, columns - column);
    let from = b + <usize>column * outerStep;
    for (let i = 0; i < inner; i++, from += innerStep, panels += 32) {
      if (count == 8 && !turned) {
        v128.store(panels, v128.load(from));
        v128.store(panels, v128.load(from, 16), 16);
        continue;
      }
      for (let o = 0; o < 8; o++)
        store<f32>(panels + ((<usize>o) << 2), o < count ? load<f32>(from + <usize>o * outerStep) : 0);
    }
  }
}

/** [rows, columns] turned around. */
function turn(from: usize, to: usize, rows: i32, columns: i32): void {
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++, from += 4)
      store<f32>(to + ((<usize>(column * rows + row)) << 2), load<f32>(from));
}
