import { expectTypeOf, it } from "vitest";
import { createStudy, defineStudy, float, MemoryStorage, type Pruner, type Sampler } from "../../../src/index.js";

const sampler: Sampler = {
  name: "LowestSampler",
  relativeSpace: () => new Map(),
  sampleRelative: () => new Map(),
  sampleIndependent: (_study, _trial, _name, distribution) =>
    distribution.type === "categorical" ? distribution.choices[0]! : distribution.low,
};
const pruner: Pruner = { name: "NeverPruner", prune: (_study, trial) => trial.intermediateValues.size < 0 };

it("a sampler and a pruner of one's own fit wherever a built-in does", () => {
  const space = { x: float(0, 1) };
  createStudy({ storage: new MemoryStorage(), sampler, pruner });
  const definition = defineStudy({
    name: "own",
    space,
    sampler,
    pruner,
    objective: ({ params }) => {
      expectTypeOf(params.x).toBeNumber();
      return params.x;
    },
  });
  expectTypeOf(definition.sampler).toEqualTypeOf<Sampler | undefined>();
});

it("a sampler that cannot propose is none", () => {
  // @ts-expect-error sampleIndependent is missing
  const incomplete: Sampler = { name: "x", relativeSpace: () => new Map(), sampleRelative: () => new Map() };
  // @ts-expect-error a pruner says yes or no
  const undecided: Pruner = { name: "x", prune: () => "perhaps" };
  expectTypeOf(incomplete).toExtend<object>();
  expectTypeOf(undecided).toExtend<object>();
});
