import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { dirname, join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import type { RegisteredRun, RunEvents, RunOrder, RunTask, StartedProcess, Steering } from "../../src/protocol/run.js";
import type {
  EpochEnded,
  RetrainSummary,
  RunRequest,
  TrialFinished,
  TrialStarted,
} from "../../src/protocol/trainer.js";
import { type AttachedRun, attachRun, newRunId, startRun } from "../../src/supervisor/run-client.js";
import { folderOfRuns, listRuns, newSocket, register, runsStudy } from "../../src/supervisor/run-registry.js";
import { program } from "../programs.js";
import { isAlive } from "../trainer/is-alive.js";
import { thisNode } from "../trainer/recorded-trainer.js";
import { studyFolder } from "../trainer/study-folder.js";
import { pause, until } from "../wait.js";

const entry = program("supervisor/main");

/** What somebody who is attached was told. */
function recorder() {
  const told = {
    studies: [] as string[],
    trialsStarted: [] as TrialStarted[],
    epochs: [] as EpochEnded[],
    finished: [] as TrialFinished[],
    processes: [] as StartedProcess[],
    steering: [] as Steering[],
    output: "",
  };
  const events: Omit<RunEvents, "ended"> = {
    studyStarted: ({ study }) => void told.studies.push(study),
    trialStarted: (event) => void told.trialsStarted.push(event),
    epoch: (event) => void told.epochs.push(event),
    trialFinished: (event) => void told.finished.push(event),
    processStarted: (event) => void told.processes.push(event),
    steered: (event) => void told.steering.push(event),
    output: ({ text }) => void (told.output += text),
    log: () => {},
  };
  return { told, events };
}

/** A study of a fixture file in a run process of its own, with whoever started it. */
function started(file: string, request: Partial<RunRequest> = {}, { owns = false } = {}) {
  const folder = studyFolder();
  const task = { kind: "study", request: { file: join(folder, file), ...request } } as const;
  return { ...startedIn(folder, task, { owns }), folder };
}

function startedIn(folder: string, task: RunTask, { owns = false } = {}) {
  const { told, events } = recorder();
  const run = startRun({ entry, owns, events, order: orderOf(folder, task) });
  onTestFinished(() => endAll(folder));
  return { run, told };
}

function orderOf(folder: string, task: RunTask): RunOrder {
  return {
    ...{
      id: newRunId(),
      cwd: folder,
      parent: "test",
      command: "again",
      runtime: thisNode,
      env: {},
      execArgv: [],
      task,
    },
  };
}

async function endAll(folder: string): Promise<void> {
  for (const { pid } of await listRuns(folder)) process.kill(pid, "SIGKILL");
}

function attached(
  run: RegisteredRun,
  { owns = false } = {},
): { run: AttachedRun; told: ReturnType<typeof recorder>["told"] } {
  const { told, events } = recorder();
  return { run: attachRun(run, { events, owns }), told };
}

/** `heedful` of `endless.study.ts`: trial 0 ends, trial 1 runs until it is stopped. */
async function endless(options: { owns?: boolean } = {}) {
  const begun = started("endless.study.ts", { study: "heedful" }, options);
  await until("the endless trial runs", () => begun.told.trialsStarted.length === 2);
  const [registered] = await listRuns(begun.folder);
  return { ...begun, registered: registered! };
}

describe("a run process", () => {
  it("runs a study to its end, and leaves nothing behind", async () => {
    const { run, told, folder } = started("quadratic.study.ts", { trials: 3 });
    expect(await run.result).toMatchObject({ summary: { study: "quadratic", reason: "trials", finished: 3 } });
    expect(told.finished.map(({ number }) => number)).toEqual([0, 1, 2]);
    const { run: registered } = await run.attached;
    await until("it is gone", () => !isAlive(registered.pid));
    expect(readdirSync(join(folder, ".tunelens"))).toEqual(["studies.db"]);
    expect(existsSync(dirname(registered.socket))).toBe(false);
  });

  it("goes on when whoever started it is gone without a word; who comes later sees what went before, and the same trial", async () => {
    const { run, registered } = await endless();
    run["socket"]!.destroy();
    await expect(run.result).rejects.toMatchObject({ code: "run-lost" });
    const later = attached(registered);
    await later.run.attached;
    await until("the past is told", () => later.told.trialsStarted.length > 0);
    expect(later.told.studies).toEqual(["heedful"]);
    expect(later.told.finished).toMatchObject([{ number: 0, state: "COMPLETE" }]);
    expect(later.told.trialsStarted).toMatchObject([{ number: 1 }]);
    expect(later.told.processes).toHaveLength(1);
    later.run.stop();
    expect(await later.run.result).toMatchObject({ summary: { reason: "stopped", finished: 1 } });
    await until("its processes are gone", () => ![registered.pid, later.told.processes[0]!.pid].some(isAlive));
  });

  it("retrains a trial as it runs a study: who comes later sees its epochs and its model, and nothing is left behind", async () => {
    const { run: study, folder } = started("dense.study.ts", { trials: 1 });
    await study.result;
    const request = { file: join(folder, "dense.study.ts"), epochs: 300 };
    const { run, told } = startedIn(folder, { kind: "retrain", request });
    await until("it trains", () => told.epochs.length > 0);
    const later = attached((await run.attached).run);
    await later.run.attached;
    expect(await later.run.stopTrial(0), "it is no study's trial").toBe(false);
    await run.leave(null);
    const end = await later.run.result;
    expect(end).toMatchObject({ kind: "retrain", summary: { study: "dense net", epochs: 300 } });
    expect(existsSync(join((end as { summary: RetrainSummary }).summary.model!, "model.json"))).toBe(true);
    expect(later.told.epochs.length).toBeGreaterThan(0);
    await until("nothing is left", () => !readdirSync(join(folder, ".tunelens")).includes("runs"));
  });

  it("ends when whoever started it dies before it has attached: nobody knows of it", async () => {
    const folder = studyFolder();
    const child = spawn(process.execPath, [entry], { cwd: folder, stdio: ["ignore", "ignore", "ignore", "ipc"] });
    const request = { file: join(folder, "endless.study.ts"), study: "heedful" };
    child.send(orderOf(folder, { kind: "study", request }));
    await once(child, "message");
    child.disconnect();
    await once(child, "exit");
    expect(await listRuns(folder)).toEqual([]);
  });

  it("waits for a window to come back as long as the one that went has said, and then stops", async () => {
    const { run, registered } = await endless();
    await run.leave(2_000);
    const back = attached(registered);
    await back.run.attached;
    await pause(2_500, "the run would have stopped meanwhile");
    expect(await back.run.stopTrial(7)).toBe(false);
    await back.run.leave(1);
    await until("it is gone", () => !isAlive(registered.pid));
  });

  it("tells two who are attached the same, also how the other one steers", async () => {
    const { run, told, registered } = await endless();
    const second = attached(registered);
    await second.run.attached;
    expect(await second.run.stopTrial(7)).toBe(false);
    await second.run.setTrials(9);
    await until("the first knows", () => told.steering.length === 1);
    expect(told.steering).toEqual([{ stopping: false, pausing: false, trials: 9 }]);
    expect(await second.run.stopTrial(1)).toBe(true);
    await until("both see it end", () => [told, second.told].every(({ finished }) => finished.length === 2));
    run.stop();
    expect(await second.run.result).toEqual(await run.result);
  });

  it("ends at once with its owner's connection, and by SIGTERM as by a stop", async () => {
    const { run, registered, told } = await endless({ owns: true });
    const viewer = attached(registered);
    await viewer.run.attached;
    run["socket"]!.destroy();
    await viewer.run.result.catch(() => {});
    await until("its processes are gone", () => ![registered.pid, told.processes[0]!.pid].some(isAlive));
    const again = await endless();
    process.kill(again.registered.pid, "SIGTERM");
    expect(await again.run.result).toMatchObject({ summary: { reason: "stopped" } });
  });

  it("that is killed takes its training processes with it within 5 s, and its file is removed by whoever looks", async () => {
    const { run, registered, folder, told } = await endless();
    process.kill(registered.pid, "SIGKILL");
    const killed = performance.now();
    await expect(run.result).rejects.toMatchObject({ code: "run-lost" });
    await until("the training process is gone", () => !isAlive(told.processes[0]!.pid));
    expect(performance.now() - killed).toBeLessThan(5_000);
    expect(await listRuns(folder)).toEqual([]);
    expect(readdirSync(folderOfRuns(folder)).filter((name) => name.endsWith(".json"))).toEqual([]);
    expect(existsSync(dirname(registered.socket))).toBe(false);
  });

  it("says why it cannot run the study", async () => {
    const { run } = started("throws.study.ts");
    await expect(run.result).rejects.toMatchObject({ code: expect.any(String), location: { line: 22 } });
    const none = started("nowhere.study.ts");
    await expect(none.run.result).rejects.toThrow("nowhere.study.ts does not exist");
  });
});

describe("who may attach to a run", () => {
  it("only who has the secret, which only the user can read", async () => {
    const { run, registered, folder } = await endless();
    const stranger = attached({
      ...registered,
      secret: registered.secret.replace(/^./, (first) => (first === "0" ? "1" : "0")),
    });
    await expect(stranger.run.attached).rejects.toMatchObject({ code: "wrong-secret" });
    expect(stranger.told.studies).toEqual([]);
    stranger.run.stop();
    if (process.platform !== "win32") {
      expect(statSync(join(folderOfRuns(folder), `${registered.id}.json`)).mode & 0o777).toBe(0o600);
      expect(statSync(folderOfRuns(folder)).mode & 0o777).toBe(0o700);
      expect(statSync(dirname(registered.socket)).mode & 0o777).toBe(0o700);
    }
    expect(await run.stopTrial(7), "the run goes on").toBe(false);
    run.stop();
    await run.result;
  });
});

describe("the list of runs", () => {
  const entryOf = (folder: string, change: Partial<RegisteredRun> = {}): RegisteredRun => ({
    ...{ protocol: 1, id: newRunId(), cwd: folder, parent: "test", command: "again", pid: process.pid, code: null },
    ...{ host: hostname(), startedAt: 0, study: null, socket: newSocket(), secret: "" },
    task: { kind: "study", request: { file: "a.ts" } },
    ...change,
  });

  it("removes files of processes that are gone, whoever has their ID now, and only these", async () => {
    const folder = studyFolder();
    const [gone, elsewhere] = [entryOf(folder), entryOf(folder, { host: "another machine" })];
    const foreign = entryOf(folder, { socket: join(folder, "not-ours") });
    for (const run of [gone, elsewhere, foreign]) register(run);
    mkdirSync(join(folder, "kept"));
    writeFileSync(foreign.socket, "not a socket");
    writeFileSync(join(folderOfRuns(folder), "damaged.json"), "{");
    expect(await listRuns(folder)).toEqual([]);
    expect(readdirSync(folderOfRuns(folder)).sort()).toEqual([`${elsewhere.id}.json`, "damaged.json"].sort());
    expect(existsSync(dirname(gone.socket))).toBe(false);
    expect(existsSync(foreign.socket), "a file that is none of ours").toBe(true);
  });

  it("knows which study a run is of", () => {
    const study = {
      name: "digits",
      exportName: "default",
      followUpOf: null,
      storage: "sqlite:///.tunelens/studies.db",
    };
    const run = entryOf("/w", { task: { kind: "study", request: { file: "/w/a.ts" } }, study });
    const asked = (request: Partial<RunRequest>) => runsStudy(run, { file: "/w/a.ts", ...request });
    expect(asked({})).toBe(true);
    expect(asked({ study: "digits" })).toBe(true);
    expect(asked({ study: "default" })).toBe(true);
    expect(asked({ study: "other" })).toBe(false);
    expect(asked({ file: "/w/b.ts" })).toBe(false);
    expect(asked({ storage: "other.db" })).toBe(false);
    expect(asked({ freeze: { params: [{ name: "x" }] } })).toBe(false);
    const retraining = entryOf("/w", { task: { kind: "retrain", request: { file: "/w/a.ts" } }, study });
    expect(runsStudy(retraining, { file: "/w/a.ts" })).toBe(false);
  });
});
