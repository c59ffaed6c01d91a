import { type ChildProcess, fork, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createBirpc } from "birpc";
import { afterEach, describe, expect, it } from "vitest";
import { program } from "../programs.js";
import { temporaryFolder } from "../temporary-folder.js";
import { storeTrials } from "./store-trials.js";
import { ipcChannel } from "../../src/protocol/channel.js";
import type { InspectorEvents, InspectorFunctions } from "../../src/protocol/inspector.js";

const entry = program("inspector/main");
const fixtures = new URL("../fixtures/optuna", import.meta.url).pathname;

let child: ChildProcess | undefined;

afterEach(() => {
  child?.kill("SIGKILL");
  child = undefined;
});

function start(): { readonly process: ChildProcess; readonly inspector: InspectorFunctions } {
  const started = fork(entry, { stdio: ["ignore", "inherit", "inherit", "ipc"] });
  child = started;
  const events: InspectorEvents = { storageChanged() {}, reading() {} };
  const channel = ipcChannel(started, (error) => ({ code: "unknown", message: String(error) }));
  return { process: started, inspector: createBirpc<InspectorFunctions, InspectorEvents>(events, channel) };
}

describe("the inspector process", () => {
  it("says hello, answers, rejects with a code, and exits when told to", async () => {
    const { process, inspector } = start();
    expect(await inspector.initialize({ protocol: 1, cwd: fixtures })).toEqual({ protocol: 1 });
    expect(await inspector.listStudies("sqlite:///variety.db")).toHaveLength(9);
    await expect(inspector.getStudy("sqlite:///variety.db", "nope")).rejects.toMatchObject({
      code: "study-not-found",
      message: expect.stringContaining('"nope"'),
    });
    const exited = once(process, "exit");
    await inspector.exit();
    expect(await exited).toEqual([0, null]);
  });

  it("answers what is asked while a slow chart is computed, and computes it no further when it is canceled", async () => {
    const { inspector } = start();
    const folder = temporaryFolder();
    await inspector.initialize({ protocol: 1, cwd: folder });
    const url = "sqlite:///many.db";
    storeTrials(join(folder, "many.db"), 4_000);
    const fanova = { chart: "importance", evaluator: "fanova" } as const;
    const answers: string[] = [];
    const told = (what: string) => () => void answers.push(what);
    const chart = inspector.getChart(url, "many", fanova).finally(told("chart"));
    chart.catch(() => {});
    const rows = (offset: number) => inspector.listTrials(url, "many", { offset, limit: 100 }).then(told("rows"));
    await Promise.all([0, 1_000, 2_000, 3_000].map(rows));
    await inspector.getChart(url, "many", { chart: "history" }).then(told("another chart"));
    expect(answers).toEqual(["rows", "rows", "rows", "rows", "another chart"]);
    await inspector.cancelChart(url, "many", fanova);
    await expect(chart).rejects.toMatchObject({ code: "chart-canceled" });
    expect(await inspector.getChart(url, "many", { ...fanova, evaluator: "mdi" })).toMatchObject({ trials: 4_000 });
    await expect(inspector.getChart(url, "nope", fanova)).rejects.toMatchObject({ code: "study-not-found" });
  });

  it("ends when its parent is gone, even while it watches", async () => {
    const { process, inspector } = start();
    await inspector.initialize({ protocol: 1, cwd: fixtures });
    await inspector.watch("sqlite:///variety.db");
    const exited = once(process, "exit");
    process.disconnect();
    expect((await exited)[0]).toBe(0);
  });

  it("ends when its parent is killed", async () => {
    const parent = spawn(
      process.execPath,
      [
        "-e",
        `const child = require("node:child_process").fork(${JSON.stringify(entry)});
         child.send({ tunelens: { t: "q", i: "1", m: "initialize", a: [{ protocol: 1, cwd: "." }] } });
         child.on("message", () => console.log(child.pid));`,
      ],
      { stdio: ["ignore", "pipe", "inherit"] },
    );
    child = parent;
    const [printed] = (await once(parent.stdout, "data")) as [Buffer];
    const pid = Number(printed.toString());
    const isAlive = () => {
      try {
        return process.kill(pid, 0);
      } catch {
        return false;
      }
    };
    expect(isAlive()).toBe(true);
    parent.kill("SIGKILL");
    await expect.poll(isAlive, { timeout: 5_000 }).toBe(false);
  });
});
