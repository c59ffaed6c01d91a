import { describe, expect, it } from "vitest";
import { minimize, type Differentiable } from "../../../src/engine/math/minimize.js";

const rosenbrock: Differentiable = (x, gradient) => {
  let value = 0;
  gradient.fill(0);
  for (let i = 0; i + 1 < x.length; i++) {
    const [a, b] = [1 - x[i]!, x[i + 1]! - x[i]! ** 2];
    value += a * a + 100 * b * b;
    gradient[i]! += -2 * a - 400 * x[i]! * b;
    gradient[i + 1]! += 200 * b;
  }
  return value;
};

/** Around (1, −2, 3), 10,000 times as steep along one axis as along another. */
const bowl: Differentiable = (x, gradient) => {
  let value = 0;
  [1, -2, 3].forEach((center, i) => {
    const steepness = 100 ** i;
    value += 0.5 * steepness * (x[i]! - center) ** 2;
    gradient[i] = steepness * (x[i]! - center);
  });
  return value;
};

describe("minimize", () => {
  it.each([2, 10])("finds the end of Rosenbrock's valley in %i dimensions", (n) => {
    const start = new Float64Array(n).fill(-1.2);
    const { x, value, iterations } = minimize(rosenbrock, start, { gradientTolerance: 1e-6, valueTolerance: 0 });
    for (const xi of x) expect(xi).toBeCloseTo(1, 4);
    expect(value).toBeLessThan(1e-8);
    expect(iterations).toBeLessThan(150);
    expect(start.every((xi) => xi === -1.2)).toBe(true);
  });

  it("goes along the bounds", () => {
    const { x } = minimize(bowl, Float64Array.of(0.5, 0, 0), {
      lower: Float64Array.of(0, -1, 0),
      upper: Float64Array.of(0.25, 5, 10),
    });
    expect(x[0]).toBe(0.25);
    expect(x[1]).toBe(-1);
    expect(x[2]).toBeCloseTo(3, 5);
  });

  it("stays where the start is a minimum, and leaves a start outside the box", () => {
    expect(minimize(bowl, Float64Array.of(1, -2, 3)).iterations).toBe(0);
    const lower = Float64Array.of(5, 5, 5);
    expect([...minimize(bowl, new Float64Array(3), { lower }).x]).toEqual([5, 5, 5]);
  });

  it("keeps away from where there is no value", () => {
    // −ln x + x, only where x > 0: the first step, of length 1, would leave.
    const f: Differentiable = (x, gradient) => {
      gradient[0] = 1 - 1 / x[0]!;
      return x[0]! > 0 ? x[0]! - Math.log(x[0]!) : NaN;
    };
    expect(minimize(f, Float64Array.of(0.01)).x[0]).toBeCloseTo(1, 4);
    expect(minimize(f, Float64Array.of(50)).x[0]).toBeCloseTo(1, 4);
  });

  it("says where it cannot begin", () => {
    const { value, iterations } = minimize(() => Infinity, Float64Array.of(1));
    expect(value).toBe(Infinity);
    expect(iterations).toBe(0);
  });

  it("takes no more steps than it may", () => {
    const { iterations } = minimize(rosenbrock, new Float64Array(10), { maxIterations: 3 });
    expect(iterations).toBe(3);
  });
});
