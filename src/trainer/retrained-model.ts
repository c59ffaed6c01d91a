import type { LayersModel } from "@tensorflow/tfjs";
import type { FrozenTrial } from "../engine/frozen-trial.js";
import type { Study } from "../engine/study.js";
import type { RetrainRequest } from "../protocol/trainer.js";
import type { CallContext } from "./call-context.js";
import { type ContinuedModel, epochsOf, joinedHistory } from "./continued-model.js";
import { loadedCode } from "./loaded-code.js";
import type { OpenDefinition } from "./open-definition.js";
import type { ContinuedTraining, ModelProvenance } from "../training/saved-model.js";
import { modelFolder } from "./model-folder.js";
import { VERSION } from "../version.js";

export interface RetrainedModel {
  readonly request: RetrainRequest;
  readonly context: CallContext;
  readonly opened: OpenDefinition;
  readonly study: Study;
  readonly trial: FrozenTrial;
  readonly values: readonly number[];
  readonly history: Readonly<Record<string, readonly number[]>>;
  /** The model it went on from. */
  readonly continued?: ContinuedModel | undefined;
}

/**
 * Saves the model in an objective's result, with what it came from.
 * @returns the folder; null where the result has no model, or one that is not of TensorFlow.js's layers, which is warned of.
 */
export async function saveRetrainedModel(result: unknown, retrained: RetrainedModel): Promise<string | null> {
  const { request, context, opened, study, trial, values, continued } = retrained;
  const before = continued?.provenance;
  const model = typeof result === "object" && result !== null && "model" in result ? result.model : undefined;
  if (model === undefined || model === null) return null;
  if (!opened.backend || !isLayersModel(model)) {
    const message = "The objective's model is not a layers model of TensorFlow.js; it is not saved.";
    context.events.log({ level: "warn", message });
    return null;
  }
  const folder = modelFolder(request, context.cwd, study.name, trial.number);
  const { saveModel } = await import("../training/saved-model.js");
  const { files, packages } = loadedCode(request.file);
  await saveModel(model, folder, {
    study: study.name,
    trial: trial.number,
    params: trial.params,
    metrics: Object.fromEntries(values.map((value, i) => [values.length === 1 ? "value" : `values_${i}`, value])),
    history: before ? joinedHistory(before.history, retrained.history) : retrained.history,
    ...(before ? { continues: [...(before.continues ?? []), stageOf(before)] } : {}),
    backend: opened.backend,
    seed: study.seed ?? null,
    versions: { tunelens: VERSION, ...packages },
    code: files,
  });
  return folder;
}

function stageOf({ savedAt, history, metrics }: ModelProvenance): ContinuedTraining {
  return { savedAt, epochs: epochsOf(history), metrics };
}

function isLayersModel(model: unknown): model is LayersModel {
  return typeof model === "object" && model !== null && "save" in model && "layers" in model;
}
