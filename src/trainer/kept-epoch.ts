import { directionByName } from "../engine/metric-direction.js";
import { isBetter } from "../engine/study/best-trials.js";
import type { Direction } from "../engine/storage.js";
import { significant } from "../format/numbers.js";

/** An epoch, 0-based, and what was reported after it. */
interface ReportedEpoch {
  readonly epoch: number;
  readonly value: number;
}

/** Which epoch's weights a model has, and which was the best. */
export interface KeptEpoch {
  /** The metric that was reported. */
  readonly metric: string;
  readonly kept: ReportedEpoch;
  readonly best: ReportedEpoch;
}

/**
 * @param history each metric's value at each epoch of this training.
 * @param reports what the trial reported, epoch to value.
 * @param direction the study's, for a metric whose name does not say when it is better.
 * @param restored the epoch whose weights the model was given back; undefined: it has the last one's.
 * @param first the model's first epoch: what was reported before was of another model, say of another fold.
 * @returns undefined where the reports are no metric's at each epoch: nobody knows then.
 */
export function keptEpoch(
  history: Readonly<Record<string, readonly number[]>>,
  reports: ReadonlyMap<number, number>,
  direction: Direction,
  restored: number | undefined,
  first = 0,
): KeptEpoch | undefined {
  const epochs = [...reports].map(([epoch, value]): ReportedEpoch => ({ epoch, value }));
  const metric = Object.keys(history).find(
    (name) =>
      history[name]!.length === epochs.length && epochs.every(({ value }, i) => Object.is(value, history[name]![i])),
  );
  const own = epochs.filter(({ epoch }) => epoch >= first);
  const kept = restored === undefined ? own.at(-1) : own.find(({ epoch }) => epoch === restored);
  if (metric === undefined || !kept) return undefined;
  const named = directionByName(metric);
  const better = named ? (`${named}imize` as const) : direction;
  const isWorse = (best: ReportedEpoch, { value }: ReportedEpoch) =>
    Number.isNaN(best.value) || isBetter(value, best.value, better);
  const best = own.reduce((best, epoch) => (isWorse(best, epoch) ? epoch : best));
  return { metric, kept, best: isWorse(kept, best) ? best : kept };
}

/** A sentence where the model is not that of its best epoch. */
export function describeKeptEpoch({ metric, kept, best }: KeptEpoch, epochs: number): string | undefined {
  if (best === kept) return undefined;
  const at = ({ epoch, value }: ReportedEpoch) => `epoch ${epoch + 1}, ${metric} ${significant(value, 6)}`;
  return (
    `The saved model has the weights of ${at(kept)}. The best was ${at(best)}. To save the best one, give fit the callback ` +
    `earlyStopping({ monitor: "${metric}", patience: ${epochs}, restoreBestWeights: true }).`
  );
}

/** A sentence where a model is worse than the best of those before it. @param best its value and where it is. */
export function describeWorse(
  value: number,
  best: { value: number; place: string },
  direction: Direction,
): string | undefined {
  const isWorse = Number.isNaN(value) ? !Number.isNaN(best.value) : isBetter(best.value, value, direction);
  if (!isWorse) return undefined;
  return `The value ${significant(value, 6)} is worse than ${significant(best.value, 6)} of ${best.place}, which remains the best.`;
}
