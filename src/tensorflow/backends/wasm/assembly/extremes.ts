/**
 * The gradient of a maximum or minimum y [outer, inner] over the middle axis of x [outer, middle, inner]: dx = dy where x is y, else 0. Of
 * the outer ones, those from `first` to before `end`.
 */
export function extremeGradient(
  dy: usize,
  y: usize,
  x: usize,
  dx: usize,
  middle: i32,
  inner: i32,
  first: i32,
  end: i32,
): void {
  const bytes = (<usize>inner) << 2;
  for (let outer = first; outer < end; outer++) {
    const best = y + <usize>outer * bytes;
    const flow = dy + <usize>outer * bytes;
    for (let i = 0; i < middle; i++) {
      const at = <usize>(outer * middle + i) * bytes;
      let j: usize = 0;
      for (; j + 16 <= bytes; j += 16)
        v128.store(dx + at + j, v128.and(v128.load(flow + j), f32x4.eq(v128.load(x + at + j), v128.load(best + j))));
      for (; j < bytes; j += 4)
        store<f32>(dx + at + j, load<f32>(x + at + j) == load<f32>(best + j) ? load<f32>(flow + j) : 0);
    }
  }
}
