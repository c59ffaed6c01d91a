import type { StudyDefinition } from "../engine/study/define-study.js";
import { TrialPruned } from "../engine/errors.js";
import { type ObjectiveResult, readValues } from "../engine/objective.js";
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
 * @throws what it throws; where the device has failed, that, even though the objective has a value: it is a wrong one; and where it did not
 *   wait for its training, that.
 */
export async function objectiveResult(
  definition: Pick<StudyDefinition, "objective">,
  trial: Trial,
  { guard }: Pick<CallContext, "guard">,
): Promise<ObjectiveResult> {
  try {
    const result = await guard.run(() => definition.objective(trial as Trial<never>));
    throwIfDeviceFailed();
    await refuseForgottenTraining(trial);
    await checkResult(trial, result);
    return result;
  } catch (error) {
    if (error instanceof TrialPruned) throw error;
    await refuseForgottenTraining(trial);
    throw causeOf(error);
  }
}

/** An objective that goes on while it trains may also have failed because of it. */
async function refuseForgottenTraining(trial: Trial): Promise<void> {
  if (!tensorFlowImported()) return;
  const { endForgottenTrainings } = await import("../tensorflow/mistakes/forgotten-trainings.js");
  const forgotten = await endForgottenTrainings(trial);
  if (forgotten && !trial.signal.aborted) throw forgotten;
}

/** Warns of a value that is better in the other direction, and of a model that could not be saved when the trial is retrained. */
async function checkResult(trial: Trial, result: ObjectiveResult): Promise<void> {
  if (!tensorFlowImported() || trial.purpose === "retrain" || trial.signal.aborted) return;
  const { returnedMetric } = await import("../tensorflow/mistakes/returned-metric.js");
  const checked = readValues(result, trial.directions.length);
  const returned = "values" in checked ? returnedMetric(trial, checked.values[0]!) : undefined;
  if (returned) trial.monitors(returned.metric, returned.better, "return");
  const model = typeof result === "object" && "model" in result ? result.model : undefined;
  if (model === undefined || model === null) return;
  const { savingProblem } = await import("../tensorflow/mistakes/savable-model.js");
  const problem = savingProblem(model);
  if (problem) trial.warnOnce("model", problem, "definition");
}
