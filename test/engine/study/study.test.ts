import { describe, expect, it } from "vitest";
import type { Clock } from "../../../src/engine/clock.js";
import { floatDistribution } from "../../../src/engine/distribution.js";
import {
  DuplicateStudyError,
  InvalidDefinitionError,
  InvalidValuesError,
  NotFoundError,
  TrialFinishedError,
  TrialPruned,
} from "../../../src/engine/errors.js";
import { failReasonOf } from "../../../src/engine/trial/fail-reason.js";
import type { Objective, ObjectiveResult } from "../../../src/engine/objective.js";
import { nopPruner } from "../../../src/engine/pruners/none.js";
import { random } from "../../../src/engine/samplers/random.js";
import type { Sampler } from "../../../src/engine/samplers/sampler.js";
import { float, int } from "../../../src/engine/space.js";
import { createStudy, type CreateStudyOptions } from "../../../src/engine/study/create-study.js";
import { loadStudy } from "../../../src/engine/study/load-study.js";
import type { Study } from "../../../src/engine/study/study.js";
import type { Trial } from "../../../src/engine/trial/trial.js";
import { StorageError } from "../../../src/storage/errors.js";
import { MemoryStorage } from "../../../src/storage/memory.js";

/** Stands still until told; `every` and `after` fire while it advances. */
class ManualClock implements Clock {
  private time = 0;
  /** By how much the time of day was set. */
  set = 0;
  private readonly timers = new Set<{ due: number; period: number; action: () => void }>();

  now = (): number => this.time;
  timeOfDay = (): number => this.time + this.set;
  every = (period: number, action: () => void): (() => void) => this.add(period, period, action);
  after = (delay: number, action: () => void): (() => void) => this.add(delay, Infinity, action);

  turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

  get running(): number {
    return this.timers.size;
  }

  advance(milliseconds: number): void {
    this.time += milliseconds;
    for (const timer of [...this.timers]) {
      for (; timer.due <= this.time; timer.due += timer.period) timer.action();
    }
  }

  private add(delay: number, period: number, action: () => void): () => void {
    const timer = { due: this.time + delay, period, action };
    this.timers.add(timer);
    return () => this.timers.delete(timer);
  }
}

function newStudy(options: Partial<CreateStudyOptions> = {}) {
  const warnings: string[] = [];
  const storage = new MemoryStorage();
  const clock = new ManualClock();
  const study = createStudy({
    name: "s",
    storage,
    clock,
    sampler: random(),
    pruner: nopPruner(),
    listener: { warn: (message) => warnings.push(message) },
    ...options,
  });
  return { study, storage, clock, warnings };
}

const states = (study: Study): string[] => study.trials.map(({ state }) => state);

describe("createStudy and loadStudy", () => {
  it("makes a study, minimizing by default, under a name of its own where none is given", () => {
    const study = createStudy({ storage: new MemoryStorage() });
    expect(study.name).toMatch(/^no-name-[0-9a-f-]{36}$/);
    expect(study.directions).toEqual(["minimize"]);
  });

  it("refuses a taken name, or goes on with that study", () => {
    const { study, storage } = newStudy();
    study.tell(study.ask(), 1);
    expect(() => createStudy({ storage, name: "s" })).toThrow(DuplicateStudyError);
    expect(createStudy({ storage, name: "s", loadIfExists: true }).bestValue).toBe(1);
    expect(loadStudy({ storage, name: "s" }).id).toBe(study.id);
  });

  it("refuses to go on with other directions, and what cannot be", () => {
    const { storage } = newStudy();
    expect(() => createStudy({ storage, name: "s", direction: "maximize", loadIfExists: true })).toThrow(
      'Study "s" in memory has the directions minimize, not maximize.',
    );
    expect(() => createStudy({ storage, name: "" })).toThrow(InvalidDefinitionError);
    expect(() => createStudy({ storage, directions: [] })).toThrow("at least one entry");
    expect(() => createStudy({ storage, direction: "maximize", directions: ["maximize"] })).toThrow("not both");
    expect(() => createStudy({ storage, direction: "down" as never })).toThrow('not "down"');
  });

  it("says which studies there are", () => {
    const { storage } = newStudy();
    expect(() => loadStudy({ storage, name: "t" })).toThrow(NotFoundError);
    expect(() => loadStudy({ storage, name: "t" })).toThrow('There is no study "t" in memory. It has: "s".');
  });
});

describe("tell", () => {
  it("completes a trial, given itself or its number", () => {
    const { study } = newStudy();
    expect(study.tell(study.ask(), 0.5)).toMatchObject({ state: "COMPLETE", values: [0.5] });
    study.ask();
    expect(study.tell(1, Infinity)).toMatchObject({ number: 1, values: [Infinity] });
  });

  it.each<[string, unknown, string]>([
    ["NaN", NaN, "The objective returned NaN."],
    [
      "nothing",
      undefined,
      "The objective returned undefined instead of a number. Is a `return` or an `await` missing?",
    ],
    ["a text", "0.5", 'The objective returned "0.5" instead of a number. Convert it with Number(…).'],
    ["too many values", [1, 2], "The objective returned 2 values, but the study has 1 directions."],
    ["an object without a value", { model: {} }, "an object (model)"],
  ])("fails a trial that gave %s, with the reason; throws where COMPLETE was said", (_what, values, reason) => {
    const { study, warnings } = newStudy();
    const failed = study.tell(study.ask(), values as ObjectiveResult);
    expect(failed).toMatchObject({ state: "FAIL", values: null });
    expect(failReasonOf(failed)).toContain(reason);
    expect(warnings[0]).toContain('Study "s", trial 0 failed: ');

    const trial = study.ask();
    expect(() => study.tell(trial, values as ObjectiveResult, { state: "COMPLETE" })).toThrow(InvalidValuesError);
    expect(states(study)).toEqual(["FAIL", "RUNNING"]);
  });

  it("gives a pruned trial its last reported value, unless that is NaN", () => {
    const { study } = newStudy();
    const trial = study.ask();
    trial.report(3, 1);
    trial.report(4, 0);
    expect(study.tell(trial, undefined, { state: "PRUNED" }).values).toEqual([3]);
    const nan = study.ask();
    nan.report(NaN, 0);
    expect(study.tell(nan, undefined, { state: "PRUNED" }).values).toBe(null);
    expect(study.tell(study.ask(), undefined, { state: "PRUNED" }).values).toBe(null);
    expect(() => study.tell(study.ask(), 1, { state: "PRUNED" })).toThrow(InvalidValuesError);
  });

  it("throws for a finished trial, one that waits and one that is not", () => {
    const { study } = newStudy();
    const trial = study.ask();
    study.tell(trial, 1);
    expect(() => study.tell(trial, 2)).toThrow(TrialFinishedError);
    expect(study.tell(trial, 2, { skipIfFinished: true }).values).toEqual([1]);
    study.enqueueTrial({ x: 1 });
    expect(() => study.tell(1, 2)).toThrow("is queued");
    expect(() => study.tell(7, 2)).toThrow('Study "s" has no trial 7.');
  });

  it("tells the sampler before the end is stored", () => {
    const seen: unknown[] = [];
    const { study } = newStudy({
      sampler: {
        ...random(),
        afterTrial: (view, trial, state, values) => seen.push([view.getTrials()[trial.number]!.state, state, values]),
      },
    });
    study.tell(study.ask(), 1);
    expect(seen).toEqual([["RUNNING", "COMPLETE", [1]]]);
  });
});

describe("the best", () => {
  it("is the lowest or the highest COMPLETE value, the earliest among equals", () => {
    for (const [direction, best] of [
      ["minimize", 1],
      ["maximize", 2],
    ] as const) {
      const { study } = newStudy({ direction });
      for (const value of [2, 1, 3, 3, 1]) study.tell(study.ask(), value);
      const pruned = study.ask();
      pruned.report(direction === "minimize" ? -9 : 9, 0);
      study.tell(pruned, undefined, { state: "PRUNED" });
      expect(study.bestTrial.number).toBe(best);
    }
  });

  it("leaves out what violates a constraint", () => {
    const { study } = newStudy();
    study.addTrial({ value: 0, systemAttrs: { "constraints:memory": 0.5 } });
    study.addTrial({ value: 1, systemAttrs: { constraints: [0, 1] } });
    study.addTrial({ value: 2, systemAttrs: { "constraints:memory": -1 } });
    expect(study.bestValue).toBe(2);
  });

  it("is a Pareto front with several objectives", () => {
    const { study } = newStudy({ directions: ["minimize", "maximize"] });
    const values = [
      [1, 1],
      [2, 2],
      [2, 1],
      [1, 1],
      [0, 0],
      [3, 2],
    ];
    for (const pair of values) study.tell(study.ask(), pair);
    expect(study.bestTrials.map(({ number }) => number)).toEqual([0, 1, 3, 4]);
    expect(() => study.bestTrial).toThrow("several objectives");
  });

  it("is an error while there is none", () => {
    expect(() => newStudy().study.bestParams).toThrow('Study "s" has no complete trial yet.');
    expect(newStudy().study.bestTrials).toEqual([]);
  });
});

describe("optimize", () => {
  const square = (trial: Trial): number => trial.suggestFloat("x", -1, 1) ** 2;

  it("runs as many more trials as it is told, or as many as the study shall have", async () => {
    const { study } = newStudy();
    expect(await study.optimize(square, { trials: 3 })).toBe("trials");
    await study.optimize(square, { trials: 2 });
    expect(states(study)).toEqual(Array(5).fill("COMPLETE"));
    expect(await study.optimize(square, { totalTrials: 7 })).toBe("trials");
    await study.optimize(square, { totalTrials: 7 });
    expect(study.trials).toHaveLength(7);
  });

  it("comes to the same trials with the same seed, also over a resume", async () => {
    const once = newStudy({ seed: 42 });
    await once.study.optimize(square, { trials: 6 });
    const twice = newStudy({ seed: 42 });
    await twice.study.optimize(square, { trials: 2 });
    const resumed = createStudy({ storage: twice.storage, name: "s", seed: 42, sampler: random(), loadIfExists: true });
    await resumed.optimize(square, { totalTrials: 6 });
    expect(resumed.trials.map(({ params }) => params)).toEqual(once.study.trials.map(({ params }) => params));
    expect(new Set(once.study.trials.map(({ params }) => params.x)).size).toBe(6);
  });

  it("fails a trial whose objective throws, keeps why, and throws it on", async () => {
    const { study } = newStudy();
    const explode = (trial: Trial): number => {
      trial.suggestFloat("x", 0, 1);
      throw new RangeError("no such layer");
    };
    await expect(study.optimize(explode, { trials: 3 })).rejects.toThrow("no such layer");
    expect(states(study)).toEqual(["FAIL"]);
    expect(failReasonOf(study.trials[0]!)).toMatch(
      /^RangeError: no such layer\n\s+at explode .*study\.test\.ts:\d+.*$/,
    );
    expect(study.trials[0]!.params).toHaveProperty("x");
  });

  it("goes on after what it shall catch, and only after that", async () => {
    const { study, warnings } = newStudy();
    const fails = (): number => {
      throw new RangeError("no");
    };
    await study.optimize(fails, { trials: 2, catch: true });
    await study.optimize(fails, { trials: 2, catch: [RangeError] });
    await expect(study.optimize(fails, { trials: 2, catch: [SyntaxError] })).rejects.toThrow("no");
    expect(states(study)).toEqual(Array(5).fill("FAIL"));
    expect(warnings).toHaveLength(5);
    const notAnError = (): number => {
      // eslint-disable-next-line @typescript-eslint/only-throw-error -- an objective may throw anything.
      throw "text";
    };
    await study.optimize(notAnError, { trials: 1, catch: true });
    expect(failReasonOf(study.trials[5]!)).toBe("Threw a value that is not an Error: text");
  });

  it("stores a trial as failed whatever was thrown", async () => {
    const { study } = newStudy();
    const cyclic: { self?: object } = {};
    cyclic.self = cyclic;
    const thrown: unknown[] = [Object.create(null), { status: 404 }, cyclic, Symbol("odd"), undefined];
    const fails = (trial: { number: number }): number => {
      throw thrown[trial.number];
    };
    await study.optimize(fails, { trials: 5, catch: true });
    expect(study.trials.map(failReasonOf)).toEqual(
      ["{}", '{"status":404}', "An object", "Symbol(odd)", "undefined"].map(
        (text) => `Threw a value that is not an Error: ${text}`,
      ),
    );
  });

  it("fails a trial whose result is no number and goes on", async () => {
    const { study } = newStudy();
    const results = [NaN, undefined, { value: NaN }, { value: 2, model: {} }, 1];
    await study.optimize((trial) => results[trial.number] as number, { trials: 5 });
    expect(states(study)).toEqual(["FAIL", "FAIL", "FAIL", "COMPLETE", "COMPLETE"]);
    expect(study.bestValue).toBe(1);
  });

  it("prunes a trial that throws TrialPruned", async () => {
    const { study } = newStudy();
    const objective = async (trial: Trial): Promise<number> => {
      trial.report(0.25, 3);
      await Promise.resolve();
      throw new TrialPruned();
    };
    await study.optimize(objective, { trials: 1 });
    expect(study.trials[0]).toMatchObject({ state: "PRUNED", values: [0.25] });
    expect(failReasonOf(study.trials[0]!)).toBeUndefined();
  });

  it("looks at the time between trials", async () => {
    const { study, clock } = newStudy();
    const objective = (): number => {
      clock.advance(4000);
      return 1;
    };
    expect(await study.optimize(objective, { timeout: 10 })).toBe("timeout");
    expect(study.trials).toHaveLength(3);
  });

  it("stops after the running trial when asked from inside", async () => {
    const { study } = newStudy();
    const seen: number[] = [];
    const end = await study.optimize(square, {
      callbacks: [
        (_study, { number }) => void seen.push(number),
        async (inner, { number }) => {
          if (number === 1) inner.stop();
        },
      ],
    });
    expect([end, seen]).toEqual(["stopped", [0, 1]]);
    expect(() => study.stop()).toThrow("nothing to stop");
  });

  it("goes on after one trial was stopped, which does not count; its objective is waited for", async () => {
    const { study } = newStudy();
    const ended: number[] = [];
    await study.optimize(
      async (trial) => {
        if (trial.number === 1) {
          expect(study.stopTrial(0)).toBe(false);
          expect(study.stopTrial(1)).toBe(true);
          expect(trial.signal.aborted).toBe(true);
          await Promise.resolve();
        }
        ended.push(trial.number);
        return 0;
      },
      { totalTrials: 3 },
    );
    expect(ended).toEqual([0, 1, 2, 3]);
    expect(study.trials.map(({ state }) => state)).toEqual(["COMPLETE", "FAIL", "COMPLETE", "COMPLETE"]);
    expect(study.trials[1]!.systemAttrs.fail_reason).toBe("stopped");
    expect(study.stopTrial(1)).toBe(false);
  });

  it("reaches the total that was set while it ran", async () => {
    const { study } = newStudy();
    const objective: Objective = ({ number }) => {
      if (number === 1) study.setTotalTrials(4);
      if (number === 5) study.setTotalTrials(0);
      return number;
    };
    await study.optimize(objective, { totalTrials: 2 });
    expect(study.trials).toHaveLength(4);
    expect(() => study.setTotalTrials(2)).toThrow("is not being optimized");
    await study.optimize(objective, { totalTrials: 9 });
    expect(study.trials).toHaveLength(6);
  });

  it("hears of a stop between quick trials that never wait", async () => {
    const { study, clock } = newStudy();
    const user = new AbortController();
    setImmediate(() => user.abort());
    const quick = (trial: Trial): number => {
      if (trial.number === 1000) throw new Error("never heard of the stop");
      clock.advance(30);
      return 1;
    };
    expect(await study.optimize(quick, { signal: user.signal })).toBe("stopped");
  });

  it("cannot be nested", async () => {
    const { study } = newStudy();
    const nested = async (): Promise<number> => {
      await study.optimize(square, { trials: 1 });
      return 1;
    };
    await expect(study.optimize(nested, { trials: 1 })).rejects.toThrow("cannot be nested");
    await study.optimize(square, { trials: 1 });
  });

  it("stores the trial the user stopped as stopped, and makes up for it at the next run", async () => {
    const { study } = newStudy();
    const user = new AbortController();
    const heedful = (trial: Trial): Promise<number> =>
      new Promise((resolve) => {
        trial.signal.addEventListener("abort", () => resolve(-1));
        user.abort();
      });
    expect(await study.optimize(heedful, { totalTrials: 2, signal: user.signal })).toBe("stopped");
    expect(failReasonOf(study.trials[0]!)).toBe("stopped");
    await study.optimize(square, { totalTrials: 2 });
    expect(states(study)).toEqual(["FAIL", "COMPLETE", "COMPLETE"]);
  });

  it("leaves an objective behind that does not heed the signal", async () => {
    const { study, clock } = newStudy();
    const user = new AbortController();
    let late: Trial | undefined;
    const deaf = (trial: Trial): Promise<number> => {
      late = trial;
      return new Promise(() => {});
    };
    const running = study.optimize(deaf, { signal: user.signal });
    await Promise.resolve();
    user.abort();
    clock.advance(5000);
    expect(await running).toBe("stopped");
    expect(failReasonOf(study.trials[0]!)).toBe("stopped");
    expect(() => late!.report(1, 0)).toThrow(TrialFinishedError);
    expect(clock.running).toBe(0);
  });

  it("takes what was enqueued first, and hands trials their epochs", async () => {
    const { study } = newStudy();
    study.enqueueTrial({ x: 0.5 }, { userAttrs: { by: "hand" } });
    const epochs: unknown[] = [];
    await study.optimize((trial) => (epochs.push(trial.epochs), square(trial)), { trials: 2, epochs: 30 });
    expect(study.trials[0]).toMatchObject({ params: { x: 0.5 }, values: [0.25], userAttrs: { by: "hand" } });
    expect(study.trials[1]!.params.x).not.toBe(0.5);
    expect(epochs).toEqual([30, 30]);
  });

  it("tells its listener what started and what ended how", async () => {
    const events: unknown[] = [];
    const { study } = newStudy({
      listener: {
        trialStarted: ({ number }) => events.push(["started", number]),
        trialFinished: ({ number, state }, { type }) => events.push(["finished", number, state, type]),
      },
    });
    await study.optimize(square, { trials: 1 });
    expect(events).toEqual([
      ["started", 0],
      ["finished", 0, "COMPLETE", "result"],
    ]);
  });
});

describe("heartbeats", () => {
  it("are recorded while a trial runs, and no longer", async () => {
    const { study, storage, clock } = newStudy();
    const beats: number[] = [];
    storage.recordHeartbeat = (id) => void beats.push(id);
    await study.optimize(
      () => {
        clock.advance(31_000);
        return 1;
      },
      { trials: 1 },
    );
    clock.advance(60_000);
    // The first was stored with the start.
    expect(beats).toHaveLength(2);
    expect(clock.running).toBe(0);
  });

  it("are as far apart as the study says, and old when it says", async () => {
    const storage = new MemoryStorage();
    const clock = new ManualClock();
    const study = createStudy({ storage, clock, heartbeat: { interval: 5, grace: 12 } });
    const beats: number[] = [];
    const graces: number[] = [];
    storage.recordHeartbeat = (id) => void beats.push(id);
    storage.getStaleTrials = (_, grace) => (graces.push(grace), []);
    await study.optimize(
      () => {
        clock.advance(16_000);
        return 1;
      },
      { trials: 1 },
    );
    expect(beats).toHaveLength(3);
    expect(new Set(graces)).toEqual(new Set([12]));
  });

  it.each([
    [{ interval: 0 }, "interval must be a number of seconds above 0 and at most 86400, not 0"],
    [{ interval: Infinity }, "interval must be a number of seconds above 0 and at most 86400, not Infinity"],
    [{ interval: 5, grace: 5 }, "grace must be a number of seconds above 5 and at most 86400, not 5"],
    [{ graces: 5 }, 'unknown option "graces". Did you mean "grace"?'],
  ])("cannot be %j", (heartbeat: object, message) => {
    expect(() => createStudy({ storage: new MemoryStorage(), name: "s", heartbeat })).toThrow(message);
  });

  it("that stopped long ago fail their trial when the study goes on", async () => {
    const { study, storage } = newStudy();
    const dead = study.ask();
    const alive = study.ask();
    storage.getStaleTrials = () => (storage.getTrial(dead.id).state === "RUNNING" ? [dead.id] : []);
    await study.optimize(() => 1, { totalTrials: 2 });
    expect(states(study)).toEqual(["FAIL", "RUNNING", "COMPLETE"]);
    expect(failReasonOf(study.trials[0]!)).toContain("is gone");
    study.tell(alive, 1);
  });

  it("say nothing after the time of day has jumped, until those that live had the time for another one", async () => {
    const { study, storage, clock } = newStudy();
    const trial = study.ask();
    storage.getStaleTrials = () => (storage.getTrial(trial.id).state === "RUNNING" ? [trial.id] : []);
    clock.set = 3_600_000;
    await study.optimize(() => 1, { trials: 0 });
    clock.advance(119_000);
    await study.optimize(() => 1, { trials: 0 });
    expect(states(study)).toEqual(["RUNNING"]);
    clock.advance(2_000);
    await study.optimize(() => 1, { trials: 0 });
    expect(states(study)).toEqual(["FAIL"]);
  });

  it("of a trial that somebody else has finished meanwhile do not end the study", async () => {
    const { study, storage, warnings } = newStudy();
    await study.optimize(
      (trial) => {
        storage.setTrialState(study.trials[trial.number]!.id, "FAIL");
        if (trial.number === 1) trial.setUserAttr("late", true);
        return 1;
      },
      { trials: 3 },
    );
    expect(states(study)).toEqual(["FAIL", "FAIL", "FAIL"]);
    expect(warnings[0]).toContain("another program finished the trial as FAIL");
  });

  it("of a trial that somebody else finishes just as its result is stored do not end the study", async () => {
    const storage = new MemoryStorage();
    const sampler: Sampler = {
      ...random(),
      afterTrial: (_, { id, number }) => {
        if (number === 1) storage.setTrialState(id, "COMPLETE", [7]);
      },
    };
    const { study, warnings } = newStudy({ storage, sampler });
    await study.optimize(() => 1, { trials: 3 });
    expect(study.trials.map(({ values }) => values)).toEqual([[1], [7], [1]]);
    expect(warnings).toEqual([expect.stringContaining("another program finished the trial as COMPLETE")]);
  });

  it("of a trial that somebody else has finished leave the storage's failure as what ends the study", async () => {
    const { study, storage, warnings } = newStudy();
    const failure = new StorageError("storage-corrupt", "damaged");
    const running = study.optimize(
      () => {
        storage.setTrialState(study.trials[0]!.id, "COMPLETE", [7]);
        throw failure;
      },
      { trials: 3 },
    );
    await expect(running).rejects.toBe(failure);
    expect(states(study)).toEqual(["COMPLETE"]);
    expect(warnings).toEqual([expect.stringContaining("another program finished the trial as COMPLETE")]);
  });
});

describe("enqueueTrial and addTrial", () => {
  it("skips what exists: the same names with close values of the same type", () => {
    const { study } = newStudy();
    const enqueue = (params: Record<string, number | string>): void =>
      study.enqueueTrial(params, { skipIfExists: true });
    enqueue({ x: 1, a: "relu" });
    enqueue({ x: 1 + 1e-6, a: "relu" });
    expect(study.trials).toHaveLength(1);
    enqueue({ x: 1.1, a: "relu" });
    enqueue({ x: "1", a: "relu" });
    enqueue({ x: 1 });
    expect(states(study)).toEqual(Array(4).fill("WAITING"));
  });

  it("checks what is enqueued against the space", () => {
    const space = { layers: int(1, 5), lr: float(0, 1) };
    const study = createStudy({ storage: new MemoryStorage(), space });
    expect(() => study.enqueueTrial({ layers: 9 })).toThrow('Parameter "layers": 9 is not a value of int(1, 5).');
    study.enqueueTrial({ layers: 2 });
    expect(study.ask().params.layers).toBe(2);
  });

  it("adds trials that ran elsewhere, and refuses those that cannot be", () => {
    const { study } = newStudy();
    const distributions = { x: floatDistribution(0, 1) };
    study.addTrial({ params: { x: 0.5 }, distributions, value: 3, intermediateValues: new Map([[0, 1]]) });
    expect(study.bestTrial).toMatchObject({ params: { x: 0.5 }, values: [3], internalParams: { x: 0.5 } });
    expect(study.bestTrial.datetimeComplete).toBeInstanceOf(Date);
    expect(() => study.addTrial({ params: { x: 2 }, distributions, value: 1 })).toThrow("outside its distribution");
    expect(() => study.addTrial({ params: { x: 1 }, value: 1 })).toThrow('distribution for the parameter "x"');
    expect(() => study.addTrial({})).toThrow("needs values");
    expect(() => study.addTrial({ state: "FAIL", value: 1 })).toThrow(InvalidValuesError);
    expect(() => study.addTrial({ values: [1, 2] })).toThrow("2 values");
    expect(study.trials).toHaveLength(1);
  });
});

describe("retrainTrial", () => {
  it("runs the objective with a trial's params, for more epochs, and stores nothing", async () => {
    const { study } = newStudy();
    study.enqueueTrial({ x: 0.5 });
    const objective = (trial: Trial): { value: number; model: string } => {
      for (let epoch = 0; epoch < trial.epochs!; epoch++) trial.report(1 / (epoch + 1), epoch);
      return { value: trial.suggestFloat("x", 0, 1), model: trial.purpose };
    };
    await study.optimize(objective, { trials: 1, epochs: 1 });
    const before = study.trials;
    const { number, params } = study.bestTrial;
    const { result, values, intermediateValues } = await study.retrainTrial(objective, params, { number, epochs: 3 });
    expect(result).toEqual({ value: 0.5, model: "retrain" });
    expect(values).toEqual([0.5]);
    expect([...intermediateValues.keys()]).toEqual([0, 1, 2]);
    expect(study.trials).toEqual(before);
  });

  it("says when the result is none, and when it was stopped", async () => {
    const { study } = newStudy();
    await expect(study.retrainTrial(() => NaN, {}, { number: 0 })).rejects.toThrow(
      'Study "s", retraining trial 0: The objective returned NaN.',
    );
    const signal = AbortSignal.abort();
    await expect(study.retrainTrial(() => 1, {}, { number: 0, signal })).rejects.toThrow("was stopped");
  });
});
