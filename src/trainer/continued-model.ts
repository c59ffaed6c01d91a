import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { TunelensError } from "../engine/errors.js";
import type { TrialSnapshot } from "../engine/trial/trial-snapshot.js";
import type { Study } from "../engine/study/study.js";
import type { Trial } from "../engine/trial/trial.js";
import type { RetrainRequest } from "../protocol/trainer.js";
import type { Continuation } from "../tensorflow/initial-model.js";
import type { ModelProvenance } from "../tensorflow/saved-model.js";
import { History } from "../tensorflow/history.js";
import { loadedCode } from "./loaded-code.js";
import { modelFolder } from "./model-folder.js";

/** A saved model that a retraining continues. */
export interface ContinuedModel {
  readonly folder: string;
  readonly provenance: ModelProvenance;
}

/**
 * The saved model that the request continues; undefined: none.
 * @throws TunelensError codes `no-model-to-continue`; `other-study`, `other-trial` where the model was not made by this one.
 */
export async function findContinuedModel(
  { continues, trial }: RetrainRequest,
  cwd: string,
  study: Study,
): Promise<ContinuedModel | undefined> {
  if (continues === undefined) return undefined;
  const named =
    continues === true ? modelFolder({}, cwd, study.name, trial ?? study.bestTrial.number) : resolve(cwd, continues);
  const { findModelFolder, readProvenance } = await import("../tensorflow/saved-model.js");
  const folder = await findModelFolder(named);
  const provenance = await readProvenance(folder).catch((cause: unknown) => {
    throw new TunelensError("no-model-to-continue", (cause as Error).message, { cause });
  });
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
export function checkSameParams({ folder, provenance }: ContinuedModel, trial: TrialSnapshot): void {
  const names = new Set([...Object.keys(provenance.params), ...Object.keys(trial.params)]);
  const other = [...names].find((name) => provenance.params[name] !== trial.params[name]);
  if (other === undefined) return;
  throw new TunelensError(
    "other-trial",
    `The model in ${folder} was trained with ${other} = ${String(provenance.params[other])}; ` +
      `trial ${trial.number} of the study has ${String(trial.params[other])}. The model came from another study of this name.`,
  );
}

/** A sentence where the code is no longer that which trained the model; undefined where it is, or nobody knows. */
export function changedCode({ provenance }: ContinuedModel, studyFile: string): string | undefined {
  const { code } = provenance;
  if (!code) return undefined;
  const { files } = loadedCode(studyFile);
  // A module that is loaded only while it trains is not known yet.
  const changed = Object.keys(code).filter((path) =>
    files[path] === undefined ? !existsSync(resolve(studyFile, "..", path)) : files[path] !== code[path],
  );
  if (changed.length === 0) return undefined;
  return `${changed.join(", ")} changed since the model was saved. Training continues with the present code.`;
}

/** Makes a retraining continue the model. */
export async function continueTrial(trial: Trial, { folder }: ContinuedModel): Promise<Continuation> {
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
      "The objective trained without fit() or trainingLoop(…, { model }), so it did not continue the saved model. Use one of them, or " +
        "initialModel(trial).",
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
