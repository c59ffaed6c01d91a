import { describe, expect, it } from "vitest";
import type { Distribution } from "../../src/engine/distribution.js";
import { IntersectionSearchSpace } from "../../src/engine/intersection-search-space.js";
import { FakeStudy } from "./fake-study.js";

const float = (high: number): Distribution => ({ type: "float", low: 0, high, log: false, step: null });

describe("IntersectionSearchSpace", () => {
  const spaceOf = (...trials: Record<string, Distribution>[]): [string, Distribution][] => {
    const study = new FakeStudy(0);
    const intersection = new IntersectionSearchSpace();
    for (const distributions of trials) intersection.add(study.add({ distributions }));
    return [...intersection.space];
  };

  it("is empty without trials", () => expect(spaceOf()).toEqual([]));

  it("keeps what every trial has, by name", () => {
    expect(spaceOf({ b: float(1), a: float(1), c: float(1) }, { a: float(1), b: float(1) })).toEqual([
      ["a", float(1)],
      ["b", float(1)],
    ]);
  });

  it("leaves out a parameter whose distribution changed, for good", () => {
    expect(spaceOf({ a: float(1), b: float(1) }, { a: float(2), b: float(1) }, { a: float(2), b: float(1) })).toEqual([
      ["b", float(1)],
    ]);
  });

  it("stays empty once a trial shares nothing", () => {
    expect(spaceOf({ a: float(1) }, {}, { a: float(1) })).toEqual([]);
  });
});
