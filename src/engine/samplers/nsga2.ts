import { checkOptions } from "../option-names.js";
import { GeneticSampler, geneticOptionNames, type GeneticOptions } from "./genetic/genetic-sampler.js";
import type { Sampler } from "./sampler.js";
import { survivorsByCrowding } from "./genetic/survival.js";

/**
 * NSGA-II, a genetic algorithm for several objectives: individuals survive by non-domination rank and, within the last rank, by crowding
 * distance. For many trials (hundreds or more) and smooth trade-offs; with fewer, `tpe` finds more.
 *
 * Deb et al., "A Fast and Elitist Multiobjective Genetic Algorithm: NSGA-II" (2002), as in Optuna 5.0. Constraints use constrained
 * domination.
 * @throws InvalidArgumentError for an option out of its range.
 */
export function nsga2(options: GeneticOptions = {}): Sampler {
  checkOptions("nsga2", options, geneticOptionNames);
  return new GeneticSampler("NSGAIISampler", "nsga2", options, survivorsByCrowding);
}
