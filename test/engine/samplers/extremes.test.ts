import { expect, it } from "vitest";
import { cmaEs } from "../../../src/engine/samplers/cma-es/cma-es.js";
import { gaussianProcess } from "../../../src/engine/samplers/gaussian-process/gaussian-process.js";
import { nsga3 } from "../../../src/engine/samplers/nsga3.js";
import { quasiRandom } from "../../../src/engine/samplers/quasi-random.js";
import { tpe } from "../../../src/engine/samplers/tpe/tpe.js";
import { createStudy } from "../../../src/engine/study/create-study.js";
import { MemoryStorage } from "../../../src/storage/memory.js";

const storage = new MemoryStorage();

it("nsga3 takes values whose differences overflow, and infinite ones", async () => {
  const values = [1e308, -1e308, Infinity, -Infinity, Number.MAX_VALUE];
  const study = createStudy({
    storage,
    directions: ["minimize", "maximize"],
    sampler: nsga3({ populationSize: 4 }),
    seed: 1,
  });
  await study.optimize(
    (trial) => {
      trial.suggestFloat("x", 0, 1);
      return [values[trial.number % 5]!, values[(trial.number * 3) % 5]!];
    },
    { trials: 40 },
  );
  expect(study.trials).toHaveLength(40);
});

it.each([
  ["cmaEs", cmaEs],
  ["tpe", tpe],
  ["gaussianProcess", gaussianProcess],
  ["quasiRandom", quasiRandom],
])("%s proposes over all numbers, for parameters of any name", async (_, sampler) => {
  const study = createStudy({ storage, sampler: sampler(), seed: 1 });
  await study.optimize(
    (trial) => {
      const x = trial.suggestFloat("constructor", -1e308, 1e308);
      const y = trial.suggestFloat("__proto__", 5e-324, 1e308, { log: true });
      return Math.sign(x) + Math.log(y);
    },
    { trials: 25 },
  );
  const ys = study.trials.map(({ params }) => params["constructor"] as number);
  expect(ys.every((x) => Math.abs(x) <= 1e308)).toBe(true);
  expect(new Set(ys).size).toBeGreaterThan(15);
});
