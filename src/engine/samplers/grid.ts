import { describe, type Distribution, type ParamValue } from "../distribution.js";
import { InvalidArgumentError, TunelensError } from "../errors.js";
import { isTried } from "../trial/fail-reason.js";
import { isEnqueued } from "../trial/enqueued-trial.js";
import { own, type TrialSnapshot, type Json } from "../trial/trial-snapshot.js";
import { checkOptions } from "../option-names.js";
import { MersenneTwister } from "../math/mersenne-twister.js";
import type { Sampler } from "./sampler.js";
import type { StudyView } from "../study/study-view.js";

export interface GridOptions {
  /** Seed of the order in which the points are tried; an integer in [0, 2^32). Default 0. */
  readonly seed?: number;
}

/** The values to try, by flat name. */
export type GridValues = Readonly<Record<string, readonly ParamValue[]>>;

/** More points than anybody will wait for; their order is held in memory. */
const MAX_POINTS = 2 ** 24;
/** Stored with each trial, as Optuna does: which point it tries, of which grid. */
const POINT_KEY = "grid_id";
const GRID_KEY = "search_space";

/**
 * Tries every combination of the given values once, in a shuffled order, and then ends the optimization. Optuna's
 * `GridSampler`: each can continue the other's study with the remaining points if the seed is the same.
 *
 * Every parameter of the objective needs values, and so does every parameter that an enqueued trial leaves out.
 * @throws InvalidArgumentError for a parameter without values, a grid of more than 2^24 points, or an invalid seed.
 */
export function grid(values: GridValues, options: GridOptions = {}): Sampler {
  checkOptions<GridOptions>("grid", options, { seed: true });
  return new GridSampler(values, options.seed ?? 0);
}

class GridSampler implements Sampler {
  readonly name = "GridSampler";
  private readonly names: readonly string[];
  private readonly points: number;
  /** By point id: its place in the product of all values, the last parameter's changing fastest. */
  private readonly order: Uint32Array;

  constructor(
    private readonly values: GridValues,
    seed: number,
  ) {
    this.names = Object.keys(values).sort();
    for (const name of this.names)
      if (values[name]!.length === 0) throw new InvalidArgumentError(`grid: the parameter "${name}" has no values.`);
    if (!Number.isInteger(seed) || seed < 0 || seed >= 2 ** 32)
      throw new InvalidArgumentError(`grid: seed must be an integer of at least 0 and below 2^32, not ${seed}.`);
    this.points = this.names.reduce((product, name) => product * values[name]!.length, 1);
    if (this.points > MAX_POINTS)
      throw new InvalidArgumentError(`grid: ${this.points} points are too many. The maximum is 2^24.`);
    this.order = Uint32Array.from({ length: this.points }, (_, place) => place);
    new MersenneTwister(seed).shuffle(this.order);
  }

  relativeSpace(): ReadonlyMap<string, Distribution> {
    return new Map();
  }

  sampleRelative(): ReadonlyMap<string, ParamValue> {
    return new Map();
  }

  /** Chooses the trial's point: that of its number, or when all have been handed out, one that is not finished. */
  beforeTrial(study: StudyView, trial: TrialSnapshot): void {
    if (POINT_KEY in trial.systemAttrs || isEnqueued(trial)) return;
    const point = trial.number < this.points ? trial.number : this.leftOver(study, trial);
    const sorted = Object.fromEntries(this.names.map((name) => [name, this.values[name]!]));
    study.storage.setTrialSystemAttr(trial.id, GRID_KEY, sorted);
    study.storage.setTrialSystemAttr(trial.id, POINT_KEY, point);
  }

  sampleIndependent(study: StudyView, trial: TrialSnapshot, name: string, distribution: Distribution): ParamValue {
    const values = own(this.values, name);
    const where = `Study "${study.name}", trial ${trial.number}`;
    if (values === undefined)
      throw new TunelensError(
        "not-in-grid",
        `${where}: the grid has no values for "${name}", ${describe(distribution)}. Add them to grid({ … }).`,
      );
    const point = trial.systemAttrs[POINT_KEY];
    if (typeof point !== "number" || this.order[point] === undefined)
      throw new TunelensError(
        "not-in-grid",
        `${where} is not a point of the grid and has no value for "${name}". An enqueued trial must set every parameter.`,
      );
    let place = this.order[point];
    for (const other of this.names.toReversed()) {
      if (other === name) break;
      place = Math.floor(place / this.values[other]!.length);
    }
    return values[place % values.length]!;
  }

  isExhausted(study: StudyView): boolean {
    return this.visited(study).finished.size >= this.points;
  }

  private leftOver(study: StudyView, trial: TrialSnapshot): number {
    const unfinished = this.unfinished(study);
    const candidates = unfinished.length > 0 ? unfinished : Array.from(this.order.keys());
    return candidates[Math.floor(study.rng(trial).next() * candidates.length)]!;
  }

  /** The points nobody has started; where there are none, those nobody has finished. */
  private unfinished(study: StudyView): readonly number[] {
    const { finished, running } = this.visited(study);
    const open = Array.from(this.order.keys()).filter((point) => !finished.has(point));
    const unstarted = open.filter((point) => !running.has(point));
    return unstarted.length > 0 ? unstarted : open;
  }

  private visited(study: StudyView) {
    const [finished, running] = [new Set<number>(), new Set<number>()];
    for (const trial of study.getTrials()) {
      const point = trial.systemAttrs[POINT_KEY];
      if (typeof point !== "number" || !this.isSameGrid(trial.systemAttrs[GRID_KEY])) continue;
      if (isTried(trial)) finished.add(point);
      else if (trial.state === "RUNNING") running.add(point);
    }
    return { finished, running };
  }

  private isSameGrid(stored: Json | undefined): boolean {
    if (typeof stored !== "object" || stored === null || Array.isArray(stored)) return false;
    const theirs = stored as { readonly [name: string]: Json };
    if (Object.keys(theirs).length !== this.names.length) return false;
    return this.names.every((name) => {
      const [ours, other] = [this.values[name]!, theirs[name]];
      return Array.isArray(other) && other.length === ours.length && ours.every((value, i) => value === other[i]);
    });
  }
}
