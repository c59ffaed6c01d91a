import { countValues, internalAt, toExternal, type Distribution } from "../../../src/engine/distribution.js";
import { auto } from "../../../src/engine/samplers/auto.js";
import { bruteForce } from "../../../src/engine/samplers/brute-force.js";
import { cmaEs } from "../../../src/engine/samplers/cma-es/cma-es.js";
import { gaussianProcess } from "../../../src/engine/samplers/gaussian-process/gaussian-process.js";
import { grid } from "../../../src/engine/samplers/grid.js";
import { nsga2 } from "../../../src/engine/samplers/nsga2.js";
import { nsga3 } from "../../../src/engine/samplers/nsga3.js";
import { partiallyFixed } from "../../../src/engine/samplers/partial-fixed.js";
import { quasiRandom } from "../../../src/engine/samplers/quasi-random.js";
import { random } from "../../../src/engine/samplers/random.js";
import type { Sampler } from "../../../src/engine/samplers/sampler.js";
import { tpe } from "../../../src/engine/samplers/tpe/tpe.js";
import { samplerConformance, type Distributions, type SamplerUnderTest } from "./conformance.js";

/** One a user might write: the values a parameter has, in turn. */
const inTurn = (): Sampler => ({
  name: "InTurnSampler",
  relativeSpace: () => new Map(),
  sampleRelative: () => new Map(),
  sampleIndependent: (study, trial, _name, distribution) => {
    const offset = Math.floor(study.rng(trial).next() * 3);
    const count = Math.min(countValues(distribution), 1000);
    return valueAt(distribution, (trial.number + offset) % count, count);
  },
});

function valueAt(distribution: Distribution, i: number, count: number) {
  if (distribution.type === "float" && distribution.step === null)
    return distribution.low + (i / count) * (distribution.high - distribution.low);
  return toExternal(distribution, internalAt(distribution, i));
}

function allValues(space: Distributions) {
  return Object.fromEntries(
    Object.entries(space).map(([name, distribution]) => {
      const count = countValues(distribution);
      return [name, Array.from({ length: count }, (_, i) => valueAt(distribution, i, count))];
    }),
  );
}

const samplers: readonly SamplerUnderTest[] = [
  { name: "auto", create: () => auto() },
  { name: "random", create: () => random() },
  { name: "tpe", create: () => tpe() },
  { name: "tpe, independent", create: () => tpe({ multivariate: false, constantLiar: false }) },
  { name: "tpe, group", create: () => tpe({ group: true }) },
  { name: "quasiRandom, Sobol", create: () => quasiRandom() },
  { name: "quasiRandom, scrambled Sobol", create: () => quasiRandom({ scramble: true }) },
  { name: "quasiRandom, scrambled Halton", create: () => quasiRandom({ type: "halton", scramble: true, seed: 1 }) },
  { name: "gaussianProcess", create: () => gaussianProcess() },
  { name: "nsga2", create: () => nsga2({ populationSize: 6 }) },
  { name: "nsga3", create: () => nsga3({ populationSize: 6 }) },
  { name: "cmaEs", create: () => cmaEs(), oneObjective: true },
  {
    name: "cmaEs, separable",
    create: () => cmaEs({ separable: true, considerPrunedTrials: true }),
    oneObjective: true,
  },
  { name: "cmaEs, with margin", create: () => cmaEs({ withMargin: true, populationSize: 3 }), oneObjective: true },
  { name: "cmaEs, adaptive", create: () => cmaEs({ learningRateAdaptation: true }), oneObjective: true },
  { name: "grid", create: (space) => grid(allValues(space)), exhaustive: true, ignoresSeed: true },
  { name: "bruteForce", create: () => bruteForce(), exhaustive: true },
  { name: "bruteForce, strict", create: () => bruteForce({ avoidPrematureStop: true }), exhaustive: true },
  { name: "partiallyFixed", create: () => partiallyFixed({ int: 2, x0: 0.5 }, tpe()) },
  { name: "a user's own", create: inTurn },
];

for (const sampler of samplers) samplerConformance(sampler);
