/**
 * The weights of `n` observed trials, oldest first: all 1 below 25; from there the newest 25 keep 1 and the older ones
 * ramp down to 1/n (Bergstra et al., "Making a Science of Model Search", ICML 2013).
 */
export function kernelWeights(n: number): Float64Array {
  const weights = new Float64Array(n).fill(1);
  const ramp = n - 25;
  for (let i = 0; i < ramp; i++) weights[i] = 1 / n + (ramp > 1 ? (i * (1 - 1 / n)) / (ramp - 1) : 0);
  return weights;
}
