/** dx = dy where x is above 0, else 0; of `count` numbers. */
export function reluGradient(dy: usize, x: usize, dx: usize, count: i32): void {
  const end = (<usize>count) << 2;
  let i: usize = 0;
  const zero = f32x4.splat(0);
  for (; i + 16 <= end; i += 16) {
    v128.store(dx + i, v128.and(v128.load(dy + i), f32x4.gt(v128.load(x + i), zero)));
  }
  for (; i < end; i += 4) store<f32>(dx + i, load<f32>(x + i) > 0 ? load<f32>(dy + i) : 0);
}
