import { describe, expect, it } from "vitest";
import {
  createStudy,
  defineStudy,
  float,
  hyperband,
  median,
  MemoryStorage,
  nopPruner,
  random,
  tpe,
  TrialPruned,
  type StudySettings,
  type Trial,
} from "../../../src/index.js";

const objective = () => 1;

describe("a component that is none", () => {
  it.each([
    ["sampler", "tpe", '"tpe" is a string; write sampler: tpe(), imported from "tunelens"'],
    ["sampler", "TPESampler", '"TPESampler" is a string; write sampler: tpe()'],
    ["sampler", "bayesian", '"bayesian" is a string; use one of auto(), bruteForce(),'],
    ["sampler", tpe, "tpe is a function that makes one; call it: tpe()"],
    ["sampler", { kind: "tpe" }, "use what one of these returns: auto(), bruteForce(),"],
    ["sampler", null, "use what one of these returns: auto(), bruteForce(),"],
    ["pruner", "median_pruner", '"median_pruner" is a string; write pruner: median()'],
    ["pruner", hyperband, "hyperband is a function that makes one; call it: hyperband()"],
    ["pruner", tpe(), "use what one of these returns: hyperband(), median(),"],
    ["terminator", "terminator", '"terminator" is a string; write terminator: terminator()'],
  ])("%s %s is refused where it is written, with what to write", (field, value, says) => {
    const define = () => defineStudy({ name: "s", objective, [field]: value });
    expect(define).toThrow(`Study "s", ${field}: ${says}`);
    if (field === "terminator") return;
    const storage = new MemoryStorage();
    expect(() => createStudy({ storage, name: "s", [field]: value })).toThrow(`createStudy, ${field}: ${says}`);
    expect(storage.getStudies()).toEqual([]);
  });

  it("a sampler and a pruner of one's own are taken", () => {
    const own = { name: "Mine", prune: () => false };
    expect(defineStudy({ name: "s", objective, sampler: random(), pruner: own }).pruner).toBe(own);
  });
});

/** What a study warns of in three trials. */
async function warningsOf(
  settings: Omit<StudySettings<{ x: ReturnType<typeof float> }>, "storage">,
  run: (trial: Trial<{ readonly x: number }>) => number | readonly number[],
  directions?: readonly ["minimize", "minimize"],
) {
  const warnings: [string, unknown][] = [];
  const listener = { warn: (message: string, about: unknown) => void warnings.push([message, about]) };
  const storage = new MemoryStorage();
  const study = createStudy({
    storage,
    name: "s",
    sampler: random(),
    directions: directions as never,
    ...settings,
    listener,
  });
  await study.optimize(run as never, { trials: 3 });
  return warnings;
}

describe("what a study was given and no trial uses", () => {
  const space = { x: float(0, 1) };

  it("a pruner of a study that never reports is told once, with the two ways to report", async () => {
    const warnings = await warningsOf({ space, pruner: hyperband() }, (trial) => trial.params.x);
    expect(warnings).toEqual([
      [
        expect.stringMatching(
          /^Study "s", trial 0: the pruner HyperbandPruner cannot .* reported nothing .*trial\.report\(/,
        ),
        "definition",
      ],
    ]);
  });

  it("a pruner that is never asked is told once, with what to write", async () => {
    const warnings = await warningsOf({ space, pruner: median() }, (trial) => {
      trial.report(trial.params.x, 0);
      return trial.params.x;
    });
    expect(warnings).toEqual([
      [expect.stringContaining("if (trial.shouldPrune()) throw new TrialPruned()"), "definition"],
    ]);
  });

  it("a pruner of several objectives is told once", async () => {
    const warnings = await warningsOf({ space, pruner: median() }, (trial) => [trial.params.x, 1], [
      "minimize",
      "minimize",
    ]);
    expect(warnings).toEqual([
      [expect.stringContaining("the study has several objectives. Remove the pruner."), "definition"],
    ]);
  });

  it("a pruner that is asked, the default one, and none at all are not", async () => {
    const asking = (trial: Trial<{ readonly x: number }>) => {
      trial.report(trial.params.x, 0);
      if (trial.shouldPrune()) throw new TrialPruned();
      return trial.params.x;
    };
    expect(await warningsOf({ space, pruner: median() }, asking)).toEqual([]);
    expect(await warningsOf({ space }, (trial) => trial.params.x)).toEqual([]);
    expect(await warningsOf({ space, pruner: nopPruner() }, (trial) => trial.params.x)).toEqual([]);
  });

  it("a space whose parameters are never read is told once; one that is read, or read by name, is not", async () => {
    expect(await warningsOf({ space }, () => 1)).toEqual([
      [expect.stringMatching(/trial 0: the objective read no parameter of the space/), "definition"],
    ]);
    expect(await warningsOf({ space }, (trial) => trial.suggestFloat("x", 0, 1))).toEqual([]);
    expect(await warningsOf({}, () => 1)).toEqual([]);
  });
});

describe("a result that is no number", () => {
  class History {
    readonly values = { loss: [1] };
    last = () => 1;
    best = () => 1;
  }
  const tensor = { dataSync: () => [1], shape: [] };
  it.each([
    ["a promise", Promise.resolve(1), "a promise instead of a number. Write `await` before it."],
    [
      "a promise as its value",
      { value: Promise.resolve(1) },
      "a promise instead of a number. Write `await` before it.",
    ],
    ["a tensor", tensor, "a tensor instead of a number. Read its number: (await tensor.data())[0]."],
    ["typed numbers", new Float32Array(1), "a Float32Array instead of a number. Take a number out of it: array[0]."],
    ["a function", { value: () => 1 }, "a function instead of a number. Call it: add ()."],
    [
      "a history",
      new History(),
      'the training\'s history instead of a number. Take one of its numbers, such as history.last("val_loss").',
    ],
    [
      "TensorFlow.js's history",
      { epoch: [0], history: { loss: [1] } },
      "the training's history instead of a number. Take one of its numbers, such as history.history.loss.at(-1).",
    ],
    [
      "a model",
      { predict: () => 1, layers: [] },
      "a model instead of a number. Return a number, or { value: number, model }.",
    ],
    [
      "an object",
      { loss: 1, model: 2 },
      "an object (loss, model) instead of a number. Return a number, or { value: number, model }.",
    ],
    ["nothing", undefined, "undefined instead of a number. Is a `return` or an `await` missing?"],
  ])("%s fails the trial with what to write", (_, result, says) => {
    const study = createStudy({ storage: new MemoryStorage() });
    const trial = study.ask();
    study.tell(trial, result as never, { skipIfFinished: true });
    expect(study.trials[0]!.systemAttrs["fail_reason"]).toContain(`The objective returned ${says}`);
  });

  it("a reported promise is told", () => {
    const trial = createStudy({ storage: new MemoryStorage() }).ask();
    expect(() => trial.report(Promise.resolve(1) as never, 0)).toThrow(
      "the reported value must be a number, not a promise. Write `await` before it.",
    );
  });
});
