import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { TunelensError } from "../engine/errors.js";
import type { TrialSnapshot } from "../engine/trial/trial-snapshot.js";
import type { Study } from "../engine/study/study.js";
import type { Trial } from "../engine/trial/trial.js";
import type { RetrainRequest } from "../protocol/trainer.js";
import type { Continuation } from "../tensorflow/initial-model.js";
import { type ModelProvenance, provenanceIn } from "../tensorflow/model-provenance.js";
import { findModelFolder } from "../tensorflow/model-versions.js";
import { MODEL_FILE } from "../protocol/saved-model.js";
import { History } from "../tensorflow/history.js";
import { loadedCode } from "./loaded-code.js";
import { modelFolder } from "./model-folder.js";

/** A saved model of a study, which a retraining continues or which is evaluated. */
export interface StudyModel {
  readonly folder: string;
  readonly provenance: ModelProvenance;
}

/**
 * The saved model that the request continues; undefined: none.
 * @throws TunelensError code `no-model-to-continue`, also for a model that Tunelens can't load, and as {@link findStudyModel}.
 */
export async function findContinuedModel(
  { continues, trial }: RetrainRequest,
  cwd: string,
  study: Study,
): Promise<StudyModel | undefined> {
  if (continues === undefined) return undefined;
  const named =
    continues === true ? modelFolder({}, cwd, study.name, trial ?? study.bestTrial.number) : resolve(cwd, continues);
  const model = await findStudyModel(named, study, trial).catch((cause: unknown) => {
    if (!(cause instanceof TunelensError) || cause.code !== "model-not-found") throw cause;
    throw new TunelensError("no-model-to-continue", cause.message, { cause });
  });
  refuseOwnFiles(model, "no-model-to-continue", "To train longer, retrain the trial with more epochs.");
  return model;
}

/** @throws TunelensError where the model is no TensorFlow.js model, but files that the objective or its program wrote. */
export function refuseOwnFiles({ folder, provenance }: StudyModel, code: string, advice: string): void {
  if (existsSync(join(folder, MODEL_FILE))) return;
  throw new TunelensError(
    code,
    `The model of trial ${provenance.trial} in ${folder} is files that the study's own code or program wrote. Only these can load it. ${advice}`,
  );
}

/**
 * The model that a folder stands for.
 * @throws TunelensError codes `model-not-found`; `other-study`, `other-trial` where the model was not made by this one.
 */
export async function findStudyModel(named: string, study: Study, trial: number | undefined): Promise<StudyModel> {
  const folder = await findModelFolder(named);
  const provenance = await provenanceIn(folder);
  if (provenance.study !== study.name)
    throw new TunelensError(
      "other-study",
      `The model in ${folder} belongs to study "${provenance.study}", not to "${study.name}".`,
    );
  if (trial !== undefined && provenance.trial !== trial)
    throw new TunelensError(
      "other-trial",
      `The model in ${folder} belongs to trial ${provenance.trial}, not to trial ${trial}.`,
    );
  return { folder, provenance };
}

/** @throws TunelensError code `other-trial` where the trial that has the number now has other parameters. */
export function checkSameParams({ folder, provenance }: StudyModel, trial: TrialSnapshot): void {
  const names = new Set([...Object.keys(provenance.params), ...Object.keys(trial.params)]);
  const other = [...names].find((name) => provenance.params[name] !== trial.params[name]);
  if (other === undefined) return;
  throw new TunelensError(
    "other-trial",
    `The model in ${folder} was trained with ${other} = ${String(provenance.params[other])}; ` +
      `trial ${trial.number} of the study has ${String(trial.params[other])}. The model came from another study of this name.`,
  );
}

/** The files that changed since the code trained the model; empty where none did, or nobody knows. */
export function changedCode({ provenance }: StudyModel, studyFile: string): readonly string[] {
  const { code } = provenance;
  if (!code) return [];
  const { files } = loadedCode(studyFile);
  // A module that is loaded only while it trains is not known yet.
  return Object.keys(code).filter((path) =>
    files[path] === undefined ? !existsSync(resolve(studyFile, "..", path)) : files[path] !== code[path],
  );
}

/** Makes a retraining continue the model. */
export async function continueTrial(trial: Trial, { folder }: StudyModel): Promise<Continuation> {
  const [{ loadModel }, { continueFrom }] = await Promise.all([
    import("../tensorflow/saved-model.js"),
    import("../tensorflow/initial-model.js"),
  ]);
  return continueFrom(trial, await loadModel(folder));
}

/** @throws TunelensError code `not-continued` where the objective trained without the model. @returns what to warn of. */
export function checkContinued({ saved, used, optimizerRestored }: Continuation): string | undefined {
  if (!used)
    throw new TunelensError(
      "not-continued",
      "The objective trained without fit(), trialCallback(), or trainingLoop(…, { model }), so it did not continue the saved model. Use one of " +
        "them, or initialModel(trial).",
    );
  if (optimizerRestored) return undefined;
  const reason = saved.optimizer?.weightSpecs ? `it was ${saved.optimizer.className}` : "its state was not saved";
  return `The optimizer starts from scratch: ${reason}.`;
}

/** The epochs of all trainings, one after the other. A metric that one of them did not have is NaN there. */
export function joinedHistory(
  before: ModelProvenance["history"],
  after: ModelProvenance["history"],
): Record<string, readonly number[]> {
  const filled = (values: readonly number[] = [], length: number) => Array.from({ length }, (_, i) => values[i] ?? NaN);
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return Object.fromEntries(
    [...names].map((name) => [
      name,
      [...filled(before[name], epochsOf(before)), ...filled(after[name], epochsOf(after))],
    ]),
  );
}

/** How many epochs a history has. */
export function epochsOf(history: ModelProvenance["history"]): number {
  return new History(history).epochs;
}
