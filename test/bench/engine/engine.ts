/**
 * `npm run bench:engine`: how fast the study engine is beside Optuna 5.0.0, in turn on this machine. All times are CPU times of the
 * whole process, garbage collection and compilation among them; ratios are medians over rounds in which both did the same.
 *
 * Options (`npm run bench:engine -- …`): --rows, comma-separated, some of memory, sqlite, ped-anova, fanova, gp, heap (default: all);
 * --trials, the sizes of memory and sqlite (default 100,1000,10000); --alone, without Optuna; --no-extrapolation, without the one tree
 * of Optuna's that takes over a minute. Optuna is that of TUNELENS_PYTHON, else one in `.cache/optuna`, which is installed when it is first needed.
 */
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import Table from "cli-table3";
import { provisionOptuna } from "../../../scripts/optuna.ts";
import { SeededRng } from "../../../src/engine/math/rng.js";
import { createStudy } from "../../../src/engine/study/create-study.js";
import { openStorage } from "../../../src/storage/open.js";
import { Worker } from "../worker.js";
import { added, objective, type Answer, type Question, type RecordedTrials } from "./trials.js";
import { temporaryFolder } from "../../temporary-folder.js";

/** What is to be reached. */
interface Target {
  /** How many times faster than Optuna. */
  readonly ratio?: number;
  /** Milliseconds. */
  readonly atMost?: number;
}

const ROUNDS = 5;
/** Trials asked for and told in a round. */
const TRIALS_PER_ROUND = 5;

const { values: options } = parseArgs({
  options: {
    rows: { type: "string", default: "memory,sqlite,ped-anova,fanova,gp,heap" },
    trials: { type: "string", default: "100,1000,10000" },
    alone: { type: "boolean", default: false },
    "no-extrapolation": { type: "boolean", default: false },
  },
});
const groups: Record<string, () => Promise<void>> = {
  memory: () => eachStudy("memory"),
  sqlite: () => eachStudy("sqlite"),
  "ped-anova": benchPedAnova,
  fanova: benchFanova,
  gp: benchGaussianProcess,
  heap: benchHeap,
};
const chosen = options.rows.split(",");
for (const name of chosen)
  if (!groups[name]) throw new Error(`There are no rows "${name}"; there are ${Object.keys(groups).join(", ")}.`);

const here = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const folder = temporaryFolder();
const python = options.alone ? undefined : provisionOptuna();
if (!python) console.warn("Without Optuna 5.0.0 in Python: Tunelens alone, no ratios.");
// More threads would only add to the time of a processor that Optuna is charged with.
process.env.OMP_NUM_THREADS ??= "1";
const ours = Worker.start<Answer>("Tunelens", [process.execPath, "--expose-gc", here("tunelens-worker.ts")]);
const theirs = python ? Worker.start<Answer>("Optuna", [python, here("optuna_worker.py")]) : undefined;
const table = new Table({
  head: ["CPU time", "Tunelens", "Optuna 5.0.0", "ratio", "to reach", ""],
  colAligns: ["left", "right", "right", "right", "left", "left"],
  chars: { mid: "", "left-mid": "", "mid-mid": "", "right-mid": "" },
  style: { head: [], border: [] },
});

try {
  await warmUp();
  for (const name of chosen) await groups[name]!();
  console.log(`${cpus()[0]!.model.trim()}, ${availableParallelism()} cores, Node.js ${process.version}`);
  console.log(table.toString());
} finally {
  await Promise.all([ours.end(), theirs?.end()]);
  rmSync(folder, { recursive: true, force: true });
}

/** A study that has run for a moment is compiled; Python has nothing to compile. */
async function warmUp(): Promise<void> {
  for (const params of [4, 20, 4]) {
    const { file, trials } = record(100, reals(params));
    const database = copied(writeDatabase(trials), "warm-up");
    await ours.ask({ ask: "study", trials: file, sampler: "tpe", database } satisfies Question);
    await ours.ask({ ask: "run", trials: 300 } satisfies Question);
  }
}

async function eachStudy(where: "memory" | "sqlite"): Promise<void> {
  for (const params of [4, 20])
    for (const count of options.trials.split(",").map(Number)) await benchStudy(where, count, params);
}

async function benchStudy(where: "memory" | "sqlite", count: number, params: number): Promise<void> {
  const { file, trials } = record(count, reals(params));
  const database = where === "sqlite" ? writeDatabase(trials) : undefined;
  const question = (name: string): Question => ({
    ask: "study",
    trials: file,
    sampler: "tpe",
    database: database && copied(database, name),
  });
  const opened = await inTurn((worker) => worker.ask(question(worker.name)));
  const size = `${count.toLocaleString("en")} × ${params}`;
  if (count >= 10_000 && database) addRow(`Load, SQLite, ${size}`, [opened], ({ load }) => load!, { ratio: 20 });
  const first = await inTurn(runTrials(1));
  if (count >= 10_000) addRow(`First TPE ask, ${where}, ${size}`, [first], ({ ask }) => ask!);
  const rounds = await repeated(() => inTurn(runTrials(TRIALS_PER_ROUND)));
  addRow(`TPE ask, ${where}, ${size}`, rounds, ({ ask }) => ask!, { ratio: 20, atMost: 10 });
  addRow(`tell, ${where}, ${size}`, rounds, ({ tell }) => tell!);
  if (database && count === 1_000)
    addRow(`ask + tell, ${where}, ${size}`, rounds, ({ ask, tell }) => ask! + tell!, { ratio: 50 });
}

async function benchPedAnova(): Promise<void> {
  for (const count of [1_000, 10_000]) {
    const { file } = record(count, reals(10));
    const rounds = await repeated(() => inTurn(importance(file, "ped-anova")));
    addRow(`PED-ANOVA, ${count.toLocaleString("en")} × 10`, rounds, (answer) => answer.importance!, { ratio: 5 });
  }
}

async function benchFanova(): Promise<void> {
  const trees = 64;
  const thousand = await inTurn(importance(record(1_000, reals(10)).file, "fanova", trees));
  addRow("fANOVA, 1,000 × 10", [thousand], (answer) => answer.importance!, { ratio: 100 });
  const { file } = record(10_000, reals(10));
  const ten = { ours: await importance(file, "fanova", trees)(ours) } as Round;
  const oneTree = !options["no-extrapolation"] && theirs && (await importance(file, "fanova", 1)(theirs));
  if (oneTree) ten.theirs = { importance: oneTree.importance! * trees };
  addRow(`fANOVA, 10,000 × 10${oneTree ? " (Optuna: 64 × one tree)" : ""}`, [ten], (answer) => answer.importance!, {
    atMost: 10_000,
  });
  for (const choices of [8, 16, 32, 64]) {
    const one = record(1_000, [choices, ...reals(9)]).file;
    // Optuna averages over every combination of the choices' columns: twice as many with each choice.
    const both = choices <= 8 ? await inTurn(importance(one, "fanova", trees)) : undefined;
    const round = both ?? { ours: await importance(one, "fanova", trees)(ours) };
    addRow(`fANOVA, 1,000 × 10, one of ${choices} choices`, [round], (answer) => answer.importance!);
  }
}

async function benchGaussianProcess(): Promise<void> {
  const { file } = record(200, reals(10));
  const question: Question = { ask: "study", trials: file, sampler: "gp" };
  await ours.ask(question);
  const has = (await theirs?.ask({ ask: "optional", module: "torch" } satisfies Question))?.has;
  if (has) await theirs!.ask(question);
  const run = runTrials(1);
  const round = async (): Promise<Round> => ({ ours: await run(ours), theirs: has ? await run(theirs!) : undefined });
  await round();
  const name = `GP ask, memory, 200 × 10${theirs && !has ? " (Optuna's needs torch)" : ""}`;
  addRow(name, await repeated(round), ({ ask }) => ask!, { atMost: 100 });
}

/** What a trial takes must not depend on how many there are; but arrays double when they are full. */
async function benchHeap(): Promise<void> {
  let before: number | undefined;
  for (const count of [1_000, 10_000, 50_000]) {
    const { heap } = await ours.ask({ ask: "heap", trials: record(count, reals(4)).file } satisfies Question);
    const perTrial = heap! / count;
    const growth = before === undefined ? 1 : perTrial / before;
    table.push([
      `Heap per trial after a TPE ask, ${count.toLocaleString("en")} × 4`,
      `${(perTrial / 1_000).toFixed(2)} kB`,
      "",
      "",
      before === undefined ? "" : "at most 1.5 × the row above",
      before === undefined ? "" : growth <= 1.5 ? "✓" : "missed",
    ]);
    before = perTrial;
  }
}

interface Round {
  ours: Answer;
  theirs?: Answer | undefined;
}

async function inTurn(ask: (worker: Worker<Answer>) => Promise<Answer>): Promise<Round> {
  return { theirs: theirs && (await ask(theirs)), ours: await ask(ours) };
}

async function repeated(round: () => Promise<Round>): Promise<Round[]> {
  const rounds: Round[] = [];
  for (let i = 0; i < ROUNDS; i++) rounds.push(await round());
  return rounds;
}

function runTrials(trials: number) {
  return (worker: Worker<Answer>) => worker.ask({ ask: "run", trials } satisfies Question);
}

function importance(trials: string, method: "ped-anova" | "fanova", trees = 64) {
  return (worker: Worker<Answer>) => worker.ask({ ask: "importance", trials, method, trees } satisfies Question);
}

function addRow(name: string, rounds: readonly Round[], of: (answer: Answer) => number, target: Target = {}): void {
  const mine = median(rounds.map((round) => of(round.ours)));
  const peers = rounds.flatMap((round) => (round.theirs ? [of(round.theirs)] : []));
  const ratio = peers.length > 0 ? median(rounds.map((round, i) => peers[i]! / of(round.ours))) : undefined;
  const missed =
    (target.atMost !== undefined && mine > target.atMost) ||
    (target.ratio !== undefined && ratio !== undefined && ratio < target.ratio);
  const wanted = [
    ...(target.ratio && theirs ? [`${target.ratio} ×`] : []),
    ...(target.atMost ? [`at most ${milliseconds(target.atMost)}`] : []),
  ].join(", ");
  const peer = peers.length > 0 ? milliseconds(median(peers)) : "";
  const times = ratio === undefined ? "" : `${ratio.toFixed(ratio < 10 ? 1 : 0)} ×`;
  table.push([name, milliseconds(mine), peer, times, wanted, wanted && (missed ? "missed" : "✓")]);
  console.error(`${name}: ${milliseconds(mine)} ${peer} ${times}`);
}

function milliseconds(ms: number): string {
  return ms >= 1_000 ? `${Number((ms / 1_000).toPrecision(3))} s` : `${Number(ms.toPrecision(2))} ms`;
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[numbers.length >> 1]!;
}

function reals(count: number): null[] {
  return Array<null>(count).fill(null);
}

/** Random points, in a file that both read. */
function record(count: number, choices: readonly (number | null)[]): { file: string; trials: RecordedTrials } {
  const rng = new SeededRng(1, 0);
  const draw = (limit: number | null) => (limit === null ? rng.next() : Math.floor(rng.next() * limit));
  const params = Array.from({ length: count }, () => choices.map(draw));
  const trials = { choices, params, values: params.map((row) => objective(row, choices)) };
  const file = join(folder, "trials.json");
  writeFileSync(file, JSON.stringify(trials));
  return { file, trials };
}

/** A database with one study, "bench". */
function writeDatabase(trials: RecordedTrials): string {
  const path = join(folder, "bench.db");
  rmSync(path, { force: true });
  const storage = openStorage(`sqlite:///${path}`);
  const study = createStudy({ storage, name: "bench" });
  for (const trial of added(trials)) study.addTrial(trial);
  storage.close();
  return path;
}

function copied(database: string, name: string): string {
  const copy = mkdtempSync(join(folder, `${name}-`));
  copyFileSync(database, join(copy, "bench.db"));
  return join(copy, "bench.db");
}
