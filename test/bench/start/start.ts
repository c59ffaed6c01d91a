/**
 * `npm run bench:start`: how long a user waits for what starts. Each row is the median of several fresh starts, in turn with those of what it is
 * compared with: the packed extension with one that only shows a lens, each alone in a real VS Code; the terminal's program with a Node.js
 * that does nothing.
 *
 * Options: --rounds N (default 5)
 */
import Table from "cli-table3";
import { spawnSync } from "node:child_process";
import { cpSync } from "node:fs";
import { availableParallelism, loadavg } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { stageTarball } from "../../../scripts/package/stage.ts";
import { type BenchEditor, benchEditor } from "../editor.js";
import { median } from "../median.js";
import type { Waited } from "./in-editor.js";

interface Contestant {
  /** As VS Code names it. */
  readonly id: string;
  readonly folder: string;
}

const here = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const { values } = parseArgs({ options: { rounds: { type: "string", default: "5" } } });
const rounds = Number(values.rounds);

await benchEditor(here("in-editor.ts"), async (editor) => {
  const { scratch } = editor;
  const tunelens = { id: "tunelens.tunelens", folder: editor.extension };
  const empty = { id: "tunelens-bench.empty", folder: here("empty-extension") };
  await stageTarball(join(scratch, "tarball"));
  const program = join(scratch, "tarball", "dist", "cli", "main.js");
  const waited: { ours: Waited; peers: Waited; help: number; node: number }[] = [];
  for (let round = 0; round < rounds; round++) {
    waited.push({
      ours: await openWindow(editor, tunelens),
      peers: await openWindow(editor, empty),
      help: timeOf(program, "--help"),
      node: timeOf("-e", "0"),
    });
  }
  const medianOf = (get: (round: (typeof waited)[number]) => number) => median(waited.map(get));
  print([
    ["activation", 50, medianOf(({ ours }) => ours.activation), medianOf(({ peers }) => peers.activation)],
    [
      "activation, CPU time",
      50,
      medianOf(({ ours }) => ours.activationCpu),
      medianOf(({ peers }) => peers.activationCpu),
    ],
    ["first lens after a cold start", 1_500, medianOf(({ ours }) => ours.lens), medianOf(({ peers }) => peers.lens)],
    ["first epoch after the click", 2_000, medianOf(({ ours }) => ours.epoch!), undefined],
    ["tunelens --help", 300, medianOf(({ help }) => help), medianOf(({ node }) => node)],
  ]);
});

/** On a workspace that nobody has opened. */
async function openWindow({ open }: BenchEditor, { id, folder }: Contestant): Promise<Waited> {
  const fill = (workspace: string) => cpSync(here("../../fixtures/workspace"), workspace, { recursive: true });
  return (await open({ extension: folder, fill, env: { TUNELENS_BENCH_EXTENSION: id } })) as Waited;
}

/** Of a Node.js with these arguments, from its start to its end. */
function timeOf(...args: string[]): number {
  const started = performance.now();
  const { status } = spawnSync(process.execPath, args, { stdio: "ignore" });
  if (status !== 0) throw new Error(`node ${args.join(" ")} ended with ${status}.`);
  return performance.now() - started;
}

type Row = readonly [what: string, ceiling: number, ours: number, peer: number | undefined];

function print(rows: readonly Row[]): void {
  const load = loadavg()[0]!.toFixed(1);
  console.log(`\n${rounds} rounds, ${availableParallelism()} cores, load ${load}, node ${process.version}`);
  const head = ["median", "Tunelens", "does nothing", "ratio", "to reach"];
  const table = new Table({ head, style: { head: [], border: [] } });
  for (const [what, ceiling, ours, peer] of rows)
    table.push([
      what,
      `${ours.toFixed(0)} ms`,
      peer === undefined ? "" : `${peer.toFixed(0)} ms`,
      peer === undefined ? "" : (ours / peer).toFixed(1),
      `${ceiling} ms${ours > ceiling ? ": missed" : ""}`,
    ]);
  console.log(table.toString());
}
