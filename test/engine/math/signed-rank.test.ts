import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { signedRankPValue } from "../../../src/engine/math/signed-rank.js";

/** Recorded with SciPy 1.17: `wilcoxon(differences, alternative="greater", zero_method="zsplit")`. */
const cases = JSON.parse(readFileSync(new URL("../../fixtures/optuna/signed-rank.json", import.meta.url), "utf8")) as {
  differences: number[];
  p: number;
}[];

describe("signedRankPValue", () => {
  it.each(cases.map(({ differences, p }) => [differences.length, p, differences] as const))(
    "of %i differences is %d",
    (_n, p, differences) => {
      expect(signedRankPValue(differences)).toBeCloseTo(p, 12);
    },
  );

  it("is 1 less what lies strictly below, seen from the other side", () => {
    const differences = [0.3, -1.2, 2.5, 0.7, -0.1];
    // One sign pattern in 32 has exactly this rank sum or the sums beside it overlap only there.
    const above = signedRankPValue(differences);
    const below = signedRankPValue(differences.map((difference) => -difference));
    expect(above + below).toBeGreaterThan(1);
    expect(above + below).toBeLessThan(1 + 5 / 32);
  });
});
