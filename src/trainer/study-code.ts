import { TunelensError } from "../engine/errors.js";
import { countFinished } from "../engine/trial/fail-reason.js";
import { readFollowUp } from "../engine/study/follow-up.js";
import type { Study } from "../engine/study/study.js";
import { plural } from "../format/plural.js";
import type { RunRequest } from "../protocol/trainer.js";
import type { CallContext } from "./call-context.js";
import { type CodeHashes, codeHashes } from "./loaded-code.js";

/** The system attribute with the code that a study ran last. */
const CODE_KEY = "tunelens:code";

/**
 * Keeps with the study which code it runs, and says where its trials are of other code. Once: from then on this code is the study's.
 * A follow-up is not asked about, nor is a process that joins a run.
 * @throws TunelensError code `study-code-changed` where the request wants to be asked; nothing is changed then.
 */
export function keepStudyCode(study: Study, request: RunRequest, { events }: CallContext): void {
  if (request.joins) return;
  const now = codeHashes(request.file);
  const before = readHashes(study.storage.getStudy(study.id).systemAttrs[CODE_KEY]);
  const changed = before ? changedFiles(before, now) : [];
  const trials = countFinished(study.trials);
  if (changed.length > 0 && trials > 0 && !readFollowUp(study.storage, study.name)) {
    const what = `Study "${study.name}" has ${plural(trials, "trial")} of other code: ${changed.join(", ")} changed since.`;
    if (request.asksOfChangedCode) throw new TunelensError("study-code-changed", what);
    const message =
      `${what} It goes on, and its new trials may not compare with those before. To begin anew, stop it, ` +
      "and give the study another name in its file.";
    events.log({ level: "warn", message });
  }
  if (JSON.stringify(before) !== JSON.stringify(now)) study.storage.setStudySystemAttr(study.id, CODE_KEY, { ...now });
}

function changedFiles(before: CodeHashes, now: CodeHashes): string[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(now)])];
  return names.filter((name) => {
    const [then, current] = [before[name], now[name]];
    if (!then || !current) return true;
    // What is loaded has no comments and no formatting of its own; another version of what translates may write it in another way.
    return then.text !== current.text && (then.loaded === null || then.loaded !== current.loaded);
  });
}

/** null where nobody has kept it. */
function readHashes(attr: unknown): CodeHashes | null {
  if (typeof attr !== "object" || attr === null) return null;
  const entries = Object.entries(attr).flatMap(([name, hashes]: [string, unknown]) => {
    if (typeof hashes !== "object" || hashes === null || !("text" in hashes) || typeof hashes.text !== "string")
      return [];
    const loaded = "loaded" in hashes && typeof hashes.loaded === "string" ? hashes.loaded : null;
    return [[name, { text: hashes.text, loaded }]] as const;
  });
  return Object.fromEntries(entries);
}
