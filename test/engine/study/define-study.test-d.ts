import { describe, expectTypeOf, it } from "vitest";
import { defineStudy, isStudyDefinition, type StudyDefinition } from "../../../src/engine/study/define-study.js";
import type { ParamValue } from "../../../src/engine/distribution.js";
import { fixedTrial } from "../../../src/engine/trial/fixed-trial.js";
import { branch, categorical, float, int } from "../../../src/engine/space.js";
import type { Trial } from "../../../src/engine/trial/trial.js";

const space = {
  layers: int(1, 5),
  activation: categorical(["relu", "elu"]),
  optimizer: branch({ adam: { beta1: float(0.8, 0.999) }, sgd: { momentum: float(0, 0.99) } }),
};

describe("defineStudy", () => {
  it("gives the objective the params its space has", () => {
    defineStudy({
      name: "typed",
      space: { layers: int(1, 5), activation: categorical(["relu", "elu"]), optimizer: branch({ adam: {}, sgd: {} }) },
      objective(trial) {
        expectTypeOf(trial.params).toEqualTypeOf<{
          readonly layers: number;
          readonly activation: "relu" | "elu";
          readonly optimizer: { readonly kind: "adam" } | { readonly kind: "sgd" };
        }>();
        // @ts-expect-error -- the space has no dropout
        void trial.params.dropout;
        // @ts-expect-error -- params are not for writing
        trial.params.layers = 3;
        return trial.params.layers;
      },
    });
  });

  it("takes numbers, several numbers, and a value with more, at once or later", () => {
    defineStudy({ name: "n", objective: () => 1 });
    defineStudy({ name: "n", directions: ["minimize", "maximize"], objective: async () => [1, 2] });
    defineStudy({ name: "n", objective: async () => ({ value: 1, model: { layers: 3 }, note: "x" }) });
    // @ts-expect-error -- a result is needed
    defineStudy({ name: "n", objective: () => undefined });
    // @ts-expect-error -- a text is no value
    defineStudy({ name: "n", objective: () => "0.5" });
  });

  it("has params of any name in a define-by-run study, and the literal types of suggested choices", () => {
    defineStudy({
      name: "by-run",
      enqueue: [{ anything: 3 }],
      objective(trial) {
        expectTypeOf(trial.params["x"]).toEqualTypeOf<ParamValue | undefined>();
        expectTypeOf(trial.suggestCategorical("a", ["relu", "elu"])).toEqualTypeOf<"relu" | "elu">();
        return trial.suggestFloat("x", 0, 1);
      },
    });
  });

  it("refuses an enqueued parameter the space does not have, and a wrong value", () => {
    const objective = (): number => 1;
    defineStudy({ name: "n", space, enqueue: [{ layers: 2, optimizer: { kind: "adam" } }], objective });
    // @ts-expect-error -- no dropout in the space
    defineStudy({ name: "n", space, enqueue: [{ dropout: 0.5 }], objective });
    // @ts-expect-error -- not a choice
    defineStudy({ name: "n", space, enqueue: [{ activation: "tanh" }], objective });
    // @ts-expect-error -- momentum is sgd's
    defineStudy({ name: "n", space, enqueue: [{ optimizer: { kind: "adam", momentum: 0.5 } }], objective });
    // @ts-expect-error -- no such direction
    defineStudy({ name: "n", direction: "down", objective });
  });

  it("is a StudyDefinition whatever its space", () => {
    const definition = defineStudy({ name: "n", space, objective: ({ params }) => params.layers });
    expectTypeOf(definition).toExtend<StudyDefinition>();
    const exported: unknown = definition;
    if (isStudyDefinition(exported)) expectTypeOf(exported).toEqualTypeOf<StudyDefinition>();
  });

  it("makes fixed trials of its own params only", () => {
    const definition = defineStudy({ name: "n", space, objective: ({ params }) => params.layers });
    const trial = fixedTrial(
      { layers: 2, activation: "elu", optimizer: { kind: "sgd", momentum: 0.5 } },
      { study: definition },
    );
    expectTypeOf(trial.params.activation).toEqualTypeOf<"relu" | "elu">();
    void definition.objective(trial);
    // @ts-expect-error -- the optimizer is missing
    fixedTrial({ layers: 2, activation: "elu" }, { study: definition });
    expectTypeOf(fixedTrial({ x: 1 }).params).toEqualTypeOf<Readonly<Record<string, ParamValue>>>();
  });

  it("gives trials that code for any study can take", () => {
    const fit = (trial: Trial): number => trial.number;
    defineStudy({ name: "n", space, objective: (trial) => fit(trial) });
  });
});
