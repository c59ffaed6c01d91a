import { TO_CONSTANTS } from "./tiles";
import { starts } from "./windows";

/** Functions of four numbers at a time, which keep NaN. */

/**
 * Where their constants lie in the memory of each instance, in bytes: V8 makes a constant vector by five instructions in each round of a
 * loop, and loads one by one.
 */
const LEAST: usize = 0;
const MOST: usize = 4;
const LOG2E: usize = 8;
const LN2_HIGH: usize = 12;
const LN2_LOW: usize = 16;
const EXP5: usize = 20;
const EXP4: usize = 24;
const EXP3: usize = 28;
const EXP2: usize = 32;
const EXP1: usize = 36;
const EXP0: usize = 40;
const ONE: usize = 44;
const TANH_MOST: usize = 48;
const TANH_LEAST: usize = 52;
const TANH_P6: usize = 56;
const TANH_P5: usize = 60;
const TANH_P4: usize = 64;
const TANH_P3: usize = 68;
const TANH_P2: usize = 72;
const TANH_P1: usize = 76;
const TANH_P0: usize = 80;
const TANH_Q3: usize = 84;
const TANH_Q2: usize = 88;
const TANH_Q1: usize = 92;
const TANH_Q0: usize = 96;
const ERF_SCALE: usize = 100;
const ERF4: usize = 104;
const ERF3: usize = 108;
const ERF2: usize = 112;
const ERF1: usize = 116;
const ERF0: usize = 120;

/** To be called before all other functions. */
export function storeConstants(): void {
  put(LEAST, -87.3);
  put(MOST, 88.3);
  put(LOG2E, 1.44269504088896341);
  put(LN2_HIGH, -0.693359375);
  put(LN2_LOW, 2.1219444e-4);
  put(EXP5, 1.98756915e-4);
  put(EXP4, 1.3981999507e-3);
  put(EXP3, 8.3334519073e-3);
  put(EXP2, 4.1665795894e-2);
  put(EXP1, 1.6666665459e-1);
  put(EXP0, 5.0000001201e-1);
  put(ONE, 1);
  put(TANH_MOST, 7.90531110763549805);
  put(TANH_LEAST, -7.90531110763549805);
  put(TANH_P6, -2.76076847742355e-16);
  put(TANH_P5, 2.00018790482477e-13);
  put(TANH_P4, -8.60467152213735e-11);
  put(TANH_P3, 5.12229709037114e-8);
  put(TANH_P2, 1.48572235717979e-5);
  put(TANH_P1, 6.37261928875436e-4);
  put(TANH_P0, 4.89352455891786e-3);
  put(TANH_Q3, 1.19825839466702e-6);
  put(TANH_Q2, 1.18534705686654e-4);
  put(TANH_Q1, 2.268434632439e-3);
  put(TANH_Q0, 4.89352518554385e-3);
  put(ERF_SCALE, 0.3275911);
  put(ERF4, 1.061405429);
  put(ERF3, -1.453152027);
  put(ERF2, 1.421413741);
  put(ERF1, -0.284496736);
  put(ERF0, 0.254829592);
}

function put(offset: usize, value: f32): void {
  store<f32>(starts + TO_CONSTANTS + offset, value);
}

function constant(offset: usize): v128 {
  return v128.load32_splat(starts + TO_CONSTANTS + offset);
}

/** eˣ to about 1e-7 of it, by a power of 2 and the polynomial of Cephes' expf; beyond what floats hold, about the largest or smallest. */
export function exp4(x: v128): v128 {
  const bounded = between(x, LEAST, MOST);
  const power = f32x4.nearest(f32x4.mul(bounded, constant(LOG2E)));
  const upper = f32x4.relaxed_madd(power, constant(LN2_HIGH), bounded);
  const r = f32x4.relaxed_madd(power, constant(LN2_LOW), upper);
  let p = f32x4.relaxed_madd(r, constant(EXP5), constant(EXP4));
  p = f32x4.relaxed_madd(p, r, constant(EXP3));
  p = f32x4.relaxed_madd(p, r, constant(EXP2));
  p = f32x4.relaxed_madd(p, r, constant(EXP1));
  p = f32x4.relaxed_madd(p, r, constant(EXP0));
  const small = f32x4.add(f32x4.relaxed_madd(f32x4.mul(p, r), r, r), constant(ONE));
  const exponent = i32x4.add(i32x4.relaxed_trunc_f32x4_s(power), i32x4.splat(127));
  return f32x4.mul(small, i32x4.shl(exponent, 23));
}

export function sigmoid4(x: v128): v128 {
  return f32x4.div(constant(ONE), f32x4.add(constant(ONE), exp4(f32x4.neg(x))));
}

/** By a quotient of polynomials, as Eigen has it: to 3e-7 of it, also of small numbers. */
export function tanh4(x: v128): v128 {
  const bounded = between(x, TANH_LEAST, TANH_MOST);
  const z = f32x4.mul(bounded, bounded);
  let p = f32x4.relaxed_madd(z, constant(TANH_P6), constant(TANH_P5));
  p = f32x4.relaxed_madd(p, z, constant(TANH_P4));
  p = f32x4.relaxed_madd(p, z, constant(TANH_P3));
  p = f32x4.relaxed_madd(p, z, constant(TANH_P2));
  p = f32x4.relaxed_madd(p, z, constant(TANH_P1));
  p = f32x4.relaxed_madd(p, z, constant(TANH_P0));
  let q = f32x4.relaxed_madd(z, constant(TANH_Q3), constant(TANH_Q2));
  q = f32x4.relaxed_madd(q, z, constant(TANH_Q1));
  q = f32x4.relaxed_madd(q, z, constant(TANH_Q0));
  return f32x4.div(f32x4.mul(bounded, p), q);
}

/** x, or the bound that it is beyond: one instruction for each, where `f32x4.min` and `f32x4.max` are seven. */
function between(x: v128, least: usize, most: usize): v128 {
  return f32x4.pmin(f32x4.pmax(x, constant(least)), constant(most));
}

/**
 * To 1.5e-7, by Abramowitz and Stegun's formula 7.1.26, as the cpu backend has it.
 *
 * @param power e to −x²
 */
export function erf4(x: v128, power: v128): v128 {
  const size = f32x4.abs(x);
  const t = f32x4.div(constant(ONE), f32x4.relaxed_madd(size, constant(ERF_SCALE), constant(ONE)));
  let p = f32x4.relaxed_madd(t, constant(ERF4), constant(ERF3));
  p = f32x4.relaxed_madd(p, t, constant(ERF2));
  p = f32x4.relaxed_madd(p, t, constant(ERF1));
  p = f32x4.relaxed_madd(p, t, constant(ERF0));
  const rest = f32x4.mul(f32x4.mul(p, t), power);
  return v128.or(f32x4.sub(constant(ONE), rest), v128.and(x, i32x4.splat(0x80000000)));
}
