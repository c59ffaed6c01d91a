import { type LearnedStudy, learnedOf, type Misfit } from "../engine/study/learned-trials.js";
import type { Study } from "../engine/study/study.js";
import { learnedFrom } from "../engine/trial/origin.js";
import { learnedShare } from "../format/learned.js";
import type { RunRequest } from "../protocol/trainer.js";
import { readCodeHashes } from "../storage/stored-code.js";
import type { CallContext } from "./call-context.js";
import { codeHashes } from "./loaded-code.js";
import { changedFiles } from "./study-code.js";

/** Says, before a study's first own trial, which trials of earlier studies it starts with, and why the others are left out. */
export function tellLearned(study: Study, { file, joins }: RunRequest, { events }: CallContext): void {
  const isNew = study.trials.every((trial) => trial.state === "WAITING" || learnedFrom(trial) !== undefined);
  if (joins || !isNew) return;
  for (const learned of learnedOf(study.storage.getStudy(study.id).systemAttrs)) {
    const level = learned.taken === 0 && learned.finished > 0 ? "warn" : "info";
    events.log({ level, message: `${describeLearned(study.name, learned)}${describeCode(study, learned, file)}` });
  }
}

function describeLearned(name: string, learned: LearnedStudy): string {
  const { misfits } = learned;
  const left = misfits.length === 0 ? "" : ` Left out: ${misfits.map(describeMisfit).join(", ")}.`;
  return `Study "${name}" starts with ${learnedShare(learned)}.${left}`;
}

function describeMisfit({ param, reason, trials }: Misfit): string {
  return reason === "value"
    ? `${trials} with a value of ${param} that it can no longer have`
    : `${trials} without ${param}, which has no default`;
}

/** The user chose to count them; the values are what that code made them. */
function describeCode({ storage }: Study, { study, taken }: LearnedStudy, file: string): string {
  const id = storage.findStudy(study);
  const before = id === undefined ? null : readCodeHashes(storage.getStudy(id).systemAttrs);
  const changed = before ? changedFiles(before, codeHashes(file)) : [];
  if (taken === 0 || changed.length === 0) return "";
  return ` The code has changed since: ${changed.join(", ")}. Their values count as they are.`;
}
