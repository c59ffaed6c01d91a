/**
 * `npm run bench:search`: the best of 100 trials over 20 seeds, by each sampler on each function, against the same by Optuna 5.0.0, compared
 * by a two-sided Mann–Whitney test. Optuna's runs on the functions of its own reference are recorded (`recorded.json`); on ours Optuna runs
 * here, once, where TUNELENS_PYTHON names a Python that has it (kept in `.cache/bench-search`).
 *
 * Of so many comparisons some come out by chance: a verdict is at 5 % over the whole table (Holm); one that is at 5 % only when looked at
 * alone stands in parentheses.
 *
 * Options: --functions a,b  --samplers a,b  --seeds N (default 20)  --trials N (default 100)  --live (no recorded runs)  --markdown
 */
import Table from "cli-table3";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import type { Sampler } from "../../../src/engine/samplers/sampler.js";
import { auto } from "../../../src/engine/samplers/auto.js";
import { cmaEs } from "../../../src/engine/samplers/cma-es/cma-es.js";
import { gaussianProcess } from "../../../src/engine/samplers/gaussian-process/gaussian-process.js";
import { nsga2 } from "../../../src/engine/samplers/nsga2.js";
import { quasiRandom } from "../../../src/engine/samplers/quasi-random.js";
import { random } from "../../../src/engine/samplers/random.js";
import { tpe } from "../../../src/engine/samplers/tpe/tpe.js";
import { createStudy } from "../../../src/engine/study/create-study.js";
import { MemoryStorage } from "../../../src/storage/memory.js";
import { median } from "../median.js";
import { functions, type FunctionName } from "./functions.js";
import { holm, mannWhitney } from "./mann-whitney.js";

interface Contestant {
  readonly create: () => Sampler;
  /** Optuna's sampler it is compared with. */
  readonly peer: string;
}

const contestants: Record<string, Contestant> = {
  auto: { create: () => auto(), peer: "tpe_default" },
  tpe: { create: () => tpe(), peer: "tpe_default" },
  "tpe-univariate": { create: () => tpe({ multivariate: false }), peer: "tpe_univariate" },
  "tpe-group": { create: () => tpe({ group: true }), peer: "tpe_multivariate_group" },
  gaussianProcess: { create: () => gaussianProcess(), peer: "gp" },
  cmaEs: { create: () => cmaEs(), peer: "cmaes" },
  quasiRandom: { create: () => quasiRandom({ scramble: true }), peer: "qmc" },
  nsga2: { create: () => nsga2(), peer: "nsgaii" },
  random: { create: () => random(), peer: "random" },
};

const { values: options } = parseArgs({
  options: {
    functions: { type: "string", default: Object.keys(functions).join() },
    samplers: { type: "string", default: Object.keys(contestants).join() },
    seeds: { type: "string", default: "20" },
    trials: { type: "string", default: "100" },
    live: { type: "boolean", default: false },
    markdown: { type: "boolean", default: false },
  },
});
const [seeds, trials] = [Number(options.seeds), Number(options.trials)];
const here = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const recorded = JSON.parse(readFileSync(here("recorded.json"), "utf8")) as {
  readonly results: Record<string, Record<string, number[]>>;
};

interface Row {
  readonly sampler: string;
  readonly name: FunctionName;
  readonly ours: number;
  readonly theirs: number;
  readonly p: number;
  readonly milliseconds: number;
}

const rows: Row[] = [];
for (const sampler of options.samplers.split(",")) {
  for (const name of options.functions.split(",") as FunctionName[]) {
    const { create, peer } = contestants[sampler]!;
    const theirs = optunaBest(name, peer);
    if (!theirs) continue;
    const started = performance.now();
    const ours: number[] = [];
    for (let seed = 0; seed < seeds; seed++) ours.push(await best(name, create(), seed));
    const milliseconds = (performance.now() - started) / seeds / trials;
    rows.push({
      sampler,
      name,
      ours: median(ours),
      theirs: median(theirs),
      p: mannWhitney(ours, theirs),
      milliseconds,
    });
    console.error(describe(rows.at(-1)!, rows.at(-1)!.p).join("  "));
  }
}
const adjusted = holm(rows.map(({ p }) => p));
print(
  ["sampler", "function", "median", "Optuna's", "p", "at 5 %", "ms a trial"],
  rows.map((row, i) => describe(row, adjusted[i]!)),
);

function describe({ sampler, name, ours, theirs, p, milliseconds }: Row, adjustedP: number): string[] {
  const side = ours < theirs ? "better" : "worse";
  const verdict = adjustedP < 0.05 ? side : p < 0.05 ? `(${side})` : "";
  return [sampler, name, format(ours), format(theirs), p.toPrecision(2), verdict, milliseconds.toFixed(1)];
}

async function best(name: FunctionName, sampler: Sampler, seed: number): Promise<number> {
  const study = createStudy({ storage: new MemoryStorage(), sampler, seed, name: `${name}-${seed}` });
  await study.optimize((trial) => functions[name](trial), { totalTrials: trials });
  return study.bestValue;
}

/** Recorded, found in the cache, or run now; `undefined` where none of it can be. */
function optunaBest(name: FunctionName, peer: string): readonly number[] | undefined {
  const known = recorded.results[name]?.[peer];
  if (known && trials === 100 && !options.live) return known.slice(0, seeds);
  if (peer === "cmaes") return undefined; // Needs a package that Optuna does not bring.
  if (name in recorded.results && !options.live) return undefined;
  const script = here("optuna_search.py");
  const count = peer === "gp" ? Math.min(10, seeds) : seeds;
  const version = createHash("sha256").update(readFileSync(script)).digest("hex").slice(0, 8);
  const folder = here("../../../.cache/bench-search");
  const file = join(folder, `${version}-${name}-${peer}-${trials}-${count}.json`);
  if (!existsSync(file)) {
    const python = process.env["TUNELENS_PYTHON"];
    if (!python) {
      console.error(`${name}, ${peer}: left out, as TUNELENS_PYTHON names no Python with Optuna 5.0.0.`);
      return undefined;
    }
    const output = execFileSync(python, [script, name, peer, String(trials), String(count)], { encoding: "utf8" });
    mkdirSync(folder, { recursive: true });
    writeFileSync(file, output);
  }
  return JSON.parse(readFileSync(file, "utf8")) as number[];
}

function format(value: number): string {
  return value.toPrecision(3);
}

function print(head: string[], body: string[][]): void {
  if (options.markdown) {
    for (const cells of [head, head.map(() => "---"), ...body]) console.log(`| ${cells.join(" | ")} |`);
    return;
  }
  const table = new Table({ head, style: { head: [], border: [] } });
  table.push(...body);
  console.log(table.toString());
}
