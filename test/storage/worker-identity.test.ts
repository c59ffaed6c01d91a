import { spawnSync } from "node:child_process";
import { hostname } from "node:os";
import { describe, expect, it } from "vitest";
import type { Json } from "../../src/engine/trial/trial-snapshot.js";
import { MemoryStorage } from "../../src/storage/memory.js";
import {
  countRunningElsewhere,
  failTrialsOfDeadProcesses,
  isKnownToRun,
  processesAtWork,
  WORKER_KEY,
  workerIdentity,
} from "../../src/storage/worker-identity.js";

/** A study with one RUNNING trial for each of these workers; `undefined`: one that says nothing of its worker. */
function study(workers: readonly (Json | undefined)[]) {
  const storage = new MemoryStorage();
  const id = storage.createStudy("s", ["minimize"]);
  for (const worker of workers) {
    const trial = storage.createTrial(id);
    if (worker !== undefined) storage.setTrialSystemAttr(trial.id, WORKER_KEY, worker);
  }
  return { storage, id };
}

/** The pid of a process that has ended. */
const deadPid = spawnSync(process.execPath, ["-e", ""]).pid;

describe("trials left RUNNING", () => {
  it("fail when their process, of this machine, has died", () => {
    const { storage, id } = study([{ host: hostname(), pid: deadPid, started: "1" }]);
    expect(failTrialsOfDeadProcesses(storage, id)).toEqual([0]);
    expect(storage.getTrials(id)[0]).toMatchObject({
      state: "FAIL",
      systemAttrs: { fail_reason: `The process that ran this trial (${deadPid}) died.` },
    });
  });

  it("fail when another process has the pid now", () => {
    const { storage, id } = study([{ host: hostname(), pid: process.pid, started: "an earlier time" }]);
    expect(failTrialsOfDeadProcesses(storage, id)).toEqual([0]);
  });

  it("stay when their process lives, is of another machine, or is not known", () => {
    const elsewhere = { host: "another machine", pid: deadPid, started: "1" };
    const { storage, id } = study([workerIdentity(), elsewhere, undefined]);
    expect(failTrialsOfDeadProcesses(storage, id)).toEqual([]);
    expect(storage.getTrials(id, ["RUNNING"])).toHaveLength(3);
  });
});

describe("a trial without a heartbeat", () => {
  it("is known to run when its process lives on this machine", () => {
    const dead = { host: hostname(), pid: deadPid, started: "1" };
    const elsewhere = { ...(workerIdentity() as object), host: "another machine" };
    const { storage, id } = study([workerIdentity(), dead, elsewhere, undefined]);
    const trials = storage.getTrials(id);
    expect(trials.map(isKnownToRun)).toEqual([true, false, false, false]);
  });

  it.runIf(process.platform === "linux")("is known to run whatever was done to the time of day since it began", () => {
    const { storage, id } = study([workerIdentity()]);
    const [trial] = storage.getTrials(id);
    expect(isKnownToRun({ ...trial!, datetimeStart: new Date(0) })).toBe(true);
  });

  it.runIf(process.platform === "linux")("is not known to run when its process was one of another boot", () => {
    const { started, ...worker } = workerIdentity() as { started: string };
    const [ticks] = started.split(" ");
    const { storage, id } = study([{ ...worker, started: `${ticks} another-boot` }]);
    expect(storage.getTrials(id).map(isKnownToRun)).toEqual([false]);
  });
});

describe("the processes at work on a study", () => {
  it("are those that live, of trials that run or have just ended", () => {
    const dead = { host: hostname(), pid: deadPid, started: "1" };
    const elsewhere = { host: "another machine", pid: 1, started: "1" };
    const { storage, id } = study([workerIdentity(), dead, elsewhere, undefined]);
    const trials = () => storage.getTrials(id);
    expect(processesAtWork(trials())).toEqual([process.pid]);
    expect(countRunningElsewhere(trials())).toBe(2);
    storage.setTrialState(trials()[0]!.id, "COMPLETE", [1]);
    expect(processesAtWork(trials())).toEqual([process.pid]);
    const long = trials().map((trial) => ({ ...trial, datetimeComplete: new Date(Date.now() - 120_000) }));
    expect(processesAtWork(long)).toEqual([]);
  });
});
