import { InvalidValuesError, NotFoundError, TunelensError } from "../engine/errors.js";
import { countFinished } from "../engine/fail-reason.js";
import type { FrozenTrial } from "../engine/frozen-trial.js";
import type { Objective } from "../engine/objective.js";
import { loadStudy, type Study } from "../engine/study.js";
import type { Trial } from "../engine/trial.js";
import type { RetrainRequest, RetrainSummary } from "../protocol/trainer.js";
import { toWire } from "../protocol/wire.js";
import { type CallContext, unlessStopped } from "./call-context.js";
import { errorLocation, errorMessage, LocatedError } from "./error-location.js";
import { openDefinition, type OpenDefinition } from "./open-definition.js";
import { display } from "./study-file.js";
import { toWireLogs, toWireParams } from "./wire-trial.js";

/** Runs the objective once more with one trial's parameters, unpruned and for longer, and saves the model it returns. */
export async function retrain(request: RetrainRequest, context: CallContext): Promise<RetrainSummary> {
  const opened = await openDefinition(request, context);
  try {
    const { definition } = opened.found;
    const study = loadStudy({
      storage: opened.storage,
      name: definition.name,
      space: definition.space,
      seed: definition.seed,
      listener: {
        warn: (message) => context.events.log({ level: "warn", message }),
        epoch: ({ number, epoch, epochs, logs }) =>
          context.events.epoch({ number, epoch, epochs: epochs ?? null, logs: toWireLogs(logs) }),
      },
    });
    return await retrainTrial(request, context, opened, study, chooseTrial(study, request.trial));
  } finally {
    opened.storage.close();
  }
}

async function retrainTrial(
  request: RetrainRequest,
  context: CallContext,
  opened: OpenDefinition,
  study: Study,
  trial: FrozenTrial,
): Promise<RetrainSummary> {
  const { found, storageUrl, backend } = opened;
  const { definition, exportName } = found;
  const startedAt = Date.now();
  const address = { storage: storageUrl, study: study.name };
  context.events.studyStarted({
    ...address,
    file: request.file,
    exportName,
    directions: study.directions,
    trials: 1,
    finishedBefore: countFinished(study.trials),
    resumed: true,
    retrain: true,
    backend,
    sampler: "fixed parameters",
    pruner: "none",
  });
  context.events.trialStarted({ number: trial.number, startedAt });
  const epochs = request.epochs ?? definition.epochs.retrain;
  const objective: Objective = (retraining) =>
    context.guard.run(() => definition.objective(retraining as Trial<never>));
  const { number, params } = trial;
  const trained = await unlessStopped(
    context.signal,
    study.retrainTrial(objective, params, { number, epochs, signal: context.signal }),
  ).catch((error: unknown) => {
    throw retrainError(study, number, error);
  });
  return {
    ...address,
    trial: number,
    params: toWireParams(params),
    value: toWire(trained.values[0]!),
    studyValue: toWire(trial.values?.[0] ?? NaN),
    epochs: Math.max(trained.intermediateValues.size, 0),
    model: null,
    durationMs: Date.now() - startedAt,
  };
}

function chooseTrial(study: Study, number: number | undefined): FrozenTrial {
  if (number === undefined) {
    if (study.directions.length === 1) return study.bestTrial;
    throw new TunelensError(
      "no-best-trial",
      `Study "${study.name}" has several objectives, and so no one best trial. Say which trial to retrain.`,
    );
  }
  const trial = study.trials.find((candidate) => candidate.number === number);
  if (!trial) throw new NotFoundError("trial-not-found", `Study "${study.name}" has no trial ${number}.`);
  return trial;
}

function retrainError(study: Study, number: number, error: unknown): unknown {
  if (error instanceof InvalidValuesError || (error instanceof TunelensError && error.code === "stopped")) return error;
  const location = errorLocation(error);
  const where = location ? ` (${display(location.file)}:${location.line})` : "";
  const message = `Study "${study.name}", retraining trial ${number} failed${where}: ${errorMessage(error)}`;
  const code = error instanceof TunelensError ? error.code : "objective-failed";
  return new LocatedError(code, message, location, { cause: error });
}
