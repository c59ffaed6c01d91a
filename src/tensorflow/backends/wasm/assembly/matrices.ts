import { packPanel } from "./panels";
import { sumTiles, zeros } from "./tiles";
import { CHUNK, starts, TO_PIXEL } from "./windows";

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
    multiplyRows(left, packed, y + i * yBytes, rows, inner, columns, false);
  }
}

/**
 * y = a · b
 *
 * @param panels b, as `packColumns` makes them
 * @param add whether it is added to what is in y
 */
export function multiplyRows(a: usize, panels: usize, y: usize, rows: i32, inner: i32, columns: i32, add: bool): void {
  const aBytes = (<usize>inner) << 2;
  const yBytes = (<usize>columns) << 2;
  const initial: usize = add ? 0 : zeros();
  for (let first = 0; first < rows; first += CHUNK) {
    const count = min(rows - first, CHUNK);
    for (let i = 0; i < CHUNK; i++) {
      const row = <usize>(first + min(i, count - 1));
      const at = starts + ((<usize>i) << 2);
      store<usize>(at, a + row * aBytes);
      store<usize>(at + TO_PIXEL, y + row * yBytes);
    }
    sumTiles(panels, initial, 0, columns, count, 1, inner, 0, -Infinity);
  }
}

/** The columns of b in panels of 8, [⌈columns / 8⌉, inner, 8], the last filled up with zeros. @param turned whether b is [columns, inner] */
export function packColumns(b: usize, panels: usize, inner: i32, columns: i32, turned: bool): void {
  const innerStep: usize = (turned ? 1 : <usize>columns) << 2;
  const outerStep: usize = (turned ? <usize>inner : 1) << 2;
  const panelBytes = (<usize>inner) << 5;
  for (let column = 0; column < columns; column += 8, panels += panelBytes) {
    const from = b + <usize>column * outerStep;
    packPanel(from, panels, inner, innerStep, outerStep, min(8, columns - column), turned);
  }
}

/** [rows, columns] turned around. */
function turn(from: usize, to: usize, rows: i32, columns: i32): void {
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++, from += 4)
      store<f32>(to + ((<usize>(column * rows + row)) << 2), load<f32>(from));
}
