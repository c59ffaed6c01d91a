import { constraintValues, isFeasible } from "../../constraints.js";
import { toExternal, type Distribution, type ParamValue } from "../../distribution.js";
import type { SearchSpace } from "../../distribution.js";
import { InvalidArgumentError } from "../../errors.js";
import type { FrozenTrial } from "../../frozen-trial.js";
import type { Rng } from "../../math/rng.js";
import { CompletedTrialsSpace } from "../intersection-search-space.js";
import { internalIfValid, sharedRelativeParams, shareRelativeParams } from "../relative-params.js";
import type { Sampler, StudyView } from "../sampler.js";
import { parameterRng, sampleUniform } from "../uniform.js";
import {
  LogBatchExpectedImprovement,
  LogExpectedImprovement,
  LogProbabilityAbove,
  SumOfAcquisitions,
  type Acquisition,
} from "./acquisition.js";
import { fitKernelParams } from "./fit.js";
import type { Points } from "./kernel.js";
import { lastFit, storeFit } from "./last-fit.js";
import { NormalizedSpace } from "./normalized-space.js";
import { optimizeAcquisition } from "./optimize-acquisition.js";
import { GaussianProcess } from "./regression.js";
import { fitOnScale, standardize } from "./scores.js";

export interface GaussianProcessOptions {
  /** COMPLETE trials before proposals stop being random. At least 0; default 10. */
  readonly startupTrials?: number;
  /** The same parameters always give the same value; the model then takes none of its differences for noise. Default false. */
  readonly deterministicObjective?: boolean;
}

/**
 * Bayesian optimisation with a Gaussian process: a model of the objective that knows what it does not know, and the point with the
 * largest expected improvement over the best value so far. It finds more than TPE does in few trials (tens to a few hundred) of
 * numeric parameters; the time a proposal takes grows with the cube of the number of trials.
 *
 * The model is that of Optuna 5.0's `GPSampler`: Matérn 5/2 with a lengthscale per parameter, choices by whether they are equal;
 * its parameters at their posterior's maximum. One thing is added: where the objective is orders of magnitude worse in places than near
 * its best, differences among bad values are made small, if the model then explains what was observed better. COMPLETE trials count; PRUNED and FAIL ones do not. Where other trials run, the
 * improvement is that of the batch they make up together with the new one. Constraints have models of their own: the probability that
 * all are satisfied counts as much as the improvement.
 *
 * For one objective. Parameters that not all COMPLETE trials have are random.
 *
 * Ament et al., "Unexpected Improvements to Expected Improvement for Bayesian Optimization" (NeurIPS 2023); Gardner et al., "Bayesian
 * Optimization with Inequality Constraints" (ICML 2014).
 * @throws InvalidArgumentError for an option out of its range; when a trial asks, for a study with several objectives.
 */
export function gaussianProcess(options: GaussianProcessOptions = {}): Sampler {
  return new GaussianProcessSampler(options);
}

/** Trials that a model is made of. */
interface Observation {
  readonly trial: FrozenTrial;
  readonly point: Float64Array;
}

const ATTRIBUTE_PREFIX = "gp";

class GaussianProcessSampler implements Sampler {
  readonly name = "GPSampler";
  private readonly startupTrials: number;
  private readonly deterministic: boolean;
  private readonly spaces = new CompletedTrialsSpace();

  constructor({ startupTrials = 10, deterministicObjective = false }: GaussianProcessOptions) {
    if (!Number.isInteger(startupTrials) || startupTrials < 0)
      throw new InvalidArgumentError(
        `gaussianProcess: startupTrials must be a whole number from 0, not ${startupTrials}.`,
      );
    this.startupTrials = startupTrials;
    this.deterministic = deterministicObjective;
  }

  relativeSpace(study: StudyView): SearchSpace {
    if (study.directions.length > 1)
      throw new InvalidArgumentError(
        `Study "${study.name}" has ${study.directions.length} objectives; gaussianProcess is for one objective: use tpe or nsga2.`,
      );
    return this.spaces.of(study);
  }

  sampleRelative(study: StudyView, trial: FrozenTrial, space: SearchSpace): ReadonlyMap<string, ParamValue> {
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

  sampleIndependent(study: StudyView, trial: FrozenTrial, name: string, distribution: Distribution): ParamValue {
    return sampleUniform(distribution, parameterRng(study, trial, name));
  }

  private propose(
    study: StudyView,
    trial: FrozenTrial,
    space: NormalizedSpace,
    observations: readonly Observation[],
  ): Map<string, number> {
    const rng = parameterRng(study, trial, "");
    const sign = study.directions[0] === "minimize" ? -1 : 1;
    const values = observations.map((observation) => sign * observation.trial.values![0]!);
    const points = pointsOf(observations, space);
    const { deterministic } = this;
    const last = lastFit(study, trial, space.width);
    const fit = fitOnScale(points, values, last?.scale, { start: last?.params, deterministic });
    storeFit(study, trial, fit);

    const { scores, params } = fit;
    const pending = pendingPoints(study, trial, space);
    const process = new GaussianProcess(points, scores, params, pending);
    const constraints = constraintModels(observations, space, deterministic);
    const best = bestFeasible(observations, scores);
    const improvement = best === undefined ? [] : [improvementOver(scores[best]!, process, rng)];
    const acquisition = new SumOfAcquisitions([...improvement, ...constraints]);
    const lengthscales = params.inverseSquaredLengthscales.map((weight) => 1 / Math.sqrt(weight));
    const starts = best === undefined ? [] : [observations[best]!.point];
    return space.denormalize(optimizeAcquisition(acquisition, space, lengthscales, starts, points.count, rng));
  }
}

function improvementOver(threshold: number, process: GaussianProcess, rng: Rng): Acquisition {
  return process.count > process.observedCount
    ? new LogBatchExpectedImprovement(process, threshold, rng)
    : new LogExpectedImprovement(process, threshold);
}

function observationsOf(trials: readonly FrozenTrial[], space: NormalizedSpace): Observation[] {
  return trials.flatMap((trial) => {
    const point = space.normalize((name) => trial.internalParams[name]);
    return point ? [{ trial, point }] : [];
  });
}

/** Where other trials run: what they asked for so far, and what they were given together. */
function pendingPoints(study: StudyView, trial: FrozenTrial, space: NormalizedSpace): Points | undefined {
  const observations = study.getTrials(["RUNNING"]).flatMap((running) => {
    if (running.number === trial.number) return [];
    const shared = sharedRelativeParams(running, ATTRIBUTE_PREFIX);
    const point = space.normalize(
      (name, distribution) => running.internalParams[name] ?? internalIfValid(distribution, shared[name]),
    );
    return point ? [{ trial: running, point }] : [];
  });
  return observations.length > 0 ? pointsOf(observations, space) : undefined;
}

function pointsOf(observations: readonly Observation[], space: NormalizedSpace): Points {
  const { width, numericCount } = space;
  const values = new Float64Array(observations.length * width);
  observations.forEach(({ point }, i) => values.set(point, i * width));
  return { values, count: observations.length, width, numericCount };
}

/** The index of the best trial that satisfies its constraints. */
function bestFeasible(observations: readonly Observation[], scores: Float64Array): number | undefined {
  let best: number | undefined;
  for (const [i, { trial }] of observations.entries())
    if (isFeasible(trial) && (best === undefined || scores[i]! > scores[best]!)) best = i;
  return best;
}

/** For each constraint that trials have, of those that have it: the probability that it is satisfied. */
function constraintModels(
  observations: readonly Observation[],
  space: NormalizedSpace,
  deterministic: boolean,
): Acquisition[] {
  const values = observations.map(({ trial }) => constraintValues(trial));
  const keys = [...new Set(values.flatMap(Object.keys))].sort();
  return keys.map((key) => {
    const known = observations.filter((_, i) => values[i]![key] !== undefined);
    const points = pointsOf(known, space);
    const slack = standardize(known.map(({ trial }) => -constraintValues(trial)[key]!));
    const { params } = fitKernelParams(points, slack.values, { deterministic });
    return new LogProbabilityAbove(new GaussianProcess(points, slack.values, params), -slack.mean / slack.deviation);
  });
}
