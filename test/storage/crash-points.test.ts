import { spawnSync } from "node:child_process";
import { cpSync, existsSync, readdirSync, rmSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { defineStudy } from "../../src/engine/study/define-study.js";
import { openStudy } from "../../src/engine/study/open-study.js";
import { countFinished } from "../../src/engine/trial/fail-reason.js";
import { random } from "../../src/engine/samplers/random.js";
import { float } from "../../src/engine/space.js";
import { Connection } from "../../src/storage/sqlite/connection.js";
import { openSqliteStorage, SqliteStorage } from "../../src/storage/sqlite/sqlite-storage.js";
import { failTrialsOfDeadProcesses, WORKER_KEY, workerIdentity } from "../../src/storage/worker-identity.js";
import { bundled } from "../bundled.js";
import { temporaryFolder } from "../temporary-folder.js";

const child = bundled(fileURLToPath(new URL("children/small-study.ts", import.meta.url)));
const TRIALS = 4;
const strace = spawnSync("strace", ["-e", "trace=none", process.execPath, "-e", ""]).status === 0;

let folder: string;
let copiesFolder: string;
beforeEach(() => {
  folder = temporaryFolder();
  copiesFolder = temporaryFolder();
});
afterEach(() => {
  for (const made of [folder, copiesFolder]) rmSync(made, { recursive: true, force: true });
});

const definition = defineStudy({
  name: "small",
  space: { x: float(0, 1) },
  sampler: random(),
  trials: TRIALS,
  enqueue: [{ x: 0.25 }, { x: 0.75 }],
  objective: (trial) => {
    trial.report(trial.params.x, 0);
    return trial.params.x;
  },
});

/** Goes on with what a killed process left, as the training process does, and checks that nothing is missing. */
async function resume(path: string): Promise<void> {
  const storage = openSqliteStorage(path);
  try {
    const { study } = openStudy(definition, { storage });
    failTrialsOfDeadProcesses(storage, study.id);
    const systemAttrs = { [WORKER_KEY]: workerIdentity() };
    await study.optimize(definition.objective, { totalTrials: TRIALS, systemAttrs });
    expect(
      study.trials.map(({ state }) => state).filter((state) => state === "RUNNING" || state === "WAITING"),
    ).toEqual([]);
    expect(study.trials).toHaveLength(TRIALS);
    expect(countFinished(study.trials)).toBe(TRIALS);
    const fixed = study.trials.map(({ systemAttrs: { fixed_params: params } }) => params);
    expect(fixed.slice(0, 2)).toEqual([{ x: 0.25 }, { x: 0.75 }]);
  } finally {
    storage.close();
  }
}

describe("a process that is killed", () => {
  it("after any of its commits leaves a study that ends with exactly the trials asked for", async () => {
    // As if by a process of this machine that is dead: what is committed is copied after each commit, and gone on with.
    const dead = { host: hostname(), pid: spawnSync(process.execPath, ["-e", ""]).pid, started: "1" };
    const connection = openConnection(join(folder, "studies.db"));
    const storage = new SqliteStorage(connection);
    const copies: string[] = [];
    const write = connection.write.bind(connection);
    connection.write = (action, options) => {
      const result = write(action, options);
      const copy = join(copiesFolder, String(copies.length));
      cpSync(folder, copy, { recursive: true });
      copies.push(join(copy, "studies.db"));
      return result;
    };
    const { study } = openStudy(definition, { storage });
    await study.optimize(definition.objective, { totalTrials: TRIALS, systemAttrs: { [WORKER_KEY]: dead } });
    storage.close();
    expect(copies.length).toBeGreaterThan(3 * TRIALS);
    for (const copy of copies) await resume(copy);
  });

  it.skipIf(!strace)("by a power loss keeps its finished trials: each waits for the disk", async () => {
    const countSyncs = (trials: number): number => {
      const trace = ["-f", "-c", "-e", "trace=fsync,fdatasync", process.execPath, child];
      const args = [...trace, join(folder, `${trials}.db`), String(trials)];
      const { stderr } = spawnSync("strace", args, { encoding: "utf8" });
      return Number(/(\d+)\s+total$/m.exec(stderr)?.[1]);
    };
    expect(countSyncs(12) - countSyncs(2)).toBe(10);
  });

  it.skipIf(!strace)("at a write to its file does so too", async () => {
    const counted = spawnSync(
      "strace",
      ["-f", "-c", "-e", "trace=pwrite64", process.execPath, child, join(folder, "0.db")],
      {
        encoding: "utf8",
      },
    );
    const writes = Number(/(\d+)\s+pwrite64/.exec(counted.stderr)?.[1]);
    expect(writes).toBeGreaterThan(30);
    for (let round = 1; round <= 6; round++) {
      const path = join(folder, `${round}.db`);
      const when = Math.floor((writes * round) / 7);
      const inject = `inject=pwrite64:signal=SIGKILL:when=${when}`;
      const { signal } = spawnSync("strace", ["-f", "-e", inject, "-o", "/dev/null", process.execPath, child, path]);
      expect(signal).toBe("SIGKILL");
      expect(readdirSync(folder)).toContain(`${round}.db`);
      if (existsSync(path)) await resume(path);
    }
  });
});

function openConnection(path: string): Connection {
  // Creates the tables.
  openSqliteStorage(path).close();
  return new Connection(path);
}
