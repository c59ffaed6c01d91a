import type { StudyDefinition } from "../engine/study/define-study.js";
import type { Study } from "../engine/study/study.js";
import { LittleLeftJudge } from "../engine/terminators/little-left.js";
import { countFinished } from "../engine/trial/fail-reason.js";
import { plural } from "../format/plural.js";
import type { TrainerEvents } from "../protocol/trainer.js";

/** Of a study that was advised to stop: the number of the trial after which it was. */
const ADVISED_KEY = "tunelens:little-left";

/** With fewer trials to come, it ends soon anyway. */
const MIN_TRIALS_LEFT = 10;

/**
 * Says, once in a study's life, that more training is unlikely to help. A study that has a terminator decides itself, and one of several objectives is
 * not judged.
 * @returns what to call after each trial.
 */
export function adviserOf(definition: Pick<StudyDefinition, "terminator">, events: Pick<TrainerEvents, "log">) {
  const judge = new LittleLeftJudge();
  return (study: Study): void => {
    const { storage, id, directions, trials } = study;
    if (definition.terminator || directions.length > 1) return;
    if ((study.totalTrials ?? Infinity) - countFinished(trials) < MIN_TRIALS_LEFT) return;
    if (ADVISED_KEY in storage.getStudy(id).systemAttrs) return;
    const found = judged(judge, trials, directions[0]!);
    if (!found) return;
    storage.setStudySystemAttr(id, ADVISED_KEY, trials.length - 1);
    const epochs = found.epochs > 0 ? ` (${plural(found.epochs, "epoch")})` : "";
    const message =
      `Study "${study.name}": more training is unlikely to help. The last ${plural(found.trials, "trial")}${epochs} did not beat ` +
      `trial ${found.best}, and little improvement is expected. The study continues until you stop it.`;
    events.log({ level: "info", message, advice: "stop" });
  };
}

/** Numbers that a model cannot be fitted to must not end the run: it asked for no advice. */
function judged(judge: LittleLeftJudge, ...[trials, direction]: Parameters<LittleLeftJudge["judge"]>) {
  try {
    return judge.judge(trials, direction);
  } catch {
    return undefined;
  }
}
