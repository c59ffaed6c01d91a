import { describe, expect, it } from "vitest";
import type { ParamValue } from "../../src/engine/distribution.js";
import { InvalidDefinitionError, InvalidDistributionError } from "../../src/engine/errors.js";
import {
  branch,
  categorical,
  defaultParams,
  flattenParams,
  flattenSpace,
  float,
  int,
  unflattenParams,
} from "../../src/engine/space.js";

const space = {
  layers: int(1, 5),
  optimizer: branch({
    adam: { beta1: float(0.8, 0.999), schedule: branch({ cosine: { warmup: int(0, 10) }, constant: {} }) },
    sgd: { momentum: float(0, 0.99) },
  }),
  activation: categorical(["relu", "elu"]),
};

function lookup(flat: Record<string, ParamValue>, asked: string[]): (name: string) => ParamValue {
  return (name) => {
    asked.push(name);
    return flat[name]!;
  };
}

describe("flat and nested", () => {
  it("lists every parameter by its flat name, in declared order", () => {
    expect(flattenSpace(space).map(({ name }) => name)).toEqual([
      "layers",
      "optimizer",
      "optimizer.adam.beta1",
      "optimizer.adam.schedule",
      "optimizer.adam.schedule.cosine.warmup",
      "optimizer.sgd.momentum",
      "activation",
    ]);
    expect(flattenSpace(space)[1]!.distribution).toEqual({ type: "categorical", choices: ["adam", "sgd"] });
  });

  it("asks for the chosen kind's parameters only, in declared order", () => {
    const asked: string[] = [];
    const flat = { layers: 2, optimizer: "sgd", "optimizer.sgd.momentum": 0.5, activation: "elu" };
    expect(unflattenParams(space, lookup(flat, asked))).toEqual({
      layers: 2,
      optimizer: { kind: "sgd", momentum: 0.5 },
      activation: "elu",
    });
    expect(asked).toEqual(["layers", "optimizer", "optimizer.sgd.momentum", "activation"]);
  });

  it("goes there and back", () => {
    const nested = {
      layers: 3,
      optimizer: { kind: "adam", beta1: 0.9, schedule: { kind: "cosine", warmup: 4 } },
      activation: "relu",
    };
    const flat = flattenParams(space, nested);
    expect(flat).toEqual({
      layers: 3,
      optimizer: "adam",
      "optimizer.adam.beta1": 0.9,
      "optimizer.adam.schedule": "cosine",
      "optimizer.adam.schedule.cosine.warmup": 4,
      activation: "relu",
    });
    expect(unflattenParams(space, lookup(flat, []))).toEqual(nested);
  });

  it("takes a part of the params", () => {
    expect(flattenParams(space, { optimizer: { kind: "adam" } })).toEqual({ optimizer: "adam" });
  });

  it.each([
    [{ dropout: 0.5 }, 'Parameter "dropout" is not in the space. It has: layers, optimizer, activation.'],
    [{ toString: 1 }, 'Parameter "toString" is not in the space'],
    [{ layers: 9 }, 'Parameter "layers": 9 is not a value of int(1, 5).'],
    [{ layers: 1.5 }, "1.5 is not a value of"],
    [{ activation: "tanh" }, 'categorical(["relu","elu"])'],
    [{ optimizer: "adam" }, "is a branch"],
    [{ optimizer: { kind: "adagrad" } }, '"adagrad" is not a value of'],
    [
      { optimizer: { kind: "sgd", beta1: 0.9 } },
      'Parameter "optimizer.sgd.beta1" is not in the space. It has: momentum.',
    ],
  ])("refuses %j", (params, message) => {
    expect(() => flattenParams(space, params)).toThrow(InvalidDefinitionError);
    expect(() => flattenParams(space, params)).toThrow(message);
  });
});

describe("defaults", () => {
  it("are found by flat name, of a branch those of the default kind", () => {
    const optimizer = {
      adam: { beta1: float(0.8, 1, { default: 0.9 }) },
      sgd: { momentum: float(0, 1, { default: 0.5 }) },
    };
    expect(
      defaultParams({ layers: int(1, 5, { default: 2 }), free: float(0, 1), o: branch(optimizer, { default: "sgd" }) }),
    ).toEqual({ layers: 2, o: "sgd", "o.sgd.momentum": 0.5 });
    expect(defaultParams({ o: branch(optimizer) })).toEqual({ "o.adam.beta1": 0.9, "o.sgd.momentum": 0.5 });
  });

  it("must be values of their parameter", () => {
    expect(() => float(0, 1, { default: 2 })).toThrow("The default 2 is not a value of float(0, 1).");
    expect(() => int(0, 10, { step: 5, default: 3 })).toThrow(InvalidDefinitionError);
  });
});

describe("what cannot be", () => {
  it("throws where it is written", () => {
    expect(() => float(1, 0)).toThrow(InvalidDistributionError);
    expect(() => branch({})).toThrow("no choices");
    const withKind: Record<string, never> = { kind: float(0, 1) as never };
    expect(() => branch({ adam: withKind })).toThrow('a parameter named "kind"');
  });
});
