/**
 * `npm run bench:training`: how long a training step takes, by Tunelens and by its peers, in turn on this machine. All engines
 * start from the same weights, and must give the same loss on the first step.
 *
 * Options (`npm run bench:training -- …`): --models and --engines, comma-separated (--models "" measures only checkpoints); --rounds N (default 7); --steps N per round,
 * a multiple of 10 (default: about a second's); --memory, for what 1,000 steps, after 1,000 others, leave behind.
 * The peers in Python are named by TUNELENS_KERAS_PYTHON (keras, tensorflow) and TUNELENS_TORCH_PYTHON (torch); tfjs-node is
 * taken from TUNELENS_BACKENDS, or the working directory, where it is installed (`npm run test:backends` makes such a folder, `.cache/backends`).
 * webgpu takes part where --engines names it: without a GPU a step takes seconds. What tells of it there is how many programs a step sends to
 * the GPU, each of which costs time to send.
 */
import { rmSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import Table from "cli-table3";
import { useBackend } from "../../../src/tensorflow/backends/use-backend.js";
import { isInstalled } from "../../../src/tensorflow/backends/workspace-module.js";
import { Worker } from "../worker.js";
import { SeededRng } from "../../../src/engine/math/rng.js";
import { printCheckpointOverhead } from "./checkpoints.js";
import { BATCH_SIZE, type Model, type Task } from "./model.js";
import { models } from "./models.js";
import { temporaryFolder } from "../../temporary-folder.js";

interface Engine {
  readonly name: string;
  /** Takes the files of the task as its last arguments. Undefined where this machine does not have it. */
  readonly command: readonly string[] | undefined;
  /** Only where `--engines` names it. */
  readonly onlyByName?: boolean;
  /** The only program of models that it has. Default: all of them. */
  readonly program?: string;
}

/** Milliseconds. */
interface StepTime {
  readonly cpu: number;
  readonly wall: number;
}

type Answer = Partial<
  StepTime & { programs: number; loss: number; error: string; bytes: number; tensors: number; rss: number }
>;

const here = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const { values: options } = parseArgs({
  options: {
    models: { type: "string", default: Object.keys(models).join() },
    engines: { type: "string" },
    rounds: { type: "string", default: "7" },
    steps: { type: "string" },
    memory: { type: "boolean", default: false },
  },
});

const { TUNELENS_KERAS_PYTHON: kerasPython, TUNELENS_TORCH_PYTHON: torchPython } = process.env;
const tfjsNode = isInstalled("tfjs-node", process.env["TUNELENS_BACKENDS"] ?? process.cwd());
const engines: readonly Engine[] = [
  { name: "Tunelens wasm", command: tensorFlowJs("wasm", "tunelens") },
  { name: "TensorFlow.js wasm", command: tensorFlowJs("wasm", "stock") },
  { name: "Tunelens tfjs-node", command: tfjsNode ? tensorFlowJs("tfjs-node", "tunelens") : undefined },
  { name: "TensorFlow.js tfjs-node", command: tfjsNode ? tensorFlowJs("tfjs-node", "stock") : undefined },
  { name: "Tunelens webgpu", command: tensorFlowJs("webgpu", "tunelens"), onlyByName: true },
  { name: "TensorFlow.js webgpu", command: tensorFlowJs("webgpu", "stock"), onlyByName: true },
  { name: "Keras", command: kerasPython ? [kerasPython, here("keras_worker.py")] : undefined },
  { name: "PyTorch", command: torchPython ? [torchPython, here("torch_worker.py")] : undefined, program: "layers" },
];

const folder = temporaryFolder();
try {
  await useBackend("wasm");
  console.log(
    `${availableParallelism()} cores; ms per step of ${BATCH_SIZE} examples, medians; ratios are medians of rounds in turn.`,
  );
  for (const name of options.models.split(",").filter(Boolean)) await compare(name);
  await printCheckpointOverhead();
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function compare(modelName: string): Promise<void> {
  const model = models[modelName];
  if (!model) throw new Error(`There is no model "${modelName}"; there are ${Object.keys(models).join(", ")}.`);
  const files = await writeTask(modelName, model);
  const chosen = engines.filter(
    ({ name, command, onlyByName, program = model.program }) =>
      command && program === model.program && (options.engines?.split(",").includes(name) ?? !onlyByName),
  );
  const workers = chosen.map((engine) => Worker.start<Answer>(engine.name, [...engine.command!, ...files]));
  const losses = await inTurn(workers, { ask: "loss" });
  checkLosses(losses);
  await inTurn(workers, { ask: "steps", steps: 10 }); // What comes first compiles.
  const rounds: Map<string, Answer>[] = [];
  for (let round = 0; round < Number(options.rounds); round++) {
    rounds.push(await inTurn(workers, { ask: "steps", steps: Number(options.steps ?? model.stepsPerRound) }));
  }
  print(modelName, losses, rounds);
  if (options.memory) await printMemory(workers.filter(({ name }) => name.startsWith("Tunelens")));
  await Promise.all(workers.map((worker) => worker.end()));
}

/** @returns the files that every worker reads. */
async function writeTask(modelName: string, { program, options: ofModel, given }: Model): Promise<[string, string]> {
  const rng = new SeededRng(1);
  const named = Object.entries(given).map(([name, { shape, draw }]) => ({ name, shape, draw }));
  const values: number[] = [];
  for (const { shape, draw } of named) for (const value of await draw(rng, shape)) values.push(value);
  const shapes = named.map(({ name, shape }) => ({ name, shape }));
  const task: Task = { model: modelName, program, options: ofModel, batchSize: BATCH_SIZE, given: shapes };
  const files: [string, string] = [join(folder, "task.json"), join(folder, "values")];
  writeFileSync(files[0], JSON.stringify(task));
  writeFileSync(files[1], Float32Array.from(values));
  return files;
}

async function inTurn(workers: readonly Worker<Answer>[], question: object): Promise<Map<string, Answer>> {
  const answers = new Map<string, Answer>();
  for (const worker of workers) answers.set(worker.name, await worker.ask(question));
  return answers;
}

function checkLosses(losses: Map<string, Answer>): void {
  const known = [...losses].flatMap(([name, { loss }]) => (loss === undefined ? [] : [{ name, loss }]));
  const expected = known.at(-1)?.loss ?? 0;
  for (const { name, loss } of known) {
    if (Math.abs(loss - expected) <= 1e-4 * expected) continue;
    throw new Error(`The first step's loss differs: ${name} has ${loss}, ${known.at(-1)!.name} ${expected}.`);
  }
}

function print(modelName: string, losses: Map<string, Answer>, rounds: readonly Map<string, Answer>[]): void {
  const table = new Table({
    head: [modelName, "wall", "CPU", "× Keras, wall", "CPU", "first loss", "GPU programs"],
    chars: { mid: "", "left-mid": "", "mid-mid": "", "right-mid": "" },
    style: { head: [], border: [] },
  });
  for (const [name, { loss, error }] of losses) {
    const times = rounds.map((round) => round.get(name)!);
    const failure = error ?? times.find((time) => time.error)?.error;
    if (failure) {
      table.push([name, "", "", "", "", `does not train: ${failure}`]);
      continue;
    }
    const ms = (of: keyof StepTime) => median(times.map((time) => time[of]!)).toFixed(1);
    const ratio = (of: keyof StepTime) =>
      rounds[0]!.has("Keras")
        ? median(rounds.map((round) => round.get(name)![of]! / round.get("Keras")![of]!)).toFixed(2)
        : "";
    table.push([name, ms("wall"), ms("cpu"), ratio("wall"), ratio("cpu"), loss!.toFixed(5), times[0]!.programs ?? ""]);
  }
  for (const { name, command, onlyByName } of engines)
    if (!command && !onlyByName) table.push([name, "", "", "", "", "not on this machine"]);
  console.log(table.toString());
}

async function printMemory(workers: readonly Worker<Answer>[]): Promise<void> {
  for (const worker of workers) {
    // By then V8's heap has the size that training needs.
    await worker.ask({ ask: "steps", steps: 1_000 });
    const before = await worker.ask({ ask: "memory" });
    await worker.ask({ ask: "steps", steps: 1_000 });
    const after = await worker.ask({ ask: "memory" });
    const megabytes = (bytes: number) => (bytes / 2 ** 20).toFixed(1);
    const grown = ["bytes", "rss"].map((key) => megabytes(after[key as "bytes"]! - before[key as "bytes"]!));
    console.log(
      `${worker.name}, 1,000 steps more: ${after.tensors! - before.tensors!} tensors, ${grown[0]} MB of tensors, ${grown[1]} MB of memory`,
    );
  }
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[numbers.length >> 1]!;
}

function tensorFlowJs(backend: string, flavor: "tunelens" | "stock"): string[] {
  return [process.execPath, "--import", "tsx", here("tensorflow-js.ts"), backend, flavor];
}
