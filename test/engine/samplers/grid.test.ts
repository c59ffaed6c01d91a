import { describe, expect, it } from "vitest";
import { InvalidArgumentError } from "../../../src/engine/errors.js";
import type { ParamValue } from "../../../src/engine/distribution.js";
import { grid } from "../../../src/engine/samplers/grid.js";
import { createStudy } from "../../../src/engine/study/create-study.js";
import type { Study } from "../../../src/engine/study/study.js";
import type { Trial } from "../../../src/engine/trial/trial.js";
import { MemoryStorage } from "../../../src/storage/memory.js";

const values = { y: ["a", null, true], x: [1, 2.5, -3, 4] };

function objective(trial: Trial): number {
  const x = trial.suggestFloat("x", -10, 10);
  trial.suggestCategorical("y", ["a", null, true]);
  return x;
}

const newStudy = (sampler = grid(values), storage = new MemoryStorage()) =>
  createStudy({ storage, sampler, name: "g", loadIfExists: true });
const points = ({ trials }: Study): ParamValue[][] => trials.map(({ params }) => [params.x!, params.y!]);

describe("grid", () => {
  it("tries the points in Optuna's order", async () => {
    const study = newStudy();
    expect(await study.optimize(objective)).toBe("trials");
    // Recorded with Optuna 5.0: GridSampler({"y": …, "x": …}), no seed.
    expect(points(study)).toEqual([
      [-3, "a"],
      [4, true],
      [2.5, null],
      [4, null],
      [1, true],
      [-3, true],
      [1, null],
      [-3, null],
      [4, "a"],
      [2.5, "a"],
      [1, "a"],
      [2.5, true],
    ]);
    const seeded = newStudy(grid(values, { seed: 11 }));
    await seeded.optimize(objective);
    expect(points(seeded)).toEqual([
      [-3, "a"],
      [2.5, "a"],
      [-3, true],
      [4, null],
      [1, true],
      [4, true],
      [2.5, null],
      [2.5, true],
      [-3, null],
      [1, null],
      [1, "a"],
      [4, "a"],
    ]);
  });

  it("stores which point of which grid, as Optuna does", () => {
    const study = newStudy();
    study.ask();
    const attrs = { search_space: { x: [1, 2.5, -3, 4], y: ["a", null, true] }, grid_id: 0 };
    expect(study.trials[0]!.systemAttrs).toEqual(attrs);
  });

  it("goes on where it was, and makes up for what was stopped", async () => {
    const storage = new MemoryStorage();
    await newStudy(grid(values), storage).optimize(objective, { trials: 5 });
    const stop = new AbortController();
    const stopped = newStudy(grid(values), storage);
    const end = await stopped.optimize(
      (trial) => {
        stop.abort();
        return objective(trial);
      },
      { signal: stop.signal },
    );
    expect(end).toBe("stopped");
    const resumed = newStudy(grid(values), storage);
    await resumed.optimize(objective);
    expect(resumed.trials).toHaveLength(13);
    expect(new Set(points(resumed).map(String)).size).toBe(12);
    expect(await resumed.optimize(objective)).toBe("trials");
    expect(resumed.trials).toHaveLength(13);
  });

  it("leaves to others the points they are at", () => {
    const study = newStudy();
    study.enqueueTrial({ x: 7, y: "a" });
    for (let i = 0; i < 13; i++) objective(study.ask());
    // The enqueued trial had the number 0, so that the point 0 came last.
    expect(new Set(points(study).map(String)).size).toBe(13);
    expect(study.sampler.isExhausted!(study)).toBe(false);
    for (let i = 0; i < 13; i++) study.tell(i, 1);
    expect(study.sampler.isExhausted!(study)).toBe(true);
  });

  it("says which parameter it has no values for", () => {
    const study = newStudy();
    expect(() => study.ask().suggestInt("z", 0, 1)).toThrow('no values for "z", int(0, 1)');
    study.enqueueTrial({ x: 1 });
    const enqueued = study.ask();
    expect(enqueued.suggestFloat("x", 0, 1)).toBe(1);
    expect(() => enqueued.suggestCategorical("y", ["a", null, true])).toThrow("must set every parameter");
  });

  it("refuses a grid that cannot be", () => {
    expect(() => grid({ x: [] })).toThrow('"x" has no values');
    const thousand = Array.from({ length: 1000 }, (_, i) => i);
    expect(() => grid({ x: thousand, y: thousand, z: thousand })).toThrow(InvalidArgumentError);
    expect(() => grid(values, { seed: -1 })).toThrow("seed");
  });
});
