import { describe, expect, it } from "vitest";
import { fitKernelParams, MINIMUM_NOISE, NegativeLogPosterior } from "../../../src/engine/gaussian-process/fit.js";
import type { KernelParams } from "../../../src/engine/gaussian-process/kernel.js";
import { reference, referenceParams, referenceTargets, toPoints } from "../samplers/gaussian-process/reference.js";

const points = toPoints(reference.points);

function logarithms({ inverseSquaredLengthscales, scale, noise }: KernelParams): Float64Array {
  return Float64Array.of(
    ...inverseSquaredLengthscales.map(Math.log),
    Math.log(scale),
    Math.log(Math.max(noise - MINIMUM_NOISE, 1e-12)),
  );
}

describe("the posterior density of kernel parameters", () => {
  it("is scikit-learn's likelihood with the priors", () => {
    const posterior = new NegativeLogPosterior(points, referenceTargets, false);
    const value = posterior.evaluate(logarithms(referenceParams), new Float64Array(6));
    expect(-value).toBeCloseTo(reference.logPosterior, 8);
  });

  it.each([false, true])("has the gradient of its differences (deterministic: %s)", (deterministic) => {
    const posterior = new NegativeLogPosterior(points, referenceTargets, deterministic);
    const at = logarithms(referenceParams);
    const gradient = new Float64Array(6);
    posterior.evaluate(at, gradient);
    const h = 1e-5;
    for (let k = 0; k < 6; k++) {
      const [before, after] = [-h, h].map((shift) => {
        const moved = at.map((x, i) => (i === k ? x + shift : x));
        return posterior.evaluate(moved, new Float64Array(6));
      });
      expect(gradient[k]).toBeCloseTo((after! - before!) / (2 * h), 5);
    }
  });

  it("is nothing where the covariance cannot be factored", () => {
    const posterior = new NegativeLogPosterior(points, referenceTargets, false);
    expect(posterior.evaluate(new Float64Array(6).fill(1e4), new Float64Array(6))).toBe(Infinity);
  });
});

describe("the fit", () => {
  it.each(reference.fits)("reaches the largest density (deterministic: $deterministic)", (expected) => {
    const { deterministic } = expected;
    const { params, logDensity } = fitKernelParams(points, referenceTargets, { deterministic });
    expect(logDensity).toBeCloseTo(expected.logPosterior, 2);
    const posterior = new NegativeLogPosterior(points, referenceTargets, deterministic);
    expect(-posterior.evaluate(logarithms(params), new Float64Array(6))).toBeCloseTo(expected.logPosterior, 2);
    expect(params.scale / expected.scale).toBeCloseTo(1, 1);
    if (deterministic) expect(params.noise).toBe(MINIMUM_NOISE);
  });

  it("goes to the same maximum from where a fit to fewer observations ended", () => {
    const [expected] = reference.fits;
    const { params: start } = fitKernelParams(toPoints(reference.points.slice(0, 9)), referenceTargets.slice(0, 9));
    const { params } = fitKernelParams(points, referenceTargets, { start });
    const posterior = new NegativeLogPosterior(points, referenceTargets, false);
    expect(-posterior.evaluate(logarithms(params), new Float64Array(6))).toBeCloseTo(expected!.logPosterior, 2);
  });

  it("tells a parameter that matters from one that does not", () => {
    const rows = Array.from({ length: 30 }, (_, i) => [(i * 0.618) % 1, (i * 0.414) % 1]);
    const targets = Float64Array.from(rows, ([x]) => Math.sin(8 * x!));
    const { inverseSquaredLengthscales, noise } = fitKernelParams(toPoints(rows, 2), targets).params;
    expect(inverseSquaredLengthscales[0]).toBeGreaterThan(10 * inverseSquaredLengthscales[1]!);
    expect(noise).toBeLessThan(0.01);
  });
});
