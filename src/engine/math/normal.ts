/**
 * The standard normal distribution, accurate in both tails. Everything rests on the scaled complementary error function
 * erfcx(x) = exp(x²)·erfc(x), which neither underflows nor cancels: W. J. Cody, "Rational Chebyshev approximations for
 * the error function", Math. Comp. 23 (1969), whose relative error is about 1e-16.
 */

const SQRT1_2 = Math.SQRT1_2;
const ONE_OVER_SQRT_PI = 0.5641895835477563;
export const LOG_SQRT_2PI = 0.9189385332046727;

/** The error function. */
export function erf(x: number): number {
  const magnitude = Math.abs(x);
  if (magnitude <= 0.46875) return smallErf(x);
  if (magnitude > 6) return Math.sign(x);
  const complement = expOfMinusSquare(magnitude) * scaledErfcOfPositive(magnitude);
  return x > 0 ? 1 - complement : complement - 1;
}

/** The complementary error function, 1 − erf(x), without cancellation for large x. */
export function erfc(x: number): number {
  const magnitude = Math.abs(x);
  if (magnitude <= 0.46875) return 1 - smallErf(x);
  const complement = expOfMinusSquare(magnitude) * scaledErfcOfPositive(magnitude);
  return x > 0 ? complement : 2 - complement;
}

/** P(Z ≤ x). */
export function normalCdf(x: number): number {
  return 0.5 + 0.5 * erf(x * SQRT1_2);
}

/** ln P(Z ≤ x), for any x: nothing underflows. */
export function logNormalCdf(x: number): number {
  if (x > 0) return Math.log1p(-0.5 * erfc(x * SQRT1_2));
  if (x > -1) return Math.log(0.5 * erfc(-x * SQRT1_2));
  return Math.log(0.5 * scaledErfcOfPositive(-x * SQRT1_2)) - 0.5 * x * x;
}

/**
 * The x with ln P(Z ≤ x) = logP, for logP < 0, by Newton's method from the tail's asymptote or, in the middle, the logistic
 * approximation of the normal.
 */
export function inverseLogNormalCdf(logP: number): number {
  // Near 0 the upper tail carries the information: solve for it and mirror.
  if (logP > -1e-2) return -inverseLogNormalCdf(Math.log(-Math.expm1(logP)));
  let x = logP < -5 ? -Math.sqrt(-2 * (logP + LOG_SQRT_2PI)) : (-Math.sqrt(3) / Math.PI) * Math.log(Math.expm1(-logP));
  for (let iteration = 0; iteration < 100; iteration++) {
    const logCdf = logNormalCdf(x);
    const logPdf = -0.5 * x * x - LOG_SQRT_2PI;
    const change = (logCdf - logP) * Math.exp(logCdf - logPdf);
    x -= change;
    if (!(Math.abs(change) >= 1e-8 * Math.abs(x))) break;
  }
  return x;
}

/** exp(−x²) with x² split in two, as x·x loses in its last bits what exp would make visible. */
function expOfMinusSquare(x: number): number {
  const head = Math.trunc(x * 16) / 16;
  return Math.exp(-head * head) * Math.exp(-(x - head) * (x + head));
}

/** erf for |x| ≤ 0.46875. */
function smallErf(x: number): number {
  const z = x * x;
  const numerator =
    (((1.85777706184603153e-1 * z + 3.1611237438705656) * z + 1.13864154151050156e2) * z + 3.77485237685302021e2) * z +
    3.20937758913846947e3;
  const denominator =
    (((z + 2.36012909523441209e1) * z + 2.44024637934444173e2) * z + 1.28261652607737228e3) * z + 2.84423683343917062e3;
  return (x * numerator) / denominator;
}

/** exp(x²)·erfc(x) for x > 0.46875. */
export function scaledErfcOfPositive(x: number): number {
  return x <= 4 ? middleScaledErfc(x) : largeScaledErfc(x);
}

function middleScaledErfc(x: number): number {
  let numerator = 2.15311535474403846e-8 * x + 5.64188496988670089e-1;
  numerator = numerator * x + 8.88314979438837594;
  numerator = numerator * x + 6.61191906371416295e1;
  numerator = numerator * x + 2.98635138197400131e2;
  numerator = numerator * x + 8.8195222124176909e2;
  numerator = numerator * x + 1.71204761263407058e3;
  numerator = numerator * x + 2.05107837782607147e3;
  numerator = numerator * x + 1.23033935479799725e3;
  let denominator = x + 1.57449261107098347e1;
  denominator = denominator * x + 1.17693950891312499e2;
  denominator = denominator * x + 5.37181101862009858e2;
  denominator = denominator * x + 1.62138957456669019e3;
  denominator = denominator * x + 3.29079923573345963e3;
  denominator = denominator * x + 4.36261909014324716e3;
  denominator = denominator * x + 3.43936767414372164e3;
  denominator = denominator * x + 1.23033935480374942e3;
  return numerator / denominator;
}

function largeScaledErfc(x: number): number {
  const z = 1 / (x * x);
  const numerator =
    ((((1.63153871373020978e-2 * z + 3.05326634961232344e-1) * z + 3.60344899949804439e-1) * z +
      1.25781726111229246e-1) *
      z +
      1.60837851487422766e-2) *
      z +
    6.58749161529837803e-4;
  const denominator =
    ((((z + 2.56852019228982242) * z + 1.87295284992346725) * z + 5.27905102951428412e-1) * z +
      6.05183413124413191e-2) *
      z +
    2.33520497626869185e-3;
  return (ONE_OVER_SQRT_PI - (z * numerator) / denominator) / x;
}
