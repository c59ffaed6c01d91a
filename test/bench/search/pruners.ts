/**
 * `npm run bench:pruners`: what each pruner saves of 100 trials of 81 steps, and what it costs (the best completed value less the best without
 * pruning, same seed), over 10 seeds, next to Optuna's recorded runs on the same learning curves (`recorded-pruners.json`); saved steps and
 * regrets compared by a two-sided Mann–Whitney test. A verdict is at 5 % over the whole table (Holm); one that is at 5 % only when looked at
 * alone stands in parentheses.
 *
 * Options: --pruners a,b  --samplers a,b
 */
import Table from "cli-table3";
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { TrialPruned } from "../../../src/engine/errors.js";
import { hyperband } from "../../../src/engine/pruners/hyperband.js";
import { median } from "../../../src/engine/pruners/median.js";
import { nopPruner } from "../../../src/engine/pruners/none.js";
import { patient } from "../../../src/engine/pruners/patient.js";
import { percentile } from "../../../src/engine/pruners/percentile.js";
import type { Pruner } from "../../../src/engine/pruners/pruner.js";
import { successiveHalving } from "../../../src/engine/pruners/successive-halving.js";
import { random } from "../../../src/engine/samplers/random.js";
import { tpe } from "../../../src/engine/samplers/tpe/tpe.js";
import { createStudy } from "../../../src/engine/study/create-study.js";
import type { Trial } from "../../../src/engine/trial/trial.js";
import { MemoryStorage } from "../../../src/storage/memory.js";
import { exponential } from "./curves.js";
import { holm, mannWhitney } from "./mann-whitney.js";

const [STEPS, TRIALS, SEEDS] = [81, 100, 10];
const samplers = { random, tpe };
/** By the names of the recorded runs. */
const pruners: Record<string, () => Pruner> = {
  nop: nopPruner,
  median_default: () => median(),
  median_warm5_startup5: () => median({ startupTrials: 5, warmupSteps: 5 }),
  median_interval5_warm10: () => median({ startupTrials: 5, warmupSteps: 10, intervalSteps: 5 }),
  percentile25: () => percentile(25),
  "sha_default(auto,4)": () => successiveHalving(),
  "sha(1,3)": () => successiveHalving({ minResource: 1, reductionFactor: 3 }),
  "hyperband_default(auto,3)": () => hyperband(),
  "hyperband(1,81,3)": () => hyperband({ minResource: 1, maxResource: STEPS, reductionFactor: 3 }),
  "hyperband(1,81,4)": () => hyperband({ minResource: 1, maxResource: STEPS, reductionFactor: 4 }),
  "hyperband(3,81,3)": () => hyperband({ minResource: 3, maxResource: STEPS, reductionFactor: 3 }),
  "patient5(median)": () => patient(median(), { patience: 5 }),
};

interface Run {
  readonly saved: number;
  readonly best: number;
}
const recorded = JSON.parse(readFileSync(new URL("recorded-pruners.json", import.meta.url), "utf8")) as {
  readonly results: Record<string, Record<string, readonly Run[]>>;
};
const { values: options } = parseArgs({
  options: {
    samplers: { type: "string", default: Object.keys(samplers).join() },
    // Names have commas in them.
    pruners: { type: "string", default: Object.keys(pruners).join(";") },
  },
});

const rows: { readonly cells: string[]; readonly p: readonly [number, number]; readonly worse: readonly boolean[] }[] =
  [];
for (const sampler of options.samplers.split(",") as (keyof typeof samplers)[]) {
  const unpruned = await runs(sampler, "nop");
  for (const pruner of options.pruners.split(";")) {
    if (pruner === "nop") continue;
    const ours = await runs(sampler, pruner);
    const theirs = recorded.results[sampler]![pruner]!;
    const [saved, theirSaved] = [ours.map((run) => run.saved), theirs.map((run) => run.saved)];
    const regrets = ours.map((run, seed) => run.best - unpruned[seed]!.best);
    const theirRegrets = theirs.map((run, seed) => run.best - recorded.results[sampler]!["nop"]![seed]!.best);
    rows.push({
      cells: [
        ...[sampler, pruner, percent(mean(saved)), percent(mean(theirSaved))],
        ...[mean(regrets).toFixed(4), mean(theirRegrets).toFixed(4)],
      ],
      p: [mannWhitney(saved, theirSaved), mannWhitney(regrets, theirRegrets)],
      worse: [mean(saved) < mean(theirSaved), mean(regrets) > mean(theirRegrets)],
    });
  }
}
const adjusted = holm(rows.flatMap(({ p }) => p));
const table = new Table({
  head: ["sampler", "pruner", "saved", "Optuna's", "p", "", "regret", "Optuna's", "p", ""],
  style: { head: [], border: [] },
});
rows.forEach(({ cells, p, worse }, i) => {
  const [savedCells, regretCells] = [cells.slice(0, 4), cells.slice(4)];
  const [savedVerdict, regretVerdict] = p.map((value, k) => verdict(worse[k]!, value, adjusted[2 * i + k]!));
  table.push([...savedCells, p[0].toPrecision(2), savedVerdict, ...regretCells, p[1].toPrecision(2), regretVerdict]);
});
console.log(table.toString());

async function runs(sampler: keyof typeof samplers, pruner: string): Promise<Run[]> {
  const results: Run[] = [];
  for (let seed = 0; seed < SEEDS; seed++) {
    // Hyperband's brackets depend on the study's name: Optuna's runs have the same.
    const name = `bench-${seed}`;
    const storage = new MemoryStorage();
    const study = createStudy({ storage, name, seed, sampler: samplers[sampler](), pruner: pruners[pruner]!() });
    let used = 0;
    await study.optimize((trial) => train(trial, () => used++), { trials: TRIALS });
    results.push({ saved: 1 - used / (STEPS * TRIALS), best: study.bestValue });
  }
  return results;
}

function train(trial: Trial, step: () => void): number {
  const configuration = {
    lr: trial.suggestFloat("lr", 1e-5, 1e-1, { log: true }),
    width: trial.suggestInt("width", 8, 1024, { log: true }),
    wd: trial.suggestFloat("wd", 1e-7, 1e-1, { log: true }),
    dropout: trial.suggestFloat("dropout", 0, 0.8),
  };
  let value = NaN;
  for (let i = 0; i < STEPS; i++) {
    step();
    value = exponential(configuration, i);
    trial.report(value, i);
    if (trial.shouldPrune()) throw new TrialPruned();
  }
  return value;
}

function verdict(isWorse: boolean, p: number, adjustedP: number): string {
  const side = isWorse ? "worse" : "better";
  return adjustedP < 0.05 ? side : p < 0.05 ? `(${side})` : "";
}

function mean(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0) / values.length;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
