import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { hostname, uptime } from "node:os";
import { systemClock } from "../engine/clock.js";
import { FAIL_REASON_KEY, STOPPED_REASON } from "../engine/trial/fail-reason.js";
import { TrialFinishedError } from "../engine/errors.js";
import type { TrialSnapshot, Json } from "../engine/trial/trial-snapshot.js";
import type { Storage } from "../engine/storage.js";

/** The system attribute that says which process runs a trial. */
export const WORKER_KEY = "tunelens:worker";

/** This process, such that another one on this machine can tell whether it still lives. */
export function workerIdentity(): Json {
  return { host: hostname(), pid: process.pid, started: processStart(process.pid) };
}

/**
 * Fails the RUNNING trials of processes of this machine that are gone: they were killed, or the machine was switched off. Trials of other
 * machines, and those of other programs, are left to their heartbeat.
 * @param reasons why a process died, by its pid, where that is known; null: the user stopped it.
 * @returns the numbers of those trials.
 */
export function failTrialsOfDeadProcesses(
  storage: Storage,
  studyId: number,
  reasons: Readonly<Record<number, string | null>> = {},
): number[] {
  const failed: number[] = [];
  for (const trial of storage.getTrials(studyId, ["RUNNING"])) {
    const worker = trial.systemAttrs[WORKER_KEY];
    if (!isWorker(worker) || worker.host !== hostname() || isRunning(worker)) continue;
    try {
      const { [worker.pid]: reason = `The process that ran this trial (${worker.pid}) died.` } = reasons;
      const systemAttrs = { [FAIL_REASON_KEY]: reason ?? STOPPED_REASON };
      storage.setTrialState(trial.id, "FAIL", null, { systemAttrs });
      failed.push(trial.number);
    } catch (error) {
      if (!(error instanceof TrialFinishedError)) throw error; // Another process was faster.
    }
  }
  return failed;
}

/**
 * Whether a trial's process is one of this machine that lives, whatever its heartbeat and the time of day say. Where the system does not
 * tell when a process started, a pid says nothing of trials from before the machine did.
 */
export function isKnownToRun({ systemAttrs, datetimeStart }: TrialSnapshot): boolean {
  const worker = systemAttrs[WORKER_KEY];
  if (!isWorker(worker) || worker.host !== hostname()) return false;
  if (worker.started !== null) return isRunning(worker);
  const machineStart = systemClock.timeOfDay() - uptime() * 1000;
  return datetimeStart !== null && datetimeStart.getTime() >= machineStart && isRunning(worker);
}

/** For so long after its last trial a process that lives is still at work: between two trials it has none. */
const BETWEEN_TRIALS_MS = 60_000;

/** The processes of this machine that work on a study now, by their pid. */
export function processesAtWork(trials: readonly TrialSnapshot[]): number[] {
  const since = systemClock.timeOfDay() - BETWEEN_TRIALS_MS;
  const latest = new Map<number, TrialSnapshot>();
  for (const trial of trials) {
    const worker = trial.systemAttrs[WORKER_KEY];
    const isRecent = trial.state === "RUNNING" || (trial.datetimeComplete?.getTime() ?? 0) >= since;
    if (isRecent && isWorker(worker)) latest.set(worker.pid, trial);
  }
  return [...latest].flatMap(([pid, trial]) => (isKnownToRun(trial) ? [pid] : []));
}

/** How many trials are RUNNING of which only their own machine, or program, knows whether anybody works on them. */
export function countRunningElsewhere(trials: readonly TrialSnapshot[]): number {
  return trials.filter(({ state, systemAttrs }) => {
    const worker = systemAttrs[WORKER_KEY];
    return state === "RUNNING" && !(isWorker(worker) && worker.host === hostname());
  }).length;
}

/** Which process runs or ran a trial; null: another program's. */
export function workerOf({ systemAttrs }: TrialSnapshot): WorkerRecord | null {
  const worker = systemAttrs[WORKER_KEY];
  return isWorker(worker) ? worker : null;
}

export interface WorkerRecord {
  readonly host: string;
  readonly pid: number;
  readonly started: string | null;
}

function isWorker(value: unknown): value is WorkerRecord {
  return typeof value === "object" && value !== null && "host" in value && "pid" in value && "started" in value;
}

function isRunning({ pid, started }: WorkerRecord): boolean {
  if (pid === process.pid) return started === processStart(pid);
  try {
    process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
  return processStart(pid) === started;
}

/**
 * When a process started, so that one that has its pid later is not taken for it, nor one of another boot; null where the system does not
 * say. Nothing of it changes when the time of day is set.
 */
function processStart(pid: number): string | null {
  if (process.platform === "darwin") return startByPs(pid);
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The second field is the command in brackets, which may itself hold spaces and brackets; the start, in ticks since the boot, is field 22.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    if (fields[0] === "Z" || fields[19] === undefined) return "ended";
    return `${fields[19]} ${readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim()}`;
  } catch {
    return null;
  }
}

/** macOS keeps the moment as it was told when the process started. */
function startByPs(pid: number): string | null {
  const env = { ...process.env, LC_ALL: "C", TZ: "UTC" };
  const { stdout } = spawnSync("ps", ["-o", "lstart=", "-p", String(pid)], { encoding: "utf8", env });
  return stdout?.trim() || null;
}
