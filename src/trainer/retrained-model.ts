import { existsSync } from "node:fs";
import { cp, mkdir, readdir, rename, rm, rmdir } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import type { LayersModel } from "@tensorflow/tfjs";
import { TunelensError } from "../engine/errors.js";
import type { TrialSnapshot } from "../engine/trial/trial-snapshot.js";
import type { Study } from "../engine/study/study.js";
import type { RetrainRequest } from "../protocol/trainer.js";
import type { CallContext } from "./call-context.js";
import { type StudyModel, epochsOf, joinedHistory } from "./continued-model.js";
import { describeKeptEpoch, describeWorse, keptEpoch } from "./kept-epoch.js";
import { loadedCode } from "./loaded-code.js";
import type { OpenDefinition } from "./open-definition.js";
import { bestModel } from "../protocol/saved-model.js";
import {
  type ContinuedTraining,
  type ModelProvenance,
  type OwnFilesMetadata,
  writeProvenance,
} from "../tensorflow/model-provenance.js";
import { claimVersion, folderOfVersions, type ModelVersion, modelVersions } from "../tensorflow/model-versions.js";
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
  readonly trial: TrialSnapshot;
  readonly values: readonly number[];
  readonly record: TrainingRecord;
  /** The model it went on from. */
  readonly continued?: StudyModel | undefined;
  /** The trial's own folder, if it asked for one. */
  readonly trialFolder: string | undefined;
  /** Hears of what the user may not expect of the model. */
  readonly warn: (sentence: string) => void;
}

/** Where a retrained model is, and the one that is better, if any was there before. */
export interface SavedRetraining {
  readonly folder: string;
  /** Whether it holds files that the objective wrote, instead of a TensorFlow.js model. */
  readonly ownFiles: boolean;
  readonly better: string | null;
}

/**
 * Saves the model in an objective's result, with what it came from: as a version of its trial's, beside those before it. Where it is not
 * that of its best epoch, or worse than the best before it, that is said.
 * A text is the path of a folder with files that the objective wrote.
 * @returns null where the result has no model, or one that is not of TensorFlow.js's layers, which is warned of.
 */
export async function saveRetrainedModel(result: unknown, retrained: RetrainedModel): Promise<SavedRetraining | null> {
  const { context, opened, study, record, warn } = retrained;
  const model = typeof result === "object" && result !== null && "model" in result ? result.model : undefined;
  if (model === undefined || model === null) return null;
  if (typeof model === "string") return saveOwnFiles(model, retrained);
  if (!opened.backend || !isLayersModel(model)) {
    const message =
      "The objective's model was not saved because it is neither a TensorFlow.js layers model nor the path of a folder.";
    context.events.log({ level: "warn", message });
    return null;
  }
  const [{ saveModel }, { restoredEpoch }, { firstStep }] = await Promise.all([
    import("../tensorflow/saved-model.js"),
    import("../tensorflow/callbacks/early-stopping.js"),
    import("../tensorflow/callbacks/trial-callback.js"),
  ]);
  const epoch = keptEpoch(record.history, record.reports, study.directions[0]!, restoredEpoch(model), firstStep(model));
  const { backend } = opened;
  return saveInPlace(retrained, false, async (folder) => {
    await saveModel(model, folder, { ...metadataOf(retrained, epoch?.kept.epoch), backend });
    const notBest = epoch && describeKeptEpoch(epoch, record.reports.size);
    if (notBest) warn(notBest);
  });
}

/** Takes files that an objective wrote as the trial's model: moves the trial's own folder, and copies any other. */
async function saveOwnFiles(files: string, retrained: RetrainedModel): Promise<SavedRetraining> {
  const from = resolve(retrained.context.cwd, files);
  const names = await readdir(from);
  if (names.length === 0) throw new TunelensError("empty-model", `The model's folder ${from} is empty.`);
  return saveInPlace(retrained, true, async (folder) => {
    await mkdir(folder, { recursive: true });
    const isTrials = from === retrained.trialFolder;
    for (const name of names)
      if (isTrials) await move(join(from, name), join(folder, name));
      else await cp(join(from, name), join(folder, name), { recursive: true });
    if (isTrials) await rmdir(from);
    await writeProvenance(folder, metadataOf(retrained));
  });
}

/** Also to another disk, which renaming does not reach. */
async function move(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EXDEV") throw error;
    await cp(from, to, { recursive: true });
    await rm(from, { recursive: true });
  }
}

/** Saves as the next version of the trial's model, or where it was asked for, and compares it with the best one before. */
async function saveInPlace(
  retrained: RetrainedModel,
  ownFiles: boolean,
  save: (folder: string) => Promise<void>,
): Promise<SavedRetraining> {
  const { request, context } = retrained;
  const place = placeOf(retrained);
  const before = bestModel(await modelVersions(place));
  if (request.output !== undefined) await keepOlder(place, context);
  const folder = request.output === undefined ? await claimVersion(place) : place;
  await save(folder);
  return { folder, ownFiles, better: betterBefore(before, retrained) };
}

/** The folder of the version before if it is better, which is warned of. */
function betterBefore(
  before: ModelVersion | undefined,
  { request, study, values, warn }: RetrainedModel,
): string | null {
  const best = before?.values[0];
  if (request.output !== undefined || !before || best === undefined || study.directions.length > 1) return null;
  const worse = describeWorse(values[0]!, { value: best, place: basename(before.folder) }, study.directions[0]!);
  if (worse) warn(worse);
  return worse ? before.folder : null;
}

/** The folder of the trial's versions, or the one that was asked for. */
export function placeOf({ request, context, study, trial, continued }: PlacedModel): string {
  if (request.output !== undefined || !continued) return modelFolder(request, context.cwd, study.name, trial.number);
  return folderOfVersions(continued.folder);
}

type PlacedModel = Pick<RetrainedModel, "request" | "context" | "study" | "trial" | "continued">;

/** A model that is in the way is not lost. */
async function keepOlder(folder: string, { events }: CallContext): Promise<void> {
  if (!existsSync(folder)) return;
  let kept = "";
  for (let number = 1; kept === "" || existsSync(kept); number++) kept = `${folder}-${number}`;
  await rename(folder, kept);
  events.log({ level: "info", message: `The previous model in ${folder} was moved to ${kept}.` });
}

function metadataOf(
  { request, study, trial, values, record, continued }: RetrainedModel,
  epoch?: number,
): OwnFilesMetadata {
  const before = continued?.provenance;
  const [direction] = study.directions;
  const { files, packages } = loadedCode(request.file);
  return {
    study: study.name,
    trial: trial.number,
    params: trial.params,
    metrics: Object.fromEntries(values.map((value, i) => [values.length === 1 ? "value" : `values_${i}`, value])),
    ...(values.length === 1 ? { direction: direction! } : {}),
    history: before ? joinedHistory(before.history, record.history) : record.history,
    ...(epoch === undefined ? {} : { epoch: epoch + 1 }),
    ...(before ? { continues: [...(before.continues ?? []), stageOf(before)] } : {}),
    seed: study.seed ?? null,
    versions: { tunelens: VERSION, ...packages },
    code: files,
  };
}

function stageOf({ savedAt, history, metrics }: ModelProvenance): ContinuedTraining {
  return { savedAt, epochs: epochsOf(history), metrics };
}

function isLayersModel(model: unknown): model is LayersModel {
  return typeof model === "object" && model !== null && "save" in model && "layers" in model;
}
