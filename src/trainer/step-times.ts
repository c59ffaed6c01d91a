import { hostname } from "node:os";
import type { Storage } from "../engine/storage.js";
import { isRecord } from "../protocol/own-value.js";
import { readStepTimes, type StepTime } from "../protocol/step-times.js";
import { codeFiles } from "./loaded-code.js";
import { codeName } from "../storage/stored-code.js";

/** What a study's training steps take on this machine. */
export interface Timing {
  /** Empty where one could not be timed. */
  readonly times: readonly StepTime[];
  /** Why webgpu is not used, whatever the times say. */
  readonly failed: string | null;
}

/** The study's system attribute, followed by the machine's name. */
const PREFIX = "tunelens:step-times:";

/** Of the code that `file` has loaded: other code may train another model. */
export function storeTiming(storage: Storage, studyId: number, file: string, { times, failed }: Timing): void {
  const listed = times.map((time) => ({ ...time }));
  const attr = { code: codeName(codeFiles(file)), times: listed, failed };
  storage.setStudySystemAttr(studyId, PREFIX + hostname(), attr);
}

/** @param file whose code it must be of; undefined: any. */
export function readTiming(storage: Storage, studyId: number, file: string | undefined): Timing | undefined {
  const attr = storage.getStudy(studyId).systemAttrs[PREFIX + hostname()];
  if (!isRecord(attr) || (file !== undefined && attr["code"] !== codeName(codeFiles(file)))) return undefined;
  const { failed } = attr;
  return { times: readStepTimes(attr["times"]), failed: typeof failed === "string" ? failed : null };
}

/** Where most steps are done in a time, all processes together; undefined: nothing was timed. */
export function fastest({ times, failed }: Timing): string | undefined {
  if (failed !== null) return undefined;
  return times.toSorted((a, b) => a.ms / a.processes - b.ms / b.processes)[0]?.backend;
}
