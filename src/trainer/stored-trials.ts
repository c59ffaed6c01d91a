import { followUpOf, setFollowUpTrials } from "../engine/study/follow-up.js";
import type { Study } from "../engine/study/study.js";
import { readStudySource } from "../protocol/study-source.js";
import { STUDY_SOURCE_KEY } from "../protocol/trainer.js";

/** Stores how many trials the user wants instead of those that the study file asks for. A study without code keeps nothing: nobody runs it. */
export function storeTrials({ storage, id, name }: Pick<Study, "storage" | "id" | "name">, trials: number): void {
  const { systemAttrs } = storage.getStudy(id);
  const source = readStudySource(systemAttrs);
  if (!source) return;
  const { backend, codedTrials } = source;
  const changed = {
    ...source,
    trials,
    changedTrials: { from: codedTrials, to: trials },
    backend: backend && { ...backend },
  };
  storage.setStudySystemAttr(id, STUDY_SOURCE_KEY, changed);
  const followUp = followUpOf(systemAttrs);
  if (followUp) setFollowUpTrials(storage, name, trials - followUp.taken);
}
