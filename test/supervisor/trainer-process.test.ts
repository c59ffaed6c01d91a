import { describe, expect, it } from "vitest";
import { isAlive } from "../trainer/is-alive.js";
import { recordedTrainer } from "../trainer/recorded-trainer.js";
import { until } from "../wait.js";
import { studyFolder } from "../trainer/study-folder.js";

/** Starts a study of `endless.study.ts` and waits for a trial that never ends by itself. */
async function endlessTrial(study: string) {
  const recorded = await recordedTrainer(studyFolder());
  const running = recorded.run("endless.study.ts", { study });
  running.catch(() => {});
  await until("the endless trial runs", () => recorded.trialsStarted.length === 2);
  return { ...recorded, running };
}

describe("the ladder of stop", () => {
  it("asks: an objective that heeds its signal ends at once, its trial is stored as stopped", async () => {
    const { trainer, running, finished, trials } = await endlessTrial("heedful");
    trainer.stop();
    expect(await running).toMatchObject({ reason: "stopped" });
    expect(finished[1]).toMatchObject({ state: "FAIL", failReason: "stopped" });
    expect(trials("heedful").map(({ state }) => state)).toEqual(["COMPLETE", "FAIL"]);
  });

  it("asks: one that does not heed it is left behind", async () => {
    const { trainer, running, trials } = await endlessTrial("deaf");
    const asked = Date.now();
    trainer.stop();
    expect(await running).toMatchObject({ reason: "stopped" });
    expect(Date.now() - asked).toBeLessThan(5_000);
    expect(trials("deaf")[1]!.systemAttrs.fail_reason).toBe("stopped");
  });

  it("kills an objective that blocks the process, with its children, 7 s later", async () => {
    const { trainer, running, output } = await endlessTrial("blocked");
    await until("the objective has a child", () => /child \d+/.test(output.stdout));
    const child = Number(/child (\d+)/.exec(output.stdout)![1]);
    const asked = Date.now();
    trainer.stop();
    await expect(running).rejects.toMatchObject({ code: "process-stopped" });
    const took = Date.now() - asked;
    expect(took).toBeGreaterThan(6_900);
    expect(took).toBeLessThan(10_000);
    expect(await trainer.exited).toMatchObject({ signal: "SIGKILL", expected: true });
    expect(isAlive(child)).toBe(false);
  });

  it.skipIf(process.platform === "win32")("asks one that is stopped (SIGSTOP), too", async () => {
    const { trainer, running, finished } = await endlessTrial("heedful");
    process.kill(trainer.pid, "SIGSTOP");
    trainer.stop();
    expect(await running).toMatchObject({ reason: "stopped" });
    expect(finished[1]).toMatchObject({ state: "FAIL", failReason: "stopped" });
  });

  it("skips a rung at each further call", async () => {
    const { trainer, running, folder } = await endlessTrial("blocked");
    const asked = Date.now();
    trainer.stop();
    trainer.stop();
    trainer.stop();
    await expect(running).rejects.toMatchObject({ code: "process-stopped" });
    expect(Date.now() - asked).toBeLessThan(3_000);
    const next = await recordedTrainer(folder);
    expect(await next.run("endless.study.ts", { study: "blocked", trials: 2 })).toMatchObject({
      counts: { COMPLETE: 1, FAIL: 1, RUNNING: 0 },
    });
  });

  it("terminates at the second call: the trial is stored before the process ends", async () => {
    const { trainer, running, trials } = await endlessTrial("deaf");
    trainer.stop();
    trainer.stop();
    await expect(running).rejects.toMatchObject({ code: "process-stopped" });
    expect(await trainer.exited).toMatchObject({ code: 143, expected: true });
    expect(trials("deaf")[1]).toMatchObject({ state: "FAIL", systemAttrs: { fail_reason: "stopped" } });
  });

  it("does nothing while nothing runs, and stands again for the next call", async () => {
    const { trainer, run, trialsStarted } = await recordedTrainer(studyFolder());
    trainer.stop();
    expect(await run("quadratic.study.ts")).toMatchObject({ reason: "trials" });
    const second = run("endless.study.ts", { study: "heedful" });
    await until("the endless trial runs", () => trialsStarted.length === 10);
    trainer.stop();
    expect(await second).toMatchObject({ reason: "stopped" });
  });
});

describe("dispose", () => {
  it("ends a process that is in the middle of a trial, and stores that", async () => {
    const { trainer, running, trials } = await endlessTrial("heedful");
    await trainer.dispose();
    await expect(running).rejects.toMatchObject({ code: "process-stopped" });
    expect(trials("heedful")[1]).toMatchObject({ state: "FAIL" });
  });

  it.skipIf(process.platform === "win32")("ends one that is stopped (SIGSTOP), and stores its trial", async () => {
    const { trainer, running, trials } = await endlessTrial("heedful");
    process.kill(trainer.pid, "SIGSTOP");
    await trainer.dispose();
    await expect(running).rejects.toMatchObject({ code: "process-stopped" });
    expect(trials("heedful")[1]).toMatchObject({ state: "FAIL" });
  });

  it("ends a blocked process within 5 s", async () => {
    const { trainer } = await endlessTrial("blocked");
    const asked = Date.now();
    await trainer.dispose();
    expect(Date.now() - asked).toBeLessThan(5_000);
    expect(isAlive(trainer.pid)).toBe(false);
  });
});
