/**
 * A step of Adam (Kingma and Ba 2015) for the numbers from `first` to before `end`.
 *
 * @param rate the learning rate, corrected for the first moment's start at 0
 * @param correction of the second moment, for the same
 */
export function adamStep(
  value: usize,
  gradient: usize,
  firstMoment: usize,
  secondMoment: usize,
  newValue: usize,
  newFirstMoment: usize,
  newSecondMoment: usize,
  rate: f32,
  correction: f32,
  beta1: f32,
  beta2: f32,
  epsilon: f32,
  first: i32,
  end: i32,
): void {
  const bytes = (<usize>end) << 2;
  let i = (<usize>first) << 2;
  const rate4 = f32x4.splat(rate);
  const correction4 = f32x4.splat(correction);
  const kept1 = f32x4.splat(beta1);
  const kept2 = f32x4.splat(beta2);
  const new1 = f32x4.splat(1 - beta1);
  const new2 = f32x4.splat(1 - beta2);
  const epsilon4 = f32x4.splat(epsilon);
  for (; i + 16 <= bytes; i += 16) {
    const slope = v128.load(gradient + i);
    const m = f32x4.relaxed_madd(v128.load(firstMoment + i), kept1, f32x4.mul(slope, new1));
    const part = f32x4.mul(f32x4.mul(slope, slope), new2);
    const v = f32x4.relaxed_madd(v128.load(secondMoment + i), kept2, part);
    v128.store(newFirstMoment + i, m);
    v128.store(newSecondMoment + i, v);
    const root = f32x4.add(f32x4.sqrt(f32x4.mul(v, correction4)), epsilon4);
    const move = f32x4.div(f32x4.mul(m, rate4), root);
    v128.store(newValue + i, f32x4.sub(v128.load(value + i), move));
  }
  for (; i < bytes; i += 4) {
    const slope = load<f32>(gradient + i);
    const m = load<f32>(firstMoment + i) * beta1 + slope * (1 - beta1);
    const v = load<f32>(secondMoment + i) * beta2 + slope * slope * (1 - beta2);
    store<f32>(newFirstMoment + i, m);
    store<f32>(newSecondMoment + i, v);
    const root = Mathf.sqrt(v * correction) + epsilon;
    store<f32>(newValue + i, load<f32>(value + i) - (m * rate) / root);
  }
}
