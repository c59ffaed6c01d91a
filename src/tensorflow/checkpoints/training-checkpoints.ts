import * as tf from "@tensorflow/tfjs";
import { throwIfDeviceFailed } from "../backends/device-failure.js";
import { FirstCallback, LastCallback } from "../callbacks/checkpoint-callbacks.js";
import { epochsBehind, setEpochsBehind } from "../callbacks/epochs-behind.js";
import type { Batches } from "../fit-data.js";
import { expectAlive } from "../leaks.js";
import { continueRandom, randomPosition } from "../seed.js";
import type { TrainableTrial } from "../trainable-trial.js";
import { beforeNextShuffle } from "./epoch-order.js";
import { ContinuedBatches } from "./fetched-batches.js";
import { restoreState, stateOf } from "./object-state.js";
import { partState, restorePart } from "./parts.js";
import { type Captured, trainingFiles, type TrainingState } from "./training-files.js";
import { trainingsOf, type TrialTrainings } from "./trial-trainings.js";

/** So often, an epoch is kept in memory too, for when the user stops the study. */
const KEEP_EVERY_MS = 1_000;
/** No more than this is kept in memory. */
const MAX_KEPT_BYTES = 64e6;

/** What is trained, and how. */
export interface Trained {
  /** What an epoch changes: networks, with their optimizers, callbacks, and other objects. */
  readonly parts: readonly object[];
  /** Called with the path of what a part holds that cannot be kept. Default: it is left out. */
  readonly refuse?: (part: object, field: string) => void;
  /** Whether `model.fit` shuffles the training examples. */
  readonly shuffles: boolean;
  /** The data set that epochs do not begin anew, if there is one. */
  readonly batches?: Batches | undefined;
  /** Data sets that draw random numbers when an epoch begins them anew. */
  readonly dataSets: readonly Batches[];
}

/**
 * Saves a training after epochs, and continues it from there: the weights, the optimizer, the callbacks' fields, the random numbers, the
 * order of the examples, and the history.
 * @returns undefined where the trial keeps no checkpoints. @throws TunelensError code `checkpoint-damaged`.
 */
export async function checkpointsOf(trial: TrainableTrial, what: Trained): Promise<TrainingCheckpoints | undefined> {
  const trainings = trainingsOf(trial);
  if (!trainings) return undefined;
  const continued = await trainings.begin();
  const checkpoints = new TrainingCheckpoints(trial, trainings, what, continued);
  if (continued)
    for (let epoch = 0; epoch <= continued.state.epoch; epoch++) for (const set of what.dataSets) await set.iterator();
  return checkpoints;
}

export class TrainingCheckpoints {
  /** Goes first among the callbacks, so that what the others draw is what they drew. */
  readonly first: tf.Callback = new FirstCallback(() => this.continueDraws());
  /** Goes last, when an epoch's metrics were judged. */
  readonly last: tf.Callback = new LastCallback(this);
  /** What stands for the data set that epochs do not begin anew. */
  readonly batches: Batches | undefined;
  /** Until its next epoch begins, or its end. */
  private continued: TrainingState | undefined;
  private tensors: readonly tf.Tensor[];
  private readonly fetching: ContinuedBatches | undefined;
  private readonly history: Record<string, number[]> = {};
  private order: number[] | undefined;
  private epoch = -1;
  private hasEnded = false;
  private saving: Promise<void> | undefined;
  private kept: Captured | undefined;
  private keptAt = performance.now();

  constructor(
    private readonly trial: TrainableTrial,
    private readonly trainings: TrialTrainings,
    private readonly what: Trained,
    continued: Captured | undefined,
  ) {
    this.continued = continued?.state;
    this.tensors = continued?.tensors ?? [];
    if (what.batches) {
      this.fetching = new ContinuedBatches(continued?.state.ended ? null : continued?.state.fetched);
      this.batches = this.fetching.of(what.batches);
    }
    if (!continued) return;
    restoreState(this.history, continued.state.history, []);
    this.epoch = continued.state.epoch;
    setEpochsBehind(trial, continued.state.step + 1);
  }

  /** The epoch (0-based) to start with, and how many there are then; `epochs` where nothing is continued. */
  range<Range extends { readonly initialEpoch: number; readonly epochs: number }>(range: Range): Range {
    const { continued } = this;
    if (!continued) return range;
    const initialEpoch = continued.epoch + 1;
    return { ...range, initialEpoch, epochs: continued.stopped || continued.ended ? initialEpoch : range.epochs };
  }

  /** The metrics of all epochs, those from before the interruption too. */
  get wholeHistory(): Readonly<Record<string, readonly number[]>> {
    return this.history;
  }

  /** @throws TunelensError code `model-mismatch` */
  restore(): void {
    const { continued, tensors } = this;
    if (!continued) return;
    const where = `Trial ${this.trial.number}`;
    for (const [i, part] of this.what.parts.entries()) {
      const state = continued.parts[i];
      if (state) restorePart(part, state, tensors, where);
    }
    tf.dispose([...tensors]);
    this.tensors = [];
  }

  /** Called when an epoch begins: what is drawn from there on is what was drawn. */
  continueDraws(): void {
    continueRandom(this.continued?.random ?? undefined);
  }

  /** Called when an epoch begins, after the other callbacks: the next shuffle is that of its examples. */
  epochBegins(): void {
    const saved = this.continued?.order;
    this.continued = undefined;
    if (!this.what.shuffles) return;
    beforeNextShuffle((order) => {
      saved?.forEach((example, i) => (order[i] = example));
      this.order = order;
    });
  }

  batchBegins(): void {
    beforeNextShuffle(undefined);
  }

  async epochEnds(epoch: number, logs: Readonly<Record<string, number>>, stopped: boolean): Promise<void> {
    this.record(epoch, logs);
    const { checkpoint } = this.trainings;
    if (!checkpoint) return;
    // Who wants each epoch's waits for it.
    if (checkpoint.interval === 0) return this.save(this.capture(stopped));
    if (checkpoint.isDue && this.trainings.isCheap && !this.saving) this.saving = this.save(this.capture(stopped));
    else if (performance.now() - this.keptAt >= KEEP_EVERY_MS) this.keep(this.capture(stopped));
  }

  /** Saves the epoch after which the trial is paused, when all callbacks but the last have judged it. */
  async pause(epoch: number, logs: Readonly<Record<string, number>>, stopped: boolean): Promise<void> {
    this.record(epoch, logs);
    await this.saving;
    await this.save(this.capture(stopped));
  }

  /** Called when the callbacks know that the training has ended. */
  trainingEnds(stopped: boolean): void {
    const { continued } = this;
    // If no epoch of it was left.
    this.continueDraws();
    this.continued = undefined;
    this.hasEnded = true;
    this.trainings.end(continued?.ended ? undefined : this.capture(stopped, true));
  }

  /** Saves the last epoch that is in memory if the training was stopped, and waits for what is being saved. */
  async end(): Promise<void> {
    beforeNextShuffle(undefined);
    await this.saving;
    const { kept } = this;
    this.kept = undefined;
    if (kept && this.trial.signal.aborted && !this.hasEnded) await this.save(kept);
    else tf.dispose(kept?.tensors ?? []);
    if (!this.hasEnded) this.trainings.fail();
  }

  private keep(captured: Captured): void {
    this.forgetKept();
    const bytes = captured.tensors.reduce((sum, { size, dtype }) => sum + size * tf.util.bytesPerElement(dtype), 0);
    if (bytes > MAX_KEPT_BYTES) tf.dispose(captured.tensors);
    else this.kept = captured;
    this.keptAt = performance.now();
  }

  private forgetKept(): void {
    tf.dispose(this.kept?.tensors ?? []);
    this.kept = undefined;
  }

  private record(epoch: number, logs: Readonly<Record<string, number>>): void {
    for (const [name, value] of Object.entries(logs)) (this.history[name] ??= []).push(value);
    this.epoch = epoch;
  }

  private async save(captured: Captured): Promise<void> {
    this.forgetKept();
    await this.trainings.save(captured.state.step, async () => {
      const files = await trainingFiles(captured);
      throwIfDeviceFailed();
      return files;
    });
    this.saving = undefined;
  }

  private capture(stopped: boolean, ended = false): Captured {
    const { parts, refuse } = this.what;
    const tensors: tf.Tensor[] = [];
    const state: TrainingState = {
      epoch: this.epoch,
      step: epochsBehind(this.trial) - 1,
      stopped,
      ended,
      history: stateOf(this.history, []),
      parts: parts.map((part) => partState(part, tensors, refuse && ((field) => refuse(part, field)))),
      random: randomPosition() ?? null,
      order: this.order ? [...this.order] : null,
      fetched: this.fetching?.fetched ?? null,
    };
    // What is kept outlives the trial, which may train no further.
    const copies = tensors.map((tensor) => (ended ? tensor.clone() : tf.keep(tensor.clone())));
    expectAlive(copies);
    return { state, tensors: copies };
  }
}
