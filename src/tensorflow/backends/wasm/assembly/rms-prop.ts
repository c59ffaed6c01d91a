/**
 * A step of RMSProp (Tieleman and Hinton 2012) with momentum, for the numbers from `first` to before `end`. Epsilon stands under the root.
 */
export function rmsPropStep(
  value: usize,
  gradient: usize,
  meanSquare: usize,
  accumulation: usize,
  newValue: usize,
  newMeanSquare: usize,
  newAccumulation: usize,
  rate: f32,
  decay: f32,
  momentum: f32,
  epsilon: f32,
  first: i32,
  end: i32,
): void {
  const bytes = (<usize>end) << 2;
  let i = (<usize>first) << 2;
  const rate4 = f32x4.splat(rate);
  const kept = f32x4.splat(decay);
  const fresh = f32x4.splat(1 - decay);
  const momentum4 = f32x4.splat(momentum);
  const epsilon4 = f32x4.splat(epsilon);
  for (; i + 16 <= bytes; i += 16) {
    const slope = v128.load(gradient + i);
    const part = f32x4.mul(f32x4.mul(slope, slope), fresh);
    const mean = f32x4.relaxed_madd(v128.load(meanSquare + i), kept, part);
    const step = f32x4.div(f32x4.mul(slope, rate4), f32x4.sqrt(f32x4.add(mean, epsilon4)));
    const move = f32x4.relaxed_madd(v128.load(accumulation + i), momentum4, step);
    v128.store(newMeanSquare + i, mean);
    v128.store(newAccumulation + i, move);
    v128.store(newValue + i, f32x4.sub(v128.load(value + i), move));
  }
  for (; i < bytes; i += 4) {
    const slope = load<f32>(gradient + i);
    const mean = load<f32>(meanSquare + i) * decay + slope * slope * (1 - decay);
    const move = load<f32>(accumulation + i) * momentum + (slope * rate) / Mathf.sqrt(mean + epsilon);
    store<f32>(newMeanSquare + i, mean);
    store<f32>(newAccumulation + i, move);
    store<f32>(newValue + i, load<f32>(value + i) - move);
  }
}
