import { multiplyRows } from "./matrices";
import { sigmoid4, tanh4 } from "./functions";

/**
 * An LSTM (Hochreiter and Schmidhuber 1997, with a forget gate) over whole sequences, for the examples from `first` to before `end`: one
 * example's states depend on no other's. Gates come in the order input, forget, candidate, output.
 *
 * @param z what the inputs give to the gates, [steps, batch, 4 · units]
 * @param panels recurrent kernel [units, 4 · units], as `packColumns` makes them
 * @param hidden [steps, batch, units] @param cells [steps, batch, units] @param gates after their activation, [steps, batch, 4 · units]
 * @param firstHidden [batch, units] @param firstCell [batch, units]
 * @param hard whether gates are open as far as 0.2 · x + 0.5, between 0 and 1, instead of by a sigmoid
 */
export function lstm(
  z: usize,
  panels: usize,
  firstHidden: usize,
  firstCell: usize,
  hidden: usize,
  cells: usize,
  gates: usize,
  steps: i32,
  batch: i32,
  units: i32,
  hard: bool,
  first: i32,
  end: i32,
): void {
  const stepBytes = (<usize>(batch * units)) << 2;
  const offset = (<usize>(first * units)) << 2;
  const count = end - first;
  let h = firstHidden + offset;
  let c = firstCell + offset;
  for (let step = 0; step < steps; step++) {
    const at = <usize>step * stepBytes + offset;
    const gatesAt = gates + 4 * at;
    memory.copy(gatesAt, z + 4 * at, (<usize>(count * units)) << 4);
    multiplyRows(h, panels, gatesAt, count, units, 4 * units, true);
    h = hidden + at;
    for (let row = 0; row < count; row++) {
      const from = (<usize>(row * units)) << 2;
      activate(gatesAt + 4 * from, c + from, cells + at + from, h + from, units, hard);
    }
    c = cells + at;
  }
}

/** One example's step. */
function activate(gates: usize, before: usize, cell: usize, hidden: usize, units: i32, hard: bool): void {
  const bytes = (<usize>units) << 2;
  let i: usize = 0;
  for (; i + 16 <= bytes; i += 16) {
    const input = open(v128.load(gates + i), hard);
    const forget = open(v128.load(gates + bytes + i), hard);
    const candidate = tanh4(v128.load(gates + 2 * bytes + i));
    const output = open(v128.load(gates + 3 * bytes + i), hard);
    const c = f32x4.relaxed_madd(forget, v128.load(before + i), f32x4.mul(input, candidate));
    v128.store(gates + i, input);
    v128.store(gates + bytes + i, forget);
    v128.store(gates + 2 * bytes + i, candidate);
    v128.store(gates + 3 * bytes + i, output);
    v128.store(cell + i, c);
    v128.store(hidden + i, f32x4.mul(output, tanh4(c)));
  }
  for (; i < bytes; i += 4) {
    const input = first(open(v128.load32_splat(gates + i), hard));
    const forget = first(open(v128.load32_splat(gates + bytes + i), hard));
    const candidate = first(tanh4(v128.load32_splat(gates + 2 * bytes + i)));
    const output = first(open(v128.load32_splat(gates + 3 * bytes + i), hard));
    const c = forget * load<f32>(before + i) + input * candidate;
    store<f32>(gates + i, input);
    store<f32>(gates + bytes + i, forget);
    store<f32>(gates + 2 * bytes + i, candidate);
    store<f32>(gates + 3 * bytes + i, output);
    store<f32>(cell + i, c);
    store<f32>(hidden + i, output * first(tanh4(f32x4.splat(c))));
  }
}

function open(x: v128, hard: bool): v128 {
  if (!hard) return sigmoid4(x);
  const line = f32x4.relaxed_madd(x, f32x4.splat(0.2), f32x4.splat(0.5));
  return f32x4.min(f32x4.max(line, f32x4.splat(0)), f32x4.splat(1));
}

function first(four: v128): f32 {
  return f32x4.extract_lane(four, 0);
}

/**
 * Its gradient, likewise.
 *
 * @param panels recurrent kernel turned around, [4 · units, units], as `packColumns` makes them
 * @param dHidden [steps, batch, units] @param dCells [steps, batch, units]
 * @param dFirstHidden [batch, units]; becomes what flows to the first state, as does `dFirstCell`
 * @param dz [steps, batch, 4 · units]
 */
export function lstmGradient(
  dHidden: usize,
  dCells: usize,
  panels: usize,
  firstCell: usize,
  cells: usize,
  gates: usize,
  dFirstHidden: usize,
  dFirstCell: usize,
  dz: usize,
  steps: i32,
  batch: i32,
  units: i32,
  hard: bool,
  first: i32,
  end: i32,
): void {
  const stepBytes = (<usize>(batch * units)) << 2;
  const offset = (<usize>(first * units)) << 2;
  const count = end - first;
  const dh = dFirstHidden + offset;
  const dc = dFirstCell + offset;
  memory.fill(dh, 0, (<usize>(count * units)) << 2);
  memory.fill(dc, 0, (<usize>(count * units)) << 2);
  for (let step = steps - 1; step >= 0; step--) {
    const at = <usize>step * stepBytes + offset;
    const before = step > 0 ? cells + at - stepBytes : firstCell + offset;
    for (let row = 0; row < count; row++) {
      const i = (<usize>(row * units)) << 2;
      const from = at + i;
      const to = dz + 4 * from;
      flowBack(
        gates + 4 * from,
        before + i,
        cells + from,
        dHidden + from,
        dCells + from,
        dh + i,
        dc + i,
        to,
        units,
        hard,
      );
    }
    multiplyRows(dz + 4 * at, panels, dh, count, 4 * units, units, false);
  }
}

/** One example's step. @param dc becomes what flows to the cell before */
function flowBack(
  gates: usize,
  before: usize,
  cell: usize,
  dHidden: usize,
  dCells: usize,
  dh: usize,
  dc: usize,
  dz: usize,
  units: i32,
  hard: bool,
): void {
  const bytes = (<usize>units) << 2;
  const whole = bytes & ~15;
  for (let i: usize = 0; i < bytes; i += 16) {
    if (i == whole) {
      // The last few, one at a time.
      for (; i < bytes; i += 4) flowOne(gates, before, cell, dHidden, dCells, dh, dc, dz, i, bytes, hard);
      return;
    }
    const input = v128.load(gates + i);
    const forget = v128.load(gates + bytes + i);
    const candidate = v128.load(gates + 2 * bytes + i);
    const output = v128.load(gates + 3 * bytes + i);
    const t = tanh4(v128.load(cell + i));
    const toHidden = f32x4.add(v128.load(dHidden + i), v128.load(dh + i));
    const throughTanh = f32x4.mul(f32x4.mul(toHidden, output), f32x4.sub(f32x4.splat(1), f32x4.mul(t, t)));
    const toCell = f32x4.add(f32x4.add(v128.load(dCells + i), v128.load(dc + i)), throughTanh);
    v128.store(dz + i, f32x4.mul(f32x4.mul(toCell, candidate), slope(input, hard)));
    v128.store(dz + bytes + i, f32x4.mul(f32x4.mul(toCell, v128.load(before + i)), slope(forget, hard)));
    const rest = f32x4.sub(f32x4.splat(1), f32x4.mul(candidate, candidate));
    v128.store(dz + 2 * bytes + i, f32x4.mul(f32x4.mul(toCell, input), rest));
    v128.store(dz + 3 * bytes + i, f32x4.mul(f32x4.mul(toHidden, t), slope(output, hard)));
    v128.store(dc + i, f32x4.mul(toCell, forget));
  }
}

function flowOne(
  gates: usize,
  before: usize,
  cell: usize,
  dHidden: usize,
  dCells: usize,
  dh: usize,
  dc: usize,
  dz: usize,
  i: usize,
  bytes: usize,
  hard: bool,
): void {
  const input = load<f32>(gates + i);
  const forget = load<f32>(gates + bytes + i);
  const candidate = load<f32>(gates + 2 * bytes + i);
  const output = load<f32>(gates + 3 * bytes + i);
  const t = first(tanh4(v128.load32_splat(cell + i)));
  const toHidden = load<f32>(dHidden + i) + load<f32>(dh + i);
  const toCell = load<f32>(dCells + i) + load<f32>(dc + i) + toHidden * output * (1 - t * t);
  store<f32>(dz + i, toCell * candidate * first(slope(f32x4.splat(input), hard)));
  store<f32>(dz + bytes + i, toCell * load<f32>(before + i) * first(slope(f32x4.splat(forget), hard)));
  store<f32>(dz + 2 * bytes + i, toCell * input * (1 - candidate * candidate));
  store<f32>(dz + 3 * bytes + i, toHidden * t * first(slope(f32x4.splat(output), hard)));
  store<f32>(dc + i, toCell * forget);
}

/** Of a gate's activation, by how far it is open. */
function slope(gate: v128, hard: bool): v128 {
  if (!hard) return f32x4.mul(gate, f32x4.sub(f32x4.splat(1), gate));
  const between = v128.and(f32x4.gt(gate, f32x4.splat(0)), f32x4.lt(gate, f32x4.splat(1)));
  return v128.and(between, f32x4.splat(0.2));
}
