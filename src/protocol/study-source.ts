import { isRecord } from "./own-value.js";
import { readStepTimes } from "./step-times.js";
import { type BackendInfo, STUDY_END_KEY, STUDY_SOURCE_KEY, type StudyEnd, type StudySource } from "./trainer.js";

/**
 * Where to find a study's code; null for a study that Tunelens did not start. Read field by field: another version or another program may have
 * written it.
 */
export function readStudySource(systemAttrs: Readonly<Record<string, unknown>>): StudySource | null {
  const attr = systemAttrs[STUDY_SOURCE_KEY];
  if (!isRecord(attr) || typeof attr["file"] !== "string") return null;
  const text = (key: string) => (typeof attr[key] === "string" ? attr[key] : "");
  const number = (key: string) => (typeof attr[key] === "number" ? attr[key] : null);
  return {
    file: attr["file"],
    exportName: text("exportName"),
    trials: number("trials"),
    codedTrials: "codedTrials" in attr ? number("codedTrials") : number("trials"),
    changedTrials: changedTrials(attr["changedTrials"]),
    sampler: text("sampler"),
    pruner: text("pruner"),
    seed: number("seed"),
    epochs: number("epochs"),
    backend: backendInfo(attr["backend"]),
    node: text("node"),
    version: text("version"),
  };
}

const endReasons: readonly string[] = ["trials", "timeout", "terminator", "stopped", "paused", "error"];

/** How the latest run ended; null if nobody stored it. */
export function readStudyEnd(systemAttrs: Readonly<Record<string, unknown>>): StudyEnd | null {
  const attr = systemAttrs[STUDY_END_KEY];
  if (!isRecord(attr) || typeof attr["reason"] !== "string" || !endReasons.includes(attr["reason"])) return null;
  const error = isRecord(attr["error"]) ? attr["error"] : {};
  const { code, message } = error;
  const told = typeof code === "string" && typeof message === "string" ? { code, message } : null;
  return { reason: attr["reason"] as StudyEnd["reason"], error: told };
}

function changedTrials(attr: unknown): StudySource["changedTrials"] {
  if (!isRecord(attr) || typeof attr["to"] !== "number") return null;
  return { from: typeof attr["from"] === "number" ? attr["from"] : null, to: attr["to"] };
}

/** The number of trials that the user wants instead of the code's; undefined: the code's, which may have changed since. */
export function changedTrialsOf(source: StudySource | null | undefined, coded: number | null): number | undefined {
  const changed = source?.changedTrials;
  return changed && changed.from === coded ? changed.to : undefined;
}

function backendInfo(attr: unknown): BackendInfo | null {
  if (!isRecord(attr)) return null;
  const { backend, device, version } = attr;
  if (typeof backend !== "string" || typeof device !== "string" || typeof version !== "string") return null;
  const stepTimes = readStepTimes(attr["stepTimes"]);
  return { backend, device, version, ...(stepTimes.length > 0 ? { stepTimes } : {}) };
}
