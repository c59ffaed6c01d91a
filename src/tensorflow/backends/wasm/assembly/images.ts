/**
 * Puts each image into a larger or smaller one of zeros, its pixels `rowStep` rows and `columnStep` columns apart, the first at
 * row `top` and column `left`. What falls outside is left out. Of the images, those from `first` to before `end`.
 *
 * @param x [batch, height, width, channels]
 * @param y [batch, outHeight, outWidth, channels]
 */
export function placeImages(
  x: usize,
  y: usize,
  height: i32,
  width: i32,
  channels: i32,
  outHeight: i32,
  outWidth: i32,
  top: i32,
  left: i32,
  rowStep: i32,
  columnStep: i32,
  first: i32,
  end: i32,
): void {
  const pixelBytes = (<usize>channels) << 2;
  const imageBytes = <usize>(outHeight * outWidth) * pixelBytes;
  // Columns from `firstColumn` to before `endColumn` lie on the larger image.
  const firstColumn = left < 0 ? (columnStep - 1 - left) / columnStep : 0;
  const endColumn = min(width, (outWidth - left + columnStep - 1) / columnStep);
  for (let image = first; image < end; image++) {
    memory.fill(y + <usize>image * imageBytes, 0, imageBytes);
    if (endColumn <= firstColumn) continue;
    for (let row = 0; row < height; row++) {
      const target = top + row * rowStep;
      if (target < 0 || target >= outHeight) continue;
      const from = x + <usize>((image * height + row) * width) * pixelBytes;
      const to = y + <usize>((image * outHeight + target) * outWidth + left) * pixelBytes;
      if (columnStep == 1) {
        memory.copy(
          to + <usize>firstColumn * pixelBytes,
          from + <usize>firstColumn * pixelBytes,
          <usize>(endColumn - firstColumn) * pixelBytes,
        );
        continue;
      }
      for (let column = firstColumn; column < endColumn; column++) {
        copy(from + <usize>column * pixelBytes, to + <usize>(column * columnStep) * pixelBytes, channels);
      }
    }
  }
}

/** Copies `rows` rows of `from`, cut off or filled up with zeros to `columns` numbers. */
export function copyRows(from: usize, fromColumns: i32, to: usize, columns: i32, rows: i32): void {
  const shared = min(fromColumns, columns);
  for (let row = 0; row < rows; row++, from += (<usize>fromColumns) << 2, to += (<usize>columns) << 2) {
    copy(from, to, shared);
    for (let i = shared; i < columns; i++) store<f32>(to + ((<usize>i) << 2), 0);
  }
}

function copy(from: usize, to: usize, count: i32): void {
  let i = 0;
  for (; i + 4 <= count; i += 4) v128.store(to + ((<usize>i) << 2), v128.load(from + ((<usize>i) << 2)));
  for (; i < count; i++) store<f32>(to + ((<usize>i) << 2), load<f32>(from + ((<usize>i) << 2)));
}
