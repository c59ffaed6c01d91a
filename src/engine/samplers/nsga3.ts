import { InvalidArgumentError } from "../errors.js";
import { checkWhole } from "../number-options.js";
import { checkOptions } from "../option-names.js";
import { GeneticSampler, geneticOptionNames, type GeneticOptions } from "./genetic/genetic-sampler.js";
import { evenReferencePoints, survivorsByReference } from "./genetic/reference-points.js";
import type { Sampler } from "./sampler.js";

export interface Nsga3Options extends GeneticOptions {
  /** The parts of the front to search: rows of one number per objective, at least 0, not all 0. Default: spread evenly. */
  readonly referencePoints?: readonly (readonly number[])[];
  /** How densely the default reference points are spread, at least 1. Default 3. */
  readonly dividingParameter?: number;
}

/**
 * NSGA-III, a genetic algorithm for three or more objectives: like `nsga2`, but survivors of the last rank are spread over reference
 * points.
 *
 * Deb and Jain, "An Evolutionary Many-Objective Optimization Algorithm Using Reference-Point-Based Nondominated Sorting Approach, Part I"
 * (2014), as in Optuna 5.0, except that objectives to maximize are negated before points are matched.
 * @throws InvalidArgumentError for an option out of its range; at a trial's first suggestion, if the number of objectives of the reference
 *   points differs from the study's.
 */
export function nsga3(options: Nsga3Options = {}): Sampler {
  checkOptions<Nsga3Options>("nsga3", options, {
    ...geneticOptionNames,
    referencePoints: true,
    dividingParameter: true,
  });
  const { referencePoints, dividingParameter = 3 } = options;
  checkWhole("nsga3", "dividingParameter", dividingParameter, 1);
  if (referencePoints?.length === 0)
    throw new InvalidArgumentError("nsga3: referencePoints must have at least one entry.");
  const isPoint = (point: readonly number[]) => point.every(Number.isFinite) && point.some((x) => x !== 0);
  if (!(referencePoints ?? []).every(isPoint))
    throw new InvalidArgumentError("nsga3: a reference point must consist of finite numbers, not all 0.");
  return new GeneticSampler(
    "NSGAIIISampler",
    "nsga3",
    options,
    survivorsByReference((objectives) => {
      const other = referencePoints?.find((point) => point.length !== objectives);
      if (other !== undefined)
        throw new InvalidArgumentError(
          `nsga3: the study has ${objectives} objectives, but a reference point has ${other.length} numbers.`,
        );
      return referencePoints ?? evenReferencePoints(objectives, dividingParameter);
    }),
  );
}
