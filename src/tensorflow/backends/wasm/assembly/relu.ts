/** dx = dy where x is above 0, else 0; of the numbers from `first` to before `end`. */
export function reluGradient(dy: usize, x: usize, dx: usize, first: i32, end: i32): void {
  const bytes = (<usize>end) << 2;
  let i = (<usize>first) << 2;
  const zero = f32x4.splat(0);
  for (; i + 16 <= bytes; i += 16) {
    v128.store(dx + i, v128.and(v128.load(dy + i), f32x4.gt(v128.load(x + i), zero)));
  }
  for (; i < bytes; i += 4) store<f32>(dx + i, load<f32>(x + i) > 0 ? load<f32>(dy + i) : 0);
}

/** y = x where that is above 0, else 0; NaN stays. Of the numbers from `first` to before `end`. */
export function relu(x: usize, y: usize, first: i32, end: i32): void {
  const bytes = (<usize>end) << 2;
  let i = (<usize>first) << 2;
  const zero = f32x4.splat(0);
  for (; i + 16 <= bytes; i += 16) v128.store(y + i, f32x4.max(v128.load(x + i), zero));
  for (; i < bytes; i += 4) store<f32>(y + i, max<f32>(load<f32>(x + i), 0));
}

/** y = x where that is not below 0, else slope · x; of the numbers from `first` to before `end`. */
export function leakyRelu(x: usize, y: usize, slope: f32, first: i32, end: i32): void {
  const bytes = (<usize>end) << 2;
  let i = (<usize>first) << 2;
  const zero = f32x4.splat(0);
  const slope4 = f32x4.splat(slope);
  for (; i + 16 <= bytes; i += 16) {
    const from = v128.load(x + i);
    v128.store(y + i, v128.bitselect(f32x4.mul(from, slope4), from, f32x4.lt(from, zero)));
  }
  for (; i < bytes; i += 4) {
    const from = load<f32>(x + i);
    store<f32>(y + i, from < 0 ? from * slope : from);
  }
}

/** dx = dy where x is above 0, else slope · dy; likewise. */
export function leakyReluGradient(dy: usize, x: usize, dx: usize, slope: f32, first: i32, end: i32): void {
  const bytes = (<usize>end) << 2;
  let i = (<usize>first) << 2;
  const zero = f32x4.splat(0);
  const slope4 = f32x4.splat(slope);
  for (; i + 16 <= bytes; i += 16) {
    const flow = v128.load(dy + i);
    v128.store(dx + i, v128.bitselect(flow, f32x4.mul(flow, slope4), f32x4.gt(v128.load(x + i), zero)));
  }
  for (; i < bytes; i += 4) {
    const flow = load<f32>(dy + i);
    store<f32>(dx + i, load<f32>(x + i) > 0 ? flow : flow * slope);
  }
}
