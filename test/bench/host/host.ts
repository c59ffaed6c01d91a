/**
 * `npm run bench:host`: how long Tunelens holds the extension host at a stretch: meanwhile no extension answers, neither to a key nor to a
 * completion. The packed extension alone in a real VS Code, with a database of many trials, as V8's profiler samples it.
 *
 * Options: --trials N,N (default 1000,10000,100000), --rounds N (default 3): the median of so many windows.
 */
import Table from "cli-table3";
import { copyFileSync } from "node:fs";
import { availableParallelism, loadavg } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { type BenchEditor, benchEditor } from "../editor.js";
import { MANY_TRIALS, storeManyTrials } from "../many-trials.js";
import { median } from "../median.js";
import type { Held } from "./in-editor.js";

const LIMIT_MS = 20;

const here = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const { values } = parseArgs({
  options: { trials: { type: "string", default: "1000,10000,100000" }, rounds: { type: "string", default: "3" } },
});
const sizes = values.trials.split(",").map(Number);

await benchEditor(here("in-editor.ts"), async (editor) => {
  const columns: Held[] = [];
  for (const trials of sizes) {
    const windows: Held[] = [];
    for (let round = 0; round < Number(values.rounds); round++) windows.push(await openWindow(editor, trials));
    columns.push(mediansOf(windows));
  }
  print(columns);
});

async function openWindow({ extension, open }: BenchEditor, trials: number): Promise<Held> {
  const fill = (workspace: string) => {
    copyFileSync(here("fast.study.ts"), join(workspace, "fast.study.ts"));
    storeManyTrials(join(workspace, "many.db"), trials);
  };
  return (await open({ extension, fill, env: { TUNELENS_BENCH_STUDY: MANY_TRIALS } })) as Held;
}

function mediansOf(windows: readonly Held[]): Held {
  const names = Object.keys(windows[0]!);
  return Object.fromEntries(names.map((name) => [name, median(windows.map((held) => held[name]!))]));
}

function print(columns: readonly Held[]): void {
  const load = loadavg()[0]!.toFixed(1);
  console.log(
    `\n${values.rounds} windows each, ${availableParallelism()} cores, load ${load}, to reach: ${LIMIT_MS} ms`,
  );
  const head = ["longest hold while", ...sizes.map((trials) => `${trials} trials`)];
  const table = new Table({ head, style: { head: [], border: [] } });
  for (const name of Object.keys(columns[0]!))
    table.push([name, ...columns.map((held) => `${held[name]!.toFixed(1)} ms`)]);
  console.log(table.toString());
}
