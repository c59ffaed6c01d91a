/**
 * `npm run bench:search`: the best of 100 trials over 20 seeds, by each sampler on each function, against the same by Optuna 5.0.0, compared
 * by a two-sided Mann–Whitney test. `auto` is compared with Optuna's default, TPE, and with the best of its TPE, GP and CMA-ES on each
 * function. Of several objectives, the hypervolume is compared; of a noisy function, its value without noise.
 *
 * Of so many comparisons some come out by chance: a verdict is at 5 % over the whole table (Holm); one that is at 5 % only when looked at
 * alone stands in parentheses.
 *
 * Optuna's runs are recorded (`recorded.json`). Those that are not are made here where TUNELENS_PYTHON names a Python with Optuna, and what its
 * samplers need: torch, scipy, cmaes. Runs that ended are kept in `.cache/bench-search`, so a benchmark that was cut off goes on; runs of
 * Tunelens until `src/engine` or a function changes.
 *
 * Options: --functions a,b  --use tuning|judging  --samplers a,b (default auto)  --peers a,b  --seeds N (default 20)  --peer-seeds N (of Optuna; default as many)  --trials N (default 100)
 * --live (no recorded runs)  --record (makes Optuna's runs alone, and records them, function by function)  --markdown
 */
import Table from "cli-table3";
import { readFileSync, writeFileSync } from "node:fs";
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
import { median } from "../median.js";
import { Worker } from "../worker.js";
import { objectivesOf, runOptuna, runTunelens, type OptunaAnswer } from "./contest.js";
import { holm, mannWhitney } from "./mann-whitney.js";
import { problems, type Problem } from "./problems.js";
import { hashOf, Results } from "./results.js";

interface Contestant {
  readonly create: () => Sampler;
  /** Optuna's samplers it is compared with: the first, and the best of all. */
  readonly peers: readonly [string, ...string[]];
}

const contestants: Record<string, Contestant> = {
  auto: { create: () => auto(), peers: ["tpe_default", "gp", "cmaes"] },
  tpe: { create: () => tpe(), peers: ["tpe_default"] },
  "tpe-univariate": { create: () => tpe({ multivariate: false }), peers: ["tpe_univariate"] },
  "tpe-group": { create: () => tpe({ group: true }), peers: ["tpe_multivariate_group"] },
  gaussianProcess: { create: () => gaussianProcess(), peers: ["gp"] },
  cmaEs: { create: () => cmaEs(), peers: ["cmaes"] },
  quasiRandom: { create: () => quasiRandom({ scramble: true }), peers: ["qmc"] },
  nsga2: { create: () => nsga2(), peers: ["nsgaii"] },
  random: { create: () => random(), peers: ["random"] },
};

const { values: options } = parseArgs({
  options: {
    functions: { type: "string" },
    use: { type: "string" },
    samplers: { type: "string", default: "auto" },
    peers: { type: "string" },
    seeds: { type: "string", default: "20" },
    "peer-seeds": { type: "string" },
    trials: { type: "string", default: "100" },
    live: { type: "boolean", default: false },
    record: { type: "boolean", default: false },
    markdown: { type: "boolean", default: false },
  },
});
const [seeds, trials] = [Number(options.seeds), Number(options.trials)];
if (options.record && trials !== 100) throw new Error("Runs of 100 trials alone are recorded.");
const peerSeeds = Number(options["peer-seeds"] ?? seeds);
const here = (name: string) => fileURLToPath(new URL(name, import.meta.url));
/** By function and sampler, the loss of 100 trials by seed. */
const recorded = JSON.parse(readFileSync(here("recorded.json"), "utf8")) as {
  readonly meta: unknown;
  readonly results: Record<string, Record<string, (number | null)[]>>;
};
const functionFiles = ["functions.ts", "judging-functions.ts", "problems.ts", "contest.ts"].map(
  (name) => `test/bench/search/${name}`,
);
const ourResults = new Results(`tunelens-${hashOf("src/engine", ...functionFiles)}`);
const optunaResults = new Results(`optuna-${hashOf(...functionFiles)}`);
let optuna: Worker<OptunaAnswer> | undefined;

interface Row {
  readonly sampler: string;
  readonly name: string;
  readonly problem: Problem;
  readonly ours: readonly number[];
  readonly milliseconds: number;
  readonly first: readonly number[] | undefined;
  readonly best: { readonly peer: string; readonly losses: readonly number[] } | undefined;
}

const rows: Row[] = [];
try {
  for (const sampler of options.samplers.split(",")) {
    for (const [name, problem] of chosenProblems()) {
      if (options.record) {
        for (const peer of peersOf(sampler)) record(name, peer, await runsOfOptuna(name, problem, peer));
        continue;
      }
      const { ours, milliseconds } = await runsOfTunelens(name, problem, sampler);
      const losses: { peer: string; losses: readonly number[] }[] = [];
      for (const peer of peersOf(sampler)) {
        const theirs = await runsOfOptuna(name, problem, peer);
        if (theirs.length > 0) losses.push({ peer, losses: theirs });
      }
      const best = losses.toSorted((a, b) => median(a.losses) - median(b.losses))[0];
      const first = losses.find(({ peer }) => peer === contestants[sampler]!.peers[0])?.losses;
      rows.push({ sampler, name, problem, ours, milliseconds, first, best });
      console.error(describe(rows.at(-1)!, (p) => p).join("  "));
    }
  }
} finally {
  await optuna?.end();
}
if (rows.length > 0) print();

function peersOf(sampler: string): readonly string[] {
  return options.peers?.split(",") ?? contestants[sampler]!.peers;
}

/** Written at once, so that a part is never lost. */
function record(name: string, peer: string, losses: readonly number[]): void {
  const before = recorded.results[name]?.[peer]?.length ?? 0;
  console.error(`${name}  ${peer}: ${losses.length} seeds, ${before} recorded before`);
  if (losses.length <= before) return;
  (recorded.results[name] ??= {})[peer] = [...losses];
  writeFileSync(here("recorded.json"), `${JSON.stringify(recorded)}\n`);
}

function chosenProblems(): (readonly [string, Problem])[] {
  const names = options.functions?.split(",") ?? [...problems.keys()];
  return names.flatMap((name) => {
    const problem = problems.get(name);
    if (!problem) throw new Error(`There is no function "${name}": ${[...problems.keys()].join(", ")}.`);
    return options.use === undefined || options.use === problem.use ? [[name, problem] as const] : [];
  });
}

async function runsOfTunelens(name: string, problem: Problem, sampler: string) {
  const results = [];
  for (let seed = 0; seed < seeds; seed++) {
    const key = { problem: name, sampler, trials, seed };
    if (!ourResults.get(key)) {
      const started = performance.now();
      const loss = await runTunelens({ problem, trials, seed }, contestants[sampler]!.create());
      ourResults.add(key, { loss, milliseconds: (performance.now() - started) / trials });
    }
    results.push(ourResults.get(key)!);
  }
  return { ours: results.map(({ loss }) => loss), milliseconds: median(results.map((result) => result.milliseconds!)) };
}

/** Recorded, kept from another run, or made now; fewer than asked for where they cannot be. */
async function runsOfOptuna(name: string, problem: Problem, sampler: string): Promise<number[]> {
  const losses: number[] = [];
  if (sampler === "cmaes" && objectivesOf(problem) > 1) return losses;
  const known = options.live || trials !== 100 ? [] : (recorded.results[name]?.[sampler] ?? []);
  for (let seed = 0; seed < peerSeeds; seed++) {
    const key = { problem: name, sampler, trials, seed };
    const old = seed < known.length ? { loss: known[seed] ?? Infinity } : optunaResults.get(key);
    if (old) {
      losses.push(old.loss);
      continue;
    }
    const python = process.env["TUNELENS_PYTHON"];
    if (!python) break;
    optuna ??= Worker.start<OptunaAnswer>("Optuna", [python, here("optuna-worker.py")]);
    const loss = await runOptuna({ problem, trials, seed }, sampler, optuna);
    optunaResults.add(key, { loss });
    losses.push(loss);
  }
  return losses;
}

function print(): void {
  const adjustedFirst = adjusted(rows.map(({ ours, first }) => first && mannWhitney(ours, first)));
  const adjustedBest = adjusted(rows.map(({ ours, best }) => best && mannWhitney(ours, best.losses)));
  const head = [
    "sampler",
    "function",
    "use",
    "seeds",
    "median",
    "Optuna's",
    "p",
    "",
    "its best",
    "",
    "p",
    "",
    "ms a trial",
  ];
  const body = rows.map((row) => describe(row, (p, which) => (which === "first" ? adjustedFirst : adjustedBest)(p)));
  if (options.markdown) {
    for (const cells of [head, head.map(() => "---"), ...body]) console.log(`| ${cells.join(" | ")} |`);
    return;
  }
  const table = new Table({ head, style: { head: [], border: [] } });
  table.push(...body);
  console.log(table.toString());
  for (const sampler of new Set(rows.map((row) => row.sampler)))
    for (const which of ["first", "best"] as const)
      console.log(summary(sampler, which, which === "first" ? adjustedFirst : adjustedBest));
}

/** How many functions have which verdict over the whole table. */
function summary(sampler: string, which: "first" | "best", adjust: (p: number) => number): string {
  const verdicts = rows.flatMap((row) => {
    const theirs = which === "first" ? row.first : row.best?.losses;
    if (row.sampler !== sampler || !theirs) return [];
    const p = mannWhitney(row.ours, theirs);
    return [verdict(row.ours, theirs, p, adjust(p))];
  });
  const count = (word: string) => verdicts.filter((each) => each === word).length;
  const peer = which === "first" ? "Optuna's sampler" : "the best of Optuna's";
  return `${sampler} and ${peer}, of ${verdicts.length} functions: better on ${count("better")}, worse on ${count("worse")} (looked at alone, on ${count("(better)")} and ${count("(worse)")} more)`;
}

/** @returns for a p-value of a table, the same adjusted for the whole table. */
function adjusted(values: readonly (number | undefined)[]): (p: number) => number {
  const known = values.filter((p) => p !== undefined);
  const byHolm = holm(known);
  return (p) => byHolm[known.indexOf(p)]!;
}

function describe(row: Row, adjust: (p: number, which: "first" | "best") => number): string[] {
  const { sampler, name, problem, ours, milliseconds, first, best } = row;
  const format = (losses: readonly number[]) =>
    (objectivesOf(problem) > 1 ? -median(losses) : median(losses)).toPrecision(3);
  const against = (losses: readonly number[] | undefined, which: "first" | "best") => {
    if (!losses) return ["", "", ""];
    const p = mannWhitney(ours, losses);
    return [format(losses), p.toPrecision(2), verdict(ours, losses, p, adjust(p, which))];
  };
  const [bestMedian, bestP, bestVerdict] = against(best?.losses, "best");
  const counts = `${ours.length}/${[first, best?.losses].map((losses) => losses?.length ?? 0).join("/")}`;
  const rest = [bestMedian!, best?.peer ?? "", bestP!, bestVerdict!, milliseconds.toFixed(1)];
  return [sampler, name, problem.use, counts, format(ours), ...against(first, "first"), ...rest];
}

function verdict(ours: readonly number[], theirs: readonly number[], p: number, adjustedP: number): string {
  const side = median(ours) < median(theirs) ? "better" : "worse";
  return adjustedP < 0.05 ? side : p < 0.05 ? `(${side})` : "";
}
