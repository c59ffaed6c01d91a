import type { TrialSnapshot, Json } from "../../trial/trial-snapshot.js";
import type { StudyView } from "../../study/study-view.js";
import type { KernelParams } from "../../gaussian-process/kernel.js";
import type { Scale, ScaledFit } from "../../gaussian-process/scores.js";

/** Trials' system attributes begin so: the models their proposals were made with, where the next fits begin. */
const PREFIX = "gp:fit:";
/** Longer text does not fit into an attribute on every storage. */
const MAX_LENGTH = 2045;

/** Rounded, as it only is where a search begins. @param of the model's name among those of a trial. */
export function storeFit(
  study: StudyView,
  trial: TrialSnapshot,
  of: string,
  { scale, params }: Omit<ScaledFit, "scores">,
): void {
  const numbers = [...params.inverseSquaredLengthscales, params.scale, params.noise];
  const stored = { scale, params: numbers.map((x) => Number(x.toPrecision(6))) };
  if (JSON.stringify(stored).length <= MAX_LENGTH) study.storage.setTrialSystemAttr(trial.id, PREFIX + of, stored);
}

/** That of the last trial before this one that has any, for a space as wide; `undefined` where there is none. */
export function lastFit(
  study: StudyView,
  trial: TrialSnapshot,
  of: string,
  width: number,
): { readonly scale: Scale; readonly params: KernelParams } | undefined {
  const key = PREFIX + of;
  const trials = study.getTrials();
  for (let i = trials.length - 1; i >= 0; i--) {
    const { number, systemAttrs } = trials[i]!;
    if (number < trial.number && key in systemAttrs) return readFit(systemAttrs[key], width);
  }
  return undefined;
}

function readFit(stored: Json | undefined, width: number) {
  if (typeof stored !== "object" || stored === null || !("params" in stored && "scale" in stored)) return undefined;
  const { scale, params } = stored;
  if ((scale !== "plain" && scale !== "compressed") || !Array.isArray(params) || params.length !== width + 2)
    return undefined;
  const numbers = params.map(Number);
  if (!numbers.every((x) => x > 0 && x < Infinity)) return undefined;
  const inverseSquaredLengthscales = Float64Array.from(numbers.slice(0, width));
  return { scale, params: { inverseSquaredLengthscales, scale: numbers[width]!, noise: numbers[width + 1]! } } as const;
}
