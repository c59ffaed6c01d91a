import { isSingle, toExternal } from "../../distribution.js";
import type { Distribution, ParamValue, SearchSpace } from "../../distribution.js";
import { TunelensError } from "../../errors.js";
import type { FrozenTrial } from "../../frozen-trial.js";
import type { Rng } from "../../math/rng.js";
import type { Sampler, StudyView } from "../sampler.js";
import { parameterRng, sampleUniform } from "../uniform.js";
import { shareRelativeParams } from "./relative-params.js";
import type { SpaceModel } from "./space-model.js";
import { gamma } from "./split.js";
import { StudyHistory } from "./study-history.js";

export interface TpeOptions {
  /** Trials that must have finished, COMPLETE or PRUNED, before proposals stop being random. At least 0; default 10. */
  readonly startupTrials?: number;
  /** Points drawn from the model of the good trials, of which the most promising is taken. At least 1; default 24. */
  readonly candidates?: number;
  /**
   * Whether parameters that every finished trial has are proposed together, so that what depends on one another is learnt.
   * Default true for one objective, false for several.
   */
  readonly multivariate?: boolean;
  /** Whether running trials count as bad ones, so that parallel workers keep away from each other. Default true. */
  readonly constantLiar?: boolean;
}

/**
 * Tree-structured Parzen estimator as in Optuna 5.0: given the same trials, the same mixtures, the same acquisition.
 *
 * The best tenth of the finished trials (at most 25) are modelled by l(x), the others by g(x); of points drawn from l the one
 * with the largest l(x)/g(x) is proposed. PRUNED trials count, by how far they got; FAIL trials do not.
 *
 * Bergstra et al., "Algorithms for Hyper-Parameter Optimization" (NIPS 2011); Watanabe, "Tree-Structured Parzen Estimator:
 * Understanding Its Algorithm Components and Their Roles for Better Empirical Performance" (2023).
 *
 * @throws TunelensError (code `invalid-sampler-option`) for an option out of its range; (code `unsupported-objectives`) at a
 * trial's first suggestion, for a study with several objectives.
 */
export function tpe(options: TpeOptions = {}): Sampler {
  return new TpeSampler(options);
}

class TpeSampler implements Sampler {
  readonly name = "TPESampler";
  private readonly startupTrials: number;
  private readonly candidates: number;
  private readonly multivariate: boolean | undefined;
  private readonly constantLiar: boolean;
  private readonly histories = new WeakMap<StudyView, StudyHistory>();

  constructor(options: TpeOptions) {
    this.startupTrials = wholeNumber("startupTrials", options.startupTrials ?? 10, 0);
    this.candidates = wholeNumber("candidates", options.candidates ?? 24, 1);
    this.multivariate = options.multivariate;
    this.constantLiar = options.constantLiar ?? true;
  }

  relativeSpace(study: StudyView): SearchSpace {
    if (!this.isMultivariate(study)) return new Map();
    const { space } = this.history(study).intersection;
    return new Map([...space].filter(([, distribution]) => !isSingle(distribution)));
  }

  sampleRelative(study: StudyView, trial: FrozenTrial, space: SearchSpace): ReadonlyMap<string, ParamValue> {
    const history = this.history(study);
    if (history.finished.length < this.startupTrials) return new Map();
    const model = history.relative(space);
    const internal = this.propose(study, trial, history, model, parameterRng(study, trial, ""));
    const params = new Map<string, ParamValue>();
    for (const [name, distribution] of space) params.set(name, toExternal(distribution, internal.get(name)!));
    if (this.constantLiar) shareRelativeParams(study.storage, trial.id, params);
    return params;
  }

  sampleIndependent(study: StudyView, trial: FrozenTrial, name: string, distribution: Distribution): ParamValue {
    const history = this.history(study);
    const rng = parameterRng(study, trial, name);
    if (history.finished.length < this.startupTrials || isSingle(distribution)) return sampleUniform(distribution, rng);
    const model = history.independent(name, distribution);
    return toExternal(distribution, this.propose(study, trial, history, model, rng).get(name)!);
  }

  private propose(
    study: StudyView,
    trial: FrozenTrial,
    history: StudyHistory,
    model: SpaceModel,
    rng: Rng,
  ): Map<string, number> {
    const others = this.constantLiar ? history.running.filter(({ number }) => number !== trial.number) : [];
    model.update(history.finished, others, this.isMultivariate(study));
    return model.propose(history.ranking.best(gamma(history.finished.length)), this.candidates, rng);
  }

  private history(study: StudyView): StudyHistory {
    if (study.directions.length > 1) throw severalObjectives(study);
    let history = this.histories.get(study);
    if (history === undefined) this.histories.set(study, (history = new StudyHistory(study)));
    history.update(study);
    return history;
  }

  private isMultivariate(study: StudyView): boolean {
    return this.multivariate ?? study.directions.length === 1;
  }
}

function wholeNumber(option: string, value: number, least: number): number {
  if (Number.isInteger(value) && value >= least) return value;
  throw new TunelensError(
    "invalid-sampler-option",
    `tpe({ ${option}: ${value} }): ${option} must be a whole number of at least ${least}.`,
  );
}

function severalObjectives(study: StudyView): TunelensError {
  return new TunelensError(
    "unsupported-objectives",
    `Study "${study.name}" has ${study.directions.length} objectives; the TPE sampler learns from one. ` +
      "Give the study another sampler, such as random().",
  );
}
