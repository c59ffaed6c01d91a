import { isSingle, sameDistribution, toExternal } from "../../distribution.js";
import type { Distribution, ParamValue, SearchSpace } from "../../distribution.js";
import { InvalidArgumentError } from "../../errors.js";
import { isEnqueued } from "../../trial/enqueued-trial.js";
import { lastStep, type TrialSnapshot, type TrialState } from "../../trial/trial-snapshot.js";
import { checkWhole } from "../../number-options.js";
import { checkOptions } from "../../option-names.js";
import { random } from "../random.js";
import type { Sampler } from "../sampler.js";
import type { StudyView } from "../../study/study-view.js";
import { parameterRng } from "../uniform.js";
import { DiagonalCovariance } from "./diagonal-covariance.js";
import { drawWithinBounds, type EvolutionStrategy, type Normal, type Solution } from "./evolution-strategy.js";
import { FullCovariance } from "./full-covariance.js";
import { Generations } from "./generations.js";
import { WithMargin } from "./margin.js";
import { UnitCube } from "./unit-cube.js";
import { warmStart } from "./warm-start.js";

export interface CmaEsOptions {
  /** The starting point, by flat name, in each parameter's own units. Default (also for missing parameters): the middle of the range. */
  readonly x0?: Readonly<Record<string, number>>;
  /** The initial standard deviation, above 0, if each parameter's range is 1. Default 1/6. */
  readonly sigma0?: number;
  /** Trials that must have finished before this sampler proposes. At least 0; default 1. */
  readonly startupTrials?: number;
  /** Samples the first trials, choices, and parameters that not all trials have. Default: random. */
  readonly independentSampler?: Sampler;
  /** Trials in a generation, at least 2. Default 4 + ⌊3 ln n⌋ for n parameters. */
  readonly populationSize?: number;
  /** Treats parameters as independent, which is faster with many. Ignored for a single parameter. Default false. */
  readonly separable?: boolean;
  /** Keeps integers and stepped parameters from settling on a value too early. Default false. */
  readonly withMargin?: boolean;
  /** Slows learning down if the objective is noisy or has many optima. Default false. */
  readonly learningRateAdaptation?: boolean;
  /** Trials of a similar study, to start where its best ones were; those without all parameters are ignored. Cannot be combined with `x0` and `sigma0`. */
  readonly sourceTrials?: readonly TrialSnapshot[];
  /** Includes PRUNED trials with their last reported value: useful with Hyperband, not with the median pruner. Default false. */
  readonly considerPrunedTrials?: boolean;
}

/** Where the point drawn for a trial is kept, under Optuna's name, where the margin makes it another than the one tried. */
const DRAWN_KEY = "x_for_tell";
const LEAST_SIGMA = 1e-10;

/**
 * CMA-ES: a normal distribution over the numeric parameters that moves and reshapes toward the better half of each generation of trials.
 * Given the same trials, the distribution is that of Optuna 5's `CmaEsSampler`. For one objective.
 *
 * The distribution is restored from the finished trials, whose attributes record their generation, so that a resumed study continues
 * exactly and several processes share one distribution.
 *
 * Hansen, "The CMA Evolution Strategy: A Tutorial", arXiv:1604.00772. `separable`: Ros and Hansen, PPSN 2008. `withMargin`: Hamano et al.,
 * GECCO 2022. `learningRateAdaptation`: Nomura et al., GECCO 2023. `sourceTrials`: Nomura et al., AAAI 2021.
 * @throws InvalidArgumentError for an option out of its range or options that cannot be combined; when a trial asks, for a study with
 * several objectives, an `x0` outside its range, or `sourceTrials` none of which has all parameters.
 */
export function cmaEs(options: CmaEsOptions = {}): Sampler {
  checkOptions<CmaEsOptions>("cmaEs", options, {
    x0: true,
    sigma0: true,
    startupTrials: true,
    independentSampler: true,
    populationSize: true,
    separable: true,
    withMargin: true,
    learningRateAdaptation: true,
    sourceTrials: true,
    considerPrunedTrials: true,
  });
  return new CmaEsSampler(options);
}

/** What is known of one study. */
interface History {
  readonly generations: Generations;
  evolution?: Evolution;
}

/** A distribution, as far as the generations have moved it. */
interface Evolution {
  readonly space: SearchSpace;
  readonly cube: UnitCube;
  readonly strategy: EvolutionStrategy;
  readonly revision: number;
  generation: number;
}

class CmaEsSampler implements Sampler {
  readonly name = "CmaEsSampler";
  private readonly startupTrials: number;
  private readonly independent: Sampler;
  private readonly histories = new WeakMap<StudyView, History>();

  constructor(private readonly options: CmaEsOptions) {
    checkValues(options);
    this.startupTrials = options.startupTrials ?? 1;
    this.independent = options.independentSampler ?? random();
  }

  relativeSpace(study: StudyView): SearchSpace {
    checkObjectives(study);
    const { space } = this.history(study).generations;
    return new Map([...space].filter(([, d]) => d.type !== "categorical" && !isSingle(d)));
  }

  sampleRelative(study: StudyView, trial: TrialSnapshot, space: SearchSpace): ReadonlyMap<string, ParamValue> {
    const history = this.history(study);
    const { generations } = history;
    if (generations.finishedCount < this.startupTrials) return new Map();
    const evolution = this.evolution(study, history, space);
    this.moveOn(study, trial, generations, evolution);
    const { strategy, cube } = evolution;
    const drawn = drawWithinBounds(strategy, parameterRng(study, trial, ""));
    if (strategy.decode !== undefined) study.storage.setTrialSystemAttr(trial.id, DRAWN_KEY, [...drawn]);
    generations.assign(study, trial, evolution.generation);
    const params = cube.params(strategy.decode?.(drawn) ?? drawn);
    return new Map([...params].map(([name, internal]) => [name, toExternal(space.get(name)!, internal)]));
  }

  sampleIndependent(study: StudyView, trial: TrialSnapshot, name: string, distribution: Distribution): ParamValue {
    checkObjectives(study);
    return this.independent.sampleIndependent(study, trial, name, distribution);
  }

  beforeTrial(study: StudyView, trial: TrialSnapshot): void {
    this.independent.beforeTrial?.(study, trial);
  }

  afterTrial(study: StudyView, trial: TrialSnapshot, state: TrialState, values: readonly number[] | null): void {
    this.independent.afterTrial?.(study, trial, state, values);
  }

  private history(study: StudyView): History {
    let history = this.histories.get(study);
    if (history === undefined) {
      const { separable = false, withMargin = false, considerPrunedTrials = false } = this.options;
      const prefix = separable ? "sepcma:" : withMargin ? "cmawm:" : "cma:";
      this.histories.set(study, (history = { generations: new Generations(prefix, considerPrunedTrials) }));
    }
    history.generations.refresh(study);
    return history;
  }

  /** The one known, unless it turned out to be of another space or of other trials. */
  private evolution(study: StudyView, history: History, space: SearchSpace): Evolution {
    const known = history.evolution;
    const { revision } = history.generations;
    if (known?.revision === revision && sameSpace(known.space, space)) return known;
    const cube = new UnitCube(space, this.options.withMargin ?? false);
    return (history.evolution = { space, cube, strategy: this.begin(study, cube), revision, generation: 0 });
  }

  /** Updates the distribution by every generation that has all its trials; the last such update is the trial's to record. */
  private moveOn(study: StudyView, trial: TrialSnapshot, generations: Generations, evolution: Evolution): void {
    let unrecorded: readonly number[] | undefined;
    for (; ; evolution.generation++) {
      const members = this.members(study, generations.of(evolution.generation), evolution.cube);
      const size = evolution.strategy.populationSize;
      if (members.size < size) break;
      const recorded = generations.updatedFrom(evolution.generation);
      const isUsable = recorded !== undefined && recorded.length >= size && recorded.every((n) => members.has(n));
      const numbers = (isUsable ? recorded : [...members.keys()]).slice(0, size);
      evolution.strategy.tell(numbers.map((number) => members.get(number)!));
      unrecorded = recorded === undefined ? numbers : undefined;
    }
    if (unrecorded !== undefined) generations.recordUpdate(study, trial, evolution.generation - 1, unrecorded);
  }

  private members(study: StudyView, numbers: readonly number[], cube: UnitCube): ReadonlyMap<number, Solution> {
    const trials = study.getTrials();
    const members = new Map<number, Solution>();
    for (const number of numbers) {
      const point = this.told(trials[number]!, cube);
      if (point !== undefined) members.set(number, { point, loss: lossOf(study, trials[number]!) });
    }
    return members;
  }

  /** The point by which a trial counts. */
  private told(trial: TrialSnapshot, cube: UnitCube): Float64Array | undefined {
    const drawn = trial.systemAttrs[DRAWN_KEY];
    const point = cube.point(trial.internalParams);
    const wasTried = this.options.withMargin === true && !isEnqueued(trial);
    if (point === undefined || !wasTried || !Array.isArray(drawn) || drawn.length !== cube.dimensions) return point;
    return Float64Array.from(drawn, Number);
  }

  private begin(study: StudyView, cube: UnitCube): EvolutionStrategy {
    const { populationSize, separable, withMargin, learningRateAdaptation } = this.options;
    const start = this.start(study, cube);
    if (separable && cube.dimensions > 1) return new DiagonalCovariance(start, populationSize);
    if (withMargin) return new WithMargin(start, cube.counts, populationSize);
    return new FullCovariance(start, { populationSize, learningRateAdaptation });
  }

  private start(study: StudyView, cube: UnitCube): Normal {
    const { x0 = {}, sigma0 = 1 / 6, sourceTrials } = this.options;
    if (sourceTrials === undefined) return { mean: cube.startingPoint(x0), sigma: Math.max(sigma0, LEAST_SIGMA) };
    const solutions = sourceTrials.flatMap((trial) => {
      const point = this.countsAsSource(trial) ? cube.point(trial.internalParams) : undefined;
      return point === undefined ? [] : [{ point, loss: lossOf(study, trial) }];
    });
    if (solutions.length > 0) return warmStart(solutions);
    throw new InvalidArgumentError(
      `cmaEs: none of the ${sourceTrials.length} sourceTrials is a finished trial with all of ${cube.names.join(", ")}.`,
    );
  }

  private countsAsSource({ state, intermediateValues }: TrialSnapshot): boolean {
    if (state === "COMPLETE") return true;
    return this.options.considerPrunedTrials === true && state === "PRUNED" && intermediateValues.size > 0;
  }
}

/** Lower is better. A PRUNED trial counts by its last reported value; NaN is the worst there is. */
function lossOf(study: StudyView, trial: TrialSnapshot): number {
  const value = trial.state === "PRUNED" ? trial.intermediateValues.get(lastStep(trial)!)! : trial.values![0]!;
  if (Number.isNaN(value)) return Infinity;
  return study.directions[0] === "maximize" ? -value : value;
}

function sameSpace(a: SearchSpace, b: SearchSpace): boolean {
  if (a.size !== b.size) return false;
  return [...a].every(([name, distribution]) => {
    const other = b.get(name);
    return other !== undefined && (other === distribution || sameDistribution(other, distribution));
  });
}

function checkObjectives({ name, directions }: StudyView): void {
  if (directions.length === 1) return;
  throw new InvalidArgumentError(
    `cmaEs supports one objective, but study "${name}" has ${directions.length}. Use nsga2, nsga3, or tpe.`,
  );
}

function checkValues(options: CmaEsOptions): void {
  const { x0, sigma0, startupTrials = 1, populationSize, separable, withMargin, sourceTrials } = options;
  const fail = (reason: string): never => {
    throw new InvalidArgumentError(`cmaEs: ${reason}.`);
  };
  checkWhole("cmaEs", "startupTrials", startupTrials, 0);
  if (populationSize !== undefined) checkWhole("cmaEs", "populationSize", populationSize, 2);
  if (sigma0 !== undefined && !(sigma0 > 0 && Number.isFinite(sigma0)))
    fail(`sigma0 must be a finite number above 0, not ${sigma0}`);
  if (sourceTrials !== undefined && (x0 !== undefined || sigma0 !== undefined))
    fail("sourceTrials cannot be combined with x0 and sigma0");
  if (sourceTrials !== undefined && separable) fail("sourceTrials cannot be combined with separable");
  if (separable && withMargin) fail("separable cannot be combined with withMargin");
  if (options.learningRateAdaptation && (separable || withMargin))
    fail("learningRateAdaptation cannot be combined with separable or withMargin");
}
