import { createHash } from "node:crypto";
import { resolve } from "node:path";
import type { LayersModel } from "@tensorflow/tfjs";
import type { FrozenTrial } from "../engine/frozen-trial.js";
import type { Study } from "../engine/study.js";
import type { RetrainRequest } from "../protocol/trainer.js";
import type { CallContext } from "./call-context.js";
import { loadedCode } from "./loaded-code.js";
import type { OpenDefinition } from "./open-definition.js";
import { VERSION } from "../version.js";

export interface RetrainedModel {
  readonly request: RetrainRequest;
  readonly context: CallContext;
  readonly opened: OpenDefinition;
  readonly study: Study;
  readonly trial: FrozenTrial;
  readonly values: readonly number[];
  readonly history: Readonly<Record<string, readonly number[]>>;
}

/**
 * Saves the model in an objective's result, with what it came from.
 * @returns the folder; null where the result has no model, or one that is not of TensorFlow.js's layers, which is warned of.
 */
export async function saveRetrainedModel(result: unknown, retrained: RetrainedModel): Promise<string | null> {
  const { request, context, opened, study, trial, values, history } = retrained;
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
    history,
    backend: opened.backend,
    seed: study.seed ?? null,
    versions: { tunelens: VERSION, ...packages },
    code: files,
  });
  return folder;
}

/** Where a retrained model goes; relative paths start in `cwd`. */
export function modelFolder({ output }: Pick<RetrainRequest, "output">, cwd: string, study: string, trial: number) {
  return resolve(cwd, output ?? `.tunelens/models/${folderName(study)}/trial-${trial}`);
}

/** Windows keeps these for devices. */
const DEVICE = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i;
const LONGEST_NAME = 60;

/** What people may call a study, a file system may refuse: such a name is changed, and told from others by its hash. */
function folderName(study: string): string {
  const plain = study.replaceAll(/[^\p{L}\p{N} ._-]+/gu, "-").replace(/^[. ]+|[. ]+$/g, "");
  const fits = plain !== "" && plain.length <= LONGEST_NAME && !DEVICE.test(plain);
  if (fits && plain === study) return plain;
  const hash = createHash("sha256").update(study).digest("hex").slice(0, 8);
  return `${[...plain].slice(0, LONGEST_NAME).join("")}-${hash}`;
}

function isLayersModel(model: unknown): model is LayersModel {
  return typeof model === "object" && model !== null && "save" in model && "layers" in model;
}
