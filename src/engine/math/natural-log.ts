/** Fraction bits of the fixed-point numbers below: enough that rounding to a double is right but for freak ties. */
const BITS = 160n;
const ONE = 1n << BITS;

/**
 * The natural logarithm, rounded correctly. `Math.log` may be off by one in the last place (V8's `Math.log(3)` is), and
 * where a quotient of two logarithms is rounded down, that place decides.
 * @param x finite, above 0.
 */
export function naturalLog(x: number): number {
  const exponent = Math.floor(Math.log2(x));
  const mantissa = toFixedPoint(x, exponent);
  return Number(logOf(mantissa) + BigInt(exponent) * logOf(2n * ONE)) / 2 ** Number(BITS);
}

/** x · 2^−exponent, exactly. */
function toFixedPoint(x: number, exponent: number): bigint {
  // Two factors, because 2^−exponent alone overflows for the smallest doubles.
  const half = Math.trunc(exponent / 2);
  const scaled = (x / 2 ** half / 2 ** (exponent - half)) * 2 ** 60;
  return BigInt(scaled) << (BITS - 60n);
}

/** ln(f) = 2 artanh((f − 1) / (f + 1)), for f about 1 … 2. */
function logOf(f: bigint): bigint {
  const z = ((f - ONE) << BITS) / (f + ONE);
  const square = (z * z) >> BITS;
  let sum = 0n;
  for (let power = z, k = 1n; power !== 0n && power !== -1n; power = (power * square) >> BITS, k += 2n)
    sum += power / k;
  return 2n * sum;
}
