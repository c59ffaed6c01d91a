import type { Sampler } from "./sampler.js";
import { parameterRng, sampleUniform } from "./uniform.js";

/** Draws each parameter on its own, uniformly over its distribution. The baseline that other samplers have to beat. */
export function random(): Sampler {
  return {
    name: "RandomSampler",
    relativeSpace: () => new Map(),
    sampleRelative: () => new Map(),
    sampleIndependent: (study, trial, name, distribution) =>
      sampleUniform(distribution, parameterRng(study, trial, name)),
  };
}
