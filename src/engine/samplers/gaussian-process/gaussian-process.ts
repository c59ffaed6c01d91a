import { constraintValues, isFeasible } from "../../trial/constraints.js";
import { toExternal, type Distribution, type ParamValue } from "../../distribution.js";
import type { SearchSpace } from "../../distribution.js";
import type { TrialSnapshot } from "../../trial/trial-snapshot.js";
import { checkWhole } from "../../number-options.js";
import { checkOptions } from "../../option-names.js";
import type { Rng } from "../../math/rng.js";
import { paretoFront } from "../../multi-objective/non-domination.js";
import { CompletedTrialsSpace } from "../../intersection-search-space.js";
import { shareRelativeParams } from "../relative-params.js";
import type { Sampler } from "../sampler.js";
import { findBestTrial } from "../../study/best-trials.js";
import type { StudyView } from "../../study/study-view.js";
import { parameterRng, sampleUniform } from "../uniform.js";
import { chooseAcquisition, normalDraws, type ConstraintModel, type Model, type Models } from "./choose-acquisition.js";
import { fitKernelParams } from "../../gaussian-process/fit.js";
import { leaveDoubtedBound } from "./doubted-bound.js";
import { lastFit, storeFit } from "./last-fit.js";
import { NormalizedSpace } from "../../gaussian-process/normalized-space.js";
import { ATTRIBUTE_PREFIX, observationsOf, pendingPoints, type Observation } from "./observations.js";
import { areVeryMany, optimizeAcquisition } from "./optimize-acquisition.js";
import { UnseenFirst } from "./unseen.js";
import { fitOnScale, standardize } from "../../gaussian-process/scores.js";

export interface GaussianProcessOptions {
  /** Number of COMPLETE trials before proposals stop being random. At least 0; default 10. */
  readonly startupTrials?: number;
  /** Whether the same parameters always give the same values. The models then assume no noise. Default false. */
  readonly deterministicObjective?: boolean;
}

/**
 * Bayesian optimization with a Gaussian process: a model of the objective that quantifies its own uncertainty proposes the point with the
 * largest expected improvement over the best value so far. It finds more than TPE in few trials (tens to a few hundred). The time for a proposal grows with the cube of the number of trials.
 *
 * The model is that of Optuna 5.0's `GPSampler`: Matérn 5/2 with a lengthscale per parameter (choices are compared for equality), fitted by
 * maximum a posteriori. Additions: for one objective, if values get worse by orders of magnitude, it compresses poor values when that
 * improves the fit; otherwise, the improvement is over the best value without its noise; and it doubts a bound near which most of the last
 * trials are. Of choices and steps alone, it tries no combination twice while others are left. COMPLETE trials count; PRUNED and FAIL ones do not. While other trials run, the improvement is that of the whole batch.
 * Each constraint has its own model; the improvement is weighted by the probability that all are satisfied.
 *
 * With several objectives, each has a model, and the improvement is that of the hypervolume, over 128 quasi-random draws from the models.
 * With more than four objectives, computing the hypervolume is slow.
 *
 * Parameters that not all COMPLETE trials have are sampled at random.
 *
 * Ament et al., "Unexpected Improvements to Expected Improvement for Bayesian Optimization" (NeurIPS 2023); Daulton, Balandat, Bakshy,
 * "Differentiable Expected Hypervolume Improvement for Parallel Multi-Objective Bayesian Optimization" (NeurIPS 2020); Gardner et al.,
 * "Bayesian Optimization with Inequality Constraints" (ICML 2014).
 * @throws InvalidArgumentError for an option out of its range.
 */
export function gaussianProcess(options: GaussianProcessOptions = {}): Sampler {
  checkOptions<GaussianProcessOptions>("gaussianProcess", options, {
    startupTrials: true,
    deterministicObjective: true,
  });
  return new GaussianProcessSampler(options);
}

/** With several objectives, the search for a proposal begins at so many points of the Pareto front, too. */
const MAX_FRONT_STARTS = 5;
/** Of more, the models of several objectives are fitted anew in turn, one with each trial: they change little. */
const FEW_OBSERVATIONS = 100;

class GaussianProcessSampler implements Sampler {
  readonly name = "GPSampler";
  private readonly startupTrials: number;
  private readonly deterministic: boolean;
  private readonly spaces = new CompletedTrialsSpace();

  constructor({ startupTrials = 10, deterministicObjective = false }: GaussianProcessOptions) {
    checkWhole("gaussianProcess", "startupTrials", startupTrials, 0);
    this.startupTrials = startupTrials;
    this.deterministic = deterministicObjective;
  }

  relativeSpace(study: StudyView): SearchSpace {
    return this.spaces.of(study);
  }

  sampleRelative(study: StudyView, trial: TrialSnapshot, space: SearchSpace): ReadonlyMap<string, ParamValue> {
    const complete = study.getTrials(["COMPLETE"]);
    if (complete.length < Math.max(this.startupTrials, 1)) return new Map();
    const normalized = new NormalizedSpace(space);
    const observations = observationsOf(complete, normalized);
    if (observations.length === 0) return new Map();
    const internal = this.propose(study, trial, normalized, observations);
    const params = new Map([...space].map(([name, d]) => [name, toExternal(d, internal.get(name)!)]));
    shareRelativeParams(study.storage, trial.id, params, ATTRIBUTE_PREFIX);
    return params;
  }

  sampleIndependent(study: StudyView, trial: TrialSnapshot, name: string, distribution: Distribution): ParamValue {
    return sampleUniform(distribution, parameterRng(study, trial, name));
  }

  private propose(
    study: StudyView,
    trial: TrialSnapshot,
    space: NormalizedSpace,
    observations: readonly Observation[],
  ): Map<string, number> {
    const rng = parameterRng(study, trial, "");
    const best = bestFeasible(study, observations);
    const off = best && leaveDoubtedBound(observations, best, space, rng);
    if (off) return space.denormalize(off);
    const fits = new Fits(study, trial, space, this.deterministic);
    const models: Models = {
      objectives: telling(study.directions.map((_, index) => fits.objective(observations, index))),
      constraints: fits.constraints(observations),
      feasible: observations.map((observation) => isFeasible(observation.trial)),
      pending: pendingPoints(study, trial, space),
    };
    const observed = observations.length * models.objectives.length;
    const chosen = chooseAcquisition(models, normalDraws(rng, areVeryMany(observed)));
    const seen = observations.map(({ point }) => point);
    const acquisition = space.continuousCount > 0 ? chosen : new UnseenFirst(chosen, seen);
    const starts = bestPoints(observations, models, rng);
    const lengthscales = meanLengthscales(models.objectives);
    return space.denormalize(optimizeAcquisition(acquisition, space, lengthscales, starts, observed, rng));
  }
}

/** Fits the models of a proposal, each from where its last fit ended. */
class Fits {
  constructor(
    private readonly study: StudyView,
    private readonly trial: TrialSnapshot,
    private readonly space: NormalizedSpace,
    private readonly deterministic: boolean,
  ) {}

  /** A single objective on the scale that suits it; of several the differences count as they are, for the hypervolume. */
  objective(observations: readonly Observation[], index: number): Model {
    const { directions } = this.study;
    const sign = directions[index] === "minimize" ? -1 : 1;
    const values = observations.map(({ trial }) => sign * trial.values![index]!);
    const points = this.space.inRows(observations.map(({ point }) => point));
    const name = String(index);
    if (directions.length > 1) {
      const isDue = observations.length <= FEW_OBSERVATIONS || observations.length % directions.length === index;
      return this.plain(name, points, standardize(values).values, isDue);
    }
    const { deterministic } = this;
    const last = lastFit(this.study, this.trial, name, this.space.width);
    const fit = fitOnScale(points, values, last?.scale, { start: last?.params, deterministic });
    storeFit(this.study, this.trial, name, fit);
    // The compressed scale tells the best apart from the good, which a mean would take for noise.
    const improveOn = fit.scale === "plain" ? "means" : "scores";
    return { points, scores: fit.scores, params: fit.params, improveOn };
  }

  /** For each constraint that trials have, of those that have it: by how much it is satisfied. */
  constraints(observations: readonly Observation[]): ConstraintModel[] {
    const values = observations.map(({ trial }) => constraintValues(trial));
    const keys = [...new Set(values.flatMap(Object.keys))].sort();
    return keys.map((key) => {
      const known = observations.filter((_, i) => values[i]![key] !== undefined);
      const slack = standardize(known.map(({ trial }) => -constraintValues(trial)[key]!));
      const model = this.plain(`constraint:${key}`, this.space.inRows(known.map(({ point }) => point)), slack.values);
      return { ...model, threshold: -slack.mean / slack.deviation };
    });
  }

  /** @param isDue whether the parameters are fitted anew where there are some. */
  private plain(name: string, points: Model["points"], scores: Float64Array, isDue = true): Model {
    const { study, trial, space, deterministic } = this;
    const start = lastFit(study, trial, name, space.width)?.params;
    if (start && !isDue) return { points, scores, params: start };
    const { params } = fitKernelParams(points, scores, { start, deterministic });
    storeFit(study, trial, name, { scale: "plain", params });
    return { points, scores, params };
  }
}

/** Without those objectives that are the same everywhere: they would leave no hypervolume to gain, or any. At least one. */
function telling(objectives: readonly Model[]): readonly Model[] {
  const varying = objectives.filter(({ scores }) => scores.some((score) => score !== scores[0]));
  return varying.length > 0 ? varying : objectives.slice(0, 1);
}

/** Of a single objective; `undefined` where nothing is feasible. */
function bestFeasible(study: StudyView, observations: readonly Observation[]): Float64Array | undefined {
  if (study.directions.length > 1) return undefined;
  const trials = observations.map(({ trial }) => trial);
  const best = findBestTrial(trials, study.directions[0]!);
  return observations.find(({ trial }) => trial === best)?.point;
}

/** The best feasible point; of several objectives, some of the Pareto front. */
function bestPoints(observations: readonly Observation[], { objectives, feasible }: Models, rng: Rng): Float64Array[] {
  const candidates = observations.flatMap(({ point }, i) =>
    feasible[i] ? [{ point, losses: objectives.map(({ scores }) => -scores[i]!) }] : [],
  );
  const onFront = paretoFront(candidates.map(({ losses }) => losses));
  const front = candidates.filter((_, i) => onFront[i]).map(({ point }) => point);
  if (objectives.length === 1) return front.slice(0, 1);
  const chosen: Float64Array[] = [];
  while (chosen.length < MAX_FRONT_STARTS && front.length > 0)
    chosen.push(...front.splice(Math.floor(rng.next() * front.length), 1));
  return chosen;
}

function meanLengthscales(models: readonly Model[]): Float64Array {
  const mean = new Float64Array(models[0]!.params.inverseSquaredLengthscales.length);
  for (const { params } of models)
    params.inverseSquaredLengthscales.forEach((weight, k) => (mean[k]! += 1 / Math.sqrt(weight) / models.length));
  return mean;
}
