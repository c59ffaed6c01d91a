import { resolve } from "node:path";
import { TunelensError } from "../engine/errors.js";
import type { Objective } from "../engine/objective.js";
import type { Study } from "../engine/study/study.js";
import type { StudyListener } from "../engine/study/study-settings.js";
import { objectiveValues } from "../protocol/saved-model.js";
import type { EvaluateRequest, EvaluateSummary } from "../protocol/trainer.js";
import { toWire, type WireNumber } from "../protocol/wire.js";
import type { Evaluation } from "../tensorflow/evaluation.js";
import { type CallContext, unlessStopped } from "./call-context.js";
import { changedCode, checkSameParams, findStudyModel, refuseOwnFiles, type StudyModel } from "./continued-model.js";
import { modelFolder, studyModelsFolder } from "./model-folder.js";
import { openDefinition, type OpenDefinition } from "./open-definition.js";
import { rerunError } from "./rerun-error.js";
import { storedStudy } from "./stored-study.js";
import { inTrialEnvironment, objectiveResult } from "./trial-environment.js";

/** What is known of an evaluation before the objective has ended. */
interface Attempt {
  evaluation: Evaluation | undefined;
}

/** Runs the objective with the parameters of a saved model's trial. `fit` gives it the model's metrics instead of training. */
export async function evaluate(request: EvaluateRequest, context: CallContext): Promise<EvaluateSummary> {
  const opened = await openDefinition(request, context, { readOnly: true });
  const attempt: Attempt = { evaluation: undefined };
  const startedAt = performance.now();
  try {
    const study = storedStudy(opened, listenerOf(attempt, context), context);
    const model = await findStudyModel(placeOf(request, context, study), study, request.trial);
    refuseOwnFiles(model, "not-evaluated", "Evaluate it there.");
    const values = await evaluateTrial(opened, context, study, model, attempt);
    return {
      storage: opened.storageUrl,
      study: study.name,
      trial: model.provenance.trial,
      model: model.folder,
      values: values.map(toWire),
      savedValues: objectiveValues(model.provenance.metrics).map(toWire),
      metrics: wireMetrics(attempt.evaluation!.metrics!),
      changedCode: changedCode(model, request.file),
      durationMs: performance.now() - startedAt,
    };
  } finally {
    opened.storage.close();
  }
}

function placeOf({ model, trial }: EvaluateRequest, { cwd }: CallContext, study: Study): string {
  if (model !== undefined) return resolve(cwd, model);
  return trial === undefined ? studyModelsFolder(cwd, study.name) : modelFolder({}, cwd, study.name, trial);
}

async function evaluateTrial(
  { found, backend }: OpenDefinition,
  context: CallContext,
  study: Study,
  model: StudyModel,
  attempt: Attempt,
): Promise<readonly number[]> {
  const trial = study.findTrial(model.provenance.trial);
  checkSameParams(model, trial);
  if (!backend) throw noFit(model);
  // Its training has told which tensors the objective leaves behind.
  const objective: Objective = (evaluating) =>
    inTrialEnvironment(evaluating, noWarning, async () => {
      const [{ loadModel }, { evaluateIn }] = await Promise.all([
        import("../tensorflow/saved-model.js"),
        import("../tensorflow/evaluation.js"),
      ]);
      attempt.evaluation = evaluateIn(evaluating, await loadModel(model.folder));
      const result = await objectiveResult(found.definition, evaluating, context);
      if (!attempt.evaluation.metrics) throw noFit(model);
      return result;
    });
  const epochs = found.definition.epochs.retrain;
  const { number, params } = trial;
  const { signal } = context;
  const running = study.retrainTrial(objective, params, { number, epochs, signal });
  const { values } = await unlessStopped(signal, running).catch((error: unknown) => {
    throw rerunError(`Study "${study.name}", evaluating a model of trial ${trial.number}`, error, found.location);
  });
  return values;
}

/** Ends an objective that trains by itself, which would take long and say nothing of the model. */
function listenerOf(attempt: Attempt, { events }: CallContext): StudyListener {
  const reported = () => {
    const { evaluation } = attempt;
    if (evaluation && !evaluation.metrics) throw noFit(evaluation.saved);
  };
  return { warn: (message) => events.log({ level: "warn", message }), epoch: reported, report: reported };
}

function noWarning(): void {}

function noFit({ folder }: Pick<StudyModel, "folder">): TunelensError {
  return new TunelensError(
    "not-evaluated",
    "The objective does not call fit(), so Tunelens can't tell which data to evaluate the model on. Train with " +
      "fit(trial, model, { train, validation }), or evaluate it on data of your choice: " +
      `evaluateModel(${JSON.stringify(folder)}, data).`,
  );
}

function wireMetrics(metrics: Readonly<Record<string, number>>): Record<string, WireNumber> {
  return Object.fromEntries(Object.entries(metrics).map(([name, value]) => [name, toWire(value)]));
}
