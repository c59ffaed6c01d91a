import type { Study } from "../engine/study/study.js";
import { readStudyEnd } from "../protocol/study-source.js";
import { STUDY_END_KEY, type StudyEnd } from "../protocol/trainer.js";

/** Of a run's several processes, each stores its end: what says most about the run's stays. */
const ranks: Readonly<Record<StudyEnd["reason"], number>> = {
  trials: 0,
  timeout: 1,
  terminator: 1,
  paused: 2,
  stopped: 3,
  error: 4,
};

const MAX_MESSAGE = 1_500;

type Ended = Pick<Study, "storage" | "id">;

export function storeEnd({ storage, id }: Ended, { reason, error }: StudyEnd): void {
  const before = readStudyEnd(storage.getStudy(id).systemAttrs);
  if (before && ranks[before.reason] > ranks[reason]) return;
  const end = { reason, error: error && { code: error.code, message: error.message.slice(0, MAX_MESSAGE) } };
  storage.setStudySystemAttr(id, STUDY_END_KEY, end);
}

/** A run has started; a process that joins it leaves what ends the whole run. */
export function forgetEnd({ storage, id }: Ended, joins: boolean): void {
  const before = readStudyEnd(storage.getStudy(id).systemAttrs);
  if (!before || (joins && ranks[before.reason] >= ranks.stopped)) return;
  storage.setStudySystemAttr(id, STUDY_END_KEY, null);
}
