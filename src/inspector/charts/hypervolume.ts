import { InvalidArgumentError } from "../../engine/errors.js";
import { exclusiveVolume } from "../../engine/multi-objective/exclusive-volume.js";
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
  /** Ascending by the last component. */
  private front: readonly Loss[] = [];

  constructor(private readonly reference: Loss) {}

  /** @returns whether the front changed. */
  add(loss: Loss): boolean {
    if (this.front.some((other) => isNowhereWorse(other, loss)) || !isNowhereWorse(loss, this.reference)) return false;
    this.volume += exclusiveVolume(loss, this.front, this.reference);
    const others = this.front.filter((other) => !isNowhereWorse(loss, other));
    const last = loss.length - 1;
    const place = others.findIndex((other) => other[last]! > loss[last]!);
    this.front = others.toSpliced(place < 0 ? others.length : place, 0, loss);
    return true;
  }
}

function isNowhereWorse(a: Loss, b: Loss): boolean {
  for (let i = 0; i < a.length; i++) if (a[i]! > b[i]!) return false;
  return true;
}
