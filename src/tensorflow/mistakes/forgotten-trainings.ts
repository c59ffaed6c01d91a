import { setImmediate } from "node:timers/promises";
import type * as tf from "@tensorflow/tfjs";
import type { CallSite } from "../../engine/call-site.js";
import { TunelensError } from "../../engine/errors.js";
import type { TrainableTrial } from "../trainable-trial.js";

interface Training {
  /** What the user called, such as `fit`. */
  readonly call: string;
  readonly site: CallSite;
  isRunning(): boolean;
  /** Nobody waits for it, so nobody would handle its error. */
  ignoreError?(): void;
  /** Ends it soon, where nothing in it asks whether its trial is over. */
  stop?: (() => void) | undefined;
}

const trainings = new WeakMap<TrainableTrial, Training[]>();
const over = new WeakSet<TrainableTrial>();

/** How long a training may take to end whose trial is over. */
const END_WITHIN_MS = 10_000;

/**
 * Trains, and notes that the trial does until then.
 * @param call what the user called, such as `fit`.
 * @param stop ends the training soon. Default: it asks `isOver` itself.
 */
export function trackTraining<Result>(
  trial: TrainableTrial,
  call: string,
  site: CallSite,
  train: () => Promise<Result>,
  stop?: () => void,
): Promise<Result> {
  let running = true;
  const training = (async () => {
    try {
      return await train();
    } finally {
      running = false;
    }
  })();
  add(trial, { call, site, isRunning: () => running, ignoreError: () => void training.catch(() => {}), stop });
  return training;
}

/** Notes that a trial trains a model with `trialCallback`. */
export function trackModel(trial: TrainableTrial, site: CallSite, model: tf.LayersModel): void {
  add(trial, { call: "model.fit", site, isRunning: () => Reflect.get(model, "isTraining") === true });
}

/** Whether the objective has ended, so that a training that still runs should end too. */
export function isOver(trial: TrainableTrial): boolean {
  return over.has(trial);
}

/**
 * Called when the objective has ended: ends the trainings that it did not wait for.
 * @returns an error that names the first of them; undefined if there is none.
 */
export async function endForgottenTrainings(trial: TrainableTrial): Promise<TunelensError | undefined> {
  over.add(trial);
  const running = (trainings.get(trial) ?? []).filter((training) => training.isRunning());
  const [first] = running;
  if (!first) return undefined;
  for (const training of running) {
    training.ignoreError?.();
    training.stop?.();
  }
  const started = performance.now();
  while (running.some((training) => training.isRunning()) && performance.now() - started < END_WITHIN_MS)
    await setImmediate();
  const error = new TunelensError(
    "not-awaited",
    `The objective ended while ${first.call} was still training. Write \`await\` before ${first.call}(…).`,
  );
  error.stack = `${error.name}: ${error.message}`;
  first.site.locate(error);
  return error;
}

function add(trial: TrainableTrial, training: Training): void {
  const list = trainings.get(trial) ?? [];
  trainings.set(trial, [...list.filter((other) => other.isRunning()), training]);
}
