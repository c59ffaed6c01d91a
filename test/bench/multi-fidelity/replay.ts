import type { ParamValue } from "../../../src/engine/distribution.js";
import { EPOCHS, type Table } from "./table.js";

/** A search for the least loss of a table. It trains nothing: the replay tells it each epoch's loss. */
export interface Search {
  /** The next training, perhaps one that goes on after so many epochs; `undefined`: nothing now. */
  start(): Promise<Training | undefined>;
  /** @returns whether to end it here. */
  report(number: number, step: number, loss: number): Promise<boolean>;
  /** @param best of the losses that it has reported; undefined: the training was ended before all epochs. */
  end(number: number, best: number | undefined): Promise<void>;
}

interface Training {
  readonly number: number;
  readonly params: Readonly<Record<string, ParamValue>>;
  /** How many epochs it has behind it. */
  readonly trained: number;
}

/** What a search found. */
export interface Replay {
  /** Whenever there was a lesser loss than before: how many epochs all trainings had together, how much time had passed in epochs, and the loss. */
  readonly improvements: readonly (readonly [epochs: number, time: number, loss: number])[];
  /** How many epochs were trained in all. */
  readonly epochs: number;
  /** How long it took, in epochs. */
  readonly time: number;
}

export interface Limits {
  /** Trainings that run at the same time, each an epoch a tick. */
  readonly workers: number;
  /** No epoch begins after so many. */
  readonly epochs: number;
}

interface Running extends Training {
  readonly curve: Float64Array;
  step: number;
  best: number;
}

/** Replays a table to a search until it has nothing more to try, or has trained enough. */
export async function replay(table: Table, search: Search, { workers, epochs: most }: Limits): Promise<Replay> {
  const improvements: (readonly [number, number, number])[] = [];
  const running: (Running | undefined)[] = Array<undefined>(workers).fill(undefined);
  let [epochs, time, least] = [0, 0, Infinity];
  for (;;) {
    for (let worker = 0; worker < workers; worker++) {
      if (running[worker]) continue;
      const next = await search.start();
      if (!next) break;
      running[worker] = { ...next, curve: table.curve(next.params), step: next.trained, best: Infinity };
    }
    if (running.every((training) => !training)) break;
    time++;
    for (const [worker, training] of running.entries()) {
      if (!training) continue;
      if (epochs >= most) return { improvements, epochs, time };
      epochs++;
      const { number, curve, step } = training;
      const loss = curve[step]!;
      if (loss < least) improvements.push([epochs, time, (least = loss)]);
      if (loss < training.best) training.best = loss;
      const isOver = await search.report(number, step, loss);
      if (++training.step < EPOCHS && !isOver) continue;
      running[worker] = undefined;
      await search.end(number, training.step < EPOCHS ? undefined : training.best);
    }
  }
  return { improvements, epochs, time };
}
