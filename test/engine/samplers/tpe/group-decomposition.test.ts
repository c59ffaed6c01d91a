import { describe, expect, it } from "vitest";
import type { Distribution } from "../../../../src/engine/distribution.js";
import { GroupDecomposition } from "../../../../src/engine/samplers/tpe/group-decomposition.js";
import { tpe } from "../../../../src/engine/samplers/tpe/tpe.js";
import { FakeStudy, type FakeTrial } from "../../fake-study.js";
import { readGolden } from "../../optuna-golden.js";

const x: Distribution = { type: "float", low: 0, high: 1, log: false, step: null };
const distributions = (names: readonly string[]) => Object.fromEntries(names.map((name) => [name, x]));

describe("GroupDecomposition", () => {
  it("has Optuna's groups after each trial", () => {
    const decomposition = new GroupDecomposition();
    for (const { add, groups } of readGolden().group) {
      decomposition.add({ distributions: distributions(add) });
      expect(decomposition.groups.map((group) => [...group.keys()]).sort()).toEqual(groups);
    }
  });

  it("keeps the distribution a parameter had first", () => {
    const decomposition = new GroupDecomposition();
    decomposition.add({ distributions: { a: x } });
    decomposition.add({ distributions: { a: { ...x, high: 2 }, b: x } });
    expect(decomposition.groups).toEqual([new Map([["a", x]]), new Map([["b", x]])]);
  });
});

describe("tpe({ group: true })", () => {
  it("proposes the parameters of every condition together", () => {
    const study = new FakeStudy(5);
    const sampler = tpe({ group: true });
    const conditional = (trial: FakeTrial): number => {
      const kind = trial.suggest("kind", { type: "categorical", choices: ["one", "two"] });
      if (kind === "one") return trial.suggestNumber("a", x) + trial.suggestNumber("b", x);
      return 1 - trial.suggestNumber("c", x);
    };
    for (let i = 0; i < 20; i++) study.run(sampler, conditional);
    expect(study.ask(sampler).relativeNames.sort()).toEqual(["a", "b", "c", "kind"]);
  });

  it("is multivariate, and refuses not to be", () => {
    const study = new FakeStudy(5, ["minimize", "minimize"]);
    study.add({ values: [0, 0], params: { a: 0.5 }, distributions: { a: x } });
    expect(tpe({ group: true }).relativeSpace(study, study.add())).toEqual(new Map([["a", x]]));
    expect(() => tpe({ group: true, multivariate: false })).toThrow(
      expect.objectContaining({ code: "invalid-sampler-option" }),
    );
  });
});
