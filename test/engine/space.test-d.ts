import { describe, expectTypeOf, it } from "vitest";
import type { ParamValue } from "../../src/engine/distribution.js";
import {
  branch,
  categorical,
  float,
  int,
  type CategoricalSpec,
  type EnqueuedParams,
  type InferParams,
  type NoSpace,
  type Space,
} from "../../src/engine/space.js";

const space = {
  layers: int(1, 5, { default: 2 }),
  lr: float(1e-5, 1e-1, { log: true }),
  activation: categorical(["relu", "elu"]),
  width: categorical([64, "wide", true, null]),
  optimizer: branch({
    adam: { beta1: float(0.8, 0.999), schedule: branch({ cosine: { warmup: int(0, 10) }, constant: {} }) },
    sgd: { momentum: float(0, 0.99), nesterov: categorical([true, false]) },
    plain: {},
  }),
};
type Params = InferParams<typeof space>;

describe("InferParams", () => {
  it("is made from a space", () => {
    expectTypeOf(space).toExtend<Space>();
  });

  it("makes a number of a float and of an int", () => {
    expectTypeOf<Params["layers"]>().toEqualTypeOf<number>();
    expectTypeOf<Params["lr"]>().toEqualTypeOf<number>();
  });

  it("makes the union of its choices of a categorical, without `as const`", () => {
    expectTypeOf<Params["activation"]>().toEqualTypeOf<"relu" | "elu">();
    expectTypeOf<Params["width"]>().toEqualTypeOf<64 | "wide" | true | null>();
  });

  it("keeps the choices' type where they are not literal", () => {
    const names: string[] = ["a", "b"];
    expectTypeOf(categorical(names)).toEqualTypeOf<CategoricalSpec<string>>();
  });

  it("makes a discriminated union of a branch, nested ones too", () => {
    type Schedule = { readonly kind: "cosine"; readonly warmup: number } | { readonly kind: "constant" };
    expectTypeOf<Params["optimizer"]>().toEqualTypeOf<
      | { readonly kind: "adam"; readonly beta1: number; readonly schedule: Schedule }
      | { readonly kind: "sgd"; readonly momentum: number; readonly nesterov: boolean }
      | { readonly kind: "plain" }
    >();
    const read = (optimizer: Params["optimizer"]): number => {
      if (optimizer.kind === "sgd") return optimizer.momentum;
      // @ts-expect-error -- momentum is sgd's alone
      return optimizer.momentum as number;
    };
    expectTypeOf(read).returns.toBeNumber();
  });

  it("has any name for a define-by-run study, and else no name the space has not", () => {
    expectTypeOf<InferParams<NoSpace>>().toEqualTypeOf<Readonly<Record<string, ParamValue>>>();
    // @ts-expect-error -- no such parameter
    type Unknown = Params["dropout"];
    expectTypeOf<Unknown>().not.toBeNever();
  });
});

describe("what does not compile", () => {
  it("a default of the wrong type", () => {
    // @ts-expect-error -- a string is no float
    float(0, 1, { default: "0.5" });
    // @ts-expect-error -- null is no int
    int(0, 1, { default: null });
    // @ts-expect-error -- not one of the choices
    void (() => categorical(["relu", "elu"], { default: "tanh" }));
    // @ts-expect-error -- not one of the kinds
    void (() => branch({ adam: {}, sgd: {} }, { default: "adagrad" }));
    categorical(["relu", "elu"], { default: "elu" });
    branch({ adam: {}, sgd: {} }, { default: "sgd" });
  });

  it("a parameter called kind inside a branch", () => {
    // @ts-expect-error -- kind names the chosen part itself
    void (() => branch({ adam: { kind: float(0, 1) } }));
  });

  it("a choice that JSON cannot hold", () => {
    // @ts-expect-error -- an object is no choice
    void (() => categorical([{ units: 3 }]));
  });
});

describe("EnqueuedParams", () => {
  type Enqueued = EnqueuedParams<typeof space>;

  it("is any part of the space", () => {
    expectTypeOf<{ layers: 3 }>().toExtend<Enqueued>();
    expectTypeOf<{ optimizer: { kind: "adam" } }>().toExtend<Enqueued>();
    const enqueued: Enqueued = { optimizer: { kind: "adam", schedule: { kind: "cosine", warmup: 3 } } };
    void enqueued;
  });

  it("has no unknown parameter, no wrong value and no other kind's parameter", () => {
    // @ts-expect-error -- not in the space
    const unknown: Enqueued = { dropout: 0.5 };
    // @ts-expect-error -- not a choice
    const wrong: Enqueued = { activation: "tanh" };
    // @ts-expect-error -- momentum is sgd's
    const other: Enqueued = { optimizer: { kind: "adam", momentum: 0.9 } };
    void [unknown, wrong, other];
  });

  it("is anything in a define-by-run study", () => {
    const anything: EnqueuedParams<NoSpace> = { x: 1, y: "a" };
    void anything;
  });
});
