/**
 * `npm run bench:asks`: the CPU time that `auto` takes to propose a trial, median of ten, where so many trials of so many numbers have
 * finished, by number of objectives. Half of the trials are random; the others are near the optimum or, of several objectives, the Pareto
 * front, as a search's are.
 *
 * Options: --sizes 200x10,250x20 (trials × parameters)  --objectives 1,2,3
 */
import { parseArgs } from "node:util";
import { SeededRng } from "../../../src/engine/math/rng.js";
import { auto } from "../../../src/engine/samplers/auto.js";
import { createStudy } from "../../../src/engine/study/create-study.js";
import type { Study } from "../../../src/engine/study/study.js";
import { MemoryStorage } from "../../../src/storage/memory.js";
import { median } from "../median.js";
import { sum } from "./functions.js";

const WARM_UP = 3;
const ASKS = 10;

const { values: options } = parseArgs({
  options: {
    sizes: { type: "string", default: "100x5,200x10,249x20,500x20" },
    objectives: { type: "string", default: "1,2,3" },
  },
});

for (const size of options.sizes.split(",")) {
  const [trials, parameters] = size.split("x").map(Number) as [number, number];
  for (const objectives of options.objectives.split(",").map(Number)) {
    const study = startedStudy(trials, parameters, objectives);
    const times = Array.from({ length: WARM_UP + ASKS }, () => timeOfAsk(study, parameters, objectives)).slice(WARM_UP);
    const numbers = [median(times), Math.max(...times)].map((time) => time.toFixed(0).padStart(4));
    console.log(
      `${trials} trials × ${parameters}, objectives: ${objectives}: ${numbers[0]} ms, at most ${numbers[1]} ms`,
    );
  }
}

function startedStudy(trials: number, parameters: number, objectives: number): Study {
  const directions = Array.from({ length: objectives }, () => "minimize" as const);
  const study = createStudy({ storage: new MemoryStorage(), sampler: auto(), seed: 1, directions });
  const rng = new SeededRng(1, trials);
  for (let i = 0; i < trials - WARM_UP - ASKS; i++) {
    const isNear = i % 2 === 1;
    const x = Array.from({ length: parameters }, (_, k) => {
      const free = k < objectives - 1;
      return isNear && !free ? 0.45 + 0.1 * rng.next() : rng.next();
    });
    const params = Object.fromEntries(x.map((value, k) => [nameOf(k), value]));
    const distributions = Object.fromEntries(
      x.map((_, k) => [nameOf(k), { type: "float", low: 0, high: 1, log: false, step: null }]),
    );
    study.addTrial({ params, distributions, values: valuesAt(x, objectives) } as Parameters<Study["addTrial"]>[0]);
  }
  return study;
}

function timeOfAsk(study: Study, parameters: number, objectives: number): number {
  const start = process.cpuUsage();
  const trial = study.ask();
  const x = Array.from({ length: parameters }, (_, k) => trial.suggestFloat(nameOf(k), 0, 1));
  const { user, system } = process.cpuUsage(start);
  study.tell(trial, valuesAt(x, objectives));
  return (user + system) / 1_000;
}

function nameOf(parameter: number): string {
  return `x${parameter}`;
}

/** A bowl; of several objectives, one whose front is a part of a sphere (Deb, Thiele, Laumanns, Zitzler: DTLZ2). */
function valuesAt(x: readonly number[], objectives: number): number[] {
  const radius = 1 + sum(x.slice(objectives - 1).map((v) => (v - 0.5) ** 2));
  const angles = x.slice(0, objectives - 1).map((v) => (v * Math.PI) / 2);
  return Array.from({ length: objectives }, (_, j) => {
    const cosines = angles.slice(0, objectives - 1 - j).reduce((product, angle) => product * Math.cos(angle), radius);
    return j === 0 ? cosines : cosines * Math.sin(angles[objectives - 1 - j]!);
  });
}
