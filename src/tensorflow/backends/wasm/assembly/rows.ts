/** What is done with rows, each on its own: layer normalization and softmax, with their gradients. Of rows, those from `first` to before `end`. */
import { exp4 } from "./functions";

/**
 * y = (x − mean) / √(variance + epsilon) · gamma + beta, by each row's own mean and (biased) variance.
 *
 * @param gamma [columns] @param beta [columns]
 * @param means [rows] @param scales what each row's deviations are multiplied by, [rows]
 */
export function normalizeRows(
  x: usize,
  gamma: usize,
  beta: usize,
  y: usize,
  means: usize,
  scales: usize,
  columns: i32,
  epsilon: f32,
  first: i32,
  end: i32,
): void {
  const bytes = (<usize>columns) << 2;
  const whole = bytes & ~15;
  for (let row = first; row < end; row++) {
    const from = x + <usize>row * bytes;
    const to = y + <usize>row * bytes;
    const mean = sum(from, bytes) / <f32>columns;
    const scale = <f32>1 / Mathf.sqrt(sumSquares(from, mean, bytes) / <f32>columns + epsilon);
    store<f32>(means + ((<usize>row) << 2), mean);
    store<f32>(scales + ((<usize>row) << 2), scale);
    const mean4 = f32x4.splat(mean);
    const scale4 = f32x4.splat(scale);
    for (let i: usize = 0; i < whole; i += 16) {
      const normalized = f32x4.mul(f32x4.sub(v128.load(from + i), mean4), scale4);
      v128.store(to + i, f32x4.relaxed_madd(normalized, v128.load(gamma + i), v128.load(beta + i)));
    }
    for (let i = whole; i < bytes; i += 4)
      store<f32>(to + i, (load<f32>(from + i) - mean) * scale * load<f32>(gamma + i) + load<f32>(beta + i));
  }
}

/** With x̂ the normalized row and g = dy · gamma: dx = scale · (g − mean(g) − x̂ · mean(g · x̂)). */
export function normalizeRowsGradient(
  dy: usize,
  x: usize,
  gamma: usize,
  means: usize,
  scales: usize,
  dx: usize,
  columns: i32,
  first: i32,
  end: i32,
): void {
  const bytes = (<usize>columns) << 2;
  const whole = bytes & ~15;
  for (let row = first; row < end; row++) {
    const at = <usize>row * bytes;
    const mean = load<f32>(means + ((<usize>row) << 2));
    const scale = load<f32>(scales + ((<usize>row) << 2));
    const mean4 = f32x4.splat(mean);
    let plain4 = f32x4.splat(0);
    let centered4 = plain4;
    for (let i: usize = 0; i < whole; i += 16) {
      const g = f32x4.mul(v128.load(dy + at + i), v128.load(gamma + i));
      plain4 = f32x4.add(plain4, g);
      centered4 = f32x4.relaxed_madd(g, f32x4.sub(v128.load(x + at + i), mean4), centered4);
    }
    let plain = total(plain4);
    let centered = total(centered4);
    for (let i = whole; i < bytes; i += 4) {
      const g = load<f32>(dy + at + i) * load<f32>(gamma + i);
      plain += g;
      centered += g * (load<f32>(x + at + i) - mean);
    }
    // dx = scale · g + slope · (x − mean) + shift
    const slope = (-scale * scale * scale * centered) / <f32>columns;
    const shift = (-scale * plain) / <f32>columns;
    for (let i: usize = 0; i < whole; i += 16) {
      const g = f32x4.mul(v128.load(dy + at + i), v128.load(gamma + i));
      const deviation = f32x4.sub(v128.load(x + at + i), mean4);
      const rest = f32x4.relaxed_madd(deviation, f32x4.splat(slope), f32x4.splat(shift));
      v128.store(dx + at + i, f32x4.relaxed_madd(g, f32x4.splat(scale), rest));
    }
    for (let i = whole; i < bytes; i += 4) {
      const g = load<f32>(dy + at + i) * load<f32>(gamma + i);
      store<f32>(dx + at + i, scale * g + slope * (load<f32>(x + at + i) - mean) + shift);
    }
  }
}

export function softmax(x: usize, y: usize, columns: i32, first: i32, end: i32): void {
  const bytes = (<usize>columns) << 2;
  const whole = bytes & ~15;
  for (let row = first; row < end; row++) {
    const from = x + <usize>row * bytes;
    const to = y + <usize>row * bytes;
    const most = f32x4.splat(largest(from, bytes));
    let sums = f32x4.splat(0);
    for (let i: usize = 0; i < whole; i += 16) {
      const power = powerOf(f32x4.sub(v128.load(from + i), most));
      v128.store(to + i, power);
      sums = f32x4.add(sums, power);
    }
    let all = total(sums);
    for (let i = whole; i < bytes; i += 4) {
      const power = f32x4.extract_lane(powerOf(f32x4.sub(v128.load32_splat(from + i), most)), 0);
      store<f32>(to + i, power);
      all += power;
    }
    const part = <f32>1 / all;
    for (let i: usize = 0; i < whole; i += 16) v128.store(to + i, f32x4.mul(v128.load(to + i), f32x4.splat(part)));
    for (let i = whole; i < bytes; i += 4) store<f32>(to + i, load<f32>(to + i) * part);
  }
}

/** eˣ, and 0 where that is too small for a float: what a mask takes away counts for nothing. */
function powerOf(x: v128): v128 {
  return v128.andnot(exp4(x), f32x4.lt(x, f32x4.splat(-87.3)));
}

/** dx = y · (dy − Σ dy · y) */
export function softmaxGradient(dy: usize, y: usize, dx: usize, columns: i32, first: i32, end: i32): void {
  const bytes = (<usize>columns) << 2;
  const whole = bytes & ~15;
  for (let row = first; row < end; row++) {
    const at = <usize>row * bytes;
    let sums = f32x4.splat(0);
    for (let i: usize = 0; i < whole; i += 16)
      sums = f32x4.relaxed_madd(v128.load(dy + at + i), v128.load(y + at + i), sums);
    let flow = total(sums);
    for (let i = whole; i < bytes; i += 4) flow += load<f32>(dy + at + i) * load<f32>(y + at + i);
    for (let i: usize = 0; i < whole; i += 16) {
      const rest = f32x4.sub(v128.load(dy + at + i), f32x4.splat(flow));
      v128.store(dx + at + i, f32x4.mul(v128.load(y + at + i), rest));
    }
    for (let i = whole; i < bytes; i += 4)
      store<f32>(dx + at + i, load<f32>(y + at + i) * (load<f32>(dy + at + i) - flow));
  }
}

function sum(x: usize, bytes: usize): f32 {
  const whole = bytes & ~15;
  let sums = f32x4.splat(0);
  for (let i: usize = 0; i < whole; i += 16) sums = f32x4.add(sums, v128.load(x + i));
  let all = total(sums);
  for (let i = whole; i < bytes; i += 4) all += load<f32>(x + i);
  return all;
}

function sumSquares(x: usize, mean: f32, bytes: usize): f32 {
  const whole = bytes & ~15;
  let sums = f32x4.splat(0);
  for (let i: usize = 0; i < whole; i += 16) {
    const deviation = f32x4.sub(v128.load(x + i), f32x4.splat(mean));
    sums = f32x4.relaxed_madd(deviation, deviation, sums);
  }
  let all = total(sums);
  for (let i = whole; i < bytes; i += 4) {
    const deviation = load<f32>(x + i) - mean;
    all += deviation * deviation;
  }
  return all;
}

/** NaN where there is one. */
function largest(x: usize, bytes: usize): f32 {
  const whole = bytes & ~15;
  let most4 = f32x4.splat(-Infinity);
  for (let i: usize = 0; i < whole; i += 16) most4 = f32x4.max(most4, v128.load(x + i));
  const pairs = f32x4.max(most4, v128.shuffle<f32>(most4, most4, 2, 3, 0, 1));
  let most = f32x4.max(pairs, v128.shuffle<f32>(pairs, pairs, 1, 0, 3, 2));
  for (let i = whole; i < bytes; i += 4) most = f32x4.max(most, v128.load32_splat(x + i));
  return f32x4.extract_lane(most, 0);
}

function total(four: v128): f32 {
  const pairs = f32x4.add(four, v128.shuffle<f32>(four, four, 2, 3, 0, 1));
  return f32x4.extract_lane(pairs, 0) + f32x4.extract_lane(pairs, 1);
}
