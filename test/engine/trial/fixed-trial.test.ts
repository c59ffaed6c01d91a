import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { defineStudy } from "../../../src/engine/study/define-study.js";
import {
  InvalidArgumentError,
  InvalidDefinitionError,
  TrialPruned,
  TunelensError,
} from "../../../src/engine/errors.js";
import { fixedTrial } from "../../../src/engine/trial/fixed-trial.js";
import { branch, categorical, float, int } from "../../../src/engine/space.js";
import type { Trial } from "../../../src/engine/trial/trial.js";
import { findPython } from "../../storage/children/find-python.js";

const definition = defineStudy({
  name: "net",
  space: {
    layers: int(1, 5),
    optimizer: branch({ adam: { beta1: float(0.8, 0.999) }, sgd: {} }),
    activation: categorical(["relu"]),
  },
  epochs: { study: 3, retrain: 9 },
  objective(trial) {
    const { layers, optimizer } = trial.params;
    for (let epoch = 0; epoch < trial.epochs!; epoch++) {
      trial.report(layers - epoch, epoch);
      if (trial.shouldPrune()) throw new TrialPruned();
    }
    trial.setUserAttr("kind", optimizer.kind);
    trial.setConstraint("layers", layers - 4);
    return optimizer.kind === "adam" ? optimizer.beta1 * layers : layers;
  },
});
const params = { layers: 2, optimizer: { kind: "adam", beta1: 0.9 }, activation: "relu" } as const;

describe("fixedTrial", () => {
  it("calls the objective of a study file and keeps what it says", async () => {
    const trial = fixedTrial(params, { study: definition, number: 7 });
    expect(await definition.objective(trial)).toBe(1.8);
    expect([...trial.intermediateValues]).toEqual([
      [0, 2],
      [1, 1],
      [2, 0],
    ]);
    expect(trial.userAttrs).toEqual({ kind: "adam" });
    expect(trial.constraints).toEqual({ layers: -2 });
    expect(trial.warnings).toEqual([]);
    expect([trial.number, trial.purpose, trial.epochs, trial.seed]).toEqual([7, "study", 3, undefined]);
    expect(Object.keys(trial.distributions)).toEqual(["layers", "optimizer", "optimizer.adam.beta1", "activation"]);
  });

  it("prunes where the test says", () => {
    const trial = fixedTrial(params, { study: definition, pruneAt: 1 });
    expect(() => definition.objective(trial)).toThrow(TrialPruned);
    expect([...trial.intermediateValues.keys()]).toEqual([0, 1]);
  });

  it("refuses parameters that the space does not have, and options outside what they may be", () => {
    const make =
      (given: object, options: object = {}) =>
      () =>
        fixedTrial(given as typeof params, { study: definition, ...options });
    expect(make({ ...params, dropout: 1 })).toThrow(InvalidDefinitionError);
    expect(make({ ...params, layers: 9 })).toThrow('Parameter "layers": 9 is not a value of int(1, 5)');
    expect(() => fixedTrial({ layers: 1 } as never, { study: definition }).params).toThrow(
      'Study "net", trial 0 has no value for the parameter "optimizer". Pass it to fixedTrial.',
    );
    for (const options of [{ number: -1 }, { number: 0.5 }, { seed: NaN }, { epochs: 0 }, { pruneAt: "1" }])
      expect(make(params, options)).toThrow(InvalidArgumentError);
    expect(make(params, { prune: 1 })).toThrow('Did you mean "pruneAt"?');
  });
});

/** What both do, called with one API's spelling or the other's. */
const python = findPython();
const SCRIPT = `
import json, warnings
from optuna.trial import FixedTrial
trial = FixedTrial({"x": 2.5, "n": 3, "c": None}, number=4)
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    values = [trial.suggest_float("x", 0, 1), trial.suggest_int("n", 1, 5, step=2), trial.suggest_categorical("c", ["a", None])]
try:
    trial.suggest_float("y", 0, 1)
    missing = False
except ValueError:
    missing = True
trial.report(1.0, 0)
trial.set_user_attr("k", [1])
print(json.dumps({
    "values": values, "warned": len([w for w in caught if "out of the range" in str(w.message)]), "missing": missing,
    "prune": trial.should_prune(), "params": trial.params, "names": list(trial.distributions), "attrs": trial.user_attrs,
    "number": trial.number,
}))
`;

function sameHere(): unknown {
  const trial: Trial = fixedTrial({ x: 2.5, n: 3, c: null }, { number: 4 });
  const values = [
    trial.suggestFloat("x", 0, 1),
    trial.suggestInt("n", 1, 5, { step: 2 }),
    trial.suggestCategorical("c", ["a", null]),
  ];
  let missing = false;
  try {
    trial.suggestFloat("y", 0, 1);
  } catch (error) {
    missing = error instanceof TunelensError && error.code === "missing-param";
  }
  trial.report(1, 0);
  trial.setUserAttr("k", [1]);
  return {
    values,
    warned: (trial as ReturnType<typeof fixedTrial>).warnings.length,
    missing,
    prune: trial.shouldPrune(),
    params: trial.params,
    names: Object.keys(trial.distributions),
    attrs: trial.userAttrs,
    number: trial.number,
  };
}

it.skipIf(!python)("does what Optuna's FixedTrial does", () => {
  const theirs: unknown = JSON.parse(execFileSync(python!, ["-c", SCRIPT], { encoding: "utf8" }));
  expect(sameHere()).toEqual(theirs);
});
