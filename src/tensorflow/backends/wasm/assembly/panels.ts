/**
 * Eight output channels of a filter, or columns of a matrix, beside each other as `tiles.ts` takes them: [inner, 8].
 *
 * @param count how many of the eight there are; the others become zeros
 * @param turned whether each channel's numbers follow each other, `innerStep` is 4, rather than the channels, `outerStep` is 4
 */
export function packPanel(
  from: usize,
  panel: usize,
  inner: i32,
  innerStep: usize,
  outerStep: usize,
  count: i32,
  turned: bool,
): void {
  let i = 0;
  if (count == 8 && turned) {
    for (; i + 4 <= inner; i += 4, from += 16, panel += 128) {
      turnFour(from, outerStep, panel);
      turnFour(from + 4 * outerStep, outerStep, panel + 16);
    }
  }
  for (; i < inner; i++, from += innerStep, panel += 32) {
    if (count == 8 && !turned) {
      v128.store(panel, v128.load(from));
      v128.store(panel, v128.load(from, 16), 16);
      continue;
    }
    for (let o = 0; o < 8; o++)
      store<f32>(panel + ((<usize>o) << 2), o < count ? load<f32>(from + <usize>o * outerStep) : 0);
  }
}

/** Four numbers each of four channels become four channels each of four rows of a panel. */
function turnFour(from: usize, step: usize, to: usize): void {
  const a = v128.load(from);
  const b = v128.load(from + step);
  const c = v128.load(from + 2 * step);
  const d = v128.load(from + 3 * step);
  const ab01 = v128.shuffle<f32>(a, b, 0, 4, 1, 5);
  const cd01 = v128.shuffle<f32>(c, d, 0, 4, 1, 5);
  const ab23 = v128.shuffle<f32>(a, b, 2, 6, 3, 7);
  const cd23 = v128.shuffle<f32>(c, d, 2, 6, 3, 7);
  v128.store(to, v128.shuffle<f32>(ab01, cd01, 0, 1, 4, 5));
  v128.store(to, v128.shuffle<f32>(ab01, cd01, 2, 3, 6, 7), 32);
  v128.store(to, v128.shuffle<f32>(ab23, cd23, 0, 1, 4, 5), 64);
  v128.store(to, v128.shuffle<f32>(ab23, cd23, 2, 3, 6, 7), 96);
}
