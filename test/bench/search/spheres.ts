/**
 * `npm run bench:spheres`: how often `auto` ends with a number on its bound, on spheres of 15 to 30 numbers, in the middle and shifted, whose
 * optimum is on no bound. 100 trials, ten seeds each. Runs that ended are kept, as those of `bench:search`.
 *
 * Options: --sizes 15,20,25,30  --seeds 10
 */
import { parseArgs } from "node:util";
import { auto } from "../../../src/engine/samplers/auto.js";
import { createStudy } from "../../../src/engine/study/create-study.js";
import { MemoryStorage } from "../../../src/storage/memory.js";
import { median } from "../median.js";
import { shiftedSphere, sphere } from "./functions.js";
import { hashOf, Results, type RunResult } from "./results.js";

const TRIALS = 100;
const BOUND = 5.12;
/** On a bound is what is as near to it as this. */
const NEAR = 0.01;

const { values: options } = parseArgs({
  options: { sizes: { type: "string", default: "15,20,25,30" }, seeds: { type: "string", default: "10" } },
});
const files = ["functions.ts", "spheres.ts"].map((name) => `test/bench/search/${name}`);
const results = new Results(`spheres-${hashOf("src/engine", ...files)}`);
let [trapped, runs] = [0, 0];
for (const size of options.sizes.split(",").map(Number)) {
  for (const [name, problem] of Object.entries({ sphere, shiftedSphere })) {
    const found: RunResult[] = [];
    for (let seed = 0; seed < Number(options.seeds); seed++) {
      const key = { problem: name + size, sampler: "auto", trials: TRIALS, seed };
      if (!results.get(key)) results.add(key, await run(problem(size), seed));
      found.push(results.get(key)!);
    }
    const losses = found.map(({ loss }) => loss);
    const here = found.filter(({ onBounds }) => onBounds! > 0).length;
    console.log(
      `${name}${size}: median ${median(losses).toPrecision(3)}, at most ${Math.max(...losses).toPrecision(3)}, on a bound ${here}/${losses.length}`,
    );
    trapped += here;
    runs += losses.length;
  }
}
console.log(`on a bound: ${trapped} of ${runs}`);

async function run(problem: ReturnType<typeof sphere>, seed: number): Promise<RunResult> {
  const study = createStudy({ storage: new MemoryStorage(), sampler: auto(), seed, name: `seed ${seed}` });
  await study.optimize(problem, { totalTrials: TRIALS });
  const best = Object.values(study.bestParams).map(Number);
  return { loss: study.bestValue, onBounds: best.filter((x) => BOUND - Math.abs(x) < NEAR).length };
}
