import { isSingle, toExternal, type Distribution, type ParamValue, type SearchSpace } from "../distribution.js";
import { InvalidArgumentError } from "../errors.js";
import type { TrialSnapshot, TrialState } from "../trial/trial-snapshot.js";
import { checkWhole } from "../number-options.js";
import { checkOptions } from "../option-names.js";
import { HaltonSequence } from "../math/halton.js";
import { SeededRng } from "../math/rng.js";
import { sha256 } from "../math/sha256.js";
import { SOBOL_DIMENSIONS, SobolSequence } from "../math/sobol.js";
import { pythonDistribution, pythonJson } from "./python-notation.js";
import { random } from "./random.js";
import type { Sampler } from "./sampler.js";
import type { StudyView } from "../study/study-view.js";
import { uniformInternal } from "./uniform.js";

export interface QuasiRandomOptions {
  /** Sobol's sequence is more even, but supports only 250 parameters. Halton's supports any number. Default "sobol". */
  readonly type?: "sobol" | "halton";
  /**
   * Randomizes the sequence but keeps it even. Without it, every study of the same space tries the same points, and the first
   * point has every parameter at its minimum. Default false.
   */
  readonly scramble?: boolean;
  /** Seed of the scrambling; an integer of at least 0. Default: drawn once per study and stored with it. */
  readonly seed?: number;
  /** Samples the first trial, and parameters that it did not have. Default: random. */
  readonly independent?: Sampler;
}

/** Where the seed of a study's scrambling is kept, where none was given. */
const SEED_KEY = "tunelens:qmc_seed";

/**
 * Quasi-random search: points that fill the space more evenly than random ones (Bergstra & Bengio, "Random Search for
 * Hyper-Parameter Optimization", JMLR 2012). Optuna's `QMCSampler`. Without scrambling, the points are Optuna's, and each can
 * continue the other's study.
 *
 * The parameters are those of the first finished trial. The position in the sequence is stored with the study; two processes that
 * ask at the same moment may get the same point.
 * @throws InvalidArgumentError for an invalid option; when a trial asks, for a Sobol sequence of more than 250 parameters.
 */
export function quasiRandom(options: QuasiRandomOptions = {}): Sampler {
  checkOptions<QuasiRandomOptions>("quasiRandom", options, {
    type: true,
    scramble: true,
    seed: true,
    independent: true,
  });
  return new QuasiRandomSampler(options);
}

class QuasiRandomSampler implements Sampler {
  readonly name = "QMCSampler";
  private readonly type: "sobol" | "halton";
  private readonly scramble: boolean;
  private readonly seed: number | undefined;
  private readonly independent: Sampler;
  private readonly sequences = new Map<string, SobolSequence | HaltonSequence>();

  constructor({ type = "sobol", scramble = false, seed, independent = random() }: QuasiRandomOptions) {
    if (type !== "sobol" && type !== "halton")
      throw new InvalidArgumentError(`quasiRandom: type must be "sobol" or "halton", not ${JSON.stringify(type)}.`);
    if (seed !== undefined) checkWhole("quasiRandom", "seed", seed, 0);
    this.type = type;
    this.scramble = scramble;
    this.seed = seed;
    this.independent = independent;
  }

  /** What the first finished trial had; before there is one, what running trials have. */
  relativeSpace(study: StudyView): SearchSpace {
    const [first] = study.getTrials(["COMPLETE", "PRUNED"]);
    const models = first ? [first] : study.getTrials(["RUNNING"]);
    const space = new Map(models.flatMap(({ distributions }) => Object.entries(distributions)));
    for (const [name, distribution] of space) if (isSingle(distribution)) space.delete(name);
    return space;
  }

  sampleRelative(study: StudyView, trial: TrialSnapshot, space: SearchSpace): ReadonlyMap<string, ParamValue> {
    const seed = this.scramble ? (this.seed ?? studySeed(study, trial)) : undefined;
    const point = this.sequence(space.size, seed).point(this.takeIndex(study, space, seed));
    return new Map(
      [...space].map(([name, distribution], i) => [
        name,
        toExternal(distribution, uniformInternal(distribution, point[i]!)),
      ]),
    );
  }

  sampleIndependent(study: StudyView, trial: TrialSnapshot, name: string, distribution: Distribution): ParamValue {
    return this.independent.sampleIndependent(study, trial, name, distribution);
  }

  beforeTrial(study: StudyView, trial: TrialSnapshot): void {
    this.independent.beforeTrial?.(study, trial);
  }

  afterTrial(study: StudyView, trial: TrialSnapshot, state: TrialState, values: readonly number[] | null): void {
    this.independent.afterTrial?.(study, trial, state, values);
  }

  private sequence(dimensions: number, seed: number | undefined): SobolSequence | HaltonSequence {
    if (this.type === "sobol" && dimensions > SOBOL_DIMENSIONS)
      throw new InvalidArgumentError(
        `quasiRandom: a Sobol sequence supports up to ${SOBOL_DIMENSIONS} parameters, not ${dimensions}. Use type "halton".`,
      );
    const key = `${dimensions} ${seed}`;
    let sequence = this.sequences.get(key);
    if (sequence === undefined) {
      const rng = seed === undefined ? undefined : new SeededRng(seed);
      sequence = this.type === "sobol" ? new SobolSequence(dimensions, rng) : new HaltonSequence(dimensions, rng);
      this.sequences.set(key, sequence);
    }
    return sequence;
  }

  /** The next index of this sequence over this space, counted in the study's attributes under the name Optuna gives it. */
  private takeIndex(study: StudyView, space: SearchSpace, seed: number | undefined): number {
    const sorted = [...space].sort(([a], [b]) => (a < b ? -1 : 1));
    const shown = Object.fromEntries(sorted.map(([name, distribution]) => [name, pythonDistribution(distribution)]));
    const scrambling = seed === undefined ? '"scramble": false' : `"scramble": true, "seed": ${seed}`;
    const name = `{"qmc_type": "${this.type}", "search_space": ${pythonJson(shown)}, ${scrambling}}`;
    const key = `qmc:${sha256(name)}`;
    const last = study.storage.getStudy(study.id).systemAttrs[key];
    const index = typeof last === "number" ? last + 1 : 0;
    study.storage.setStudySystemAttr(study.id, key, index);
    return index;
  }
}

function studySeed(study: StudyView, trial: TrialSnapshot): number {
  const stored = study.storage.getStudy(study.id).systemAttrs[SEED_KEY];
  if (typeof stored === "number") return stored;
  const seed = Math.floor(study.rng(trial).next() * 2 ** 32);
  study.storage.setStudySystemAttr(study.id, SEED_KEY, seed);
  return seed;
}
