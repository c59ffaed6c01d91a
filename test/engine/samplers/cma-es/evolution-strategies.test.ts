import { describe, expect, it } from "vitest";
import { SeededRng } from "../../../../src/engine/math/rng.js";
import { DiagonalCovariance } from "../../../../src/engine/samplers/cma-es/diagonal-covariance.js";
import {
  drawWithinBounds,
  standardNormals,
  type EvolutionStrategy,
} from "../../../../src/engine/samplers/cma-es/evolution-strategy.js";
import { FullCovariance } from "../../../../src/engine/samplers/cma-es/full-covariance.js";
import { WithMargin } from "../../../../src/engine/samplers/cma-es/margin.js";
import { fullParameters, separableParameters } from "../../../../src/engine/samplers/cma-es/strategy-parameters.js";
import { warmStart } from "../../../../src/engine/samplers/cma-es/warm-start.js";
import { expectClose, recorded, solutionsOf, type RecordedGeneration } from "./recorded-cmaes.js";

const center = (n: number, sigma = 1 / 6) => ({ mean: new Float64Array(n).fill(0.5), sigma });

describe.each([
  ["full", fullParameters],
  ["separable", separableParameters],
] as const)("parameters of the %s covariance", (kind, parametersFor) => {
  it.each(recorded[kind])("are those of cmaes: $dimensions, $populationSize", (record) => {
    const parameters = parametersFor(record.dimensions, record.populationSize ?? undefined);
    for (const [name, expected] of Object.entries(record.expected)) {
      const actual = parameters[name as keyof typeof parameters];
      expectClose(typeof actual === "number" ? [actual] : actual, [expected].flat());
    }
  });
});

type Distribution = FullCovariance | DiagonalCovariance;

function replay(strategy: EvolutionStrategy, of: Distribution, generations: readonly RecordedGeneration[]): void {
  for (const generation of generations) {
    strategy.tell(solutionsOf(generation));
    const { mean, sigma, covariance, sigmaPath, covariancePath } = generation.after;
    expectClose(of.mean, mean);
    expectClose([of.sigma], [sigma]);
    expectClose(of.covariance, covariance);
    expectClose(of.paths.sigmaPath, sigmaPath);
    expectClose(of.paths.covariancePath, covariancePath);
  }
}

describe("a generation told moves the distribution as cmaes moves it", () => {
  const { runs } = recorded;

  it("full covariance", () => {
    const strategy = new FullCovariance(center(4));
    replay(strategy, strategy, runs.full);
  });

  it("from a covariance of its own, with another population size", () => {
    const start = {
      mean: Float64Array.of(0.3, 0.5, 0.6),
      sigma: 0.2,
      covariance: Float64Array.of(1, 0.3, 0, 0.3, 0.8, -0.2, 0, -0.2, 1.4),
    };
    const strategy = new FullCovariance(start, { populationSize: 9 });
    replay(strategy, strategy, runs.covariance);
  });

  it("one dimension", () => {
    const strategy = new FullCovariance(center(1));
    replay(strategy, strategy, runs.oneDimension);
  });

  it("learning rate adaptation", () => {
    const strategy = new FullCovariance(center(4), { learningRateAdaptation: true });
    for (const generation of runs.learningRateAdaptation) {
      replay(strategy, strategy, [generation]);
      expectClose([strategy.adaptation!.mean.rate], [generation.after.meanRate!]);
      expectClose([strategy.adaptation!.covariance.rate], [generation.after.covarianceRate!]);
    }
  });

  it("diagonal covariance", () => {
    const strategy = new DiagonalCovariance(center(4));
    replay(strategy, strategy, runs.separable);
  });

  it("margin: also what it tries for a point", () => {
    const strategy = new WithMargin(center(4), [11, Infinity, 4, 2]);
    for (const generation of runs.margin) {
      generation.points.forEach((point, i) =>
        expectClose(strategy.decode(Float64Array.from(point)), generation.encoded![i]!),
      );
      replay(strategy, strategy.inner, [generation]);
      expectClose(strategy.scales, generation.after.scales!);
    }
  });

  it.each(recorded.warmStarts)("warm start", ({ points, values, expected }) => {
    const start = warmStart(solutionsOf({ points, values }));
    expectClose(start.mean, expected.mean);
    expectClose([start.sigma], [expected.sigma]);
    expectClose(start.covariance, expected.covariance);
  });
});

describe("evolution strategies", () => {
  const strategies: [string, () => EvolutionStrategy][] = [
    ["full", () => new FullCovariance(center(4))],
    ["with learning rate adaptation", () => new FullCovariance(center(4), { learningRateAdaptation: true })],
    ["diagonal", () => new DiagonalCovariance(center(4))],
    ["with margin", () => new WithMargin(center(4), [Infinity, 5, 2, 2 ** 41])],
    ["with margin, a population of 2", () => new WithMargin(center(4), [Infinity, 5, 2, 2 ** 41], 2)],
  ];

  it.each(strategies)("%s: go on for ever on whatever they are told", (_, create) => {
    const losses: ((point: Float64Array, i: number) => number)[] = [
      () => 1,
      (_point, i) => (i % 2 ? Infinity : -Infinity),
      (point) => point.reduce((sum, x) => sum + (x - 0.3) ** 2, 0),
      (point) => point[0]!,
    ];
    for (const loss of losses) {
      const strategy = create();
      const rng = new SeededRng(1);
      for (let generation = 0; generation < 3000; generation++) {
        const points = Array.from({ length: strategy.populationSize }, () => drawWithinBounds(strategy, rng));
        strategy.tell(points.map((point, i) => ({ point, loss: loss(point, i) })));
      }
      for (let i = 0; i < 20; i++) {
        const drawn = drawWithinBounds(strategy, rng);
        const tried = strategy.decode?.(drawn) ?? drawn;
        for (const x of tried) expect(x >= 0 && x <= 1).toBe(true);
      }
    }
  });

  it("find the minimum of a function whose axes are skewed", () => {
    const strategy = new FullCovariance(center(4));
    const rng = new SeededRng(5);
    const loss = (x: Float64Array) =>
      x.reduce((sum, v, i) => sum + 100 ** i * (v - 0.3 + 0.5 * ((x[i - 1] ?? 0.3) - 0.3)) ** 2, 0);
    for (let generation = 0; generation < 250; generation++)
      strategy.tell(
        Array.from({ length: strategy.populationSize }, () => {
          const point = drawWithinBounds(strategy, rng);
          return { point, loss: loss(point) };
        }),
      );
    expect(loss(strategy.mean)).toBeLessThan(1e-12);
  });

  it("keep the neighbors of a value within reach only with a margin", () => {
    /** Which of the values 0 … 4 of the second dimension are still drawn once both dimensions have converged. */
    const stillDrawn = (strategy: EvolutionStrategy) => {
      const rng = new SeededRng(2);
      const draw = () => {
        const point = drawWithinBounds(strategy, rng);
        const tried = strategy.decode?.(point) ?? point;
        return { point, x: tried[0]!, value: Math.round(tried[1]! * 4) };
      };
      for (let generation = 0; generation < 200; generation++)
        strategy.tell(
          Array.from({ length: strategy.populationSize }, () => {
            const { point, x, value } = draw();
            return { point, loss: (x - 0.9) ** 2 + (value - 3) ** 2 };
          }),
        );
      return new Set(Array.from({ length: 1000 }, () => draw().value));
    };
    expect(stillDrawn(new FullCovariance(center(2)))).toEqual(new Set([3]));
    expect(stillDrawn(new WithMargin(center(2), [Infinity, 5]))).toEqual(new Set([2, 3, 4]));
  });

  it("clip what does not fall within bounds", () => {
    const strategy = new FullCovariance({ mean: Float64Array.of(1), sigma: 1e6 });
    const drawn = Array.from({ length: 50 }, (_, seed) => drawWithinBounds(strategy, new SeededRng(seed))[0]!);
    expect(new Set(drawn)).toEqual(new Set([0, 1]));
  });

  it("draw normal numbers", () => {
    const numbers = standardNormals(20_001, new SeededRng(4));
    const moment = (k: number) => numbers.reduce((sum, x) => sum + x ** k, 0) / numbers.length;
    expect(moment(1)).toBeCloseTo(0, 1);
    expect(moment(2)).toBeCloseTo(1, 1);
    expect(moment(4)).toBeCloseTo(3, 0);
  });
});
