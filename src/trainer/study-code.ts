import { TunelensError } from "../engine/errors.js";
import { countFinished } from "../engine/trial/fail-reason.js";
import type { ObjectiveProgram } from "../engine/objective.js";
import { readFollowUp } from "../engine/study/follow-up.js";
import type { Study } from "../engine/study/study.js";
import type { TrialSnapshot } from "../engine/trial/trial-snapshot.js";
import type { StudyTrial } from "../engine/trial/study-trial.js";
import { plural } from "../format/plural.js";
import { freezesParams } from "../protocol/follow-up-info.js";
import type { RunRequest } from "../protocol/trainer.js";
import type { CallContext } from "./call-context.js";
import {
  CODE_KEY,
  type CodeHashes,
  codeHashesOf,
  codeName,
  readCodeHashes,
  readCodeName,
  storeCode,
  storeCodeHashes,
} from "../storage/stored-code.js";
import { codeFiles, codeHashes, recordProgram } from "./loaded-code.js";

/**
 * Records which code the study runs, stores it unless the request says otherwise, and warns if it has changed since the earlier trials. It warns once: from then on this is the study's code.
 * Follow-ups with frozen parameters, whose trials are another study's, and processes that join a run are not checked.
 * @throws TunelensError code `study-code-changed` if the request asks to confirm; nothing is changed then.
 */
export function keepStudyCode(study: Study, request: RunRequest, { events }: CallContext): void {
  if (request.joins) return;
  const now = codeHashes(request.file);
  const before = readCodeHashes(study.storage.getStudy(study.id).systemAttrs);
  const changed = before ? changedFiles(before, now) : [];
  const trials = countFinished(study.trials);
  if (changed.length > 0 && trials > 0 && !freezesParams(readFollowUp(study.storage, study.name))) {
    const what = `The code of study "${study.name}" has changed since its ${plural(trials, "earlier trial")}: ${changed.join(", ")}.`;
    if (request.asksOfChangedCode) throw new TunelensError("study-code-changed", what);
    const message =
      `${what} The study continues, but new trials may not be comparable with the earlier ones. To start over, stop it ` +
      "and rename the study in its file.";
    events.log({ level: "warn", message });
  }
  if (JSON.stringify(before) !== JSON.stringify(now)) study.storage.setStudySystemAttr(study.id, CODE_KEY, { ...now });
  storeFiles(study, request, events);
}

/** The name of the code that this process has stored last. */
let storedName: string | undefined;

/**
 * Records the code that a trial's program has: it is read anew for each trial. If it has changed since the trial before, it becomes the
 * study's code, and a warning says so.
 */
export function keepProgramCode(
  study: Study,
  trial: StudyTrial,
  { files }: ObjectiveProgram,
  request: RunRequest,
  { events }: CallContext,
): void {
  recordProgram(files());
  const name = codeName(codeFiles(request.file));
  study.storage.setTrialSystemAttr(trial.id, CODE_KEY, name);
  if (name === storedName) return;
  const now = codeHashes(request.file);
  const changed = changedFiles(readCodeHashes(study.storage.getStudy(study.id).systemAttrs) ?? now, now);
  study.storage.setStudySystemAttr(study.id, CODE_KEY, { ...now });
  storeFiles(study, request, events);
  if (changed.length === 0) return;
  const message =
    `The code of study "${study.name}" has changed while it runs: ${changed.join(", ")}. Trial ${trial.number} runs the new code, so it ` +
    "may not be comparable with the earlier ones.";
  events.log({ level: "warn", message });
}

function storeFiles(study: Study, request: RunRequest, events: CallContext["events"]): void {
  const files = codeFiles(request.file);
  storedName = codeName(files);
  storeCodeHashes(study.storage, study.id, storedName, codeHashes(request.file));
  if (request.storesCode === false) return;
  const leftOut = storeCode(study.storage, study.id, files);
  if (leftOut.length === 0) return;
  const message =
    `Study "${study.name}": The text of ${leftOut.join(", ")} is not stored, so its changes cannot be shown later. ` +
    "A study stores text files of up to 1 MB, and 2 MB in all after compression.";
  events.log({ level: "info", message });
}

/**
 * The files in which the code that a trial ran differs from what would run now; comments, types, and formatting are no difference.
 * @param program what the study runs. Default: nothing but its file.
 * @returns null where nobody recorded what the trial ran.
 */
export function changedSince(
  study: Study,
  { systemAttrs }: Pick<TrialSnapshot, "systemAttrs">,
  { file }: Pick<RunRequest, "file">,
  program: ObjectiveProgram | undefined,
): readonly string[] | null {
  if (program) recordProgram(program.files());
  const name = readCodeName(systemAttrs);
  if (name === codeName(codeFiles(file))) return [];
  const before = name === null ? null : codeHashesOf(study.storage.getStudy(study.id).systemAttrs, name);
  return before && changedFiles(before, codeHashes(file));
}

/** The files that differ, or that only one of the two has. */
export function changedFiles(before: CodeHashes, now: CodeHashes): string[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(now)])];
  return names.filter((name) => {
    const [then, current] = [before[name], now[name]];
    if (!then || !current) return true;
    // Loaded code has no comments or formatting of its own; another version of the compiler may write it differently.
    return then.text !== current.text && (then.loaded === null || then.loaded !== current.loaded);
  });
}
