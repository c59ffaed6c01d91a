import type { StudyDefinition } from "../engine/study/define-study.js";
import { TrialPruned } from "../engine/errors.js";
import type { ObjectiveResult } from "../engine/objective.js";
import type { Trial } from "../engine/trial/trial.js";
import { causeOf, throwIfDeviceFailed } from "../tensorflow/backends/device-failure.js";
import { withSeededRandom } from "../tensorflow/seed.js";
import type { CallContext } from "./call-context.js";
import { tensorFlowImported } from "./module-resolution.js";

/**
 * What surrounds the objective of one trial: `Math.random` is seeded where the study has a seed, and tensors the trial leaves behind are
 * freed.
 * @param warn called with a sentence that says how many tensors were left.
 * @param work is done with its tensors, the model's too, when it ends.
 */
export async function inTrialEnvironment<Result>(
  trial: Trial,
  warn: (sentence: string) => void,
  work: () => Promise<Result>,
): Promise<Result> {
  const seeds = trial.seed === undefined ? [] : [trial.seed];
  if (!tensorFlowImported()) return withSeededRandom(seeds, work);
  const { leakWarning, TensorWatch } = await import("../tensorflow/leaks.js");
  const watch = new TensorWatch(trial.number);
  try {
    return await withSeededRandom(seeds, work);
  } finally {
    const warning = leakWarning(watch.free());
    if (warning) warn(warning);
  }
}

/**
 * What the objective gives for a trial.
 * @throws what it throws; where the device has failed, that, even though the objective has a value: it is a wrong one.
 */
export async function objectiveResult(
  definition: Pick<StudyDefinition, "objective">,
  trial: Trial,
  { guard }: Pick<CallContext, "guard">,
): Promise<ObjectiveResult> {
  try {
    const result = await guard.run(() => definition.objective(trial as Trial<never>));
    throwIfDeviceFailed();
    return result;
  } catch (error) {
    throw error instanceof TrialPruned ? error : causeOf(error);
  }
}
