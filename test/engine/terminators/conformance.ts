import { describe, expect, it } from "vitest";
import { random } from "../../../src/engine/samplers/random.js";
import type { Direction } from "../../../src/engine/storage.js";
import { createStudy } from "../../../src/engine/study/create-study.js";
import type { Study } from "../../../src/engine/study/study.js";
import type { Terminator } from "../../../src/engine/terminators/terminator.js";
import { MemoryStorage } from "../../../src/storage/memory.js";

export interface TerminatorUnderTest {
  readonly name: string;
  /** A new one, as another process would have. */
  readonly create: () => Terminator;
}

const MOST = 120;

function newStudy(direction: Direction, storage = new MemoryStorage()): Study {
  return createStudy({ name: "s", storage, direction, sampler: random(), seed: 3, loadIfExists: true });
}

/** A study whose values get no better from the 30th trial on. */
function run(study: Study, terminator: Terminator, trials: number) {
  const sign = study.directions[0] === "maximize" ? -1 : 1;
  return study.optimize(
    (trial) => {
      const x = trial.suggestFloat("x", 0, 1);
      const value = sign * (trial.number < 30 ? 1 - trial.number / 30 + 0.001 * x : 1 + 0.001 * x);
      trial.reportCrossValidationScores([value - 0.5, value + 0.5]);
      return value;
    },
    { totalTrials: trials, terminator },
  );
}

/** What every terminator does, whoever wrote it. */
export function terminatorConformance({ name, create }: TerminatorUnderTest): void {
  describe(`terminator ${name}`, () => {
    it("lets a study without trials go on", () => {
      expect(create().shouldTerminate(newStudy("minimize"))).toBe(false);
    });

    it("ends a study that gains no more, for both directions after the same trial", async () => {
      const lengths = [];
      for (const direction of ["minimize", "maximize"] as const) {
        const study = newStudy(direction);
        expect(await run(study, create(), MOST)).toBe("terminator");
        lengths.push(study.trials.length);
      }
      expect(lengths[0]).toBeLessThan(MOST);
      expect(lengths[1]).toBe(lengths[0]);
    });

    it("ends a resumed study where it would have ended without the break, and keeps it ended", async () => {
      const whole = newStudy("minimize");
      await run(whole, create(), MOST);
      const storage = new MemoryStorage();
      await run(newStudy("minimize", storage), create(), 10);
      expect(await run(newStudy("minimize", storage), create(), MOST)).toBe("terminator");
      expect(newStudy("minimize", storage).trials).toHaveLength(whole.trials.length);
      expect(await run(newStudy("minimize", storage), create(), MOST)).toBe("terminator");
      expect(newStudy("minimize", storage).trials).toHaveLength(whole.trials.length);
    });

    it("takes trials that run, fail, wait and come from elsewhere", () => {
      const study = newStudy("minimize");
      study.ask();
      study.addTrial({ state: "FAIL" });
      study.addTrial({ state: "PRUNED" });
      study.enqueueTrial({});
      expect(create().shouldTerminate(study)).toBe(false);
    });
  });
}
