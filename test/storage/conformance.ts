import { describe, expect, it } from "vitest";
import {
  categoricalDistribution,
  floatDistribution,
  intDistribution,
  type Distribution,
} from "../../src/engine/distribution.js";
import type { TrialSnapshot, TrialState } from "../../src/engine/trial/trial-snapshot.js";
import type { Storage } from "../../src/engine/storage.js";
import { codeOf } from "./code-of.js";
import { describeReading, oddities, template } from "./reading.js";

const float = floatDistribution(0, 1);
const finishedStates: readonly TrialState[] = ["COMPLETE", "PRUNED", "FAIL"];

/** What every storage must do; `withStorage` runs a body against a new, empty one. */
export function describeStorage(kind: string, withStorage: (body: (storage: Storage) => void) => void): void {
  const test = (what: string, body: (storage: Storage) => void): void => it(what, () => withStorage(body));
  const withStudy = (what: string, body: (storage: Storage, study: number) => void): void =>
    test(what, (storage) => body(storage, storage.createStudy("study", ["minimize"])));

  describeReading(kind, (studies, body) =>
    withStorage((storage) => {
      for (const { name, directions, ...content } of studies) storage.createStudy(name, directions, content);
      body(storage);
    }),
  );

  describe(`${kind}: studies`, () => {
    test("are created, found and listed", (storage) => {
      const first = storage.createStudy("first", ["minimize"]);
      const second = storage.createStudy("zweite ✓ 'quoted' \"漢字\"", ["maximize", "minimize"]);
      expect(storage.findStudy("first")).toBe(first);
      expect(storage.findStudy("FIRST")).toBeUndefined();
      expect(storage.getStudies()).toEqual([
        { id: first, name: "first" },
        { id: second, name: "zweite ✓ 'quoted' \"漢字\"" },
      ]);
      expect(storage.getStudy(second)).toEqual({
        id: second,
        name: "zweite ✓ 'quoted' \"漢字\"",
        directions: ["maximize", "minimize"],
        userAttrs: {},
        systemAttrs: {},
      });
    });

    test("have one name each", (storage) => {
      storage.createStudy("taken", ["minimize"]);
      expect(codeOf(() => storage.createStudy("taken", ["maximize"]))).toBe("duplicate-study");
      expect(storage.getStudies()).toHaveLength(1);
      expect(storage.getStudy(storage.getStudies()[0]!.id).directions).toEqual(["minimize"]);
    });

    const filled = template({
      internalParams: { x: 0.25 },
      distributions: { x: float },
      intermediateValues: new Map([[2, 1]]),
      userAttrs: { a: 1 },
      systemAttrs: { b: 2 },
    });

    test("start as their template says", (storage) => {
      const waiting = template({ state: "WAITING", values: null, datetimeStart: null, datetimeComplete: null });
      const attrs = { userAttrs: { owner: "me" }, systemAttrs: { source: ["a", null] } };
      const study = storage.createStudy("copy", ["maximize"], { ...attrs, trials: [filled, waiting] });
      expect(storage.getStudy(study)).toEqual({ id: study, name: "copy", directions: ["maximize"], ...attrs });
      expect(storage.getTrials(study)).toMatchObject([
        { ...filled, number: 0, params: { x: 0.25 } },
        { ...waiting, number: 1 },
      ]);
      expect(storage.claimWaitingTrial(study)).toBe(storage.getTrials(study)[1]!.id);
      expect(storage.createTrial(study).number).toBe(2);
    });

    test("with an impossible template are not created at all", (storage) => {
      const first = storage.createStudy("first", ["minimize"]);
      const other = template({ internalParams: { x: 1 }, distributions: { x: intDistribution(0, 1) } });
      const create = () =>
        storage.createStudy("copy", ["minimize"], { userAttrs: { a: 1 }, systemAttrs: {}, trials: [filled, other] });
      expect(codeOf(create)).toBe("incompatible-distribution");
      expect(storage.getStudies().map(({ id }) => id)).toEqual([first]);
      const study = storage.createStudy("copy", ["minimize"]);
      expect(storage.getStudy(study).userAttrs).toEqual({});
      storage.createTrial(study, other);
      expect(storage.getTrials(study)).toMatchObject([{ params: { x: 1 }, number: 0 }]);
    });

    test("go with everything they have", (storage) => {
      const kept = storage.createStudy("kept", ["minimize"]);
      const gone = storage.createStudy("gone", ["minimize"]);
      const keptTrial = storage.createTrial(kept).id;
      const goneTrial = storage.createTrial(gone).id;
      storage.setTrialParam(goneTrial, "x", 0.5, float);
      storage.setTrialParam(keptTrial, "x", 0.5, float);
      storage.setStudyUserAttr(gone, "note", "bye");
      storage.deleteStudy(gone);
      expect(storage.findStudy("gone")).toBeUndefined();
      expect(codeOf(() => storage.getTrial(goneTrial))).toBe("trial-not-found");
      expect(codeOf(() => storage.getTrials(gone))).toBe("study-not-found");
      expect(storage.getTrial(keptTrial).params).toEqual({ x: 0.5 });
      const again = storage.createStudy("gone", ["maximize"]);
      expect(storage.getStudy(again).userAttrs).toEqual({});
      expect(storage.getTrials(again)).toEqual([]);
      const trial = storage.createTrial(again);
      expect(trial.number).toBe(0);
      storage.setTrialParam(trial.id, "x", 3, intDistribution(1, 5));
      expect(storage.getTrial(trial.id).params).toEqual({ x: 3 });
    });

    test("that are not there are named", (storage) => {
      const calls: (() => unknown)[] = [
        () => storage.getStudy(99),
        () => storage.deleteStudy(99),
        () => storage.getTrials(99),
        () => storage.createTrial(99),
        () => storage.claimWaitingTrial(99),
        () => storage.setStudyUserAttr(99, "a", 1),
        () => storage.setStudySystemAttr(99, "a", 1),
        () => storage.getStaleTrials(99, 1),
      ];
      for (const call of calls) expect(codeOf(call)).toBe("study-not-found");
    });
  });

  describe(`${kind}: attributes`, () => {
    withStudy("of studies and trials hold all that JSON and Python's floats can be", (storage, study) => {
      const trial = storage.createTrial(study).id;
      for (const [key, value] of Object.entries(oddities)) {
        storage.setStudyUserAttr(study, key, value);
        storage.setStudySystemAttr(study, key, value);
        storage.setTrialUserAttr(trial, key, value);
        storage.setTrialSystemAttr(trial, key, value);
      }
      for (const { userAttrs, systemAttrs } of [storage.getStudy(study), storage.getTrial(trial)]) {
        expect(userAttrs).toEqual(oddities);
        expect(systemAttrs).toEqual(oddities);
      }
    });

    withStudy("are replaced under the same key, and keep user and system apart", (storage, study) => {
      const trial = storage.createTrial(study).id;
      storage.setTrialUserAttr(trial, "key", 1);
      storage.setTrialUserAttr(trial, "__proto__", "own");
      storage.setTrialUserAttr(trial, "key", { now: "this" });
      storage.setStudyUserAttr(study, "key", 1);
      storage.setStudyUserAttr(study, "key", null);
      expect(Object.entries(storage.getTrial(trial).userAttrs)).toEqual([
        ["key", { now: "this" }],
        ["__proto__", "own"],
      ]);
      expect(storage.getTrial(trial).systemAttrs).toEqual({});
      expect(storage.getStudy(study).userAttrs).toEqual({ key: null });
    });

    withStudy("are copies of what was given", (storage, study) => {
      const list = [1, 2];
      storage.setStudyUserAttr(study, "list", list);
      list.push(3);
      expect(storage.getStudy(study).userAttrs).toEqual({ list: [1, 2] });
    });
  });

  describe(`${kind}: trials`, () => {
    withStudy("start running, numbered from 0 in each study", (storage, study) => {
      const other = storage.createStudy("other", ["minimize"]);
      const before = Date.now();
      const numbers = [storage.createTrial(study), storage.createTrial(other), storage.createTrial(study)];
      expect(numbers.map(({ number }) => number)).toEqual([0, 0, 1]);
      const trial = storage.getTrial(numbers[2]!.id);
      expect(trial).toEqual({
        id: numbers[2]!.id,
        number: 1,
        state: "RUNNING",
        values: null,
        params: {},
        internalParams: {},
        distributions: {},
        intermediateValues: new Map(),
        userAttrs: {},
        systemAttrs: {},
        datetimeStart: trial.datetimeStart,
        datetimeComplete: null,
      });
      expect(trial.datetimeStart!.getTime()).toBeGreaterThanOrEqual(before);
      expect(trial.datetimeStart!.getTime()).toBeLessThanOrEqual(Date.now());
    });

    withStudy("keep their parameters in the order of suggestion, of every distribution", (storage, study) => {
      const distributions: Record<string, Distribution> = {
        zebra: floatDistribution(1e-6, 0.1, { log: true }),
        alpha: floatDistribution(-1, 1, { step: 0.1 }),
        int: intDistribution(0, 100, { step: 10 }),
        intLog: intDistribution(1, 1024, { log: true }),
        choice: categoricalDistribution(["adam", 1, 2.5, true, null, "2.5", "None", -3, '漢字 "q"', ""]),
        "__proto__ ": floatDistribution(0.5, 0.5),
      };
      const internal = { zebra: 0.003, alpha: 0.30000000000000004, int: 90, intLog: 399, choice: 3, "__proto__ ": 0.5 };
      const trial = storage.createTrial(study).id;
      for (const [name, value] of Object.entries(internal))
        storage.setTrialParam(trial, name, value, distributions[name]!);
      const found = storage.getTrial(trial);
      expect(Object.entries(found.internalParams)).toEqual(Object.entries(internal));
      expect(Object.entries(found.params)).toEqual(Object.entries({ ...internal, choice: true }));
      expect(Object.entries(found.distributions)).toEqual(Object.entries(distributions));
    });

    withStudy("may change a numeric range, but not class, log or choices", (storage, study) => {
      const first = storage.createTrial(study).id;
      storage.setTrialParam(first, "f", 0.5, float);
      storage.setTrialParam(first, "c", 0, categoricalDistribution(["a", "b"]));
      const second = storage.createTrial(study).id;
      storage.setTrialParam(second, "f", 5, floatDistribution(0, 10, { step: 0.5 }));
      const refused: [string, Distribution][] = [
        ["f", intDistribution(0, 1)],
        ["f", floatDistribution(0.1, 1, { log: true })],
        ["f", categoricalDistribution([0, 1])],
        ["c", categoricalDistribution(["b", "a"])],
        ["c", categoricalDistribution(["a", "b", "c"])],
      ];
      const third = storage.createTrial(study).id;
      for (const [name, distribution] of refused)
        expect(codeOf(() => storage.setTrialParam(third, name, 0.5, distribution))).toBe("incompatible-distribution");
      expect(storage.getTrial(third).params).toEqual({});
      storage.setTrialParam(third, "c", 1, categoricalDistribution(["a", "b"]));
      const other = storage.createTrial(storage.createStudy("other", ["minimize"])).id;
      storage.setTrialParam(other, "f", 1, intDistribution(0, 1));
      expect(storage.getTrial(other).params).toEqual({ f: 1 });
    });

    withStudy("finish with values, infinite ones too, but never NaN", (storage, study) => {
      for (const value of [0, -1.5, 5e-324, 1.7976931348623157e308, Infinity, -Infinity]) {
        const trial = storage.createTrial(study).id;
        expect(storage.setTrialState(trial, "COMPLETE", [value])).toBe(true);
        expect(storage.getTrial(trial)).toMatchObject({ state: "COMPLETE", values: [value] });
      }
      const trial = storage.createTrial(study).id;
      expect(codeOf(() => storage.setTrialState(trial, "COMPLETE", [NaN]))).toBe("invalid-value");
      expect(codeOf(() => storage.setTrialParam(trial, "x", NaN, float))).toBe("invalid-param-value");
      expect(storage.getTrial(trial)).toMatchObject({ state: "RUNNING", values: null, params: {} });
      storage.setTrialState(trial, "PRUNED", null);
      const pruned = storage.getTrial(trial);
      expect(pruned).toMatchObject({ state: "PRUNED", values: null });
      expect(pruned.datetimeComplete!.getTime()).toBeGreaterThanOrEqual(pruned.datetimeStart!.getTime());
    });

    withStudy("forget the sign of a zero, as SQLite does", (storage, study) => {
      const trial = storage.createTrial(study).id;
      storage.setTrialParam(trial, "x", -0, float);
      storage.setTrialIntermediateValue(trial, 0, -0);
      storage.setTrialState(trial, "COMPLETE", [-0]);
      const found = storage.getTrial(trial);
      expect([found.internalParams["x"], found.intermediateValues.get(0), found.values?.[0]]).toEqual([0, 0, 0]);
    });

    withStudy("keep intermediate values by step; the second for a step wins", (storage, study) => {
      const trial = storage.createTrial(study).id;
      const reports: [number, number][] = [
        [1_000_000, 1.25],
        [3, NaN],
        [0, Infinity],
        [7, -Infinity],
        [3, 0.1],
      ];
      for (const [step, value] of reports) storage.setTrialIntermediateValue(trial, step, value);
      storage.setTrialIntermediateValue(trial, 8, NaN);
      expect([...storage.getTrial(trial).intermediateValues]).toEqual([
        [0, Infinity],
        [3, 0.1],
        [7, -Infinity],
        [8, NaN],
        [1_000_000, 1.25],
      ]);
    });

    withStudy("never change once they are finished", (storage, study) => {
      for (const state of finishedStates) {
        const trial = storage.createTrial(study).id;
        storage.setTrialState(trial, state, state === "FAIL" ? null : [1]);
        const before = storage.getTrial(trial);
        const writes: (() => unknown)[] = [
          () => storage.setTrialParam(trial, "x", 0.5, float),
          () => storage.setTrialState(trial, "COMPLETE", [2]),
          () => storage.setTrialState(trial, "RUNNING"),
          () => storage.setTrialIntermediateValue(trial, 0, 1),
          () => storage.setTrialUserAttr(trial, "a", 1),
          () => storage.setTrialSystemAttr(trial, "a", 1),
        ];
        for (const write of writes) expect(codeOf(write)).toBe("trial-finished");
        expect(storage.getTrial(trial)).toEqual(before);
      }
    });

    withStudy("that are not there are named", (storage) => {
      const calls: (() => unknown)[] = [
        () => storage.getTrial(99),
        () => storage.setTrialParam(99, "x", 0.5, float),
        () => storage.setTrialState(99, "COMPLETE", [1]),
        () => storage.setTrialIntermediateValue(99, 0, 1),
        () => storage.setTrialUserAttr(99, "a", 1),
        () => storage.setTrialSystemAttr(99, "a", 1),
        () => storage.recordHeartbeat(99),
      ];
      for (const call of calls) expect(codeOf(call)).toBe("trial-not-found");
    });

    withStudy("start as their template says", (storage, study) => {
      const given = template({
        values: [Infinity],
        internalParams: { x: 0.25, c: 1 },
        distributions: { x: float, c: categoricalDistribution(["a", "b"]) },
        intermediateValues: new Map([
          [0, NaN],
          [5, 2],
        ]),
        userAttrs: { a: [1] },
        systemAttrs: { fixed_params: { x: 0.25 } },
      });
      const { id, number } = storage.createTrial(study, given);
      expect(storage.getTrial(id)).toEqual({ ...given, id, number, params: { x: 0.25, c: "b" } });
      const waiting = template({ state: "WAITING", values: null, datetimeStart: null, datetimeComplete: null });
      expect(storage.getTrial(storage.createTrial(study, waiting).id)).toMatchObject({ ...waiting, number: 1 });
    });

    withStudy("with an impossible template are not created at all", (storage, study) => {
      storage.setTrialParam(storage.createTrial(study).id, "x", 0.5, float);
      const wrong = template({ internalParams: { y: 1, x: 1 }, distributions: { y: float, x: intDistribution(0, 1) } });
      expect(codeOf(() => storage.createTrial(study, wrong))).toBe("incompatible-distribution");
      expect(codeOf(() => storage.createTrial(study, template({ values: [NaN] })))).toBe("invalid-value");
      expect(storage.getTrials(study)).toHaveLength(1);
      expect(storage.createTrial(study).number).toBe(1);
    });
  });

  describe(`${kind}: waiting trials`, () => {
    const waiting = template({ state: "WAITING", values: null, datetimeStart: null, datetimeComplete: null });

    withStudy("are claimed once each, oldest first, and then run", (storage, study) => {
      const other = storage.createStudy("other", ["minimize"]);
      expect(storage.claimWaitingTrial(study)).toBeUndefined();
      const ids = [0, 1, 2].map(() => storage.createTrial(study, waiting).id);
      storage.createTrial(study);
      expect(storage.claimWaitingTrial(other)).toBeUndefined();
      expect([0, 1, 2, 3].map(() => storage.claimWaitingTrial(study))).toEqual([...ids, undefined]);
      const trial = storage.getTrial(ids[0]!);
      expect(trial.state).toBe("RUNNING");
      expect(trial.datetimeStart).toBeInstanceOf(Date);
    });

    withStudy("can be taken by hand, but not when somebody has them", (storage, study) => {
      const { id } = storage.createTrial(study, waiting);
      expect(storage.setTrialState(id, "RUNNING")).toBe(true);
      expect(storage.setTrialState(id, "RUNNING")).toBe(false);
      expect(storage.claimWaitingTrial(study)).toBeUndefined();
      storage.setTrialState(id, "COMPLETE", [1]);
      const failed = storage.createTrial(study, waiting).id;
      expect(storage.setTrialState(failed, "FAIL")).toBe(true);
      expect(storage.claimWaitingTrial(study)).toBeUndefined();
    });
  });

  describe(`${kind}: reading`, () => {
    withStudy("sees every write at once and never changes what it gave out", (storage, study) => {
      const trial = storage.createTrial(study).id;
      const seen: (readonly TrialSnapshot[])[] = [];
      const look = (): TrialSnapshot => {
        seen.push(storage.getTrials(study));
        expect(seen.at(-1)![0]).toEqual(storage.getTrial(trial));
        return seen.at(-1)![0]!;
      };
      look();
      storage.setTrialParam(trial, "x", 0.5, float);
      expect(look().params).toEqual({ x: 0.5 });
      storage.setTrialIntermediateValue(trial, 0, 7);
      expect(look().intermediateValues).toEqual(new Map([[0, 7]]));
      storage.setTrialUserAttr(trial, "a", 1);
      expect(look().userAttrs).toEqual({ a: 1 });
      storage.setTrialSystemAttr(trial, "b", 2);
      expect(look().systemAttrs).toEqual({ b: 2 });
      storage.setTrialState(trial, "COMPLETE", [3]);
      expect(look().values).toEqual([3]);
      storage.createTrial(study);
      expect(storage.getTrials(study)).toHaveLength(2);
      expect(seen.map((trials) => trials.length)).toEqual([1, 1, 1, 1, 1, 1]);
      expect(seen.map(([first]) => first!.values)).toEqual([null, null, null, null, null, [3]]);
      expect(seen.map(([first]) => first!.intermediateValues.size)).toEqual([0, 0, 1, 1, 1, 1]);
    });

    withStudy("shares the snapshots of finished trials", (storage, study) => {
      const { id } = storage.createTrial(study, template({}));
      const first = storage.getTrials(study)[0];
      storage.createTrial(study);
      expect(storage.getTrials(study)[0]).toBe(first);
      expect(storage.getTrial(id)).toEqual(first);
    });
  });

  describe(`${kind}: trials within a limit`, () => {
    withStudy(
      "are taken from those that wait, the oldest first, then made, until the limit is reached",
      (storage, study) => {
        const waiting = [0, 1].map(() => storage.createTrial(study, template({ state: "WAITING", values: null })).id);
        expect(storage.startTrial(study, 3)).toBe(waiting[0]);
        expect(storage.startTrial(study, 3)).toBe(waiting[1]);
        const third = storage.startTrial(study, 3)!;
        expect(storage.getTrial(third)).toMatchObject({ number: 2, state: "RUNNING", datetimeStart: expect.any(Date) });
        expect(storage.getTrials(study).map(({ state }) => state)).toEqual(["RUNNING", "RUNNING", "RUNNING"]);
        expect(storage.startTrial(study, 3)).toBeUndefined();
        expect(storage.getTrials(study)).toHaveLength(3);
      },
    );

    withStudy("count all that are finished but for those the user stopped", (storage, study) => {
      for (const state of finishedStates)
        storage.createTrial(study, template({ state, values: state === "COMPLETE" ? [1] : null }));
      storage.createTrial(study, template({ state: "FAIL", values: null, systemAttrs: { fail_reason: "stopped" } }));
      expect(storage.startTrial(study, 3)).toBeUndefined();
      expect(storage.startTrial(study, 4)).toEqual(expect.any(Number));
      expect(storage.startTrial(study, 4)).toBeUndefined();
    });

    withStudy("do not count one that was interrupted and has a checkpoint to continue from", (storage, study) => {
      const checkpoint = { name: "0/1", step: 1, seed: 3 };
      const interrupted = template({ state: "FAIL", values: null, systemAttrs: { "tunelens:checkpoint": checkpoint } });
      storage.createTrial(study, interrupted);
      storage.createTrial(study, { ...interrupted, systemAttrs: { "tunelens:checkpoint": null } });
      expect(storage.startTrial(study, 1)).toBeUndefined();
      expect(storage.startTrial(study, 2)).toEqual(expect.any(Number));
    });

    withStudy("are retries first, of each trial one, and within the limit too", (storage, study) => {
      const waiting = storage.createTrial(study, template({ state: "WAITING", values: null })).id;
      const retry = {
        ...template({ state: "RUNNING", values: null, datetimeComplete: null }),
        systemAttrs: { failed_trial: 0, retry_history: [0, 4] },
      };
      expect(storage.startTrial(study, 0, { retry })).toBeUndefined();
      const systemAttrs = { worker: 7 };
      const started = storage.startTrial(study, 2, { retry, systemAttrs })!;
      expect(storage.getTrial(started)).toMatchObject({
        number: 1,
        state: "RUNNING",
        params: storage.getTrial(waiting).params,
        systemAttrs: { ...retry.systemAttrs, ...systemAttrs },
      });
      expect(storage.startTrial(study, 2, { retry })).toBe(waiting);
      expect(storage.startTrial(study, 2, { retry })).toBeUndefined();
    });

    withStudy("continue a paused trial once, whatever the limit, and count the two once", (storage, study) => {
      storage.createTrial(study, template({ state: "PRUNED" }));
      const retry = {
        ...template({ state: "RUNNING", values: null, datetimeComplete: null }),
        systemAttrs: { "tunelens:continues": 0 },
      };
      const continued = storage.startTrial(study, 1, { retry })!;
      expect(storage.getTrial(continued)).toMatchObject({ number: 1, state: "RUNNING" });
      expect(storage.startTrial(study, 1, { retry })).toBeUndefined();
      expect(storage.startTrial(study, 1)).toBeUndefined();
      expect(storage.startTrial(study, 2)).toEqual(expect.any(Number));
      storage.setTrialState(continued, "COMPLETE", [1]);
      expect(storage.startTrial(study, 2)).toBeUndefined();
    });

    withStudy("do not count a running trial that nobody promised to finish", (storage, study) => {
      const silent = storage.createTrial(study).id;
      const started = storage.startTrial(study, 1)!;
      expect(started).not.toBe(silent);
      expect(storage.startTrial(study, 1)).toBeUndefined();
      storage.setTrialSystemAttr(started, "fail_reason", "stopped");
      storage.setTrialState(started, "FAIL");
      expect(storage.startTrial(study, 1)).toEqual(expect.any(Number));
    });
  });

  describe(`${kind}: what is stored together`, () => {
    withStudy("with the start of a trial: who runs it", (storage, study) => {
      const systemAttrs = { worker: { pid: 7 } };
      const waiting = template({ state: "WAITING", values: null, datetimeStart: null, datetimeComplete: null });
      for (let i = 0; i < 2; i++) storage.createTrial(study, waiting);
      storage.claimWaitingTrial(study, { systemAttrs });
      storage.startTrial(study, 9, { systemAttrs });
      storage.startTrial(study, 9, { systemAttrs });
      storage.createTrial(study, undefined, { systemAttrs });
      expect(storage.getTrials(study)).toMatchObject([0, 1, 2, 3].map(() => ({ state: "RUNNING", systemAttrs })));
    });

    withStudy("with the end of a trial: why, and what takes its place", (storage, study) => {
      const { id } = storage.createTrial(study);
      const retry = template({ state: "WAITING", values: null, datetimeStart: null, datetimeComplete: null });
      const bad = { ...retry, internalParams: { x: NaN }, distributions: { x: float } };
      const end = { systemAttrs: { reason: "silent" } };
      expect(codeOf(() => storage.setTrialState(id, "FAIL", null, { ...end, retry: bad }))).toBe("invalid-param-value");
      expect(storage.getTrials(study)).toMatchObject([{ state: "RUNNING", systemAttrs: {} }]);
      storage.setTrialState(id, "FAIL", null, { ...end, retry });
      expect(storage.getTrials(study)).toMatchObject([
        { state: "FAIL", ...end },
        { state: "WAITING", number: 1 },
      ]);
    });
  });

  describe(`${kind}: heartbeats`, () => {
    withStudy("tell which running trials have gone silent", (storage, study) => {
      const silent = storage.createTrial(study).id;
      const finished = storage.createTrial(study).id;
      storage.createTrial(study);
      storage.recordHeartbeat(silent);
      storage.recordHeartbeat(finished);
      storage.setTrialState(finished, "COMPLETE", [1]);
      expect(storage.getStaleTrials(study, 60)).toEqual([]);
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2_100);
      expect(storage.getStaleTrials(study, 1)).toEqual([silent]);
      storage.recordHeartbeat(silent);
      expect(storage.getStaleTrials(study, 1)).toEqual([]);
    });

    withStudy("start with the trial, where whoever runs it says so", (storage, study) => {
      const waiting = storage.createTrial(
        study,
        template({ state: "WAITING", values: null, datetimeStart: null, datetimeComplete: null }),
      ).id;
      const created = storage.createTrial(study, undefined, { heartbeat: true }).id;
      expect(storage.claimWaitingTrial(study, { heartbeat: true })).toBe(waiting);
      storage.createTrial(study);
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2_100);
      expect(storage.getStaleTrials(study, 1)).toEqual([waiting, created]);
    });
  });
}
