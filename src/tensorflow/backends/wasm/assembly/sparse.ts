/**
 * Gradients of convolutions by a gradient dy of their output that is zero nearly everywhere, as behind the maximum over all words of a text.
 * Each of its other numbers costs a window's products: what zeros would be multiplied by is not looked at.
 */

/** How many of `count` numbers are not 0; where they are more than `limit`, some number above it. */
export function countNonZeros(x: usize, count: i32, limit: i32): i32 {
  const bytes = (<usize>count) << 2;
  const zero = f32x4.splat(0);
  let found = 0;
  let i: usize = 0;
  for (; i + 16 <= bytes && found <= limit; i += 16) found += popcnt(i32x4.bitmask(f32x4.ne(v128.load(x + i), zero)));
  for (; i < bytes && found <= limit; i += 4) found += i32(load<f32>(x + i) != 0);
  return found;
}

/**
 * The filter's gradient: of its output channels, those from `first` to before `end`.
 *
 * @param x [batch, inHeight, inWidth, cin], with the padding
 * @param dy [batch, outHeight, outWidth, cout]
 * @param gradient [cout, filterHeight, filterWidth · cin]
 */
export function sparseFilterGradient(
  x: usize,
  dy: usize,
  gradient: usize,
  batch: i32,
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
  first: i32,
  end: i32,
): void {
  const rowBytes = (<usize>(inWidth * cin)) << 2;
  const runBytes = (<usize>(filterWidth * cin)) << 2;
  const filterBytes = <usize>filterHeight * runBytes;
  memory.fill(gradient + <usize>first * filterBytes, 0, <usize>(end - first) * filterBytes);
  for (let pixel = 0; pixel < batch * outHeight * outWidth; pixel++, dy += (<usize>cout) << 2) {
    const line = pixel / outWidth;
    const row = (line / outHeight) * inHeight + (line % outHeight) * strideHeight;
    const from = x + <usize>row * rowBytes + ((<usize>((pixel % outWidth) * strideWidth * cin)) << 2);
    for (let channel = nextNonZero(dy, first, end); channel < end; channel = nextNonZero(dy, channel + 1, end)) {
      const scale = v128.load32_splat(dy + ((<usize>channel) << 2));
      const to = gradient + <usize>channel * filterBytes;
      for (let i: usize = 0; i < <usize>filterHeight; i++)
        addScaled(from + i * rowBytes, scale, to + i * runBytes, runBytes);
    }
  }
}

/**
 * The images' gradient: of the images, those from `first` to before `end`.
 *
 * @param filters [cout, filterHeight, filterWidth · cin]
 * @param dx [batch, inHeight, inWidth, cin], with the padding
 */
export function sparseInputGradient(
  dy: usize,
  filters: usize,
  dx: usize,
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
  first: i32,
  end: i32,
): void {
  const rowBytes = (<usize>(inWidth * cin)) << 2;
  const runBytes = (<usize>(filterWidth * cin)) << 2;
  const filterBytes = <usize>filterHeight * runBytes;
  const imageBytes = <usize>inHeight * rowBytes;
  memory.fill(dx + <usize>first * imageBytes, 0, <usize>(end - first) * imageBytes);
  const pixels = outHeight * outWidth;
  let from = dy + ((<usize>(first * pixels * cout)) << 2);
  for (let pixel = first * pixels; pixel < end * pixels; pixel++, from += (<usize>cout) << 2) {
    const line = pixel / outWidth;
    const row = (line / outHeight) * inHeight + (line % outHeight) * strideHeight;
    const to = dx + <usize>row * rowBytes + ((<usize>((pixel % outWidth) * strideWidth * cin)) << 2);
    for (let channel = nextNonZero(from, 0, cout); channel < cout; channel = nextNonZero(from, channel + 1, cout)) {
      const scale = v128.load32_splat(from + ((<usize>channel) << 2));
      const filter = filters + <usize>channel * filterBytes;
      for (let i: usize = 0; i < <usize>filterHeight; i++)
        addScaled(filter + i * runBytes, scale, to + i * rowBytes, runBytes);
    }
  }
}

/** The first of the numbers from `first` to before `end` that is not 0, or `end`. */
function nextNonZero(x: usize, first: i32, end: i32): i32 {
  const zero = f32x4.splat(0);
  for (; first + 4 <= end; first += 4) {
    const found = i32x4.bitmask(f32x4.ne(v128.load(x + ((<usize>first) << 2)), zero));
    if (found) return first + ctz(found);
  }
  for (; first < end; first++) if (load<f32>(x + ((<usize>first) << 2)) != 0) return first;
  return end;
}

/** to += scale · from */
function addScaled(from: usize, scale: v128, to: usize, bytes: usize): void {
  let i: usize = 0;
  for (; i + 16 <= bytes; i += 16)
    v128.store(to + i, f32x4.relaxed_madd(v128.load(from + i), scale, v128.load(to + i)));
  for (; i < bytes; i += 4) {
    const sum = f32x4.relaxed_madd(v128.load32_splat(from + i), scale, v128.load32_splat(to + i));
    v128.store32_lane(to + i, sum, 0);
  }
}
