import { describe, expectTypeOf, it } from "vitest";
import { defineStudy } from "../../src/engine/study/define-study.js";
import type { ObjectiveResult, ResultFor } from "../../src/engine/objective.js";
import type { Sampler } from "../../src/engine/samplers/sampler.js";
import { categorical, float } from "../../src/engine/space.js";
import type { Direction } from "../../src/engine/storage.js";
import { createStudy } from "../../src/engine/study/create-study.js";
import { loadStudy } from "../../src/engine/study/load-study.js";
import type { Study } from "../../src/engine/study/study.js";
import { MemoryStorage } from "../../src/storage/memory.js";

const space = { x: float(0, 1), kind: categorical(["a", "b"]) };
const directions = ["minimize", "maximize"] as const;

describe("the objective of a study with several directions", () => {
  it("gives one number for each, alone or with more, at once or later", () => {
    defineStudy({ name: "n", directions: ["minimize", "maximize"], objective: () => [1, 2] });
    defineStudy({ name: "n", directions: ["minimize", "maximize"], objective: async () => [1, 2] });
    defineStudy({ name: "n", directions, objective: () => ({ values: [1, 2], model: {}, note: "x" }) });
    defineStudy({ name: "n", directions, objective: async () => ({ values: [1, 2] }) });
    defineStudy({ name: "n", directions: ["minimize", "minimize", "minimize"], objective: () => [1, 2, 3] });
  });

  it("still knows its params", () => {
    defineStudy({
      name: "n",
      directions: ["minimize", "maximize"],
      space,
      enqueue: [{ x: 0.5 }],
      objective({ params }) {
        expectTypeOf(params).toEqualTypeOf<{ readonly x: number; readonly kind: "a" | "b" }>();
        return [params.x, 1 - params.x];
      },
    });
  });

  it("cannot give too few, too many, one alone or something else", () => {
    // @ts-expect-error -- one of two
    defineStudy({ name: "n", directions: ["minimize", "maximize"], objective: () => [1] });
    // @ts-expect-error -- three of two
    defineStudy({ name: "n", directions: ["minimize", "maximize"], objective: async () => [1, 2, 3] });
    // @ts-expect-error -- a number alone
    defineStudy({ name: "n", directions: ["minimize", "maximize"], objective: () => 1 });
    // @ts-expect-error -- one value
    defineStudy({ name: "n", directions: ["minimize", "maximize"], objective: () => ({ value: 1 }) });
    // @ts-expect-error -- one of two, with more
    defineStudy({ name: "n", directions: ["minimize", "maximize"], objective: () => ({ values: [1], model: {} }) });
    // @ts-expect-error -- a text
    defineStudy({ name: "n", directions: ["minimize", "maximize"], objective: () => [1, "2"] });
    // @ts-expect-error -- no such direction
    defineStudy({ name: "n", directions: ["minimize", "down"], objective: () => [1, 2] });
  });
});

describe("the objective of a study with one direction", () => {
  it("gives one number, alone or with more", () => {
    defineStudy({ name: "n", direction: "maximize", objective: () => 1 });
    defineStudy({ name: "n", directions: ["maximize"], objective: () => 1 });
    defineStudy({ name: "n", objective: () => [1] });
    defineStudy({ name: "n", objective: () => ({ value: 1, model: {} }) });
    defineStudy({ name: "n", objective: async () => ({ values: [1] }) });
  });

  it("cannot give two, or nothing", () => {
    // @ts-expect-error -- two of one
    defineStudy({ name: "n", objective: () => [1, 2] });
    // @ts-expect-error -- two of one
    defineStudy({ name: "n", direction: "minimize", objective: () => ({ values: [1, 2] }) });
    // @ts-expect-error -- no value
    defineStudy({ name: "n", objective: () => ({ model: {} }) });
  });
});

describe("a study", () => {
  const storage = new MemoryStorage();

  it("is optimized by an objective for its directions", () => {
    const study = createStudy({ storage, directions: ["minimize", "maximize"], space });
    void (() => study.optimize(({ params }) => [params.x, 1]));
    // @ts-expect-error -- one of two
    void (() => study.optimize(() => 1));
    const single = createStudy({ storage, space });
    void (() => single.optimize(({ params }) => params.x));
    // @ts-expect-error -- two of one
    void (() => single.optimize(() => [1, 2]));
  });

  it("is a Study whatever its directions", () => {
    expectTypeOf(createStudy({ storage, directions })).toExtend<Study>();
    expectTypeOf(createStudy({ storage })).toExtend<Study>();
  });

  it("takes any number of values where its directions are known only when it runs", () => {
    const some: readonly Direction[] = ["minimize"];
    void (() => createStudy({ storage, directions: some }).optimize(() => [1, 2]));
    void (() => loadStudy({ storage, name: "n" }).optimize(() => [1, 2]));
    expectTypeOf<ResultFor<readonly Direction[]>>().toEqualTypeOf<ObjectiveResult>();
  });
});

describe("constraints and samplers", () => {
  it("take what they are for", () => {
    defineStudy({
      name: "n",
      objective(trial) {
        trial.setConstraint("memory", 3);
        // @ts-expect-error -- a number
        trial.setConstraint("memory", "3");
        expectTypeOf(trial.constraints).toEqualTypeOf<Readonly<Record<string, number>>>();
        return 1;
      },
    });
    const middle: Sampler = {
      name: "Middle",
      relativeSpace: () => new Map(),
      sampleRelative: () => new Map(),
      sampleIndependent: (_study, _trial, _name, distribution) =>
        distribution.type === "categorical" ? distribution.choices[0]! : (distribution.low + distribution.high) / 2,
    };
    defineStudy({ name: "n", sampler: middle, objective: () => 1 });
    // @ts-expect-error -- no sampleIndependent
    const half: Sampler = { name: "Half", relativeSpace: () => new Map(), sampleRelative: () => new Map() };
    void half;
  });
});
