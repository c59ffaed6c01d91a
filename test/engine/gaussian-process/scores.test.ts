import { describe, expect, it } from "vitest";
import { compress, fitOnScale, standardize } from "../../../src/engine/gaussian-process/scores.js";
import { toPoints } from "../samplers/gaussian-process/reference.js";

const rows = Array.from({ length: 24 }, (_, i) => [(i * 0.618) % 1, (i * 0.755) % 1]);
const points = toPoints(rows, 2);
/** Orders of magnitude worse at the far end than near the best. */
const steep = rows.map(([x, y]) => -Math.exp(9 * x! + 3 * y!));
const wavy = rows.map(([x, y]) => Math.sin(4 * x!) + y!);

describe("standardize", () => {
  it("gives mean 0 and variance 1, and says how", () => {
    const { values, mean, deviation } = standardize([1, 2, 3, 6]);
    expect(mean).toBe(3);
    expect(deviation).toBeCloseTo(Math.sqrt(14 / 4), 12);
    expect([...values].map((score) => score * deviation + mean)).toEqual(
      [1, 2, 3, 6].map((x) => expect.closeTo(x, 12)),
    );
  });

  it("takes what is infinite for the largest and smallest", () => {
    expect([...standardize([-Infinity, 1, 3, Infinity]).values]).toEqual([-1, -1, 1, 1]);
    expect([...standardize([Infinity, Infinity]).values]).toEqual([0, 0]);
    expect([...standardize([5, 5]).values]).toEqual([0, 0]);
  });
});

describe("compress", () => {
  it("keeps the order, and makes differences among bad values small", () => {
    const { values } = standardize([-1000, -100, -10, -1, 0]);
    const compressed = compress(values)!.values;
    const steps = [...compressed.slice(1)].map((score, i) => score - compressed[i]!);
    for (const step of steps) expect(step).toBeGreaterThan(0);
    expect(steps[0]! / steps[2]!).toBeLessThan(5);
  });

  it("says by how much it changes volume", () => {
    const { values } = standardize(steep);
    const h = 1e-6;
    // The best, the median and the deviation stand still while others are moved: their part of the change is left out.
    const { logJacobian } = compress(values)!;
    const best = Math.max(...values);
    const distances = values.map((score) => best - score);
    const median = distances.slice().sort()[12]!;
    const { deviation } = standardize(distances.map((d) => -Math.log1p(d / median)));
    const slopes = distances.map(
      (d) => (Math.log1p((d + h) / median) - Math.log1p((d - h) / median)) / (2 * h) / deviation,
    );
    expect(logJacobian).toBeCloseTo(
      [...slopes].reduce((sum, slope) => sum + Math.log(slope), 0),
      4,
    );
  });

  it("leaves scores half of which are the best", () => {
    expect(compress(Float64Array.of(1, 1, 1, -3))).toBeUndefined();
  });
});

describe("fitOnScale", () => {
  it("compresses what is steep, and nothing else", () => {
    expect(fitOnScale(points, steep, undefined, {}).scale).toBe("compressed");
    expect(fitOnScale(points, wavy, undefined, {}).scale).toBe("plain");
    expect(fitOnScale(points, new Array<number>(24).fill(1), "compressed", {}).scale).toBe("plain");
  });

  it("chooses anew while observations are few, then at every tenth", () => {
    const chosen = (count: number) => {
      const many = Array.from({ length: count }, (_, i) => [(i * 0.618) % 1, (i * 0.755) % 1]);
      const values = many.map(([x, y]) => -Math.exp(9 * x! + 3 * y!));
      return fitOnScale(toPoints(many, 2), values, "plain", {}).scale;
    };
    expect([50, 51, 59, 60, 61].map(chosen)).toEqual(["compressed", "plain", "plain", "compressed", "plain"]);
  });
});
