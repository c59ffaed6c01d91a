import type { StudyDefinition } from "../engine/study/define-study.js";
import { TrialPruned } from "../engine/errors.js";
import { type ObjectiveResult, readValues } from "../engine/objective.js";
import { StudyTrial } from "../engine/trial/study-trial.js";
import type { Trial } from "../engine/trial/trial.js";
import { causeOf, throwIfDeviceFailed } from "../tensorflow/backends/device-failure.js";
import { withSeededRandom } from "../tensorflow/seed.js";
import type { CallContext } from "./call-context.js";
import { errorLocation } from "./error-location.js";
import { tensorFlowImported } from "./module-resolution.js";
import { display } from "./study-file.js";

/**
 * What surrounds the objective of one trial: `Math.random` is seeded where the study has a seed, and tensors the trial leaves behind are
 * freed.
 * @param warnOfLeaks called with a sentence that says how many tensors were left, once in a process.
 * @param work is done with its tensors, the model's too, when it ends.
 */
export async function inTrialEnvironment<Result>(
  trial: Trial,
  warnOfLeaks: (sentence: string) => void,
  work: () => Promise<Result>,
): Promise<Result> {
  const seed = trial instanceof StudyTrial ? trial.randomSeed : trial.seed;
  const seeds = seed === undefined ? [] : [seed];
  if (!tensorFlowImported()) return withSeededRandom(seeds, work);
  const { leakWarning, TensorWatch } = await import("../tensorflow/leaks.js");
  const { watchPlainTraining } = await import("../tensorflow/mistakes/plain-training.js");
  const { watchVariables } = await import("../tensorflow/mistakes/variables-of-other-trial.js");
  const watch = new TensorWatch(trial.number, leaks.traced);
  const endWatches = [watchVariables(trial), watchPlainTraining(trial)];
  // Code that throws, as where a trial is pruned, cannot free anything.
  let ended = false;
  try {
    const result = await withSeededRandom(seeds, work);
    ended = true;
    return result;
  } finally {
    for (const end of endWatches) end();
    const found = watch.free();
    if (ended && !leaks.told) {
      const { traced } = leaks;
      // Tracing takes time: only the first trial and the one after a leak are traced.
      leaks.traced = found.tensors > 0 && !traced;
      leaks.told = found.tensors > 0 && traced;
      const warning = leaks.told ? leakWarning(found, linesOf(found.origins)) : undefined;
      if (warning) warnOfLeaks(warning);
    }
  }
}

/** What this process has found of its trials' leaks: all are of one study. */
const leaks = { traced: true, told: false };

const MAX_LINES = 3;

/** Lines of the user's code, the one that made most tensors first. */
function linesOf(origins: readonly Error[]): string[] {
  const counts = new Map<string, number>();
  for (const location of origins.map(errorLocation)) {
    if (!location) continue;
    const line = `${display(location.file)}:${location.line}`;
    counts.set(line, (counts.get(line) ?? 0) + 1);
  }
  return [...counts.keys()].sort((a, b) => counts.get(b)! - counts.get(a)!).slice(0, MAX_LINES);
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
  // An objective in JavaScript may return anything.
  const given: unknown = result;
  const model = typeof given === "object" && given !== null && "model" in given ? given.model : undefined;
  if (model === undefined || model === null) return;
  const { savingProblem } = await import("../tensorflow/mistakes/savable-model.js");
  const problem = savingProblem(model);
  if (problem) trial.warnOnce("model", problem, "definition");
}
