import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type CallEnd, InspectorCalls } from "../../src/extension/inspector-calls.js";
import { ChildExitError } from "../../src/supervisor/child-process.js";

const LIMIT = 30_000;

let killed: number;
let calls: InspectorCalls;

beforeEach(() => {
  vi.useFakeTimers();
  killed = 0;
  calls = new InspectorCalls(() => killed++);
});

afterEach(() => {
  vi.useRealTimers();
});

/** A call that is answered when the test says so. */
function ask(storage: string, timeoutMs = LIMIT) {
  let answer: (result: string) => void = () => {};
  let fail: (error: unknown) => void = () => {};
  const asked = new Promise<string>((resolve, reject) => ([answer, fail] = [resolve, reject]));
  const ends: CallEnd[] = [];
  void calls.during(() => asked, storage, timeoutMs).then((end) => ends.push(end));
  return { answer, fail, ends };
}

const pass = (milliseconds: number) => vi.advanceTimersByTimeAsync(milliseconds);

describe("calls to an inspector", () => {
  it("may take as long as the process shows signs of life", async () => {
    const { answer, ends } = ask("a.db");
    calls.reading("a.db");
    calls.reading(null);
    for (let second = 0; second < 90; second++) {
      await pass(1_000);
      calls.reading(null);
    }
    expect(killed).toBe(0);
    answer("chart");
    await pass(0);
    expect(ends).toEqual([{ kind: "result", result: "chart" }]);
  });

  it("end with the process when it reads for too long: for the storage that it reads, and for the others", async () => {
    const [slow, stuck, other] = [ask("slow.db"), ask("stuck.db"), ask("other.db")];
    calls.reading("slow.db");
    calls.reading(null);
    calls.reading("stuck.db");
    await pass(LIMIT + 1);
    expect(killed).toBe(1);
    expect(stuck.ends).toEqual([{ kind: "stuck" }]);
    for (const { ends } of [slow, other]) expect(ends).toEqual([{ kind: "lost", guilty: false }]);
  });

  it("are no signs of life themselves", async () => {
    ask("a.db");
    calls.reading("a.db");
    await pass(LIMIT / 2);
    ask("a.db");
    await pass(LIMIT / 2 + 1);
    expect(killed).toBe(1);
  });

  it("wait longer while one of them may take longer", async () => {
    ask("a.db");
    const { answer } = ask("b.db", 10 * LIMIT);
    calls.reading("b.db");
    await pass(5 * LIMIT);
    expect(killed).toBe(0);
    answer("copied");
    await pass(LIMIT + 1);
    expect(killed).toBe(1);
  });

  it("tell once which storage a process died of", async () => {
    const [first, second, other] = [ask("a.db"), ask("a.db"), ask("b.db")];
    calls.reading("a.db");
    for (const { fail } of [first, second, other])
      fail(
        new ChildExitError("The inspector process", {
          code: null,
          signal: "SIGKILL",
          expected: false,
          stderrTail: "",
        } as never),
      );
    await pass(0);
    expect([first, second, other].flatMap(({ ends }) => ends)).toEqual([
      { kind: "lost", guilty: true },
      { kind: "lost", guilty: false },
      { kind: "lost", guilty: false },
    ]);
  });
});
