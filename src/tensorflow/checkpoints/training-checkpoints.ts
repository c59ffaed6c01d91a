import * as tf from "@tensorflow/tfjs";
import type { Checkpoint } from "../../engine/trial/checkpoint.js";
import { TunelensError } from "../../engine/errors.js";
import { trainedModel } from "../callbacks/early-stopping.js";
import { throwIfDeviceFailed } from "../backends/device-failure.js";
import { FirstCallback, LastCallback } from "../callbacks/checkpoint-callbacks.js";
import { layersWithWeights } from "../initial-model.js";
import { expectAlive } from "../leaks.js";
import { continueRandom, randomPosition } from "../seed.js";
import type { TrainableTrial } from "../trainable-trial.js";
import { beforeNextShuffle } from "./epoch-order.js";
import { restoreState, stateOf } from "./object-state.js";
import { readTraining, trainingFiles, type TrainingState, writeTraining } from "./training-files.js";

/** Checkpoints take at most this share of the time. */
const MAX_SHARE = 0.03;

/** So often, an epoch is kept in memory too, for when the user stops the study. */
const KEEP_EVERY_MS = 1_000;
/** No more than this is kept in memory. */
const MAX_KEPT_BYTES = 64e6;

/** The trials that have trained before: only the first training of a trial has checkpoints. */
const trained = new WeakSet<TrainableTrial>();

/** A training after an epoch, still on the device. */
interface Captured {
  readonly state: TrainingState;
  readonly tensors: tf.Tensor[];
}

/** What is trained, and how. */
interface Trained {
  readonly model: tf.LayersModel;
  /** The user's. */
  readonly callbacks: readonly object[];
  /** Whether `model.fit` shuffles the training examples. */
  readonly shuffles: boolean;
  /** Called to have data sets draw what they drew for an epoch before. */
  readonly skipEpoch: () => Promise<void>;
}

/**
 * Saves a training after epochs, and continues it from there: the weights, the optimizer, the callbacks' fields, the random numbers, the
 * order of the examples, and the history.
 * @returns undefined where that cannot be done.
 */
export async function checkpointsOf(trial: TrainableTrial, what: Trained): Promise<TrainingCheckpoints | undefined> {
  const isFirst = !trained.has(trial);
  trained.add(trial);
  const { fitCheckpoint } = trial;
  if (!isFirst || !fitCheckpoint || what.model.stateful) return undefined;
  const checkpoints = new TrainingCheckpoints(trial, what);
  const saved = fitCheckpoint.load();
  if (saved) await checkpoints.continueFrom(saved.folder);
  return checkpoints;
}

export class TrainingCheckpoints {
  /** Goes first among the callbacks, so that what the others draw is what they drew. */
  readonly first: tf.Callback = new FirstCallback(() => continueRandom(this.continued?.state.random ?? undefined));
  /** Goes last, when an epoch's metrics were judged. */
  readonly last: tf.Callback = new LastCallback(this);
  private continued: Captured | undefined;
  private history: Record<string, number[]> = {};
  private order: number[] | undefined;
  private saving: Promise<void> | undefined;
  private kept: Captured | undefined;
  private keptAt = performance.now();
  private cost = 0;
  private savedAt = performance.now();

  constructor(
    private readonly trial: TrainableTrial,
    private readonly what: Trained,
  ) {}

  /** The epoch (0-based) to start with, and how many there are then; `epochs` where nothing is continued. */
  range<Range extends { readonly initialEpoch: number; readonly epochs: number }>(range: Range): Range {
    const { continued } = this;
    if (!continued) return range;
    const initialEpoch = continued.state.epoch + 1;
    return { ...range, initialEpoch, epochs: continued.state.stopped ? initialEpoch : range.epochs };
  }

  /** The metrics of all epochs, those from before the interruption too. */
  get wholeHistory(): Readonly<Record<string, readonly number[]>> {
    return this.history;
  }

  async continueFrom(folder: string): Promise<void> {
    this.continued = readTraining(folder);
    const { state } = this.continued;
    restoreState(this.history, state.history, []);
    for (let epoch = 0; epoch <= state.epoch; epoch++) await this.what.skipEpoch();
  }

  /** @throws TunelensError code `model-mismatch` */
  restore(): void {
    const { continued } = this;
    if (!continued) return;
    const { state, tensors } = continued;
    const { model, callbacks } = this.what;
    const layers = layersWithWeights(model);
    const weights = tensors.slice(0, state.weights);
    const shapes = (list: readonly tf.Tensor[]) => list.map(({ shape }) => `[${shape.join()}]`).join();
    if (shapes(layers.flatMap((layer) => layer.getWeights())) !== shapes(weights))
      throw new TunelensError(
        "model-mismatch",
        `Trial ${this.trial.number}: the checkpoint has a network of another shape. The objective must build the same network each time ` +
          "it is called with the same parameters.",
      );
    let at = 0;
    for (const layer of layers) layer.setWeights(weights.slice(at, (at += layer.getWeights().length)));
    restoreState(model.optimizer, state.optimizer, tensors);
    state.callbacks.forEach((callback, i) => callbacks[i] && restoreState(callbacks[i], callback, tensors));
    tf.dispose(tensors);
  }

  /** Called when an epoch begins, after the other callbacks: the next shuffle is that of its examples. */
  epochBegins(): void {
    const saved = this.continued?.state.order;
    this.continued = undefined;
    if (!this.what.shuffles) return;
    beforeNextShuffle((order) => {
      saved?.forEach((example, i) => (order[i] = example));
      this.order = order;
    });
  }

  async epochEnds(epoch: number, logs: Readonly<Record<string, number>>): Promise<void> {
    for (const [name, value] of Object.entries(logs)) (this.history[name] ??= []).push(value);
    const checkpoint = this.trial.fitCheckpoint;
    if (!checkpoint) return;
    // Who wants each epoch's waits for it.
    if (checkpoint.interval === 0) return this.save(checkpoint, this.capture(epoch));
    const now = performance.now();
    const isCheap = now - this.savedAt >= this.cost / MAX_SHARE;
    if (checkpoint.isDue && isCheap && !this.saving) this.saving = this.save(checkpoint, this.capture(epoch));
    else if (now - this.keptAt >= KEEP_EVERY_MS) this.keep(epoch);
  }

  /** Saves the last epoch that is in memory if the training was stopped, and waits for what is being saved. */
  async end(): Promise<void> {
    beforeNextShuffle(undefined);
    await this.saving;
    const { kept } = this;
    this.kept = undefined;
    const checkpoint = this.trial.fitCheckpoint;
    if (kept && checkpoint && this.trial.signal.aborted) await this.save(checkpoint, kept);
    else tf.dispose(kept?.tensors ?? []);
  }

  private keep(epoch: number): void {
    this.forgetKept();
    const captured = this.capture(epoch);
    const bytes = captured.tensors.reduce((sum, { size, dtype }) => sum + size * tf.util.bytesPerElement(dtype), 0);
    if (bytes > MAX_KEPT_BYTES) tf.dispose(captured.tensors);
    else this.kept = captured;
    this.keptAt = performance.now();
  }

  private forgetKept(): void {
    tf.dispose(this.kept?.tensors ?? []);
    this.kept = undefined;
  }

  private async save(checkpoint: Checkpoint, { state, tensors }: Captured): Promise<void> {
    const started = performance.now();
    this.savedAt = started;
    this.forgetKept();
    try {
      const files = await trainingFiles(state, tensors);
      throwIfDeviceFailed();
      this.cost = performance.now() - started;
      await checkpoint.save(state.epoch, (folder) => writeTraining(folder, files));
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.trial.warnOnce?.("checkpoint", `a checkpoint could not be saved: ${reason}`, { stack: "" });
    } finally {
      this.saving = undefined;
    }
  }

  private capture(epoch: number): Captured {
    const { model, callbacks } = this.what;
    const tensors: tf.Tensor[] = layersWithWeights(model).flatMap((layer) => layer.getWeights());
    const weights = tensors.length;
    const state: TrainingState = {
      epoch,
      stopped: trainedModel(model).stopTraining,
      history: stateOf(this.history, []),
      weights,
      optimizer: stateOf(model.optimizer, tensors),
      callbacks: callbacks.map((callback) => stateOf(callback, tensors)),
      random: randomPosition() ?? null,
      order: this.order ? [...this.order] : null,
    };
    const copies = tensors.map((tensor) => tf.keep(tensor.clone()));
    expectAlive(copies);
    return { state, tensors: copies };
  }
}
