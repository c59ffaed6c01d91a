import type { Sampler } from "./sampler.js";
import { parameterRng, sampleUniform } from "./uniform.js";

/** Samples each parameter independently and uniformly from its distribution. The baseline for other samplers. */
export function random(): Sampler {
  return {
    name: "RandomSampler",
    relativeSpace: () => new Map(),
    sampleRelative: () => new Map(),
    sampleIndependent: (study, trial, name, distribution) =>
      sampleUniform(distribution, parameterRng(study, trial, name)),
  };
}
