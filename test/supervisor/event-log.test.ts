import { describe, expect, it } from "vitest";
import { EventLog, type RunEvent } from "../../src/supervisor/event-log.js";

const finished = (number: number): RunEvent => ({
  name: "trialFinished",
  event: {
    number,
    state: "COMPLETE",
    values: [1],
    params: {},
    durationMs: 1,
    lastStep: null,
    best: null,
    finished: number,
  },
});
const epoch = (number: number, epoch: number): RunEvent => ({
  name: "epoch",
  event: { number, epoch, epochs: 9, logs: {} },
});
const output = (text: string): RunEvent => ({ name: "output", event: { stream: "stdout", text, worker: 0 } });

describe("what a late comer is told", () => {
  it("is how the run stands: of trials that run, the latest epoch; of finished ones, that they are", () => {
    const log = new EventLog();
    for (const number of [0, 1]) {
      log.add({ name: "trialStarted", event: { number, startedAt: 0 } });
      for (let each = 0; each < 3; each++) log.add(epoch(number, each));
    }
    log.add(finished(0));
    expect(log.events()).toEqual([
      { name: "trialStarted", event: { number: 1, startedAt: 0 } },
      epoch(1, 2),
      finished(0),
    ]);
  });

  it("is bounded, however much is printed and however many trials end; the latest of each is there", () => {
    const log = new EventLog();
    log.add({ name: "trialStarted", event: { number: 99_999, startedAt: 0 } });
    for (let number = 0; number < 20_000; number++) {
      log.add(output("x".repeat(1_000)));
      log.add(finished(number));
    }
    log.add(output("y".repeat(1_000_000)));
    const events = log.events();
    expect(JSON.stringify(events).length).toBeLessThan(2_000_000);
    expect(events[0]).toMatchObject({ name: "trialStarted" });
    expect(events).toContainEqual(finished(19_999));
    expect(events).not.toContainEqual(finished(0));
  });
});
