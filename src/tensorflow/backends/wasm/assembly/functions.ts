/** Functions of four numbers at a time, which keep NaN. */

/** eˣ to about 1e-7 of it, by a power of 2 and the polynomial of Cephes' expf; beyond what floats hold, about the largest or smallest. */
export function exp4(x: v128): v128 {
  const bounded = between(x, -87.3, 88.3);
  const power = f32x4.nearest(f32x4.mul(bounded, f32x4.splat(1.44269504088896341)));
  const upper = f32x4.relaxed_madd(power, f32x4.splat(-0.693359375), bounded);
  const r = f32x4.relaxed_madd(power, f32x4.splat(2.1219444e-4), upper);
  let p = f32x4.relaxed_madd(r, f32x4.splat(1.98756915e-4), f32x4.splat(1.3981999507e-3));
  p = f32x4.relaxed_madd(p, r, f32x4.splat(8.3334519073e-3));
  p = f32x4.relaxed_madd(p, r, f32x4.splat(4.1665795894e-2));
  p = f32x4.relaxed_madd(p, r, f32x4.splat(1.6666665459e-1));
  p = f32x4.relaxed_madd(p, r, f32x4.splat(5.0000001201e-1));
  const small = f32x4.add(f32x4.relaxed_madd(f32x4.mul(p, r), r, r), f32x4.splat(1));
  const exponent = i32x4.add(i32x4.relaxed_trunc_f32x4_s(power), i32x4.splat(127));
  return f32x4.mul(small, i32x4.shl(exponent, 23));
}

export function sigmoid4(x: v128): v128 {
  return f32x4.div(f32x4.splat(1), f32x4.add(f32x4.splat(1), exp4(f32x4.neg(x))));
}

/** By a quotient of polynomials, as Eigen has it: to 3e-7 of it, also of small numbers. */
export function tanh4(x: v128): v128 {
  const bounded = between(x, -7.90531110763549805, 7.90531110763549805);
  const z = f32x4.mul(bounded, bounded);
  let p = f32x4.relaxed_madd(z, f32x4.splat(-2.76076847742355e-16), f32x4.splat(2.00018790482477e-13));
  p = f32x4.relaxed_madd(p, z, f32x4.splat(-8.60467152213735e-11));
  p = f32x4.relaxed_madd(p, z, f32x4.splat(5.12229709037114e-8));
  p = f32x4.relaxed_madd(p, z, f32x4.splat(1.48572235717979e-5));
  p = f32x4.relaxed_madd(p, z, f32x4.splat(6.37261928875436e-4));
  p = f32x4.relaxed_madd(p, z, f32x4.splat(4.89352455891786e-3));
  let q = f32x4.relaxed_madd(z, f32x4.splat(1.19825839466702e-6), f32x4.splat(1.18534705686654e-4));
  q = f32x4.relaxed_madd(q, z, f32x4.splat(2.268434632439e-3));
  q = f32x4.relaxed_madd(q, z, f32x4.splat(4.89352518554385e-3));
  return f32x4.div(f32x4.mul(bounded, p), q);
}

/** x, or the bound that it is beyond: one instruction for each, where `f32x4.min` and `f32x4.max` are seven. */
function between(x: v128, least: f32, most: f32): v128 {
  return f32x4.pmin(f32x4.pmax(x, f32x4.splat(least)), f32x4.splat(most));
}

/**
 * To 1.5e-7, by Abramowitz and Stegun's formula 7.1.26, as the cpu backend has it.
 *
 * @param power e to −x²
 */
export function erf4(x: v128, power: v128): v128 {
  const size = f32x4.abs(x);
  const t = f32x4.div(f32x4.splat(1), f32x4.relaxed_madd(size, f32x4.splat(0.3275911), f32x4.splat(1)));
  let p = f32x4.relaxed_madd(t, f32x4.splat(1.061405429), f32x4.splat(-1.453152027));
  p = f32x4.relaxed_madd(p, t, f32x4.splat(1.421413741));
  p = f32x4.relaxed_madd(p, t, f32x4.splat(-0.284496736));
  p = f32x4.relaxed_madd(p, t, f32x4.splat(0.254829592));
  const rest = f32x4.mul(f32x4.mul(p, t), power);
  return v128.or(f32x4.sub(f32x4.splat(1), rest), v128.and(x, i32x4.splat(0x80000000)));
}
