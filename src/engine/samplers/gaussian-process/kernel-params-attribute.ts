import type { FrozenTrial, Json } from "../../frozen-trial.js";
import type { StudyView } from "../sampler.js";
import type { KernelParams } from "./kernel.js";

/** A trial's system attribute: the kernel parameters its proposal was made with, where the next fit begins. */
const KEY = "gp:kernel_params";
/** Longer text does not fit into an attribute on every storage. */
const MAX_LENGTH = 2045;

/** Rounded, as they only are where a search begins. */
export function storeKernelParams(study: StudyView, trial: FrozenTrial, params: KernelParams): void {
  const { inverseSquaredLengthscales, scale, noise } = params;
  const numbers = [...inverseSquaredLengthscales, scale, noise].map((x) => Number(x.toPrecision(6)));
  if (JSON.stringify(numbers).length <= MAX_LENGTH) study.storage.setTrialSystemAttr(trial.id, KEY, numbers);
}

/** Those of the last trial before this one that has any, for a space as wide; `undefined` where there are none. */
export function lastKernelParams(study: StudyView, trial: FrozenTrial, width: number): KernelParams | undefined {
  const trials = study.getTrials();
  for (let i = trials.length - 1; i >= 0; i--) {
    const { number, systemAttrs } = trials[i]!;
    if (number < trial.number && KEY in systemAttrs) return readKernelParams(systemAttrs[KEY], width);
  }
  return undefined;
}

function readKernelParams(stored: Json | undefined, width: number): KernelParams | undefined {
  if (!Array.isArray(stored) || stored.length !== width + 2) return undefined;
  const numbers = stored.map(Number);
  if (!numbers.every((x) => x > 0 && x < Infinity)) return undefined;
  return {
    inverseSquaredLengthscales: Float64Array.from(numbers.slice(0, width)),
    scale: numbers[width]!,
    noise: numbers[width + 1]!,
  };
}
