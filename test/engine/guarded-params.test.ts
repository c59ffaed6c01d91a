/* eslint-disable @typescript-eslint/no-explicit-any, @typescript-eslint/no-unsafe-argument, @typescript-eslint/no-unsafe-call,
   @typescript-eslint/no-unsafe-member-access -- reads params as JavaScript would, without types. */
import assert from "node:assert/strict";
import { inspect } from "node:util";
import { serialize, deserialize } from "node:v8";
import { runInThisContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { TunelensError } from "../../src/engine/errors.js";
import { guardParams } from "../../src/engine/guarded-params.js";
import { branch, float, int, type NestedParams } from "../../src/engine/space.js";

const space = {
  learningRate: float(1e-5, 1),
  optimizer: branch({
    adam: { beta1: float(0, 1), schedule: branch({ cosine: { steps: int(1, 9) }, none: {} }) },
    sgd: { momentum: float(0, 1) },
  }),
};

const plain: NestedParams = {
  learningRate: 0.1,
  optimizer: { kind: "adam", beta1: 0.9, schedule: { kind: "cosine", steps: 3 } },
};

function guarded() {
  return guardParams(structuredClone(plain), space, 'Study "s", trial 3') as any;
}

describe("reading a parameter that the space does not have", () => {
  it("is an error that names the study and the parameter that is meant", () => {
    const read = () => guarded().learningRat as unknown;
    expect(read).toThrow(TunelensError);
    expect(read).toThrow(
      'Study "s", trial 3: trial.params has no parameter "learningRat". Did you mean "learningRate"?',
    );
    expect(() => {
      const { learning_rate } = guarded();
      return learning_rate as unknown;
    }).toThrow('no parameter "learning_rate"');
  });

  it("is one in a branch, too, where no kind has it", () => {
    expect(() => guarded().optimizer.beta as unknown).toThrow('"optimizer.beta". Did you mean "beta1"?');
    expect(() => guarded().optimizer.schedule.step as unknown).toThrow(
      '"optimizer.schedule.step". Did you mean "steps"?',
    );
  });

  it("says how parameters are suggested without a space", () => {
    expect(() => guardParams({}, {}, "Study").lr).toThrow("The study has no space. Suggest the parameter");
  });

  it("names the parameters there are where none is meant", () => {
    expect(() => guarded().dropout as unknown).toThrow(
      'Study "s", trial 3: trial.params has no parameter "dropout". Use one of: learningRate, optimizer.',
    );
    expect(() => guarded().callbacks ?? []).toThrow('"callbacks". Use one of: learningRate, optimizer.');
    expect(() => {
      const { dropout = 0.5 } = guarded();
      return dropout as unknown;
    }).toThrow('no parameter "dropout"');
    expect(() => guarded().optimizer.message as unknown).toThrow(
      '"optimizer.message". Use one of: kind, beta1, schedule, momentum.',
    );
  });

  it("says which kind a branch is where another kind has the parameter", () => {
    expect(() => guarded().optimizer.momentum as unknown).toThrow(
      'trial.params has no parameter "optimizer.momentum": "optimizer" is "adam" in this trial, and only "sgd" has it. ' +
        "Check optimizer.kind first.",
    );
    expect(guarded().optimizer.kind).toBe("adam");
  });

  it("is undefined to the code of a package, as it may look for what others have", () => {
    const read = runInThisContext("(params) => params.dropout", { filename: "/project/node_modules/a/index.js" });
    expect(read(guarded())).toBeUndefined();
    const own = runInThisContext("(params) => params.dropout", { filename: "/project/train.js" });
    expect(() => own(guarded())).toThrow('no parameter "dropout"');
  });
});

describe("guarded params are plain objects to whoever", () => {
  it("lists, copies or writes them", () => {
    const params = guarded();
    expect(Object.keys(params)).toEqual(["learningRate", "optimizer"]);
    const listed: string[] = [];
    for (const name in params) listed.push(name);
    expect(listed).toEqual(["learningRate", "optimizer"]);
    expect("learningRat" in params).toBe(false);
    expect("learningRate" in params).toBe(true);
    expect(JSON.stringify(params)).toBe(JSON.stringify(plain));
    expect(String(params)).toBe("[object Object]");
    assert.deepStrictEqual({ ...params.optimizer.schedule }, { kind: "cosine", steps: 3 });
    assert.deepStrictEqual(structuredClone(params), plain);
    assert.deepStrictEqual(deserialize(serialize(params)), plain);
  });

  it("prints or compares them", () => {
    const params = guarded();
    expect(inspect(params, { depth: 5 })).toBe(inspect(plain, { depth: 5 }));
    expect(inspect(params, { showHidden: true, showProxy: true })).toContain("learningRate");
    expect(params).toEqual(plain);
    expect(params).toStrictEqual(plain);
    expect(plain).toStrictEqual(params);
    expect(params).toMatchObject({ learningRate: 0.1 });
    expect(params).not.toEqual({ learningRate: 0.2 });
    expect(() => expect(params).toEqual({ learningRate: 0.2 })).toThrow("learningRate");
    assert.deepEqual({ ...params.optimizer.schedule }, { kind: "cosine", steps: 3 });
  });

  it("awaits them, or writes to them", async () => {
    const params = guarded();
    expect(await Promise.resolve(params)).toBe(params);
    params.note = "mine";
    expect(Object.keys(params)).toContain("note");
    expect(Object.hasOwn(Object.prototype, "note")).toBe(false);
  });
});
