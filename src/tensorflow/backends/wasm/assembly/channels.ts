/**
 * What batch normalization and a bias's gradient do over the channels of x [rows, channels]. Sums are of single numbers over few rows,
 * which stay in the nearest cache, and of doubles over those: there are as many terms as pixels. Each part of `partRows` rows has sums
 * of its own, so that whoever adds them up gets the same whoever made them. Of parts and of rows, those from `first` to before `end`
 * are computed.
 */
const CHUNK: i32 = 64;

/** Adds to each channel's sum. @param sums [parts, channels], doubles */
export function sumChannels(
  x: usize,
  sums: usize,
  rows: i32,
  channels: i32,
  partRows: i32,
  first: i32,
  end: i32,
): void {
  const step = (<usize>channels) << 2;
  const endRow = min(rows, end * partRows);
  for (let row = first * partRows; row < endRow; row += CHUNK) {
    const height = min(CHUNK, endRow - row);
    const to = sums + ((<usize>((row / partRows) * channels)) << 3);
    const start = x + <usize>row * step;
    let channel = 0;
    for (; channel + 4 <= channels; channel += 4) {
      let from = start + ((<usize>channel) << 2);
      let even = f32x4.splat(0);
      let odd = f32x4.splat(0);
      for (let i = 1; i < height; i += 2, from += 2 * step) {
        even = f32x4.add(even, v128.load(from));
        odd = f32x4.add(odd, v128.load(from + step));
      }
      if (height & 1) even = f32x4.add(even, v128.load(from));
      addFour(to + ((<usize>channel) << 3), f32x4.add(even, odd));
    }
    for (; channel < channels; channel++) {
      let from = start + ((<usize>channel) << 2);
      let sum: f64 = 0;
      for (let i = 0; i < height; i++, from += step) sum += load<f32>(from);
      addOne(to + ((<usize>channel) << 3), sum);
    }
  }
}

/** Adds to each channel's sum of (x − mean)². @param means [channels] @param sums [parts, channels], doubles */
export function sumSquares(
  x: usize,
  means: usize,
  sums: usize,
  rows: i32,
  channels: i32,
  partRows: i32,
  first: i32,
  end: i32,
): void {
  const step = (<usize>channels) << 2;
  const endRow = min(rows, end * partRows);
  for (let row = first * partRows; row < endRow; row += CHUNK) {
    const height = min(CHUNK, endRow - row);
    const to = sums + ((<usize>((row / partRows) * channels)) << 3);
    const start = x + <usize>row * step;
    let channel = 0;
    for (; channel + 4 <= channels; channel += 4) {
      const mean = v128.load(means + ((<usize>channel) << 2));
      let from = start + ((<usize>channel) << 2);
      let even = f32x4.splat(0);
      let odd = f32x4.splat(0);
      for (let i = 1; i < height; i += 2, from += 2 * step) {
        const first = f32x4.sub(v128.load(from), mean);
        const second = f32x4.sub(v128.load(from + step), mean);
        even = f32x4.relaxed_madd(first, first, even);
        odd = f32x4.relaxed_madd(second, second, odd);
      }
      if (height & 1) {
        const last = f32x4.sub(v128.load(from), mean);
        even = f32x4.relaxed_madd(last, last, even);
      }
      addFour(to + ((<usize>channel) << 3), f32x4.add(even, odd));
    }
    for (; channel < channels; channel++) {
      const mean = load<f32>(means + ((<usize>channel) << 2));
      let from = start + ((<usize>channel) << 2);
      let sum: f64 = 0;
      for (let i = 0; i < height; i++, from += step) {
        const deviation = load<f32>(from) - mean;
        sum += deviation * deviation;
      }
      addOne(to + ((<usize>channel) << 3), sum);
    }
  }
}

/** Adds to each channel's sum of dy · (x − mean). @param means [channels] @param sums [parts, channels], doubles */
export function sumProducts(
  dy: usize,
  x: usize,
  means: usize,
  sums: usize,
  rows: i32,
  channels: i32,
  partRows: i32,
  first: i32,
  end: i32,
): void {
  const step = (<usize>channels) << 2;
  const endRow = min(rows, end * partRows);
  for (let row = first * partRows; row < endRow; row += CHUNK) {
    const height = min(CHUNK, endRow - row);
    const to = sums + ((<usize>((row / partRows) * channels)) << 3);
    let channel = 0;
    for (; channel + 4 <= channels; channel += 4) {
      const mean = v128.load(means + ((<usize>channel) << 2));
      let at = <usize>row * step + ((<usize>channel) << 2);
      let even = f32x4.splat(0);
      let odd = f32x4.splat(0);
      for (let i = 1; i < height; i += 2, at += 2 * step) {
        even = f32x4.relaxed_madd(v128.load(dy + at), f32x4.sub(v128.load(x + at), mean), even);
        odd = f32x4.relaxed_madd(v128.load(dy + at + step), f32x4.sub(v128.load(x + at + step), mean), odd);
      }
      if (height & 1) even = f32x4.relaxed_madd(v128.load(dy + at), f32x4.sub(v128.load(x + at), mean), even);
      addFour(to + ((<usize>channel) << 3), f32x4.add(even, odd));
    }
    for (; channel < channels; channel++) {
      const mean = load<f32>(means + ((<usize>channel) << 2));
      let at = <usize>row * step + ((<usize>channel) << 2);
      let sum: f64 = 0;
      for (let i = 0; i < height; i++, at += step) sum += load<f32>(dy + at) * (load<f32>(x + at) - mean);
      addOne(to + ((<usize>channel) << 3), sum);
    }
  }
}

/**
 * Adds to each channel's sum of dy · (x − mean) · scale, with mean and scale of each row.
 *
 * @param means [rows] @param scales [rows] @param sums [parts, channels], doubles
 */
export function sumNormalized(
  dy: usize,
  x: usize,
  means: usize,
  scales: usize,
  sums: usize,
  rows: i32,
  channels: i32,
  partRows: i32,
  first: i32,
  end: i32,
): void {
  const step = (<usize>channels) << 2;
  const endRow = min(rows, end * partRows);
  for (let row = first * partRows; row < endRow; row += CHUNK) {
    const height = min(CHUNK, endRow - row);
    const to = sums + ((<usize>((row / partRows) * channels)) << 3);
    const mean = means + ((<usize>row) << 2);
    const scale = scales + ((<usize>row) << 2);
    let channel = 0;
    for (; channel + 4 <= channels; channel += 4) {
      let at = <usize>row * step + ((<usize>channel) << 2);
      let sum = f32x4.splat(0);
      for (let i: usize = 0; i < (<usize>height) << 2; i += 4, at += step) {
        const deviation = f32x4.sub(v128.load(x + at), v128.load32_splat(mean + i));
        sum = f32x4.relaxed_madd(v128.load(dy + at), f32x4.mul(deviation, v128.load32_splat(scale + i)), sum);
      }
      addFour(to + ((<usize>channel) << 3), sum);
    }
    for (; channel < channels; channel++) {
      let at = <usize>row * step + ((<usize>channel) << 2);
      let sum: f64 = 0;
      for (let i: usize = 0; i < (<usize>height) << 2; i += 4, at += step)
        sum += load<f32>(dy + at) * (load<f32>(x + at) - load<f32>(mean + i)) * load<f32>(scale + i);
      addOne(to + ((<usize>channel) << 3), sum);
    }
  }
}

/** y = scale · x + shift. @param scale [channels] @param shift [channels] */
export function scaleChannels(
  x: usize,
  scale: usize,
  shift: usize,
  y: usize,
  channels: i32,
  first: i32,
  end: i32,
): void {
  const bytes = (<usize>channels) << 2;
  x += <usize>first * bytes;
  y += <usize>first * bytes;
  for (let row = first; row < end; row++) {
    let i: usize = 0;
    for (; i + 16 <= bytes; i += 16)
      v128.store(y + i, f32x4.relaxed_madd(v128.load(x + i), v128.load(scale + i), v128.load(shift + i)));
    for (; i < bytes; i += 4) store<f32>(y + i, load<f32>(x + i) * load<f32>(scale + i) + load<f32>(shift + i));
    x += bytes;
    y += bytes;
  }
}

/** y = x + shift. @param shift [channels] */
export function addChannels(x: usize, shift: usize, y: usize, channels: i32, first: i32, end: i32): void {
  const bytes = (<usize>channels) << 2;
  x += <usize>first * bytes;
  y += <usize>first * bytes;
  for (let row = first; row < end; row++) {
    let i: usize = 0;
    for (; i + 16 <= bytes; i += 16) v128.store(y + i, f32x4.add(v128.load(x + i), v128.load(shift + i)));
    for (; i < bytes; i += 4) store<f32>(y + i, load<f32>(x + i) + load<f32>(shift + i));
    x += bytes;
    y += bytes;
  }
}

/** dx = a · dy + b · x + c. @param a [channels], as b and c */
export function combineChannels(
  dy: usize,
  x: usize,
  a: usize,
  b: usize,
  c: usize,
  dx: usize,
  channels: i32,
  first: i32,
  end: i32,
): void {
  const bytes = (<usize>channels) << 2;
  dy += <usize>first * bytes;
  x += <usize>first * bytes;
  dx += <usize>first * bytes;
  for (let row = first; row < end; row++) {
    let i: usize = 0;
    for (; i + 16 <= bytes; i += 16) {
      const rest = f32x4.relaxed_madd(v128.load(x + i), v128.load(b + i), v128.load(c + i));
      v128.store(dx + i, f32x4.relaxed_madd(v128.load(dy + i), v128.load(a + i), rest));
    }
    for (; i < bytes; i += 4) {
      const rest = load<f32>(x + i) * load<f32>(b + i) + load<f32>(c + i);
      store<f32>(dx + i, load<f32>(dy + i) * load<f32>(a + i) + rest);
    }
    dy += bytes;
    x += bytes;
    dx += bytes;
  }
}

function addFour(sums: usize, four: v128): void {
  v128.store(sums, f64x2.add(v128.load(sums), f64x2.promote_low_f32x4(four)));
  const high = f64x2.promote_low_f32x4(v128.shuffle<f32>(four, four, 2, 3, 2, 3));
  v128.store(sums, f64x2.add(v128.load(sums, 16), high), 16);
}

function addOne(sums: usize, sum: f64): void {
  store<f64>(sums, load<f64>(sums) + sum);
}
