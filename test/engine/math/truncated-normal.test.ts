import { describe, expect, it } from "vitest";
import { logAddExp, logGaussMass, truncatedNormalQuantile } from "../../../src/engine/math/truncated-normal.js";
import { goldenNumber, readGolden } from "../optuna-golden.js";

describe("the truncated normal", () => {
  for (const { a, b, log_gauss_mass, ppf } of readGolden().truncnorm) {
    it(`has Optuna's mass and quantiles on [${a}, ${b}]`, () => {
      const mass = goldenNumber(log_gauss_mass);
      // The interval without width has no mass; Optuna's -inf and a NaN say the same and are never used.
      if (a === b) expect(logGaussMass(a, b)).not.toBeGreaterThan(-Infinity);
      else expect(Math.abs(logGaussMass(a, b) - mass)).toBeLessThan(1e-9);
      for (const [q, quantile] of Object.entries(ppf)) {
        const [own, reference] = [truncatedNormalQuantile(Number(q), a, b), goldenNumber(quantile)];
        if (Number.isNaN(reference)) expect(own).toBeNaN();
        else expect(Math.abs(own - reference)).toBeLessThanOrEqual(1e-9 * Math.max(1, Math.abs(reference)));
      }
    });
  }

  it("is symmetric far out in both tails", () => {
    expect(logGaussMass(30, 40)).toBe(logGaussMass(-40, -30));
    expect(logGaussMass(200, 201)).toBeCloseTo(-20006.2, 0);
  });
});

describe("logAddExp", () => {
  it("does not overflow, and takes −Infinity as nothing", () => {
    expect(logAddExp(1000, 1000)).toBeCloseTo(1000 + Math.LN2, 12);
    expect(logAddExp(-Infinity, -3)).toBe(-3);
    expect(logAddExp(-Infinity, -Infinity)).toBe(-Infinity);
  });
});
