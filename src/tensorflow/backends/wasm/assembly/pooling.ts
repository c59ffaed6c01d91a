/**
 * The gradient of max pooling of the images from `first` to before `end`: each window hands its gradient to the first of
 * its largest elements, channel by channel; one that lies in the padding hands it to none.
 *
 * @param x [batch, inHeight, inWidth, channels], as dx
 * @param dy [batch, outHeight, outWidth, channels]
 * @param top rows of padding before the image, `left` columns
 */
export function maxPoolGradient(
  dy: usize,
  x: usize,
  dx: usize,
  inHeight: i32,
  inWidth: i32,
  outHeight: i32,
  outWidth: i32,
  channels: i32,
  filterHeight: i32,
  filterWidth: i32,
  strideHeight: i32,
  strideWidth: i32,
  top: i32,
  left: i32,
  first: i32,
  end: i32,
): void {
  const pixel = (<usize>channels) << 2;
  const line = <usize>inWidth * pixel;
  dy += <usize>(first * outHeight * outWidth) * pixel;
  const imageBytes = <usize>inHeight * line;
  memory.fill(dx + <usize>first * imageBytes, 0, <usize>(end - first) * imageBytes);
  for (let image = first; image < end; image++) {
    for (let outRow = 0; outRow < outHeight; outRow++) {
      const row = outRow * strideHeight - top;
      const firstRow = max(0, row);
      const height = min(inHeight, row + filterHeight) - firstRow;
      for (let outColumn = 0; outColumn < outWidth; outColumn++, dy += pixel) {
        const column = outColumn * strideWidth - left;
        const firstColumn = max(0, column);
        const width = min(inWidth, column + filterWidth) - firstColumn;
        if (height <= 0 || width <= 0) continue;
        const start = <usize>((image * inHeight + firstRow) * inWidth + firstColumn) * pixel;
        handOut(dy, x + start, dx + start, height, width, pixel, line);
      }
    }
  }
}

/** One window, whose elements on the image are `height` rows, `line` bytes apart, of `width` pixels. */
function handOut(dy: usize, x: usize, dx: usize, height: i32, width: i32, pixel: usize, line: usize): void {
  let channel: usize = 0;
  for (; channel + 16 <= pixel; channel += 16) {
    let largest = v128.load(x + channel);
    let where = i32x4.splat(0);
    for (let row = 0; row < height; row++) {
      let at = channel + <usize>row * line;
      for (let column = 0; column < width; column++, at += pixel) {
        const value = v128.load(x + at);
        const larger = f32x4.gt(value, largest);
        largest = v128.bitselect(value, largest, larger);
        where = v128.bitselect(i32x4.splat(row * width + column), where, larger);
      }
    }
    const slope = v128.load(dy + channel);
    for (let row = 0; row < height; row++) {
      let at = channel + <usize>row * line;
      for (let column = 0; column < width; column++, at += pixel) {
        const share = v128.and(slope, i32x4.eq(where, i32x4.splat(row * width + column)));
        v128.store(dx + at, f32x4.add(v128.load(dx + at), share));
      }
    }
  }
  for (; channel < pixel; channel += 4) {
    let where = channel;
    for (let row = 0; row < height; row++) {
      let at = channel + <usize>row * line;
      for (let column = 0; column < width; column++, at += pixel)
        if (load<f32>(x + at) > load<f32>(x + where)) where = at;
    }
    store<f32>(dx + where, load<f32>(dx + where) + load<f32>(dy + channel));
  }
}
