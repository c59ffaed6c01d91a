import { systemClock } from "../engine/clock.js";
import { TunelensError } from "../engine/errors.js";
import { countFinished } from "../engine/trial/fail-reason.js";
import { readFollowUp } from "../engine/study/follow-up.js";
import type { TrialSnapshot } from "../engine/trial/trial-snapshot.js";
import { type Objective, readValues } from "../engine/objective.js";
import type { Study } from "../engine/study/study.js";
import type { StudyListener } from "../engine/study/study-settings.js";
import { plural } from "../format/plural.js";
import { followUpInfo } from "../protocol/follow-up-info.js";
import type { RetrainRequest, RetrainSummary } from "../protocol/trainer.js";
import { toWire, toWireParams } from "../protocol/wire.js";
import { type CallContext, unlessStopped } from "./call-context.js";
import {
  changedCode,
  checkContinued,
  checkSameParams,
  type StudyModel,
  continueTrial,
  epochsOf,
  findContinuedModel,
} from "./continued-model.js";
import { openDefinition, type OpenDefinition } from "./open-definition.js";
import { placeOf, type SavedRetraining, saveRetrainedModel, type TrainingRecord } from "./retrained-model.js";
import { rerunError } from "./rerun-error.js";
import { storedStudy } from "./stored-study.js";
import { makeTrialFolder } from "./trial-folder.js";
import { inTrialEnvironment, objectiveResult } from "./trial-environment.js";
import { epochEnded } from "./trial-events.js";

/** Runs the objective once more with one trial's parameters, unpruned and for longer, and saves the model it returns. */
export async function retrain(request: RetrainRequest, context: CallContext): Promise<RetrainSummary> {
  const opened = await openDefinition(request, context, { readOnly: true });
  try {
    const record: TrainingRecord = { history: {}, reports: new Map() };
    const study = storedStudy(opened, recordingListener(context, record), context);
    const continued = await findContinuedModel(request, context.cwd, study);
    const trial = chooseTrial(study, continued?.provenance.trial ?? request.trial);
    if (continued) checkSameParams(continued, trial);
    return await retrainTrial(request, context, opened, study, trial, record, continued);
  } finally {
    opened.storage.close();
  }
}

async function retrainTrial(
  request: RetrainRequest,
  context: CallContext,
  opened: OpenDefinition,
  study: Study,
  trial: TrialSnapshot,
  record: TrainingRecord,
  continued: StudyModel | undefined,
): Promise<RetrainSummary> {
  const { definition } = opened.found;
  const { number, params } = trial;
  const startedAt = performance.now();
  if (opened.backend && request.output !== undefined)
    await checkFolder(placeOf({ request, context, study, trial, continued }));
  announce(request, context, opened, study);
  if (continued) announceContinued(continued, request, context);
  context.events.trialStarted({ number, startedAt: systemClock.timeOfDay() });
  let saved = null as SavedRetraining | null;
  const warn = warner(context, study, number);
  let trialFolder: string | undefined;
  const makeFolder = () => (trialFolder = makeTrialFolder(context.cwd, study.name, `retraining-${number}`));
  const objective: Objective = (retraining) =>
    inTrialEnvironment(retraining, warn, async () => {
      const continuation = continued && (await continueTrial(retraining, continued));
      const result = await objectiveResult(definition, retraining, context);
      const lost = continuation && checkContinued(continuation);
      if (lost) warn(lost);
      const checked = readValues(result, study.directions.length);
      if ("values" in checked && !context.signal.aborted) {
        const { values } = checked;
        const retrained = { request, context, opened, study, trial, values, record, continued, trialFolder, warn };
        saved = await saveRetrainedModel(result, retrained);
      }
      return result;
    });
  const epochs = request.epochs ?? definition.epochs.retrain;
  const trained = await unlessStopped(
    context.signal,
    study.retrainTrial(objective, params, { number, epochs, signal: context.signal, makeFolder }),
  ).catch((error: unknown) => {
    throw rerunError(`Study "${study.name}", retraining trial ${number}`, error, opened.found.location);
  });
  return {
    storage: opened.storageUrl,
    study: study.name,
    trial: number,
    params: toWireParams(params),
    value: toWire(trained.values[0]!),
    studyValue: toWire(trial.values?.[0] ?? NaN),
    epochs: Math.max(trained.intermediateValues.size, epochsOf(record.history)),
    epochsBefore: continued ? epochsOf(continued.provenance.history) : 0,
    model: saved?.folder ?? null,
    ownFiles: saved?.ownFiles ?? false,
    betterModel: saved?.better ?? null,
    durationMs: performance.now() - startedAt,
  };
}

function announceContinued(continued: StudyModel, { file }: RetrainRequest, { events }: CallContext): void {
  const epochs = epochsOf(continued.provenance.history);
  events.log({
    level: "info",
    message: `Continuing the model in ${continued.folder} after ${plural(epochs, "epoch")}.`,
  });
  const changed = changedCode(continued, file);
  if (changed.length === 0) return;
  const message = `${changed.join(", ")} changed since the model was saved. Training continues with the present code.`;
  events.log({ level: "warn", message });
}

/** Before the training, rather than when the model is there and has no place. */
async function checkFolder(folder: string): Promise<void> {
  const { checkModelFolder } = await import("../tensorflow/saved-model.js");
  await checkModelFolder(folder);
}

function announce(request: RetrainRequest, { events }: CallContext, opened: OpenDefinition, study: Study): void {
  const { found, storageUrl, backend } = opened;
  events.studyStarted({
    storage: storageUrl,
    study: study.name,
    file: request.file,
    exportName: found.exportName,
    directions: study.directions,
    trials: 1,
    finishedBefore: countFinished(study.trials),
    resumed: true,
    retrain: true,
    backend,
    sampler: "fixed parameters",
    pruner: "none",
    followUp: followUpInfo(readFollowUp(study.storage, study.name)),
    processes: null,
  });
}

function recordingListener({ events }: CallContext, { history, reports }: TrainingRecord): StudyListener {
  return {
    warn: (message) => events.log({ level: "warn", message }),
    epoch(progress) {
      for (const [name, value] of Object.entries(progress.logs)) (history[name] ??= []).push(value);
      events.epoch(epochEnded(progress));
    },
    report: ({ step, value }) => void reports.set(step, value),
  };
}

function warner({ events }: CallContext, study: Study, number: number): (sentence: string) => void {
  return (sentence) =>
    events.log({ level: "warn", message: `Study "${study.name}", retraining trial ${number}: ${sentence}` });
}

function chooseTrial(study: Study, number: number | undefined): TrialSnapshot {
  if (number === undefined) {
    if (study.directions.length === 1) return study.bestTrial;
    throw new TunelensError(
      "no-best-trial",
      `Study "${study.name}" has several objectives and therefore no single best trial. Name the trial to retrain.`,
    );
  }
  return study.findTrial(number);
}
