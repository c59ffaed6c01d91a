import { InvalidArgumentError } from "../../engine/errors.js";
import { boxVolume, hypervolume as volumeOf, worseOfEach } from "../../engine/multi-objective/hypervolume.js";
import { type Loss, toLoss } from "../../engine/multi-objective/losses.js";
import { isFeasible } from "../../engine/trial/constraints.js";
import type { TrialSnapshot } from "../../engine/trial/trial-snapshot.js";
import { toWire } from "../../protocol/wire.js";
import type { ChartMaker, ChartSource } from "./chart-maker.js";
import { countComplete } from "./count-complete.js";
import { downsample } from "./downsample.js";

const MAX_POINTS = 2_000;

/** What Optuna's `plot_hypervolume_history` shows. */
export const hypervolume: ChartMaker<"hypervolume"> = {
  isSlow: true,
  needsHeadsOnly: true,
  make(source, { reference = worstValues(source) }) {
    const { name, directions } = source.study;
    if (reference.length !== directions.length && reference.length > 0)
      throw new InvalidArgumentError(
        `The reference point needs ${directions.length} values, one per objective of study "${name}", not ${reference.length}.`,
      );
    const complete = source.trials.filter(({ state, values }) => state === "COMPLETE" && values !== null);
    const growing = new GrowingVolume(toLoss(reference, directions));
    const steps = complete.flatMap((trial, i): { number: number; volume: number }[] => {
      const grew = isFeasible(trial) && growing.add(toLoss(trial.values!, directions));
      const isEnd = i === 0 || i === complete.length - 1;
      return grew || isEnd ? [{ number: trial.number, volume: growing.volume }] : [];
    });
    const points = downsample(steps, MAX_POINTS, ({ volume }) => volume);
    return {
      reference: reference.map(toWire),
      trials: complete.length,
      points: points.map(({ number, volume }) => [number, toWire(volume)]),
    };
  },
  version: countComplete,
};

/** Per objective, among the COMPLETE trials; empty without any. */
function worstValues({ study, trials }: ChartSource): number[] {
  const complete = trials.filter(({ state, values }) => state === "COMPLETE" && values !== null);
  if (complete.length === 0) return [];
  return study.directions.map((direction, objective) => {
    const finite = complete.map((trial: TrialSnapshot) => trial.values![objective]!).filter(Number.isFinite);
    const worst = direction === "minimize" ? Math.max : Math.min;
    return finite.reduce((a, b) => worst(a, b), finite[0] ?? 0);
  });
}

/** The dominated volume while losses are added one by one. */
class GrowingVolume {
  volume = 0;
  private front: readonly Loss[] = [];

  constructor(private readonly reference: Loss) {}

  /** @returns whether the front changed. */
  add(loss: Loss): boolean {
    if (this.front.some((other) => other.every((value, i) => value <= loss[i]!))) return false;
    if (loss.some((value, i) => value > this.reference[i]!)) return false;
    const covered = this.front.map((other) => worseOfEach(other, loss));
    const volume = this.volume + boxVolume(loss, this.reference) - volumeOf(covered, this.reference);
    // NaN is infinity minus infinity.
    this.volume = Number.isNaN(volume) ? Infinity : volume;
    this.front = [...this.front.filter((other) => other.some((value, i) => value < loss[i]!)), loss];
    return true;
  }
}
