/**
 * `npm run bench:host`: how long Tunelens holds the extension host at a stretch: meanwhile no extension answers, neither to a key nor to a
 * completion. The packed extension alone in a real VS Code, with a database of many trials, as V8's profiler samples it.
 *
 * Options: --trials N,N (default 1000,10000,100000), --rounds N (default 3): the median of so many windows.
 */
import { runTests } from "@vscode/test-electron";
import Table from "cli-table3";
import { build } from "esbuild";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { availableParallelism, loadavg } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { vscodeExecutable } from "../../../scripts/vscode/executable.ts";
import { unpackedExtension } from "../../e2e/vscode-page.js";
import { temporaryFolder } from "../../temporary-folder.js";
import { MANY_TRIALS, storeManyTrials } from "../many-trials.js";
import { median } from "../median.js";
import type { Held } from "./in-editor.js";

const LIMIT_MS = 20;

const here = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const { values } = parseArgs({
  options: { trials: { type: "string", default: "1000,10000,100000" }, rounds: { type: "string", default: "3" } },
});
const sizes = values.trials.split(",").map(Number);

process.chdir(here("../../../"));
mkdirSync("out", { recursive: true });
// In this folder, whose packages the extension needs.
const scratch = mkdtempSync("out/bench-host-");
try {
  const suite = await buildSuite();
  const extension = unpackedExtension(join(process.cwd(), scratch, "extensions"));
  const columns: Held[] = [];
  for (const trials of sizes) {
    const windows: Held[] = [];
    for (let round = 0; round < Number(values.rounds); round++)
      windows.push(await openWindow(suite, extension, trials));
    columns.push(mediansOf(windows));
  }
  print(columns);
} finally {
  rmSync(scratch, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
}

/** @returns the path of what runs in the extension host. */
async function buildSuite(): Promise<string> {
  const outfile = join(process.cwd(), scratch, "in-editor.cjs");
  const entryPoints = [here("in-editor.ts")];
  await build({ entryPoints, outfile, bundle: true, platform: "node", format: "cjs", external: ["vscode"] });
  return outfile;
}

/** In a window of its own, whose user data is new. */
async function openWindow(suite: string, extension: string, trials: number): Promise<Held> {
  const home = temporaryFolder();
  const workspace = join(home, "workspace");
  const result = join(home, "held.json");
  mkdirSync(workspace);
  copyFileSync(here("fast.study.ts"), join(workspace, "fast.study.ts"));
  storeManyTrials(join(workspace, "many.db"), trials);
  try {
    await runTests({
      ...vscodeExecutable(),
      extensionDevelopmentPath: extension,
      extensionTestsPath: suite,
      launchArgs: [workspace, "--disable-workspace-trust", "--disable-extensions"],
      extensionTestsEnv: { TUNELENS_BENCH_STUDY: MANY_TRIALS, TUNELENS_BENCH_RESULT: result },
    });
    return JSON.parse(readFileSync(result, "utf8")) as Held;
  } finally {
    rmSync(home, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
  }
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
