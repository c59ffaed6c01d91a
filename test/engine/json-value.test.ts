import { describe, expect, it } from "vitest";
import { InvalidArgumentError } from "../../src/engine/errors.js";
import { fixedTrial } from "../../src/engine/trial/fixed-trial.js";
import type { Json } from "../../src/engine/trial/trial-snapshot.js";
import { float } from "../../src/engine/space.js";
import { createStudy } from "../../src/engine/study/create-study.js";
import { MemoryStorage } from "../../src/storage/memory.js";

const study = createStudy({ storage: new MemoryStorage(), name: "s", space: { x: float(0, 1) } });
const cycle: { list: unknown[] } = { list: [1] };
cycle.list.push(cycle);
class Own {
  private readonly hidden = 1;
  get value(): number {
    return this.hidden;
  }
}

describe("an attribute", () => {
  it.each<readonly [unknown, string]>([
    [new Date(0), "k is a Date: store date.toISOString()"],
    [new Map([["a", 1]]), "k is a Map: store Object.fromEntries(map)"],
    [{ a: [1, 2, new Set([1])] }, "k.a[2] is a Set: store Array.from(…)"],
    [[new Float32Array(2)], "k[0] is a Float32Array: store Array.from(…)"],
    [{ a: { "odd key": 1n } }, 'k.a["odd key"] is a BigInt: store it as a string'],
    [{ a: undefined }, "k.a is undefined"],
    [[1, , 3], "k[1] is undefined"],
    [undefined, "k is undefined"],
    [() => 1, "k is a function"],
    [{ f: Symbol("s") }, "k.f is a symbol"],
    [cycle, "k.list[1] is an object that contains itself"],
    [new Own(), "k is an object of class Own: store a plain object"],
  ])("%o is refused by name", (value, message) => {
    const trial = study.ask();
    const places: readonly (readonly [string, () => void])[] = [
      ['Study "s", attribute "k": ', () => study.setUserAttr("k", value as Json)],
      [`Study "s", trial ${trial.number}, attribute "k": `, () => trial.setUserAttr("k", value as Json)],
      ['Study "fixed", trial 0, attribute "k": ', () => fixedTrial({}).setUserAttr("k", value as Json)],
      ['Study "s", added trial, attribute "k": ', () => study.enqueueTrial({}, { userAttrs: { k: value as Json } })],
      ['Study "s", added trial, attribute "k": ', () => study.addTrial({ value: 1, userAttrs: { k: value as Json } })],
    ];
    for (const [where, store] of places) {
      expect(store).toThrow(InvalidArgumentError);
      expect(store).toThrow(where + message);
    }
    expect(study.userAttrs).toEqual({});
    expect(trial.userAttrs).toEqual({});
  });

  it("is anything that comes back as it was", () => {
    const same = { x: study.ask().params.x };
    const shared = [1];
    const good: Json = { a: [null, true, "x", 1.5, NaN, -Infinity, { b: [] }], shared, again: shared };
    const trial = study.ask();
    trial.setUserAttr("k", good);
    trial.setUserAttr("params", trial.params);
    expect(trial.userAttrs["k"]).toEqual(good);
    expect(Object.keys(trial.userAttrs["params"] as object)).toEqual(Object.keys(same));
  });
});

describe("options of a study", () => {
  const make = (options: object) => () => createStudy({ storage: new MemoryStorage(), ...options });

  it.each([NaN, 1.5, -1, "x", null])("refuse the seed %o", (seed) => {
    expect(make({ seed })).toThrow(InvalidArgumentError);
    expect(make({ seed })).toThrow("seed must be an integer of at least 0, not ");
  });

  it("refuse a name that there is not", () => {
    expect(make({ directon: "maximize" })).toThrow('createStudy: unknown option "directon". Did you mean "direction"?');
  });

  it.each<[object, string]>([
    [{ trials: NaN }, "trials must be an integer of at least 0, not NaN"],
    [{ trials: 1.5 }, "trials must be an integer of at least 0, not 1.5"],
    [{ trials: "3" }, 'trials must be an integer of at least 0, not "3"'],
    [{ totalTrials: -1 }, "totalTrials must be an integer of at least 0, not -1"],
    [{ timeout: NaN }, "timeout must be a number of seconds above 0, not NaN"],
    [{ epochs: 0 }, "epochs must be an integer of at least 1, not 0"],
    [{ trial: 3 }, 'unknown option "trial". Did you mean "trials"?'],
  ])("optimize refuses %o", async (options, message) => {
    await expect(study.optimize(() => 1, options)).rejects.toThrow(`Study "s", optimize: ${message}`);
  });
});
