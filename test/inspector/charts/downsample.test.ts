import { describe, expect, it } from "vitest";
import { downsample } from "../../../src/inspector/charts/downsample.js";

const points = Array.from({ length: 1_000 }, (_, x) => ({ x, y: Math.sin(x / 7) }));

describe("downsample", () => {
  it("gives few points back as they are", () => {
    expect(downsample(points, 1_000, ({ y }) => y)).toBe(points);
  });

  it.each([10, 101, 999])("keeps to %i points", (max) => {
    const chosen = downsample(points, max, ({ y }) => y);
    expect(chosen.length).toBeLessThanOrEqual(max);
    expect(chosen[0]).toBe(points[0]);
    expect(chosen.at(-1)).toBe(points[999]);
  });

  it("never exceeds the limit, even when more shall be kept than there is room for", () => {
    expect(downsample(points, 50, ({ y }) => y, new Set(points)).length).toBeLessThanOrEqual(50);
  });

  it("is not led astray by NaN", () => {
    const broken = points.map(({ x, y }) => ({ x, y: x % 3 === 0 ? NaN : y }));
    expect(downsample(broken, 100, ({ y }) => y).length).toBeLessThanOrEqual(100);
  });
});
