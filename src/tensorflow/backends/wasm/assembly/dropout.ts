/**
 * Numbers that are 0, or `kept` where the next of xorshift32 (Marsaglia 2003) is not below a threshold.
 *
 * @param mask `count` numbers
 * @param state of the generator, not 0
 */
export function dropoutMask(mask: usize, count: i32, threshold: f64, kept: f32, state: u32): void {
  const least = <u64>threshold;
  const end = mask + ((<usize>count) << 2);
  for (; mask < end; mask += 4) {
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    // Without a branch, which no processor can foretell.
    store<f32>(mask, select<f32>(kept, 0, <u64>state >= least));
  }
}
