/**
 * `npm run bench:study`: the same study by Tunelens and by Optuna 5 with Keras 3, in turn on this machine: how long it takes and how good
 * the best network is. The data and its split are the same for both; the times are those of the whole command, from its start to its end.
 *
 * Options: --study digits|fashion (default: both), --seeds N (default 2), --trials N, --epochs N, and what follows `--` goes to
 * `tunelens run`. The Python with keras, tensorflow and optuna is named by TUNELENS_KERAS_PYTHON.
 */
import Database from "better-sqlite3";
import Table from "cli-table3";
import { spawnSync } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { digits } from "../../../src/tensorflow/datasets/digits.js";
import { fashionMnist } from "../../../src/tensorflow/datasets/mnist.js";
import type { ImageSet } from "../../../src/tensorflow/datasets/image-set.js";
import { temporaryFolder } from "../../temporary-folder.js";

interface Bench {
  readonly direction: "minimize" | "maximize";
  readonly trials: number;
  readonly epochs: number;
  readonly load: () => Promise<ImageSet>;
}

interface Outcome {
  readonly seconds: number;
  readonly best: number;
  /** Trials by how they ended. */
  readonly complete: number;
  readonly pruned: number;
  /** Epochs trained in all: what pruning and stopping early left of trials × epochs. */
  readonly epochs: number;
}

const benches: Record<string, Bench> = {
  digits: { direction: "maximize", trials: 40, epochs: 15, load: () => digits() },
  fashion: { direction: "minimize", trials: 16, epochs: 6, load: () => fashionMnist({ limit: 5_000 }) },
};

const here = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const { values: options, positionals: tunelensOptions } = parseArgs({
  options: {
    study: { type: "string" },
    seeds: { type: "string", default: "2" },
    trials: { type: "string" },
    epochs: { type: "string" },
  },
  allowPositionals: true,
});
const python = process.env["TUNELENS_KERAS_PYTHON"];
if (!python) console.warn("TUNELENS_KERAS_PYTHON names no Python with keras, tensorflow and optuna: Tunelens alone.");

const folder = temporaryFolder();
try {
  for (const name of options.study ? [options.study] : Object.keys(benches)) await compare(name);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function compare(name: string): Promise<void> {
  const bench = benches[name];
  if (!bench) throw new Error(`There is no study "${name}": ${Object.keys(benches).join(", ")}.`);
  await writeData(await bench.load());
  const [trials, epochs] = [Number(options.trials ?? bench.trials), Number(options.epochs ?? bench.epochs)];
  const ours: Outcome[] = [];
  const theirs: Outcome[] = [];
  for (let seed = 0; seed < Number(options.seeds); seed++) {
    const database = (who: string) => join(folder, `${name}-${who}-${seed}.db`);
    const [mine, peer] = [database("tunelens"), database("keras")];
    ours.push(measure(bench, mine, process.execPath, tunelensRun(name, mine, seed, trials, epochs)));
    if (!python) continue;
    const args = [here("keras_study.py"), name, folder, peer, seed, trials, epochs].map(String);
    theirs.push(measure(bench, peer, python, args));
  }
  print(name, { trials, epochs }, ours, theirs);
}

function tunelensRun(name: string, database: string, seed: number, trials: number, epochs: number): string[] {
  const numbers = ["--seed", seed, "--trials", trials, "--epochs", epochs].map(String);
  const cli = here("../../../dist/cli/main.js");
  return [cli, "run", here(`${name}.study.ts`), "--storage", `sqlite:///${database}`, ...numbers, ...tunelensOptions];
}

/** The split as both shall have it: 32-bit floats, and their shape beside them. */
async function writeData({ train, validation }: ImageSet): Promise<void> {
  for (const [part, { x, y }] of Object.entries({ train, validation }))
    for (const [axis, tensor] of Object.entries({ x, y })) {
      writeFileSync(join(folder, `${part}-${axis}.json`), JSON.stringify(tensor.shape));
      writeFileSync(join(folder, `${part}-${axis}.f32`), new Uint8Array(Float32Array.from(await tensor.data()).buffer));
    }
}

function measure(bench: Bench, database: string, command: string, args: readonly string[]): Outcome {
  const started = performance.now();
  const { status, stderr } = spawnSync(command, args, { encoding: "utf8", maxBuffer: 1 << 28 });
  const seconds = (performance.now() - started) / 1000;
  if (status !== 0) throw new Error(`${command} ${args.join(" ")} ended with ${status}:\n${stderr.slice(-2_000)}`);
  return { seconds, ...readOutcome(bench, database) };
}

/** Both write the same tables. */
function readOutcome({ direction }: Bench, database: string): Omit<Outcome, "seconds"> {
  const db = new Database(database, { readonly: true });
  try {
    const number = (sql: string) => Number(db.prepare(sql).pluck().get());
    const count = (state: string) => number(`SELECT count(*) FROM trials WHERE state = '${state}'`);
    const extreme = direction === "maximize" ? "max" : "min";
    return {
      best: number(`SELECT ${extreme}(value) FROM trial_values JOIN trials USING (trial_id) WHERE state = 'COMPLETE'`),
      complete: count("COMPLETE"),
      pruned: count("PRUNED"),
      epochs: number("SELECT count(*) FROM trial_intermediate_values"),
    };
  } finally {
    db.close();
  }
}

function print(
  name: string,
  size: { trials: number; epochs: number },
  ours: readonly Outcome[],
  theirs: readonly Outcome[],
): void {
  const seeds = `${ours.length} seed${ours.length === 1 ? "" : "s"}`;
  console.log(
    `\n${name}: ${size.trials} trials of ${size.epochs} epochs, ${seeds}, ${availableParallelism()} cores, node ${process.version}`,
  );
  const head = ["", "seconds", "epochs a second", "best, by seed", "complete", "pruned", "epochs"];
  const table = new Table({ head, style: { head: [], border: [] } });
  const row = (who: string, outcomes: readonly Outcome[]) => {
    const sum = (key: keyof Outcome) => outcomes.reduce((total, outcome) => total + outcome[key], 0);
    table.push([
      who,
      outcomes.map(({ seconds }) => seconds.toFixed(1)).join(", "),
      (sum("epochs") / sum("seconds")).toFixed(2),
      outcomes.map(({ best }) => best.toFixed(4)).join(", "),
      sum("complete"),
      sum("pruned"),
      sum("epochs"),
    ]);
    return { seconds: sum("seconds"), perEpoch: sum("seconds") / sum("epochs"), best: sum("best") / outcomes.length };
  };
  const mine = row("Tunelens", ours);
  const peer = theirs.length > 0 ? row("Optuna + Keras", theirs) : undefined;
  console.log(table.toString());
  if (!peer) return;
  console.log(`Wall time, Tunelens / Optuna + Keras: ${(mine.seconds / peer.seconds).toFixed(2)}`);
  console.log(`The same for each epoch trained: ${(mine.perEpoch / peer.perEpoch).toFixed(2)}`);
  console.log(`Mean best: ${mine.best.toFixed(4)} and ${peer.best.toFixed(4)}`);
}
