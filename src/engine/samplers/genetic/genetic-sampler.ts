import { toExternal, type Distribution, type ParamValue, type SearchSpace } from "../../distribution.js";
import { InvalidArgumentError } from "../../errors.js";
import type { TrialSnapshot } from "../../trial/trial-snapshot.js";
import type { NamesOf } from "../../option-names.js";
import { CompletedTrialsSpace } from "../../intersection-search-space.js";
import type { Sampler } from "../sampler.js";
import type { StudyView } from "../../study/study-view.js";
import { parameterRng, sampleUniform } from "../uniform.js";
import { breedChild, type Breeding } from "./child.js";
import { checkProbability, uniformCrossover, type Crossover } from "./crossover.js";
import { Generations } from "./generations.js";
import type { Mutation } from "./mutation.js";
import { constrainedDominates, type SelectSurvivors } from "./survival.js";

export interface GeneticOptions {
  /** Number of COMPLETE trials in a generation, at least 2 and at least the crossover's number of parents. Default 50. */
  readonly populationSize?: number;
  /** Default: a mutated parameter is sampled again. Choices always are. */
  readonly mutation?: Mutation;
  /** The probability that a parameter mutates, in [0, 1]. Default: one over the number of parameters. */
  readonly mutationProb?: number;
  /** Used for numeric parameters; choices always come from either parent. Default: `uniformCrossover`. */
  readonly crossover?: Crossover;
  /** The probability that a new individual has several parents instead of being a copy of one, in [0, 1]. Default 0.9. */
  readonly crossoverProb?: number;
  /** The probability that a parameter is swapped between parents, in [0, 1]. Default 0.5. */
  readonly swappingProb?: number;
}

export const geneticOptionNames: NamesOf<GeneticOptions> = {
  populationSize: true,
  mutation: true,
  mutationProb: true,
  crossover: true,
  crossoverProb: true,
  swappingProb: true,
};

/**
 * Generations of trials, each bred of the best of those before. The first is random, and so are parameters that not all COMPLETE trials
 * have. What it knows is in the storage: Optuna's sampler of the same name goes on where this one stopped, and the other way round.
 */
export class GeneticSampler implements Sampler {
  private readonly populationSize: number;
  private readonly breeding: Breeding;
  private readonly generations: Generations;
  private readonly spaces = new CompletedTrialsSpace();

  /**
   * @param call for messages, e.g. `nsga2`.
   * @throws InvalidArgumentError
   */
  constructor(
    readonly name: string,
    call: string,
    options: GeneticOptions,
    private readonly selectSurvivors: SelectSurvivors,
  ) {
    const { populationSize = 50, swappingProb = 0.5, crossoverProb = 0.9, mutation, mutationProb } = options;
    checkProbability(call, "swappingProb", swappingProb);
    checkProbability(call, "crossoverProb", crossoverProb);
    if (mutationProb !== undefined) checkProbability(call, "mutationProb", mutationProb);
    const crossover = options.crossover ?? uniformCrossover({ swappingProb });
    const least = Math.max(2, crossover.parents);
    if (!Number.isInteger(populationSize) || populationSize < least)
      throw new InvalidArgumentError(
        `${call}: populationSize must be an integer of at least ${least} (${crossover.name}), not ${populationSize}.`,
      );
    this.populationSize = populationSize;
    this.breeding = { crossover, crossoverProb, swappingProb, mutation, mutationProb };
    this.generations = new Generations(name, populationSize);
  }

  relativeSpace(study: StudyView, trial: TrialSnapshot): SearchSpace {
    // Every trial that suggests has a generation, also those before there is a space.
    this.generations.ofTrial(study, trial);
    return this.spaces.of(study);
  }

  sampleRelative(study: StudyView, trial: TrialSnapshot, space: SearchSpace): ReadonlyMap<string, ParamValue> {
    const rng = parameterRng(study, trial, "");
    const { directions } = study;
    const parents = this.generations.parents(study, this.generations.ofTrial(study, trial), (population) =>
      this.selectSurvivors(population, directions, this.populationSize, rng),
    );
    if (parents.length === 0) return new Map();
    const dominates = constrainedDominates(directions);
    const pool = { trials: parents, dominates, objectives: directions.length };
    const child = breedChild(pool, space, this.breeding, rng);
    return new Map([...child].map(([name, internal]) => [name, toExternal(space.get(name)!, internal)]));
  }

  sampleIndependent(study: StudyView, trial: TrialSnapshot, name: string, distribution: Distribution): ParamValue {
    return sampleUniform(distribution, parameterRng(study, trial, name));
  }
}
