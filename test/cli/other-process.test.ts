import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { Inspector } from "../../src/inspector/inspector.js";
import { until } from "../wait.js";
import { studyFolder } from "../trainer/study-folder.js";
import { startTunelens, tunelens } from "./command.js";

/** A study that a terminal runs, one trial of it done. */
async function runningStudy() {
  const folder = studyFolder();
  const { child, printed, finished } = startTunelens(folder, "run", "endless.study.ts", "--study", "heedful");
  onTestFinished(async () => {
    child.kill("SIGINT");
    await finished;
  });
  await until("the first trial is done", () => printed.stdout.includes("Trial 0"));
  return { folder, child, finished };
}

describe("a study that another process runs", () => {
  it("is said to be, before it is deleted", async () => {
    const { folder } = await runningStudy();
    const { code, stderr } = await tunelens(folder, "delete", "heedful");
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^Process \d+ is running study "heedful"\. Its next write will fail\.\nDelete study "heedful"/,
    );
  });

  it("is not run a second time by accident: the answer says how to watch and how to stop it", async () => {
    const { folder } = await runningStudy();
    const { code, stderr } = await tunelens(folder, "run", "endless.study.ts", "--study", "heedful");
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^Error: Study "heedful" is running already, in process \d+\.\nTo watch it: tunelens attach heedful\nTo stop it: {2}tunelens stop heedful\n/,
    );
  });

  it("is joined by a second run with --join, which says so", async () => {
    const { folder } = await runningStudy();
    const second = startTunelens(folder, "run", "endless.study.ts", "--study", "heedful", "--join");
    await until("it is told", () => second.printed.stderr.includes("is already running"));
    expect(second.printed.stderr).toMatch(
      /Warning: Study "heedful" is already running in process \d+\. This run joins it\. No trial runs twice\./,
    );
    second.child.kill("SIGINT");
    await second.finished;
  });

  it("is seen by the inspector, also when it ends without a word", async () => {
    const { folder, child, finished } = await runningStudy();
    const storage = `sqlite:///${join(folder, ".tunelens/studies.db")}`;
    let told = 0;
    const inspector = new Inspector({ reading: () => {}, storageChanged: () => told++ }, () => {});
    onTestFinished(() => inspector.exit());
    const processes = async () => (await inspector.getStudy(storage, "heedful")).workers.processes;
    expect(await processes()).toHaveLength(1);
    await inspector.watch(storage);
    const [pid] = await processes();
    process.kill(pid!, "SIGKILL");
    child.kill("SIGKILL");
    await finished;
    await until("the inspector tells", () => told > 0);
    await expect.poll(processes, { timeout: 10_000 }).toEqual([]);
  });
});
