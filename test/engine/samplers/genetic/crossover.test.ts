import { describe, expect, it } from "vitest";
import { InvalidArgumentError } from "../../../../src/engine/errors.js";
import { sbxCrossover, uniformCrossover, vsbxCrossover } from "../../../../src/engine/samplers/genetic/crossover.js";
import { polynomialMutation } from "../../../../src/engine/samplers/genetic/mutation.js";
import { crossovers, fixture, Replay } from "./optuna-genetic.js";

describe.each(fixture.crossovers)(
  "$crossover crossover ($bounds.length parameters, $objectives objectives)",
  ({ crossover, objectives, bounds, parents, drawn, child }) => {
    it("makes Optuna's child of the same random numbers", () => {
      const rng = new Replay(drawn);
      const ours = crossovers[crossover].cross(parents, rng, { bounds, objectives });
      expect(rng.isUsedUp).toBe(true);
      expect(ours).toHaveLength(child.length);
      ours.forEach((gene, i) => expect(Math.abs(gene - child[i]!)).toBeLessThan(1e-9 * Math.max(1, Math.abs(gene))));
    });
  },
);

describe("options", () => {
  it("out of their range are refused", () => {
    expect(() => uniformCrossover({ swappingProb: 1.1 })).toThrow(InvalidArgumentError);
    expect(() => sbxCrossover({ eta: -1 })).toThrow("sbxCrossover: eta must be at least 0, not -1.");
    expect(() => vsbxCrossover({ useChildGeneProb: 0 })).toThrow(InvalidArgumentError);
    expect(() => vsbxCrossover({ uniformCrossoverProb: NaN })).toThrow(InvalidArgumentError);
    expect(() => polynomialMutation({ eta: -1 })).toThrow(InvalidArgumentError);
  });
});
