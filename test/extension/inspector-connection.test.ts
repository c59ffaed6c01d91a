import { execFileSync, execSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import Database from "better-sqlite3";
import { afterEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { createStudy } from "../../src/engine/study.js";
import { InspectorConnection } from "../../src/extension/inspector-connection.js";
import type { Output } from "../../src/extension/output.js";
import { openStorage } from "../../src/storage/open.js";

const inspector = fileURLToPath(new URL("../../dist/inspector/main.js", import.meta.url));
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

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "inspected-"));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** A storage with one study. */
function goodStorage(): string {
  const path = join(folder(), "good.db");
  const storage = openStorage(path);
  createStudy({ storage, name: "s" });
  storage.close();
  return path;
}

/** A storage whose list of studies never ends. */
function endlessStorage(): string {
  const path = goodStorage();
  const database = new Database(path);
  database.exec(
    "ALTER TABLE study_directions RENAME TO old; " +
      "CREATE VIEW study_directions AS WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) " +
      "SELECT 1 AS study_id, n AS objective, 'MINIMIZE' AS direction FROM r WHERE n < 0",
  );
  database.close();
  return path;
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
    await expect(ask()).rejects.toThrow("not started again before that is over");
    // What is refused is no start.
    now.mockReturnValue(1_000_000 + 59_000);
    await expect(ask()).rejects.toThrow("not started again before that is over");
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
    await expect(ask()).rejects.toThrow("not started again");
    now.mockReturnValue(start + 60_000);
    await expect.poll(() => changed).toEqual(["s"]);
  });

  it("is not started for an extension that ends", async () => {
    const { connection } = connectionTo("/nobody/has/this.js");
    await connection.dispose();
    await expect(connection.functions.listStudies("s")).rejects.toThrow("ending");
  });
});

describe("a storage that keeps the inspector", () => {
  it("is given up by name; the others go on, and a refresh tries it again", async () => {
    const [endless, good] = [endlessStorage(), goodStorage()];
    const { connection } = connectionTo(inspector, 3_000);
    const { functions } = connection;
    expect(await functions.listStudies(good)).toHaveLength(1);
    const [first, second, other] = await Promise.allSettled([
      functions.listStudies(endless),
      functions.listStudies(endless),
      functions.listStudies(good),
    ]);
    const givenUp = { code: "storage-given-up", message: expect.stringContaining(`${endless} was given up`) };
    expect(first).toMatchObject({ reason: givenUp });
    expect(second).toMatchObject({ reason: givenUp });
    expect(other).toMatchObject({ value: [{ name: "s" }] });
    const asked = performance.now();
    await expect(functions.listStudies(endless)).rejects.toMatchObject(givenUp);
    expect(performance.now() - asked).toBeLessThan(1_000);
    const database = new Database(endless);
    database.exec("DROP VIEW study_directions; ALTER TABLE old RENAME TO study_directions");
    database.close();
    connection.retry();
    expect(await functions.listStudies(endless)).toHaveLength(1);
  });

  it("is given up when two processes died of it; the others go on", async () => {
    const [deadly, good] = [endlessStorage(), goodStorage()];
    const { connection } = connectionTo(inspector);
    expect(await connection.functions.listStudies(good)).toHaveLength(1);
    const asked = connection.functions.listStudies(deadly);
    const killer = setInterval(() => {
      const pids = execSync(
        `ps -A -o ppid=,pid=,time=,args= | awk '$1 == ${process.pid} && /dist.inspector/ && $3 > "00:00:00" {print $2}'`,
      );
      for (const pid of pids.toString().split("\n").filter(Boolean)) process.kill(Number(pid), "SIGKILL");
    }, 200);
    onTestFinished(() => clearInterval(killer));
    await expect(asked).rejects.toMatchObject({
      code: "storage-given-up",
      message: expect.stringContaining("ended 2 times"),
    });
    clearInterval(killer);
    expect(await connection.functions.listStudies(good)).toHaveLength(1);
  });
});

describe.skipIf(process.platform === "win32")("a storage that is no file", () => {
  it("is refused by name before it is opened", async () => {
    const path = join(folder(), "studies.db");
    execFileSync("mkfifo", [path]);
    const { connection } = connectionTo(inspector, 5_000);
    await expect(connection.functions.listStudies(path)).rejects.toMatchObject({
      code: "storage-not-a-file",
      message: expect.stringContaining(`${path} is no regular file`),
    });
  });
});
