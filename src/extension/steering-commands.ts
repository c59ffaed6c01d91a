import { shownState } from "../format/shown-state.js";
import { plural } from "../format/plural.js";
import type { InspectorFunctions, StudySummary } from "../protocol/inspector.js";
import { askCount } from "./ask-count.js";
import type { CommandHandlers } from "./commands.js";
import { askParams } from "./enqueue-trial.js";
import { failureLocation } from "./failure-location.js";
import { openLocation } from "./open-location.js";
import { isReallyInside } from "./readable.js";
import { formatTrials, wantedTrials } from "./study-format.js";
import type { StudyPicker } from "./study-picker.js";
import type { StudyRunner } from "./study-runner.js";
import type { StudyStore } from "./study-store.js";
import { type StudyTarget, targetOf } from "./study-target.js";
import { showMessage, showStatusMessage } from "./surfaces.js";
import { workspaceFolders } from "./workspace-folder.js";
import { checkTrust } from "./workspace-trust.js";

interface Parts {
  readonly store: StudyStore;
  readonly runner: StudyRunner;
  readonly inspector: InspectorFunctions;
  readonly picker: StudyPicker;
}

type SteeringHandlers = Pick<
  CommandHandlers,
  | "tunelens.pauseStudy"
  | "tunelens.changeTrials"
  | "tunelens.enqueueTrial"
  | "tunelens.stopTrial"
  | "tunelens.runTrialAgain"
  | "tunelens.openFailure"
>;

/** What is asked of a study while it runs, and of its queue. */
export class SteeringCommands {
  constructor(private readonly parts: Parts) {}

  handlers(): SteeringHandlers {
    return {
      "tunelens.pauseStudy": (argument) => this.pause(argument),
      "tunelens.changeTrials": (argument) => this.changeTrials(argument),
      "tunelens.enqueueTrial": (argument) => this.enqueueTrial(argument),
      "tunelens.stopTrial": (argument) => this.stopTrial(argument),
      "tunelens.runTrialAgain": (argument) => this.runAgain(argument),
      "tunelens.openFailure": (argument) => this.openFailure(argument),
    };
  }

  private async pause(argument: unknown): Promise<void> {
    const target = await this.parts.picker.studyFor(argument, "running", "Select a study to pause");
    if (!target || (await this.parts.runner.pause(target.study, true))) return;
    void showMessage("info", `${target.study.name} is not running in this window.`);
  }

  private async changeTrials(argument: unknown): Promise<void> {
    const { store, runner } = this.parts;
    const found = await this.stored(argument, "Select a study to change the number of trials of");
    if (!found) return;
    const { target, summary } = found;
    const { study, folder } = target;
    const run = store.run(study);
    if (!run && summary.source === null) {
      void showMessage("info", `${study.name} is read-only: Tunelens did not start it.`);
      return;
    }
    const finished = run?.finished ?? summary.finished;
    const present = run ? run.trials : wantedTrials(target.trials, summary);
    const total =
      target.total ??
      (await askCount({
        title: `${study.name}: ${formatTrials(finished, present)}`,
        prompt: "How many trials in total? The study file is not changed.",
        value: present ?? finished + 10,
      }));
    if (total === undefined) return;
    await runner.setTrials(study, folder, total);
    await store.refresh(study.storage);
    showStatusMessage("check", `${study.name} now runs until ${total} trials have finished.`, 6_000);
  }

  private async enqueueTrial(argument: unknown): Promise<void> {
    const found = await this.stored(argument, "Select a study to enqueue a trial in");
    if (!found) return;
    const { target, summary } = found;
    const { study } = target;
    if (summary.params.length === 0) {
      const message = `${study.name} has no trial yet, so its parameters are unknown. Start it first, or use \`enqueue\` in its file.`;
      void showMessage("info", message);
      return;
    }
    const params = target.params ?? (await askParams(summary, await this.paramsOf(target, summary)));
    if (params) await this.enqueue(target, [params]);
  }

  private async paramsOf({ study, trial }: StudyTarget, { best }: StudySummary) {
    if (trial === undefined) return best?.params ?? {};
    return (await this.parts.inspector.getTrial(study.storage, study.name, trial)).params;
  }

  private async runAgain(argument: unknown): Promise<void> {
    const target = targetOf(argument);
    const numbers = target?.numbers ?? (target?.trial === undefined ? [] : [target.trial]);
    if (!target || numbers.length === 0 || !(await checkTrust())) return;
    const { storage, name } = target.study;
    const query = { offset: 0, limit: numbers.length, filter: `number in (${numbers.join(", ")})` };
    const { rows } = await this.parts.inspector.listTrials(storage, name, query);
    await this.enqueue(
      target,
      rows.map(({ params }) => params),
    );
  }

  private async enqueue(
    { study, folder }: StudyTarget,
    trials: readonly NonNullable<StudyTarget["params"]>[],
  ): Promise<void> {
    const { store, runner } = this.parts;
    await runner.enqueue(study, folder, trials);
    await store.refresh(study.storage);
    const runs = store.run(study) !== undefined || store.runsElsewhere(study);
    const [what, runsThen] =
      trials.length === 1 ? ["a trial", "It runs"] : [plural(trials.length, "trial"), "They run"];
    showStatusMessage(
      "run-all",
      `Enqueued ${what} of ${study.name}. ${runsThen} ${runs ? "next" : "when the study is resumed"}.`,
      6_000,
    );
  }

  private async stopTrial(argument: unknown): Promise<void> {
    const target = targetOf(argument);
    if (target?.trial === undefined || (await this.parts.runner.stopTrial(target.study, target.trial))) return;
    void showMessage("info", `Trial ${target.trial} of ${target.study.name} is not running in this window.`);
  }

  private async openFailure(argument: unknown): Promise<void> {
    const target = targetOf(argument);
    if (target?.trial === undefined) return;
    const { storage, name } = target.study;
    const trial = await this.parts.inspector.getTrial(storage, name, target.trial);
    const location = failureLocation(trial.failReason ?? "", (path) => isReallyInside(path, workspaceFolders()));
    if (location) return openLocation(location);
    const what = shownState(trial) === "FAIL" ? "names no line of a file in this workspace" : "did not fail";
    void showMessage("info", `Trial ${target.trial} of ${name} ${what}.`);
  }

  /** A stored study, in a trusted workspace. */
  private async stored(
    argument: unknown,
    title: string,
  ): Promise<{ readonly target: StudyTarget; readonly summary: StudySummary } | undefined> {
    if (!(await checkTrust())) return undefined;
    const { store, picker } = this.parts;
    const target = await picker.studyFor(argument, "stored", title);
    if (!target) return undefined;
    await store.refresh(target.study.storage);
    const summary = store.study(target.study);
    if (!summary) void showMessage("info", `${target.study.name} has not run yet.`);
    return summary && { target, summary };
  }
}
