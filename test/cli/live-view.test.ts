import { PassThrough } from "node:stream";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createLiveView, type OutputStream } from "../../src/cli/live-view.js";
import type { StudyStarted, TrialFinished } from "../../src/protocol/trainer.js";

const started: StudyStarted = {
  storage: "sqlite:///s.db",
  study: "s",
  file: "/s.ts",
  exportName: "s",
  directions: ["minimize"],
  trials: 4,
  finishedBefore: 1,
  best: { number: 0, value: 0.5, params: {} },
  resumed: true,
  retrain: false,
  backend: null,
  sampler: "TPESampler",
  pruner: "NopPruner",
  followUp: null,
  processes: { parallel: 1, gpus: [], adapters: [], timeout: null, pauseAfter: 3, worked: false },
};

const finished: TrialFinished = {
  number: 1,
  state: "COMPLETE",
  values: [0.25],
  params: { x: 1.5 },
  durationMs: 1200,
  lastStep: null,
  best: { number: 1, value: 0.25, params: { x: 1.5 } },
  finished: 2,
};

/** A stream, and all that was written to it. */
function stream(isTTY: boolean): { stream: OutputStream; text: () => string } {
  const passThrough = Object.assign(new PassThrough(), { isTTY, columns: 100 });
  let text = "";
  passThrough.setEncoding("utf8").on("data", (part: string) => (text += part));
  return { stream: passThrough, text: () => text };
}

/** What a terminal of 100 columns shows after this was written to it: enough of ANSI for what cli-progress uses. */
function screen(written: string): string[] {
  const rows: string[] = [""];
  let [row, column] = [0, 0];
  for (const [token] of written.matchAll(/\u001B\[[?\d;]*[A-Za-z]|[^]/gu)) {
    const line = rows[row]!;
    if (token === "\n") {
      [row, column] = [row + 1, 0];
      if (row === rows.length) rows.push("");
    } else if (token === "\r") column = 0;
    else if (token.startsWith("\u001B[")) {
      const count = Number(/\d+/.exec(token)?.[0] ?? 1);
      if (token.endsWith("A")) row -= count;
      else if (token.endsWith("G")) column = count - 1;
      else if (token.endsWith("J")) rows.splice(row + 1);
      if (token.endsWith("J") || /\[0?K$/.test(token)) rows[row] = line.slice(0, column);
      else if (token.endsWith("2K")) rows[row] = "";
    } else {
      rows[row] = line.padEnd(column).slice(0, column) + token + line.slice(column + 1);
      column++;
    }
  }
  return rows.map((text) => text.trimEnd());
}

/** Lets the bars be drawn again. */
const frame = () => vi.advanceTimersByTimeAsync(200);

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

describe("on a terminal", () => {
  it("keeps two bars below everything that is printed, and leaves none behind", async () => {
    const [out, err] = [stream(true), stream(true)];
    const view = createLiveView(out.stream, err.stream);
    view.output("stdout", "while loading\n", 0);
    view.events.studyStarted(started);
    view.events.trialStarted({ number: 1, startedAt: 0 });
    view.events.epoch({ number: 1, epoch: 2, epochs: 6, logs: { loss: 0.123456789, acc: "NaN" } });
    await frame();
    const start = 'Resuming study "s": 1 of 4 trials finished; TPESampler, NopPruner; sqlite:///s.db';
    const diverged = "Trial 1 has diverged: acc is NaN at epoch 3";
    expect(screen(err.text())).toEqual([
      "while loading",
      start,
      diverged,
      "██████░░░░░░░░░░░░░░░░░░ 1/4 trials | best 0.5 (#0)",
      "████████████░░░░░░░░░░░░ trial 1 | epoch 3/6 | loss 0.12346 acc NaN",
    ]);
    view.output("stdout", "half ", 0);
    view.output("stdout", "a line\nand another\n", 0);
    view.output("stderr", "short\n", 0);
    view.events.trialFinished(finished);
    await frame();
    const printed = [start, diverged, "half a line", "and another", "short", "Trial 1: COMPLETE 0.25 ★  x=1.5  1.2 s"];
    expect(screen(err.text())).toEqual([
      "while loading",
      ...printed,
      "████████████░░░░░░░░░░░░ 2/4 trials | best 0.25 (#1)",
      "████████████░░░░░░░░░░░░ trial 1 | epoch 3/6 | loss 0.12346 acc NaN",
    ]);
    view.output("stdout", "no newline at the end", 0);
    view.close();
    await frame();
    expect(screen(err.text())).toEqual(["while loading", ...printed, "no newline at the end", ""]);
    expect(out.text()).toBe("");
  });

  it("has a bar for each trial that runs at once; one that is free is taken by the next trial", async () => {
    const [out, err] = [stream(true), stream(true)];
    const view = createLiveView(out.stream, err.stream);
    view.events.studyStarted({
      ...started,
      processes: { parallel: 2, gpus: [], adapters: [], timeout: null, pauseAfter: 3, worked: false },
    });
    view.events.trialStarted({ number: 1, startedAt: 0 });
    view.events.trialStarted({ number: 2, startedAt: 0 });
    view.events.epoch({ number: 2, epoch: 0, epochs: 2, logs: { loss: 1 } });
    view.events.epoch({ number: 1, epoch: 1, epochs: 2, logs: { loss: 2 } });
    view.events.trialFinished(finished);
    view.events.trialStarted({ number: 3, startedAt: 0 });
    view.output("stdout", "half of one", 0);
    view.output("stdout", "a line of two\n", 1);
    await frame();
    expect(screen(err.text())).toEqual([
      'Resuming study "s": 1 of 4 trials finished; TPESampler, NopPruner, 2 processes; sqlite:///s.db',
      "Trial 1: COMPLETE 0.25 ★  x=1.5  1.2 s",
      "a line of two",
      "████████████░░░░░░░░░░░░ 2/4 trials | best 0.25 (#1)",
      "trial 3",
      "████████████░░░░░░░░░░░░ trial 2 | epoch 1/2 | loss 1",
    ]);
    view.close();
  });

  it("does not count a study's trials against fewer that are asked for now", async () => {
    const [out, err] = [stream(true), stream(true)];
    const view = createLiveView(out.stream, err.stream);
    view.events.studyStarted({ ...started, trials: 4, finishedBefore: 5 });
    await frame();
    expect(screen(err.text())).toEqual([
      'Resuming study "s": 5 finished trials, more than the 4 requested; TPESampler, NopPruner; sqlite:///s.db',
      "5 trials | best 0.5 (#0)",
    ]);
    view.close();
  });

  it("leaves a standard output that goes to a file to the user alone", async () => {
    const [out, err] = [stream(false), stream(true)];
    const view = createLiveView(out.stream, err.stream);
    view.events.studyStarted(started);
    view.output("stdout", "for the file\n", 0);
    view.events.trialFinished(finished);
    view.close();
    await frame();
    expect(out.text()).toBe("for the file\n");
    expect(screen(err.text()).join("\n")).toContain("Trial 1: COMPLETE");
  });
});

describe("elsewhere", () => {
  it("writes whole lines: ours never stand within one of the user's", async () => {
    const [out, err] = [stream(false), stream(false)];
    const view = createLiveView(out.stream, err.stream);
    view.events.studyStarted({ ...started, resumed: false, trials: null });
    view.output("stdout", "half ", 0);
    view.events.trialFinished({ ...finished, state: "PRUNED", lastStep: 3 });
    view.output("stdout", "a line\nrest", 0);
    view.events.trialFinished({ ...finished, state: "FAIL", values: null, failReason: "stopped", best: null });
    view.events.log({ level: "warn", message: "careful" });
    view.close();
    await frame();
    expect(out.text().split("\n")).toEqual([
      'Study "s": trials until stopped; TPESampler, NopPruner; sqlite:///s.db',
      "Trial 1: PRUNED at step 3 0.25 ★  x=1.5  1.2 s",
      "half a line",
      "Trial 1: stopped  x=1.5  1.2 s",
      "rest",
      "",
    ]);
    expect(err.text()).toBe("Warning: careful\n");
  });

  it("says once of each trial that it has diverged, and what a pruned one ended at", async () => {
    const [out, err] = [stream(false), stream(false)];
    const { events } = createLiveView(out.stream, err.stream);
    events.epoch({ number: 1, epoch: 0, epochs: 6, logs: { loss: 1, val_loss: "Infinity" } });
    events.epoch({ number: 1, epoch: 1, epochs: 6, logs: { loss: "NaN", val_loss: "NaN" } });
    events.epoch({ number: 1, epoch: 2, epochs: 6, logs: { loss: "NaN", val_loss: "NaN" } });
    events.epoch({ number: 2, epoch: 4, epochs: null, logs: { value: "NaN" } });
    events.trialFinished({ ...finished, state: "PRUNED", values: null, lastStep: 2, best: null });
    await frame();
    expect(out.text().split("\n")).toEqual([
      "Trial 1 has diverged: loss, val_loss are NaN at epoch 2",
      "Trial 2 has diverged: value is NaN at step 4",
      "Trial 1: PRUNED at step 2 NaN  x=1.5  1.2 s",
      "",
    ]);
  });
});

describe("user output without a newline", () => {
  it("is passed on in pieces, however much it is", () => {
    const [stdout, stderr] = [stream(false), stream(false)];
    const view = createLiveView(stdout.stream, stderr.stream);
    const piece = "x".repeat(60_000);
    for (let i = 0; i < 10; i++) view.output("stdout", piece, 0);
    expect(stdout.text().length).toBeGreaterThanOrEqual(540_000);
    view.note("ours");
    view.output("stdout", "y\n", 0);
    view.close();
    expect(stdout.text().replaceAll("x", "").split("\n")).toEqual(["", "ours", "y", ""]);
    expect(stdout.text().length).toBe(600_000 + "\nours\ny\n".length);
  });

  it("of a progress bar is passed on as it comes, and ours begins a line of its own", () => {
    const [stdout, stderr] = [stream(false), stream(false)];
    const view = createLiveView(stdout.stream, stderr.stream);
    view.output("stdout", "\r10 %", 0);
    expect(stdout.text()).toBe("\r10 %");
    view.output("stdout", "\r20 %", 0);
    expect(stdout.text()).toBe("\r10 %\r20 %");
    view.note("ours");
    view.output("stdout", "\r30 %\nnext\n", 0);
    view.close();
    expect(stdout.text()).toBe("\r10 %\r20 %\nours\n\r30 %\nnext\n");
  });

  it("of a progress bar stands among the bars of a terminal until its line ends", async () => {
    const terminal = stream(true);
    const view = createLiveView(terminal.stream, terminal.stream);
    view.events.studyStarted(started);
    view.output("stdout", "\rmine 10 %", 0);
    view.output("stdout", "\rmine 20 %", 0);
    await frame();
    expect(screen(terminal.text()).filter((line) => line.includes("mine"))).toEqual(["mine 20 %"]);
    view.output("stdout", "\rmine 100 %\n", 0);
    view.close();
    expect(
      screen(terminal.text())
        .filter((line) => line.includes("mine"))
        .map((line) => line.trim()),
    ).toEqual(["mine 100 %"]);
  });
});
