import type { TrainableTrial } from "../trainable-trial.js";

const behind = new WeakMap<TrainableTrial, number>();

/** How many epochs a trial has behind it, in all the trainings it has done. */
export function epochsBehind(trial: TrainableTrial): number {
  return behind.get(trial) ?? 0;
}

export function setEpochsBehind(trial: TrainableTrial, epochs: number): void {
  behind.set(trial, epochs);
}
