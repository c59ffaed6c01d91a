import { plural } from "../format/plural.js";
import { askCount } from "./ask-count.js";
import { describeProcesses, hasAllTrials, wantedTrials } from "./study-format.js";
import type { StartTarget } from "./study-runner.js";
import type { StudyStore } from "./study-store.js";
import { showMessage } from "./surfaces.js";

/** Whether to run the study here: asks first if another process is running it. */
export async function joinsOthers({ study, folder }: StartTarget, store: StudyStore): Promise<boolean> {
  store.addStorage(study.storage, folder);
  await store.refresh(study.storage);
  if (!store.runsElsewhere(study)) return true;
  const { processes } = store.study(study)!.workers;
  const question = `${study.name} is running in another process.`;
  const detail = `${describeProcesses(processes)} If you join, this window also runs its trials. No trial runs twice, and the total does not change.`;
  return (await showMessage("warning", question, ["Join"], { detail })) === "Join";
}

/** Asks how many more trials to run if the study has all of its trials; otherwise it runs as its file says. */
export async function trialsToReach(target: StartTarget, store: StudyStore): Promise<number | undefined | "canceled"> {
  const summary = store.study(target.study);
  const wanted = wantedTrials(target.trials, summary);
  // If the text does not say, the training process knows better than the last run.
  if (wanted === null || !hasAllTrials(target.trials, summary))
    return target.trials === null || wanted === null ? undefined : wanted;
  const more = await askCount({
    title: `${target.study.name} has finished ${plural(wanted, "trial")}`,
    prompt: "How many more trials?",
    value: 10,
  });
  return more === undefined ? "canceled" : summary!.finished + more;
}
