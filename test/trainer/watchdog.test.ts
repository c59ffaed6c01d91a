import { spawn } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it, onTestFinished } from "vitest";
import { isAlive } from "./is-alive.js";
import { until } from "../wait.js";
import { recordedTrainer } from "./recorded-trainer.js";
import { studyFolder } from "./study-folder.js";

const parent = fileURLToPath(new URL("../fixtures/processes/parent.mjs", import.meta.url));

describe("a training process whose parent was killed", () => {
  // `blocked` never lets its event loop turn; `waiting` idles. Both have a child of their own.
  it.each(["blocked", "waiting"])("ends within 5 s with its own children: %s", async (study) => {
    const folder = studyFolder();
    const pids = await startFamily(folder, study);
    for (const pid of Object.values(pids)) expect(isAlive(pid)).toBe(true);
    process.kill(pids.parent, "SIGKILL");
    const killed = Date.now();
    await until("the family is gone", () => !isAlive(pids.trainer) && !isAlive(pids.grandchild));
    expect(Date.now() - killed).toBeLessThan(5_000);
    const trial = study === "blocked" ? 1 : 0;
    const { run, trials, trainer } = await recordedTrainer(folder);
    // An idle process stored its trial as stopped; a blocked one could not, and the next run finds out.
    const next = run("endless.study.ts", { study, trials: 1 });
    if (study === "waiting") {
      await until("the trial is made up for", () => trials(study).length === 2);
      trainer.stop();
      trainer.stop();
      await next.catch(() => {});
    } else await next;
    const reason = trials(study)[trial]!.systemAttrs.fail_reason;
    expect(reason).toMatch(study === "waiting" ? /^stopped$/ : new RegExp(`\\(${pids.trainer}\\) died`));
  });
});

describe.skipIf(process.platform === "win32")(
  "a training process that is stopped (SIGSTOP) when its parent is killed",
  () => {
    it("ends within 10 s with its own children", async () => {
      const pids = await startFamily(studyFolder(), "waiting");
      process.kill(pids.trainer, "SIGSTOP");
      process.kill(pids.parent, "SIGKILL");
      const killed = performance.now();
      await until("the family is gone", () => !isAlive(pids.trainer) && !isAlive(pids.grandchild));
      expect(performance.now() - killed).toBeLessThan(10_000);
    });
  },
);

async function startFamily(folder: string, study: string) {
  const process = spawn(globalThis.process.execPath, [parent, join(folder, "endless.study.ts"), study], {
    cwd: folder,
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(() => void process.kill("SIGKILL"));
  let printed = "";
  process.stdout.setEncoding("utf8").on("data", (text: string) => (printed += text));
  const pid = (name: string) => Number(new RegExp(`${name} (\\d+)\\n`).exec(printed)?.[1]);
  await until("parent, trainer and grandchild run", () => pid("trainer") > 0 && pid("child") > 0);
  return { parent: process.pid!, trainer: pid("trainer"), grandchild: pid("child") };
}
