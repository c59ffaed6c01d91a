/**
 * `npm run bench:multi-fidelity`: how many epochs a search trains until it has the loss that Optuna's TPE + Hyperband ends with after 80 trials, on
 * tables of learning curves (`tables/`, made by `npm run bench:curves -- --configurations 128`), over 20 seeds. The best loss reported so far counts, as early
 * stopping would keep it. With more workers, each trains an epoch a tick.
 *
 * The target is the median of Optuna's last losses. Figures are medians over seeds: epochs to the target, as a share of all that Optuna's TPE +
 * Hyperband trains; time to it, in ticks; area under ln(regret ratio) over as many epochs; that ratio's mean logarithm after a third of them, which tells
 * more than how long it takes to a loss that few points of a table have. Epochs and areas are compared with Optuna's TPE + Hyperband by a
 * two-sided Mann–Whitney test, adjusted for the whole table (Holm).
 *
 * Optuna's runs are recorded (`recorded.json`); those that are not are made where TUNELENS_PYTHON names a Python with Optuna.
 *
 * Options: --tables a,b  --searches a,b  --workers 1,2,8 (default 1)  --seeds N (default 20)  --record  --markdown
 * --latency (only how long each search takes to answer what is next, of 100, 300, and 1,000 trials)
 */
import Table3 from "cli-table3";
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { hyperband } from "../../../src/engine/pruners/hyperband.js";
import { median as medianPruner } from "../../../src/engine/pruners/median.js";
import { nopPruner } from "../../../src/engine/pruners/none.js";
import { random } from "../../../src/engine/samplers/random.js";
import { tpe } from "../../../src/engine/samplers/tpe/tpe.js";
import { asha } from "../../../src/engine/schedulers/asha.js";
import { median } from "../median.js";
import { holm, mannWhitney } from "../search/mann-whitney.js";
import { MemoryStorage } from "../../../src/storage/memory.js";
import { Worker } from "../worker.js";
import { epochsTo, meanLogRegret, regretArea, targetOf, timeTo } from "./contest.js";
import { replay, type Replay } from "./replay.js";
import { optunaSearch, tunelensSearch, type OptunaPruner, type OptunaWorker, type Settings } from "./searches.js";
import { EPOCHS, loadTables, type Table } from "./table.js";

const TRIALS = 80;
const RIVAL = "Optuna TPE + Hyperband";

const optunas: Readonly<Record<string, OptunaPruner>> = {
  [RIVAL]: "hyperband",
  "Optuna TPE + median": "median",
  "Optuna TPE": "none",
};
const ours: Readonly<Record<string, () => Settings>> = {
  "TPE + Hyperband": () => ({ sampler: tpe(), pruner: hyperband() }),
  "TPE + median": () => ({ sampler: tpe(), pruner: medianPruner() }),
  TPE: () => ({ sampler: tpe(), pruner: nopPruner() }),
  "random + asha": () => ({ sampler: random(), scheduler: asha({ maxSteps: EPOCHS }) }),
  "TPE + asha": () => ({ sampler: tpe(), scheduler: asha({ maxSteps: EPOCHS }) }),
  "auto + asha": () => ({ scheduler: asha({ maxSteps: EPOCHS }) }),
};

const { values: options } = parseArgs({
  options: {
    tables: { type: "string" },
    searches: { type: "string", default: [...Object.keys(optunas), ...Object.keys(ours)].join() },
    workers: { type: "string", default: "1" },
    seeds: { type: "string", default: "20" },
    record: { type: "boolean", default: false },
    markdown: { type: "boolean", default: false },
    latency: { type: "boolean", default: false },
  },
});
const seeds = Number(options.seeds);
const here = (name: string) => fileURLToPath(new URL(name, import.meta.url));
/** By table, search and workers, what Optuna found, by seed. */
const recorded = JSON.parse(readFileSync(here("recorded.json"), "utf8")) as Record<string, Replay[]>;
let optuna: OptunaWorker | undefined;

interface Row {
  readonly cells: readonly string[];
  /** That its epochs, and its area, are the rival's; undefined: it is the rival, or cannot be compared. */
  readonly p: readonly [number, number] | undefined;
  readonly isWorse: readonly [boolean, boolean];
}

const rows: Row[] = [];
try {
  for (const [name, table] of loadTables()) {
    if (options.tables && !options.tables.split(",").includes(name)) continue;
    console.error(describeTable(name, table));
    if (options.latency) {
      await printLatencies(table);
      break;
    }
    for (const workers of options.workers.split(",").map(Number)) await compete(name, table, workers);
  }
} finally {
  await optuna?.end();
}
if (options.record) writeFileSync(here("recorded.json"), `${JSON.stringify(recorded)}\n`);
if (rows.length > 0) print();

async function printLatencies(table: Table): Promise<void> {
  for (const search of options.searches.split(",").filter((each) => each in ours))
    for (const trials of [100, 300, 1_000])
      console.log(`${search}, ${trials} trials: ${(await latency(table, search, trials)).toFixed(1)} ms`);
}

/** The median of the milliseconds for which it takes to ask what is next, of a study whose random trials `asha` has paused and promoted. */
async function latency(table: Table, search: string, trials: number): Promise<number> {
  const storage = new MemoryStorage();
  const filling = tunelensSearch(table, { seed: 0, trials }, ours["random + asha"]!(), storage);
  let started = 0;
  const start = () => (started++ < trials ? filling.start() : Promise.resolve(undefined));
  await replay(table, { ...filling, start }, { workers: 1, epochs: Infinity });
  const asked = tunelensSearch(table, { seed: 0, trials: Infinity }, ours[search]!(), storage);
  const times: number[] = [];
  for (let i = 0; i < 9; i++) {
    const before = performance.now();
    const training = await asked.start();
    times.push(performance.now() - before);
    await asked.end(training!.number, undefined);
  }
  return median(times);
}

async function compete(name: string, table: Table, workers: number): Promise<void> {
  const rivals = await optunaReplays(name, table, workers, RIVAL);
  if (!rivals) return console.error(`${name}: no runs of ${RIVAL} with ${workers} workers are recorded.`);
  const target = targetOf(rivals);
  const all = median(rivals.map(({ epochs }) => epochs));
  const toTarget = (runs: readonly Replay[]) => runs.map((run) => epochsTo(run, target));
  const areas = (runs: readonly Replay[]) => runs.map((run) => regretArea(run, table.best, all));
  for (const search of options.searches.split(",")) {
    const runs =
      search in optunas
        ? await optunaReplays(name, table, workers, search)
        : await tunelensReplays(table, workers, search, all);
    if (!runs) continue;
    const epochs = median(toTarget(runs));
    rows.push({
      cells: [
        ...[name, String(workers), search, String(runs.length), shown(epochs), percent(epochs / all)],
        ...[shown(median(runs.map((run) => timeTo(run, target)))), median(areas(runs)).toFixed(3)],
        meanLogRegret(runs, table.best, all / 3).toFixed(3),
        ratio(median(runs.map(({ improvements }) => improvements.at(-1)?.[2] ?? Infinity)), table.best),
      ],
      p:
        search === RIVAL
          ? undefined
          : [mannWhitney(toTarget(runs), toTarget(rivals)), mannWhitney(areas(runs), areas(rivals))],
      isWorse: [isLarger(toTarget(runs), toTarget(rivals)), isLarger(areas(runs), areas(rivals))],
    });
    console.error(rows.at(-1)!.cells.join("  "));
  }
}

async function tunelensReplays(table: Table, workers: number, search: string, epochs: number): Promise<Replay[]> {
  const runs: Replay[] = [];
  for (let seed = 0; seed < seeds; seed++)
    runs.push(
      await replay(table, tunelensSearch(table, { seed, trials: TRIALS }, ours[search]!()), { workers, epochs }),
    );
  return runs;
}

/** Recorded, or made now; `undefined` where they cannot be. */
async function optunaReplays(
  name: string,
  table: Table,
  workers: number,
  search: string,
): Promise<readonly Replay[] | undefined> {
  const key = `${name}, ${search}, ${workers}`;
  const runs = (recorded[key] ?? []).slice(0, seeds);
  const python = process.env["TUNELENS_PYTHON"];
  while (python && runs.length < seeds) {
    optuna ??= Worker.start("Optuna", [python, here("optuna-worker.py")]);
    const study = await optunaSearch(table, { seed: runs.length, trials: TRIALS }, optunas[search]!, optuna);
    runs.push(await replay(table, study, { workers, epochs: Infinity }));
  }
  if (options.record && runs.length > (recorded[key]?.length ?? 0)) recorded[key] = runs;
  return runs.length > 0 ? runs : undefined;
}

/** How well the table's points tell of one another. */
function describeTable(name: string, table: Table): string {
  const errors = table
    .leaveOneOut()
    .map(({ own, others }) => Math.abs(Math.log(others.at(-1)! / own.at(-1)!)))
    .filter(Number.isFinite);
  const error = percent(Math.expm1(median(errors)));
  return `${name}: ${table.size} configurations, least loss ${table.best}; the interpolated last loss is off by ${error} (median, each configuration left out)`;
}

function print(): void {
  const adjusted = holm(rows.flatMap(({ p }) => p ?? []));
  const head = [
    "table",
    "workers",
    "search",
    "seeds",
    "epochs",
    "share",
    "time",
    "area",
    "a third",
    "last",
    "epochs: p",
    "",
    "area: p",
    "",
  ];
  let next = 0;
  const body = rows.map(({ cells, p, isWorse }) => {
    if (!p) return [...cells, "", "", "", ""];
    return [
      ...cells,
      ...p.flatMap((value, k) => [value.toPrecision(2), verdict(isWorse[k]!, value, adjusted[next++]!)]),
    ];
  });
  if (options.markdown) {
    for (const cells of [head, head.map(() => "---"), ...body]) console.log(`| ${cells.join(" | ")} |`);
    return;
  }
  const table = new Table3({ head, style: { head: [], border: [] } });
  table.push(...body);
  console.log(table.toString());
}

/** Whether most pairs of one of each say so: medians may both be infinite. */
function isLarger(a: readonly number[], b: readonly number[]): boolean {
  return a.reduce((sum, x) => sum + b.reduce((pairs, y) => pairs + Number(x > y) - Number(x < y), 0), 0) > 0;
}

function verdict(isWorse: boolean, p: number, adjustedP: number): string {
  const side = isWorse ? "worse" : "better";
  return adjustedP < 0.05 ? side : p < 0.05 ? `(${side})` : "";
}

function shown(count: number): string {
  return count === Infinity ? "never" : String(Math.round(count));
}

function percent(share: number): string {
  return share === Infinity ? "" : `${(100 * share).toFixed(1)} %`;
}

function ratio(loss: number, best: number): string {
  return `${(loss / best).toFixed(3)} ×`;
}
