import { isSingle, toExternal } from "../../distribution.js";
import type { Distribution, ParamValue, SearchSpace } from "../../distribution.js";
import { TunelensError } from "../../errors.js";
import type { TrialSnapshot } from "../../trial/trial-snapshot.js";
import { checkOptions } from "../../option-names.js";
import type { Rng } from "../../math/rng.js";
import { shareRelativeParams } from "../relative-params.js";
import type { Sampler } from "../sampler.js";
import type { StudyView } from "../../study/study-view.js";
import { parameterRng, sampleUniform } from "../uniform.js";
import type { SpaceModel } from "./space-model.js";
import { gamma } from "./split.js";
import { StudyHistory } from "./study-history.js";

export interface TpeOptions {
  /** Number of COMPLETE or PRUNED trials before proposals stop being random. At least 0; default 10. */
  readonly startupTrials?: number;
  /** How many points are drawn from the model of the good trials; the most promising one is proposed. At least 1; default 24. */
  readonly candidates?: number;
  /**
   * Proposes parameters that every finished trial has together, so that their interactions are learned.
   * Default true for one objective, false for several.
   */
  readonly multivariate?: boolean;
  /**
   * Proposes parameters of a conditional space together too, in groups such that each trial has all of a group or none of it. Requires
   * `multivariate`. Default false.
   */
  readonly group?: boolean;
  /** Treats running trials as bad ones, so that parallel processes avoid each other's trials. Default true. */
  readonly constantLiar?: boolean;
}

/**
 * Tree-structured Parzen estimator as in Optuna 5.0: the same trials give the same mixtures and the same acquisition.
 *
 * The best tenth of the finished trials (at most 25) are modeled by l(x), the others by g(x). Of the points drawn from l, the one
 * with the largest l(x)/g(x) is proposed. PRUNED trials count, ranked by how far they got; FAIL trials do not. Trials that violate
 * constraints come after all others.
 *
 * With several objectives, the best tenth (without a maximum) are those of the best non-domination ranks, the last rank cut by hypervolume
 * (Ozaki et al., "Multiobjective Tree-Structured Parzen Estimator", JAIR 2022).
 *
 * Bergstra et al., "Algorithms for Hyper-Parameter Optimization" (NIPS 2011); Watanabe, "Tree-Structured Parzen Estimator:
 * Understanding Its Algorithm Components and Their Roles for Better Empirical Performance" (2023).
 *
 * @throws InvalidArgumentError for an unknown option.
 * @throws TunelensError (code `invalid-sampler-option`) for an option out of its range, or `group` without `multivariate`.
 */
export function tpe(options: TpeOptions = {}): Sampler {
  checkOptions<TpeOptions>("tpe", options, {
    startupTrials: true,
    candidates: true,
    multivariate: true,
    group: true,
    constantLiar: true,
  });
  return new TpeSampler(options);
}

class TpeSampler implements Sampler {
  readonly name = "TPESampler";
  private readonly startupTrials: number;
  private readonly candidates: number;
  private readonly multivariate: boolean | undefined;
  private readonly group: boolean;
  private readonly constantLiar: boolean;
  private readonly histories = new WeakMap<StudyView, StudyHistory>();

  constructor(options: TpeOptions) {
    this.startupTrials = wholeNumber("startupTrials", options.startupTrials ?? 10, 0);
    this.candidates = wholeNumber("candidates", options.candidates ?? 24, 1);
    this.group = options.group ?? false;
    if (this.group && options.multivariate === false)
      throw new TunelensError(
        "invalid-sampler-option",
        "tpe({ group: true, multivariate: false }): group requires multivariate. Set multivariate to true, or remove group.",
      );
    this.multivariate = options.multivariate ?? (this.group || undefined);
    this.constantLiar = options.constantLiar ?? true;
  }

  relativeSpace(study: StudyView): SearchSpace {
    if (!this.isMultivariate(study)) return new Map();
    const { intersection, decomposition } = this.history(study);
    const spaces = this.group ? decomposition.groups : [intersection.space];
    return new Map(spaces.flatMap((space) => [...space].filter(([, distribution]) => !isSingle(distribution))));
  }

  sampleRelative(study: StudyView, trial: TrialSnapshot, space: SearchSpace): ReadonlyMap<string, ParamValue> {
    const history = this.history(study);
    if (history.finished.length < this.startupTrials) return new Map();
    const spaces = this.group ? partsOf(space, history.decomposition.groups) : [space];
    const params = new Map<string, ParamValue>();
    for (const [i, model] of history.relative(spaces).entries()) {
      const rng = parameterRng(study, trial, this.group ? [...spaces[i]!.keys()].join() : "");
      const internal = this.propose(study, trial, history, model, rng);
      for (const [name, distribution] of spaces[i]!) params.set(name, toExternal(distribution, internal.get(name)!));
    }
    if (this.constantLiar) shareRelativeParams(study.storage, trial.id, params, "tpe");
    return params;
  }

  sampleIndependent(study: StudyView, trial: TrialSnapshot, name: string, distribution: Distribution): ParamValue {
    const history = this.history(study);
    const rng = parameterRng(study, trial, name);
    if (history.finished.length < this.startupTrials || isSingle(distribution)) return sampleUniform(distribution, rng);
    const model = history.independent(name, distribution);
    return toExternal(distribution, this.propose(study, trial, history, model, rng).get(name)!);
  }

  private propose(
    study: StudyView,
    trial: TrialSnapshot,
    history: StudyHistory,
    model: SpaceModel,
    rng: Rng,
  ): Map<string, number> {
    const others = this.constantLiar ? history.running.filter(({ number }) => number !== trial.number) : [];
    model.update(history.finished, others, this.isMultivariate(study));
    return model.propose(
      history.ranking.best(gamma(history.finished.length, study.directions.length)),
      this.candidates,
      rng,
    );
  }

  private history(study: StudyView): StudyHistory {
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
    `tpe({ ${option}: ${value} }): ${option} must be an integer of at least ${least}.`,
  );
}

/** What each group has of the space, where it has any. */
function partsOf(space: SearchSpace, groups: readonly SearchSpace[]): SearchSpace[] {
  const parts = groups.map((group) => new Map([...group].filter(([name]) => space.has(name))));
  return parts.filter(({ size }) => size > 0);
}
