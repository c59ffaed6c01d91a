import { describe, expect, it } from "vitest";
import type { Direction } from "../../src/engine/storage.js";
import { createStudy } from "../../src/engine/study/create-study.js";
import { bestValueStagnation } from "../../src/engine/terminators/best-value-stagnation.js";
import { terminator } from "../../src/engine/terminators/improvement-terminator.js";
import type { LogLine } from "../../src/protocol/trainer.js";
import { MemoryStorage } from "../../src/storage/memory.js";
import { adviserOf } from "../../src/trainer/advise-to-stop.js";

const BEST = 24;
const distributions = { x: { type: "float", low: -6, high: 6, log: false, step: null } } as const;

/** A sphere: a spiral into its optimum, which trial 24 has, and around it from then on; each trial reports three epochs. */
function studyOf(trials: number, { directions = ["minimize"] as readonly Direction[], isBetter = false } = {}) {
  const study = createStudy({ storage: new MemoryStorage(), name: "sphere", directions });
  for (let i = 0; i < trials; i++) {
    const x = i === BEST ? 0 : 5 * Math.cos(i) * 0.9 ** i + 0.001;
    const value = isBetter && i === trials - 1 ? -1 : x * x;
    const intermediateValues = new Map([9, 8, value].map((reported, step) => [step, reported]));
    study.addTrial({ values: directions.map(() => value), params: { x }, distributions, intermediateValues });
  }
  return study;
}

type Definition = Parameters<typeof adviserOf>[0];

function advised(study: ReturnType<typeof studyOf>, definition: Definition = { terminator: undefined }) {
  const said: LogLine[] = [];
  adviserOf(definition, { log: (line) => said.push(line) })(study);
  return said;
}

describe("a study whose last trials brought nothing", () => {
  it("is advised to stop once, with what was trained in vain", () => {
    const study = studyOf(BEST + 26);
    expect(advised(study)).toEqual([
      {
        level: "info",
        advice: "stop",
        message:
          'Study "sphere": more training is unlikely to help. The last 25 trials (75 epochs) did not beat trial 24, and little ' +
          "improvement is expected. The study continues until you stop it.",
      },
    ]);
    expect(advised(study)).toEqual([]);
  });

  const own = terminator({ improvement: bestValueStagnation() });
  it.each<[string, ReturnType<typeof studyOf>, Definition["terminator"]]>([
    ["is tiny", studyOf(39), undefined],
    ["has just improved", studyOf(BEST + 26, { isBetter: true }), undefined],
    ["has several objectives", studyOf(BEST + 26, { directions: ["minimize", "minimize"] }), undefined],
    ["has a terminator", studyOf(BEST + 26), own],
  ])("is not where it %s", (_, study, given) => expect(advised(study, { terminator: given })).toEqual([]));
});
