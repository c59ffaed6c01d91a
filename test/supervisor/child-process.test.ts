import { fileURLToPath } from "node:url";
import { describe, expect, it, onTestFinished } from "vitest";
import type { TrainerEvents } from "../../src/protocol/trainer.js";
import { startTrainer } from "../../src/supervisor/trainer-process.js";

const runtime = { execPath: process.execPath, version: process.version, kind: "node", env: {} } as const;
const entry = (name: string) => fileURLToPath(new URL(`../fixtures/processes/${name}`, import.meta.url));
const events: TrainerEvents = {
  studyStarted: () => {},
  trialStarted: () => {},
  epoch: () => {},
  trialFinished: () => {},
  log: () => {},
};

async function start(name: string, env: Record<string, string> = {}) {
  const trainer = await startTrainer({ runtime, entry: entry(name), cwd: process.cwd(), events, env });
  onTestFinished(() => trainer.dispose());
  return trainer;
}

describe("a child process", () => {
  it("answers; what it sends for others is ignored", async () => {
    const { functions, hello } = await start("answers.mjs");
    expect(hello).toMatchObject({ protocol: 1, runtime: "node" });
    expect(await functions.ping()).toBe("pong");
  });

  it("of another protocol version is refused, and ended", async () => {
    await expect(start("answers.mjs", { PROTOCOL: "2" })).rejects.toMatchObject({
      code: "protocol-mismatch",
      message: expect.stringContaining("version 2 of the protocol, and its parent uses version 1"),
    });
  });

  it("that ends before its hello is an error with the tail of stderr, whatever its exit code", async () => {
    await expect(start("ends-early.mjs")).rejects.toMatchObject({
      name: "ChildExitError",
      code: "process-exited",
      message: expect.stringMatching(/exit code 0 before it finished[^]*something is not installed/),
    });
  });

  it("that waits for a debugger is ended when none comes", async () => {
    const giveUp = new AbortController();
    const starting = startTrainer({
      runtime,
      entry: entry("answers.mjs"),
      cwd: process.cwd(),
      events,
      execArgv: ["--inspect-wait=127.0.0.1:0"],
      signal: giveUp.signal,
      onOutput: (_, text) => {
        if (text.includes("Debugger listening")) giveUp.abort();
      },
    });
    await expect(starting).rejects.toMatchObject({ name: "ChildExitError", code: "process-stopped" });
  });

  it("that cannot be started is an error", async () => {
    const missing = { ...runtime, execPath: "/no/such/node" };
    const started = startTrainer({ runtime: missing, entry: entry("answers.mjs"), cwd: process.cwd(), events });
    await expect(started).rejects.toThrow(/ENOENT/);
  });

  it("that ends under a call rejects the call, with the tail of stderr", async () => {
    const { functions, exited } = await start("answers.mjs");
    await expect(functions.listStudies("x")).rejects.toMatchObject({
      code: "process-exited",
      message: expect.stringContaining("the last words"),
    });
    expect(await exited).toMatchObject({ code: 0, signal: null, expected: false });
  });

  it("that rejects a call hands over code, message and place", async () => {
    const { functions } = await start("answers.mjs");
    await expect(functions.run({ file: "x" })).rejects.toMatchObject({
      name: "RemoteError",
      code: "bad-thing",
      message: "bad",
      location: { file: "/a.ts", line: 3 },
    });
  });

  it("that was told to exit has not failed", async () => {
    const { functions, exited } = await start("answers.mjs");
    await functions.exit();
    expect(await exited).toMatchObject({ code: 0, expected: true });
  });
});
