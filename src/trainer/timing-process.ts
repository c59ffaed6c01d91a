import { openStudy } from "../engine/study/open-study.js";
import type { Objective } from "../engine/objective.js";
import { openStorage } from "../storage/open.js";
import { StepTimer } from "../tensorflow/backends/step-timer.js";
import { startWatchdog } from "../watchdog/watchdog.js";
import { backendAfterLoading, backendBeforeLoading, shareCores } from "./backend-choice.js";
import { type CallContext, RunningTrial } from "./call-context.js";
import { errorMessage } from "./error-location.js";
import { ObjectiveGuard } from "./objective-guard.js";
import { RunControl } from "./run-control.js";
import { loadSeeded } from "./seeded-loading.js";
import { loadStudies } from "./study-file.js";
import type { TimingAnswer, TimingRequest } from "./time-backends.js";
import { inTrialEnvironment, objectiveResult } from "./trial-environment.js";

/**
 * The process that times a study's first training steps on one backend. It runs the first trial, of a study in memory, until enough steps
 * are timed: the study's own process and storage know nothing of it, so no result can depend on it.
 */

/** For how long steps are timed. */
const TIMED_MS = 2_000;

startWatchdog(async () => {});
const request = JSON.parse(process.argv[2]!) as TimingRequest;
const answer = await timeSteps(request).catch((error: unknown): TimingAnswer => ({ reason: errorMessage(error) }));
process.send!(answer, () => process.exit());

async function timeSteps({ file, exportName, backend, seed, epochs, processes, folder }: TimingRequest) {
  const context = silentContext();
  // That it is tried in a process of its own is seen to.
  const training = { file, backend, joins: true };
  const early = await backendBeforeLoading(training, context);
  const loading = await loadSeeded(file, { study: exportName, seed }, () => loadStudies(file));
  const { backend: active } = await backendAfterLoading(early, undefined, training, context);
  await shareCores(active, processes);
  const { definition } = loading.result.find((found) => found.exportName === exportName)!;
  const timer = new StepTimer(TIMED_MS);
  const { study } = openStudy(definition, { storage: openStorage("memory"), seed });
  const objective: Objective = (trial) =>
    inTrialEnvironment(
      trial,
      () => {},
      () => objectiveResult(definition, trial, context),
    );
  const trained = study.optimize(objective, { trials: 1, epochs, makeFolder: () => folder });
  const ms = await Promise.race([timer.done, trained.then(() => timer.soFar)]);
  if (ms !== undefined) return { ms };
  return { reason: `its first trial took fewer than the ${StepTimer.leastSteps} training steps that timing needs.` };
}

function silentContext(): CallContext {
  const nothing = () => {};
  return {
    cwd: process.cwd(),
    events: { studyStarted: nothing, trialStarted: nothing, epoch: nothing, trialFinished: nothing, log: nothing },
    signal: new AbortController().signal,
    guard: new ObjectiveGuard(),
    runningTrial: new RunningTrial(),
    control: new RunControl(nothing),
  };
}
