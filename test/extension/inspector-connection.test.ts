import { execFileSync, execSync } from "node:child_process";
import { readdirSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { createStudy } from "../../src/engine/study/create-study.js";
import { InspectorConnection } from "../../src/extension/inspector-connection.js";
import type { Output } from "../../src/extension/output.js";
import { openStorage } from "../../src/storage/open.js";
import { program } from "../programs.js";
import { temporaryFolder } from "../temporary-folder.js";

const inspector = program("inspector/main");
const output = { info() {}, error() {} } as Partial<Output> as Output;

function connectionTo(entry: string, timeoutMs?: number) {
  const changed: string[] = [];
  const connection = new InspectorConnection({
    entry,
    cwd: process.cwd(),
    output,
    storageChanged: (storage) => void changed.push(storage),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
  });
  onTestFinished(() => connection.dispose());
  return { connection, changed };
}

/** A storage with one study. */
function goodStorage(): string {
  const path = join(temporaryFolder(), "good.db");
  const storage = openStorage(path);
  createStudy({ storage, name: "s" });
  storage.close();
  return path;
}

/** One that somebody keeps locked: the inspector waits for it. @returns its path, and what lets it go. */
function lockedStorage(): [path: string, unlock: () => void] {
  const path = goodStorage();
  const database = new Database(path);
  database.pragma("journal_mode = DELETE");
  database.exec("BEGIN EXCLUSIVE");
  const unlock = () => void database.close();
  onTestFinished(unlock);
  return [path, unlock];
}

/** Child processes that have a file open. */
function childrenWith(path: string): number[] {
  const children = execSync(`ps -o pid= --ppid ${process.pid}`).toString().split("\n").map(Number);
  return children.filter((pid) => {
    try {
      return readdirSync(`/proc/${pid}/fd`).some((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`) === path);
    } catch {
      return false;
    }
  });
}

afterEach(() => {
  vi.restoreAllMocks();
});

describe("an inspector that cannot start", () => {
  it("is started again by each question, four times a minute at most", async () => {
    const { connection } = connectionTo("/nobody/has/this.js");
    const now = vi.spyOn(performance, "now").mockReturnValue(1_000_000);
    const ask = () => connection.functions.listStudies("s");
    for (let start = 0; start < 4; start++) await expect(ask()).rejects.toMatchObject({ code: "process-exited" });
    await expect(ask()).rejects.toThrow("restarts it when the minute is over");
    // What is refused is no start.
    now.mockReturnValue(1_000_000 + 59_000);
    await expect(ask()).rejects.toThrow("restarts it when the minute is over");
    now.mockReturnValue(1_000_000 + 60_000);
    await expect(ask()).rejects.toMatchObject({ code: "process-exited" });
  });

  it("is tried again by itself after a minute", async () => {
    const { connection, changed } = connectionTo("/nobody/has/this.js");
    const ask = () => connection.functions.listStudies("s");
    const start = performance.now();
    const now = vi.spyOn(performance, "now").mockReturnValue(start);
    for (let i = 0; i < 4; i++) await expect(ask()).rejects.toMatchObject({ code: "process-exited" });
    now.mockReturnValue(start + 59_990);
    await expect(ask()).rejects.toThrow("restarts it when the minute is over");
    now.mockReturnValue(start + 60_000);
    await expect.poll(() => changed).toEqual(["s"]);
  });

  it("is not started for an extension that ends", async () => {
    const { connection } = connectionTo("/nobody/has/this.js");
    await connection.dispose();
    await expect(connection.functions.listStudies("s")).rejects.toThrow("shutting down");
  });
});

describe("a storage that keeps the inspector", () => {
  it("is given up by name; the others go on, and a refresh tries it again", async () => {
    const [[locked, unlock], good] = [lockedStorage(), goodStorage()];
    const { connection } = connectionTo(inspector, 3_000);
    const { functions } = connection;
    expect(await functions.listStudies(good)).toHaveLength(1);
    const [first, second, other] = await Promise.allSettled([
      functions.listStudies(locked),
      functions.listStudies(locked),
      functions.listStudies(good),
    ]);
    const givenUp = { code: "storage-given-up", message: expect.stringContaining(`gave up on ${locked}`) };
    expect(first).toMatchObject({ reason: givenUp });
    expect(second).toMatchObject({ reason: givenUp });
    expect(other).toMatchObject({ value: [{ name: "s" }] });
    const asked = performance.now();
    await expect(functions.listStudies(locked)).rejects.toMatchObject(givenUp);
    expect(performance.now() - asked).toBeLessThan(1_000);
    unlock();
    connection.retry();
    expect(await functions.listStudies(locked)).toHaveLength(1);
  });

  it.runIf(process.platform === "linux")("is given up when two processes died of it; the others go on", async () => {
    const [[deadly], good] = [lockedStorage(), goodStorage()];
    const { connection } = connectionTo(inspector);
    expect(await connection.functions.listStudies(good)).toHaveLength(1);
    const asked = connection.functions.listStudies(deadly);
    const killer = setInterval(() => {
      for (const pid of childrenWith(deadly)) process.kill(pid, "SIGKILL");
    }, 50);
    onTestFinished(() => clearInterval(killer));
    await expect(asked).rejects.toMatchObject({
      code: "storage-given-up",
      message: expect.stringContaining("crashed 2 times"),
    });
    clearInterval(killer);
    expect(await connection.functions.listStudies(good)).toHaveLength(1);
  });
});

describe.skipIf(process.platform === "win32")("a storage that is no file", () => {
  it("is refused by name before it is opened", async () => {
    const path = join(temporaryFolder(), "studies.db");
    execFileSync("mkfifo", [path]);
    const { connection } = connectionTo(inspector, 5_000);
    await expect(connection.functions.listStudies(path)).rejects.toMatchObject({
      code: "storage-not-a-file",
      message: expect.stringContaining(`${path} is not a regular file`),
    });
  });
});
