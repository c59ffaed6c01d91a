import { erf4, exp4, tanh4 } from "./functions";

/** Each of the numbers from `first` to before `end`. */
export function tanh(x: usize, y: usize, first: i32, end: i32): void {
  const bytes = (<usize>end) << 2;
  let i = (<usize>first) << 2;
  for (; i + 16 <= bytes; i += 16) v128.store(y + i, tanh4(v128.load(x + i)));
  for (; i < bytes; i += 4) v128.store32_lane(y + i, tanh4(v128.load32_splat(x + i)), 0);
}

export function erf(x: usize, y: usize, first: i32, end: i32): void {
  const bytes = (<usize>end) << 2;
  let i = (<usize>first) << 2;
  for (; i + 16 <= bytes; i += 16) v128.store(y + i, erfOf(v128.load(x + i)));
  for (; i < bytes; i += 4) v128.store32_lane(y + i, erfOf(v128.load32_splat(x + i)), 0);
}

/** x · Φ(x), with Φ the distribution function of the normal distribution (Hendrycks and Gimpel 2016). */
export function gelu(x: usize, y: usize, first: i32, end: i32): void {
  const bytes = (<usize>end) << 2;
  let i = (<usize>first) << 2;
  for (; i + 16 <= bytes; i += 16) v128.store(y + i, gelu4(v128.load(x + i)));
  for (; i < bytes; i += 4) v128.store32_lane(y + i, gelu4(v128.load32_splat(x + i)), 0);
}

/** dy · (Φ(x) + x · φ(x)) */
export function geluGradient(dy: usize, x: usize, dx: usize, first: i32, end: i32): void {
  const bytes = (<usize>end) << 2;
  let i = (<usize>first) << 2;
  for (; i + 16 <= bytes; i += 16) v128.store(dx + i, f32x4.mul(v128.load(dy + i), geluSlope(v128.load(x + i))));
  for (; i < bytes; i += 4)
    v128.store32_lane(dx + i, f32x4.mul(v128.load32_splat(dy + i), geluSlope(v128.load32_splat(x + i))), 0);
}

function erfOf(x: v128): v128 {
  return erf4(x, exp4(f32x4.neg(f32x4.mul(x, x))));
}

function gelu4(x: v128): v128 {
  return f32x4.mul(x, distribution(x, bell(x)));
}

function geluSlope(x: v128): v128 {
  const power = bell(x);
  const density = f32x4.mul(power, f32x4.splat(0.3989422804014327));
  return f32x4.relaxed_madd(x, density, distribution(x, power));
}

function bell(x: v128): v128 {
  return exp4(f32x4.mul(f32x4.mul(x, x), f32x4.splat(-0.5)));
}

function distribution(x: v128, power: v128): v128 {
  const half = f32x4.splat(0.5);
  return f32x4.relaxed_madd(erf4(f32x4.mul(x, f32x4.splat(0.7071067811865476)), power), half, half);
}
