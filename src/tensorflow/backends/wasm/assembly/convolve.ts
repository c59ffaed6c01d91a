import { packPanel } from "./panels";
import { sumTiles, zeros } from "./tiles";
import { CHUNK, locate } from "./windows";

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
  const initial = bias ? bias : zeros();
  const initialStep = bias ? 1 : 0;
  for (; first < end; first += CHUNK) {
    const count = min(end - first, CHUNK);
    locate(
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
    sumTiles(filter, initial, initialStep, cout, count, filterHeight, run, rowBytes, floor);
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
  const panelBytes = (<usize>inner) << 5;
  panels += <usize>(first * rows * columns) * panelBytes;
  for (let panel = first; panel < end; panel++) {
    const channel = 8 * panel;
    const count = min(8, outer - channel);
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++, panels += panelBytes) {
        const position = start + row * rowStep + column * columnStep;
        const from = filter + ((<usize>(position * cin * cout)) << 2) + <usize>channel * outerStep;
        packPanel(from, panels, inner, innerStep, outerStep, count, turned);
      }
    }
  }
}
