import { url as inspectorUrl } from "node:inspector";
import { relative, sep } from "node:path";
import { systemClock } from "../engine/clock.js";
import { openStudy } from "../engine/study/open-study.js";
import type { StudyDefinition } from "../engine/study/define-study.js";
import { NotFoundError, TrialPruned, type TunelensError } from "../engine/errors.js";
import { countAsides, countFinished, countStates } from "../engine/trial/fail-reason.js";
import { lastStep, type TrialSnapshot } from "../engine/trial/trial-snapshot.js";
import { readFollowUp } from "../engine/study/follow-up.js";
import { type Objective, type ObjectiveProgram, programOf } from "../engine/objective.js";
import { isCaught, type OptimizeEnd } from "../engine/study/optimize.js";
import type { OptimizeOptions, Study } from "../engine/study/study.js";
import type { Space } from "../engine/space.js";
import type { StudyListener } from "../engine/study/study-settings.js";
import type { Storage } from "../engine/storage.js";
import { StudyTrial } from "../engine/trial/study-trial.js";
import type { Trial } from "../engine/trial/trial.js";
import {
  type FixedTrialRequest,
  type RunRequest,
  type RunSummary,
  STUDY_SOURCE_KEY,
  type StudyEnd,
  type StudySource,
  type StudyStarted,
  type TrialFinished,
} from "../protocol/trainer.js";
import { followUpInfo } from "../protocol/follow-up-info.js";
import { changedTrialsOf, readStudySource } from "../protocol/study-source.js";
import { PEAK_MEMORY_KEY, type PeakMemory } from "../protocol/peak-memory.js";
import { toWire } from "../protocol/wire.js";
import { adviserOf } from "./advise-to-stop.js";
import { CheckpointFolder } from "./checkpoint-folder.js";
import { chooseByTime, giveUpWebgpu } from "./automatic-backend.js";
import { shareCores } from "./backend-choice.js";
import type { CallContext } from "./call-context.js";
import { callLocation, keepUserFrames, toWireError } from "./error-location.js";
import { codeFiles, keepCode, tellLoadedSources } from "./loaded-code.js";
import { isFatal, objectiveError, returnedMistake } from "./objective-error.js";
import { openDefinition, type OpenDefinition } from "./open-definition.js";
import { countPeakMemory } from "./peak-memory.js";
import { type Accelerators, noAccelerators, planProcesses } from "./plan-processes.js";
import { keepToGpu, nvidiaGpus } from "../tensorflow/backends/nvidia-gpus.js";
import { keepToAdapter } from "../tensorflow/backends/webgpu/adapter.js";
import { adaptersOf } from "../tensorflow/backends/webgpu/adapters.js";
import { rerunError } from "./rerun-error.js";
import { tellLearned } from "./learned-study.js";
import { forgetEnd, storeEnd } from "./study-end.js";
import { changedSince, keepProgramCode, keepStudyCode } from "./study-code.js";
import { otherSeed } from "./seeded-loading.js";
import type { LoadedStudy } from "./study-file.js";
import { makeTrialFolder } from "./trial-folder.js";
import { inTrialEnvironment, objectiveResult } from "./trial-environment.js";
import { VERSION } from "../version.js";
import { CODE_KEY, codeName } from "../storage/stored-code.js";
import {
  failTrialsOfDeadProcesses,
  isKnownToRun,
  processesAtWork,
  WORKER_KEY,
  workerIdentity,
} from "../storage/worker-identity.js";
import { bestOf, epochEnded, locatedWarning, trialFinishedEvent } from "./trial-events.js";

const STORED_AS_FAILED =
  "The trial is stored as failed, and the study ends. To continue after errors, set `catch: true` in its definition.";

type StudyRunEnd = Pick<RunSummary, "reason" | "goesOn">;

/** Runs or resumes a study until all its trials have finished, it times out, or the user stops it. */
export async function runStudy(request: RunRequest, context: CallContext): Promise<RunSummary> {
  const startedAt = performance.now();
  if (request.gpu !== undefined) keepToGpu(request.gpu);
  if (request.adapter !== undefined) keepToAdapter(request.adapter);
  keepRunCode(request, context);
  let opened = await openDefinition(request, context);
  const { definition } = opened.found;
  const { storage, storageUrl } = opened;
  try {
    if (request.identity !== undefined) checkIdentity(storage, definition.name, request.identity);
    const listener: StudyListener = {};
    const joined = request.joins ? { ...definition, loadIfExists: true } : definition;
    const { study, created } = openStudy(joined, { storage, seed: request.seed, listener });
    Object.assign(listener, studyListener(context, study, opened.found));
    keepStudyCode(study, request, context);
    tellLearned(study, request, context);
    forgetEnd(study, request.joins ?? false);
    if (!request.joins) tellOthers(study, context);
    // For other processes of this run, the supervisor knows why they died and reports it.
    if (!request.joins)
      for (const number of failTrialsOfDeadProcesses(storage, study.id))
        context.events.log({
          level: "warn",
          message: `Trial ${number} is marked as failed: the process that ran it died.`,
        });
    const before = readStudySource(storage.getStudy(study.id).systemAttrs);
    const trials = trialsToReach(request, context, definition, before) ?? null;
    opened = { ...opened, backend: await chooseByTime(opened, study, request, trials, context) };
    const processes = planProcesses(request, opened, study, trials, await acceleratorsOf(opened, request, context));
    if (processes.gpus.length > 1) keepToGpu(processes.gpus[0]!);
    const backend = await shareCores(opened.backend, processes.parallel);
    const started = { trials, resumed: !created, file: request.file, processes };
    const training = { epochs: request.epochs ?? definition.epochs.study ?? null, backend };
    announce({ ...opened, ...training }, context, study, started, before);
    const drewElsewhere = request.joins ? undefined : otherSeed(opened.loading, study.seed);
    if (drewElsewhere) context.events.log({ level: "warn", message: `Study "${study.name}": ${drewElsewhere}` });
    if (!request.joins) tellUndebugged(definition, study, context);
    if (before && !request.joins) warnOfChanges(before, training, context, study);
    const run = request.fixedTrial
      ? runFixedTrial(opened, context, study, request, request.fixedTrial)
      : optimize(opened, context, study, request, trials ?? undefined);
    const { reason, goesOn } = await storingEnd(study, run);
    return {
      storage: storageUrl,
      study: study.name,
      reason,
      counts: countStates(study.trials),
      ...countAsides(study.trials),
      finished: countFinished(study.trials),
      best: bestOf(study.trials, study.directions),
      front: study.directions.length > 1 ? study.bestTrials.length : null,
      durationMs: performance.now() - startedAt,
      goesOn,
    };
  } finally {
    context.runningTrial.end();
    storage.close();
  }
}

/** The GPUs that TensorFlow or an objective's program trains on, or webgpu's adapters. */
async function acceleratorsOf(
  { backend, found: { definition } }: OpenDefinition,
  { joins }: RunRequest,
  { cwd }: CallContext,
): Promise<Accelerators> {
  if (joins) return noAccelerators;
  if (backend?.backend === "webgpu") return { ...noAccelerators, adapters: await adaptersOf(cwd) };
  const isUsed = backend ? backend.backend === "tfjs-node-gpu" : programOf(definition) !== undefined;
  return isUsed ? { ...noAccelerators, gpus: await nvidiaGpus() } : noAccelerators;
}

async function storingEnd(study: Study, run: Promise<StudyRunEnd>): Promise<StudyRunEnd> {
  try {
    const end = await run;
    if (!end.goesOn) storeEnd(study, { reason: end.reason, error: null });
    return end;
  } catch (error) {
    const { code, message } = toWireError(error);
    // Another process goes on in place of one that can no longer train.
    if (!isFatal(error)) storeLastly(study, { reason: "error", error: { code, message } });
    throw error;
  }
}

/** The error that ended the run may be the storage's. */
function storeLastly(study: Study, end: StudyEnd): void {
  try {
    storeEnd(study, end);
  } catch {
    // Nothing can be stored.
  }
}

function tellOthers(study: Study, { events }: CallContext): void {
  const pids = processesAtWork(study.trials);
  if (pids.length === 0) return;
  const who = pids.length === 1 ? `in process ${pids[0]}` : `in processes ${pids.join(", ")}`;
  const message = `Study "${study.name}" is already running ${who}. This run joins it. No trial runs twice.`;
  events.log({ level: "warn", message });
}

/** Reports to the parent what is loaded, and loads the code of the run's other processes. */
function keepRunCode({ code = [] }: RunRequest, { events }: CallContext): void {
  tellLoadedSources((source) => events.sourceLoaded?.(source));
  const changed = keepCode(code);
  if (changed.length > 0) events.codeChanged?.(changed);
}

/** A process that joins a run continues exactly the study that the run started with, and no other of the same name. */
function checkIdentity(storage: Storage, name: string, identity: string): void {
  const id = storage.findStudy(name);
  if (id !== undefined && storage.identityOf?.(id) === identity) return;
  throw new NotFoundError(
    "study-deleted",
    `Study "${name}" in ${storage.url} is not the one that this run started with: the study was deleted, or another file was ` +
      "put in place of its database.",
  );
}

type Training = Pick<StudySource, "epochs" | "backend">;

/** Warns if new trials train with other settings than the existing ones, if both are known. */
function warnOfChanges(before: Training, now: Training, { events }: CallContext, study: Study): void {
  const pairs = [
    [before.epochs, now.epochs, " epochs"],
    [before.backend?.backend, now.backend?.backend, ""],
  ] as const;
  const changed = pairs.filter(([then, current]) => then != null && current != null && then !== current);
  if (changed.length === 0 || countFinished(study.trials) === 0) return;
  const what = changed.map(([then, current, unit]) => `${current}${unit} instead of ${then}`).join(" and ");
  const message = `Study "${study.name}" continues with ${what}, so its new trials are not quite comparable with the earlier ones.`;
  events.log({ level: "warn", message });
}

/** The debugger is attached to this process, and a command's program is another. */
function tellUndebugged(definition: StudyDefinition, study: Study, { events }: CallContext): void {
  if (inspectorUrl() === undefined || !programOf(definition)) return;
  const message = `Study "${study.name}" runs a program for each trial. The program itself is not debugged: breakpoints in it do nothing.`;
  events.log({ level: "warn", message });
}

function announce(
  { found, backend, storageUrl, epochs }: OpenDefinition & Training,
  { events, cwd, control }: CallContext,
  study: Study,
  run: Pick<StudyStarted, "trials" | "resumed" | "file" | "processes">,
  before: StudySource | null,
): void {
  const { exportName, definition } = found;
  const codedTrials = definition.trials ?? null;
  const changedTo = control.trials ?? changedTrialsOf(before, codedTrials);
  // A scheduler takes the place of the pruner.
  const names = { sampler: study.sampler.name, pruner: definition.scheduler?.name ?? study.pruner.name };
  const source: StudySource = {
    file: relative(cwd, run.file).split(sep).join("/"),
    exportName,
    trials: run.trials,
    codedTrials,
    changedTrials: changedTo === undefined ? null : { from: codedTrials, to: changedTo },
    ...names,
    seed: study.seed ?? null,
    epochs,
    backend,
    node: process.version,
    version: VERSION,
  };
  study.storage.setStudySystemAttr(study.id, STUDY_SOURCE_KEY, { ...source, backend: backend && { ...backend } });
  const identity = study.storage.identityOf?.(study.id);
  events.studyStarted({
    ...run,
    ...(identity === undefined ? {} : { identity }),
    ...names,
    storage: storageUrl,
    study: study.name,
    exportName,
    directions: study.directions,
    finishedBefore: countFinished(study.trials),
    best: bestOf(study.trials, study.directions),
    retrain: false,
    followUp: followUpInfo(readFollowUp(study.storage, study.name)),
    backend,
  });
}

async function runFixedTrial(
  { found: { definition, location } }: OpenDefinition,
  context: CallContext,
  study: Study,
  request: RunRequest,
  { number, params }: FixedTrialRequest,
): Promise<StudyRunEnd> {
  const startedAt = performance.now();
  const finish = (end: Pick<TrialFinished, "state" | "values" | "lastStep">) =>
    context.events.trialFinished({
      ...end,
      number,
      params,
      durationMs: performance.now() - startedAt,
      best: null,
      finished: 1,
    });
  context.events.trialStarted({ number, startedAt: systemClock.timeOfDay() });
  const objective: Objective = (trial) => runObjective(definition, trial, context, study);
  const options = { number, epochs: request.epochs ?? definition.epochs.study, purpose: "study" } as const;
  try {
    const makeFolder = () => makeTrialFolder(context.cwd, study.name, `debugging-${number}`);
    const ran = await study.retrainTrial(objective, params, { ...options, signal: context.signal, makeFolder });
    finish({ state: "COMPLETE", values: ran.values.map(toWire), lastStep: lastStep(ran) });
    return { reason: "trials", goesOn: false };
  } catch (error) {
    if (context.signal.aborted) return { reason: "stopped", goesOn: false };
    if (!(error instanceof TrialPruned)) throw rerunError(`Study "${study.name}", trial ${number}`, error, location);
    finish({ state: "PRUNED", values: null, lastStep: null });
    return { reason: "trials", goesOn: false };
  }
}

async function optimize(
  opened: OpenDefinition,
  context: CallContext,
  study: Study,
  request: RunRequest,
  trials: number | undefined,
): Promise<StudyRunEnd> {
  const { definition, location } = opened.found;
  // A study in memory would be lost with each process.
  const isolated = definition.isolation === "trial" && study.storage.url !== "memory";
  let ran = 0;
  let lost: TunelensError | undefined;
  let failed: { readonly number: number; readonly error: unknown } | undefined;
  let mistake: TunelensError | undefined;
  const program = programOf(definition);
  const objective: Objective = async (trial) => {
    ran++;
    try {
      if (program && trial instanceof StudyTrial) keepProgramCode(study, trial, program, request, context);
      const result = await runObjective(definition, trial, context, study);
      mistake = trial.signal.aborted ? undefined : returnedMistake(result, study.directions.length);
      if (mistake) failed = { number: trial.number, error: mistake };
      return result;
    } catch (error) {
      if (isFatal(error)) {
        lost = error;
        giveUpWebgpu(opened, study, request, error, context);
      }
      if (!(error instanceof TrialPruned)) failed = { number: trial.number, error };
      keepUserFrames(error);
      throw error;
    }
  };
  const code = codeName(codeFiles(request.file));
  const checkpoints = openCheckpoints(definition, context, study, request);
  const options = {
    ...(isolated ? { trials: 1 } : {}),
    systemAttrs: { [WORKER_KEY]: workerIdentity(), [CODE_KEY]: code },
    checkpoints,
    isKnownToRun,
    epochs: request.epochs ?? definition.epochs.study,
    makeFolder: (number: number) => makeTrialFolder(context.cwd, study.name, `trial-${number}`),
    catch: definition.catch,
    terminator: definition.terminator,
    signal: context.signal,
    // `lost`: this process can no longer train, whatever errors the study catches. `mistake`: every trial would repeat it.
    callbacks: [
      () => {
        if (lost) throw lost;
        if (mistake && !isCaught(mistake, definition.catch)) throw mistake;
      },
      adviserOf(definition, context.events),
    ],
  };
  const end = context.control.begin(study);
  try {
    const timeout = request.timeout ?? definition.timeout;
    const reason = await untilPaused(study, context, timeout, trials, (limits) =>
      study.optimize(objective, { ...options, ...limits }),
    );
    return { reason, goesOn: isolated && reason === "trials" && ran > 0 };
  } catch (error) {
    if (error === lost) throw error;
    throw failed && failed.error === error
      ? objectiveError(`Study "${study.name}", trial ${failed.number}`, error, location, STORED_AS_FAILED)
      : error;
  } finally {
    end();
    checkpoints?.sweep();
  }
}

function openCheckpoints(
  definition: StudyDefinition,
  { events }: CallContext,
  study: Study,
  request: RunRequest,
): CheckpointFolder | undefined {
  const { checkpoints: limits } = definition;
  const folder = study.storage.checkpointFolder?.(study.id);
  if (!limits || folder === undefined) return undefined;
  const warn = (message: string) => events.log({ level: "warn", message });
  const changes = (trial: TrialSnapshot) => changedSince(study, trial, request, programOf(definition));
  const checkpoints = new CheckpointFolder(study, folder, { limits, changedSince: changes, warn });
  checkpoints.sweep();
  return checkpoints;
}

type Limits = Pick<OptimizeOptions<Space>, "totalTrials" | "timeout">;

/** Optimizes until it ends for another reason than a pause that was taken back. */
async function untilPaused(
  study: Study,
  { control, signal }: CallContext,
  timeout: number | undefined,
  trials: number | undefined,
  optimize: (limits: Limits) => Promise<OptimizeEnd>,
): Promise<RunSummary["reason"]> {
  const startedAt = performance.now();
  for (;;) {
    const totalTrials = control.trials ?? trials;
    const left = timeout === undefined ? undefined : timeout - (performance.now() - startedAt) / 1000;
    if (control.isPausing) return countFinished(study.trials) >= (totalTrials ?? Infinity) ? "trials" : "paused";
    if (left !== undefined && left <= 0) return "timeout";
    const reason = await optimize({ totalTrials, timeout: left });
    if (reason !== "stopped" || signal.aborted) return reason;
  }
}

/** A follow-up that was just made, or asked for again, has taken the request's trials for its own. */
function trialsToReach(
  { trials, freeze }: RunRequest,
  { control }: CallContext,
  definition: StudyDefinition,
  before: StudySource | null,
): number | undefined {
  const asked = control.trials ?? (freeze ? undefined : trials);
  return asked ?? changedTrialsOf(before, definition.trials ?? null) ?? definition.trials;
}

async function runObjective(definition: StudyDefinition, trial: Trial, context: CallContext, study: Study) {
  const program = programOf(definition);
  const peakMemory = program ? () => peakOf(program, trial) : countPeakMemory();
  if (trial instanceof StudyTrial) context.runningTrial.begin(study.storage, trial.id);
  // The sentence names its lines itself.
  const warnOfLeaks = (sentence: string) => trial.warnOnce("leaks", sentence, { stack: "" });
  try {
    return await inTrialEnvironment(trial, warnOfLeaks, () => objectiveResult(definition, trial, context));
  } finally {
    const peak = peakMemory();
    // A stopped trial may already have finished, and stays as it is.
    if (peak && trial instanceof StudyTrial && !trial.signal.aborted)
      study.storage.setTrialSystemAttr(trial.id, PEAK_MEMORY_KEY, { ...peak });
  }
}

/** What the trial's program held; this process only waits for it. */
function peakOf(program: ObjectiveProgram, trial: Trial): PeakMemory | undefined {
  const bytes = program.peakMemory(trial);
  return bytes === undefined ? undefined : { bytes, since: "trial" };
}

function studyListener(
  { events, runningTrial }: CallContext,
  study: Study,
  { definition: { catch: caught }, location }: LoadedStudy,
): StudyListener {
  // Trials that stream epochs report their values too: once is enough.
  let tellsEpochs = -1;
  let trialStartedAt = 0;
  return {
    warn: (message, about) =>
      events.log(
        locatedWarning(message, about === "definition" ? location : about && (callLocation(about.stack) ?? location)),
      ),
    info: (message) => events.log({ level: "info", message }),
    trialStarted({ number, datetimeStart }) {
      trialStartedAt = performance.now();
      events.trialStarted({ number, startedAt: datetimeStart.getTime() });
    },
    epoch(progress) {
      tellsEpochs = progress.number;
      events.epoch(epochEnded(progress));
    },
    report({ number, step, value }) {
      if (tellsEpochs === number) return;
      events.epoch({ number, epoch: step, epochs: null, logs: { value: toWire(value) } });
    },
    trialFinished(trial, outcome) {
      runningTrial.end();
      // The clock that the stored times come from may have been set since.
      const durationMs = performance.now() - trialStartedAt;
      const event = trialFinishedEvent(trial, outcome, study.trials, study.directions, caught);
      const failLocation = event.failKind === "result" ? { failLocation: location } : {};
      events.trialFinished({ ...event, ...failLocation, durationMs });
    },
  };
}
