import type { LayersModel } from "@tensorflow/tfjs";
import type { FrozenTrial } from "../engine/frozen-trial.js";
import type { Study } from "../engine/study.js";
import type { RetrainRequest } from "../protocol/trainer.js";
import type { CallContext } from "./call-context.js";
import { type ContinuedModel, epochsOf, joinedHistory } from "./continued-model.js";
import { describeKeptEpoch, describeWorse, keptEpoch } from "./kept-epoch.js";
import { loadedCode } from "./loaded-code.js";
import type { OpenDefinition } from "./open-definition.js";
import type { ContinuedTraining, ModelProvenance } from "../training/saved-model.js";
import { modelFolder } from "./model-folder.js";
import { VERSION } from "../version.js";

/** What a training told while it ran. */
export interface TrainingRecord {
  /** Metric name to its value at each epoch. */
  readonly history: Record<string, number[]>;
  /** What was reported to the trial, step to value. */
  readonly reports: Map<number, number>;
}

export interface RetrainedModel {
  readonly request: RetrainRequest;
  readonly context: CallContext;
  readonly opened: OpenDefinition;
  readonly study: Study;
  readonly trial: FrozenTrial;
  readonly values: readonly number[];
  readonly record: TrainingRecord;
  /** The model it went on from. */
  readonly continued?: ContinuedModel | undefined;
  /** Hears of what the user may not expect of the model. */
  readonly warn: (sentence: string) => void;
}

/**
 * Saves the model in an objective's result, with what it came from. Where it is not that of its best epoch, or worse than the model it
 * replaces, that is said.
 * @returns the folder; null where the result has no model, or one that is not of TensorFlow.js's layers, which is warned of.
 */
export async function saveRetrainedModel(result: unknown, retrained: RetrainedModel): Promise<string | null> {
  const { request, context, opened, study, trial, values, record, continued, warn } = retrained;
  const before = continued?.provenance;
  const model = typeof result === "object" && result !== null && "model" in result ? result.model : undefined;
  if (model === undefined || model === null) return null;
  if (!opened.backend || !isLayersModel(model)) {
    const message = "The objective's model is not a layers model of TensorFlow.js; it is not saved.";
    context.events.log({ level: "warn", message });
    return null;
  }
  const folder = modelFolder(request, context.cwd, study.name, trial.number);
  const [{ saveModel }, { restoredEpoch }, { firstStep }] = await Promise.all([
    import("../training/saved-model.js"),
    import("../training/callbacks/early-stopping.js"),
    import("../training/callbacks/trial-callback.js"),
  ]);
  const [direction] = study.directions;
  const epoch = keptEpoch(record.history, record.reports, direction!, restoredEpoch(model), firstStep(model));
  const { files, packages } = loadedCode(request.file);
  await saveModel(model, folder, {
    study: study.name,
    trial: trial.number,
    params: trial.params,
    metrics: Object.fromEntries(values.map((value, i) => [values.length === 1 ? "value" : `values_${i}`, value])),
    history: before ? joinedHistory(before.history, record.history) : record.history,
    ...(epoch ? { epoch: epoch.kept.epoch + 1 } : {}),
    ...(before ? { continues: [...(before.continues ?? []), stageOf(before)] } : {}),
    backend: opened.backend,
    seed: study.seed ?? null,
    versions: { tunelens: VERSION, ...packages },
    code: files,
  });
  const notBest = epoch && describeKeptEpoch(epoch, record.reports.size);
  if (notBest) warn(notBest);
  const worse =
    continued?.folder === folder ? describeWorse(values[0]!, before?.metrics["value"], direction!) : undefined;
  if (worse) warn(worse);
  return folder;
}

function stageOf({ savedAt, history, metrics }: ModelProvenance): ContinuedTraining {
  return { savedAt, epochs: epochsOf(history), metrics };
}

function isLayersModel(model: unknown): model is LayersModel {
  return typeof model === "object" && model !== null && "save" in model && "layers" in model;
}
