import { inverseLogNormalCdf } from "../../math/normal.js";
import type { Rng } from "../../math/rng.js";
import { SOBOL_DIMENSIONS, SobolSequence } from "../../math/sobol.js";
import { LogExpectedImprovement, LogProbabilityAbove, SumOfAcquisitions, type Acquisition } from "./acquisition.js";
import type { KernelParams, Points } from "../../gaussian-process/kernel.js";
import { GaussianProcess } from "../../gaussian-process/regression.js";
import { LogMeanUtility, logSatisfaction, SampledProcess, type SampledConstraint } from "./sampled-acquisition.js";
import { boxesBeyond, HypervolumeImprovement, Improvement, referenceLoss } from "./utility.js";

/** What is known of an objective, or of the slack of a constraint; larger is better. */
export interface Model {
  readonly points: Points;
  readonly scores: Float64Array;
  readonly params: KernelParams;
  /** What a candidate for a single objective is to improve on: the best of the scores (default, as Optuna has it), or of their means. */
  readonly improveOn?: "scores" | "means";
}

export interface ConstraintModel extends Model {
  /** It is satisfied where its slack exceeds this. */
  readonly threshold: number;
}

export interface Models {
  /** One or more, of the same points. */
  readonly objectives: readonly Model[];
  readonly constraints: readonly ConstraintModel[];
  /** By observation of the objectives, whether it satisfies all constraints. */
  readonly feasible: readonly boolean[];
  /** Where other trials run. */
  readonly pending: Points | undefined;
}

/** Gives for each of so many models as many rows, of that width, of standard normal draws: of what running trials and a candidate will give. */
export type Draw = (models: number, width: number) => Float64Array[];

/** So many draws, and where models of many observations make each dear. */
const SAMPLES = 128;
const FEW_SAMPLES = 64;

/**
 * How promising a candidate is, as Optuna 5.0 has it: the expected improvement over the best feasible value, or of the hypervolume
 * that the feasible trials dominate; with running trials, of all of them and the candidate together; times the probability that the
 * constraints are satisfied. Where nothing is feasible yet, that probability alone.
 */
export function chooseAcquisition(models: Models, draw: Draw): Acquisition {
  const { objectives, constraints, feasible, pending } = models;
  const probabilities = () =>
    constraints.map((model) => new LogProbabilityAbove(processOf(model, undefined), model.threshold));
  if (objectives.length === 1) {
    if (pending) return batchImprovement(models, draw);
    const process = processOf(objectives[0]!, undefined);
    const best = bestKnown(models, process);
    const improvement = best === -Infinity ? [] : [new LogExpectedImprovement(process, best)];
    return new SumOfAcquisitions([...improvement, ...probabilities()]);
  }
  if (!feasible.includes(true)) return new SumOfAcquisitions(probabilities());
  if (pending) return batchHypervolumeImprovement(models, draw);
  const scores = feasibleScores(models);
  const boxes = boxesBeyond(scores, referenceLoss(scores));
  const { sampledObjectives } = sample({ ...models, constraints: [] }, draw);
  return new SumOfAcquisitions([
    new LogMeanUtility(sampledObjectives, new HypervolumeImprovement(boxes)),
    ...probabilities(),
  ]);
}

/** The best of a running trial and the candidate, where each counts as far as it satisfies the constraints (Ament et al., equation 10). */
function batchImprovement(models: Models, draw: Draw): Acquisition {
  const { sampledObjectives, sampledConstraints } = sample(models, draw);
  const [objective] = sampledObjectives;
  const utility = new Improvement(bestKnown(models, objective!.process));
  const floor = Float64Array.from({ length: objective!.samples }, (_, i) => {
    let best = -Infinity;
    for (let r = 0; r < objective!.pendingCount; r++) {
      let here = utility.logUtility(i, Float64Array.of(objective!.pendingValue(i, r)));
      for (const constraint of sampledConstraints)
        here += logSatisfaction(constraint.slack.pendingValue(i, r), constraint.threshold);
      best = Math.max(best, here);
    }
    return best;
  });
  return new LogMeanUtility(sampledObjectives, utility, sampledConstraints, floor);
}

/** What the candidate adds to the hypervolume after the running trials have added theirs, where they satisfy the constraints. */
function batchHypervolumeImprovement(models: Models, draw: Draw): Acquisition {
  const { sampledObjectives, sampledConstraints } = sample(models, draw);
  const scores = feasibleScores(models);
  const reference = referenceLoss(scores);
  const boxes = Array.from({ length: sampledObjectives[0]!.samples }, (_, i) => {
    const expected = Array.from({ length: models.pending!.count }, (_, r) => r)
      .filter((r) => sampledConstraints.every(({ slack, threshold }) => slack.pendingValue(i, r) >= threshold))
      .map((r) => sampledObjectives.map((objective) => objective.pendingValue(i, r)));
    return boxesBeyond([...scores, ...expected], reference);
  });
  return new LogMeanUtility(sampledObjectives, new HypervolumeImprovement(boxes), sampledConstraints);
}

/** What a candidate is to improve on; -Infinity where nothing is feasible. */
function bestKnown({ objectives, feasible }: Models, process: GaussianProcess): number {
  const { scores, improveOn } = objectives[0]!;
  const values = improveOn === "means" ? process.observedMeans(scores) : scores;
  return values.reduce((most, value, i) => (feasible[i] ? Math.max(most, value) : most), -Infinity);
}

function feasibleScores({ objectives, feasible }: Models): number[][] {
  return feasible.flatMap((is, i) => (is ? [objectives.map(({ scores }) => scores[i]!)] : []));
}

function processOf({ points, scores, params }: Model, pending: Points | undefined): GaussianProcess {
  return new GaussianProcess(points, scores, params, pending);
}

function sample({ objectives, constraints, pending }: Models, draw: Draw) {
  const width = (pending?.count ?? 0) + 1;
  const models = [...objectives, ...constraints];
  const draws = draw(models.length, width);
  const sampled = models.map((model, i) => new SampledProcess(processOf(model, pending), draws[i]!));
  const slacks = sampled.slice(objectives.length);
  return {
    sampledObjectives: sampled.slice(0, objectives.length),
    sampledConstraints: constraints.map(({ threshold }, i): SampledConstraint => ({ slack: slacks[i]!, threshold })),
  };
}

/**
 * Quasi-random, and the same for all candidates; more dimensions than Sobol's sequence has are random.
 * @param isDear whether they are many observations that the models are made of.
 */
export function normalDraws(rng: Rng, isDear: boolean): Draw {
  const samples = isDear ? FEW_SAMPLES : SAMPLES;
  return (models, width) => {
    const dimensions = models * width;
    const sequence = new SobolSequence(Math.min(dimensions, SOBOL_DIMENSIONS), rng);
    const draws = Array.from({ length: models }, () => new Float64Array(samples * width));
    for (let i = 0; i < samples; i++) {
      const point = sequence.point(i);
      for (let k = 0; k < dimensions; k++)
        draws[Math.floor(k / width)]![i * width + (k % width)] = normalQuantile(point[k] ?? rng.next());
    }
    return draws;
  };
}

function normalQuantile(quantile: number): number {
  if (quantile > 0.5) return -normalQuantile(1 - quantile);
  return inverseLogNormalCdf(Math.log(Math.max(quantile, 2 ** -31)));
}
