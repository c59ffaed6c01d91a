/**
 * `npm run bench:workflow`: the workflow of docs/workflow.md on Fashion-MNIST, once per seed: the study, the first network and the best one
 * retrained, the follow-up with the number of convolutions frozen, and its best one retrained. Prints each network's accuracy on the test
 * images, for how many epochs it was trained, and how likely it is that a step is better than the one before, or than the first, by
 * chance. Each study has one training process, so that its seed gives the same trials again.
 *
 * Options: --seeds N (default 5), --follow-up-trials N (default 16), --trials N, --epochs N, --retrain-epochs N, and --images N; defaults:
 * the example's.
 */
import Table from "cli-table3";
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { temporaryFolder } from "../../temporary-folder.js";
import { mannWhitney } from "../search/mann-whitney.js";

const { values: options } = parseArgs({
  options: {
    seeds: { type: "string", default: "5" },
    trials: { type: "string" },
    "follow-up-trials": { type: "string", default: "16" },
    epochs: { type: "string" },
    "retrain-epochs": { type: "string" },
    images: { type: "string" },
  },
});

const STUDY = "fashion-mnist.study.ts";
const steps = ["first network", "retrained best", "after freezing"] as const;
const root = fileURLToPath(new URL("../../..", import.meta.url));
const folder = temporaryFolder();
const began = performance.now();
try {
  const networks = Array.from({ length: Number(options.seeds) }, (_, seed) => workflow(seed + 1));
  console.log(`\nAccuracy on the test images (epochs of retraining), ${minutes(began)} in all\n`);
  console.log(tableOf(networks).toString());
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** What a retrained network is worth. */
interface Retrained {
  readonly accuracy: number;
  readonly epochs: number;
}

/** @returns the network after each step. */
function workflow(seed: number): readonly Retrained[] {
  const started = performance.now();
  const project = join(folder, `seed-${seed}`);
  mkdirSync(project);
  const code = readFileSync(join(root, "examples", STUDY), "utf8");
  const images =
    options.images === undefined ? code : code.replace(/^const IMAGES = .*;$/m, `const IMAGES = ${options.images};`);
  if (options.images !== undefined && images === code) throw new Error(`${STUDY} has no constant IMAGES.`);
  writeFileSync(join(project, STUDY), images);
  cpSync(join(root, "examples", "tsconfig.json"), join(project, "tsconfig.json"));
  const study = [...given("--epochs", options.epochs), "--seed", String(seed)];
  tunelens(project, "run", STUDY, ...study, ...given("--trials", options.trials));
  const first = retrained(project, "--trial", "0");
  const best = retrained(project);
  const followUp = ["--freeze", "convLayers", "--as", "follow-up", "--trials", options["follow-up-trials"]];
  tunelens(project, "run", STUDY, ...study, ...followUp);
  const frozen = retrained(project, "--study", "follow-up");
  const networks = [first, best, frozen];
  const [searched, more] = [epochsOf(project, "fashion-mnist-cnn"), epochsOf(project, "follow-up")];
  const epochs = `${searched} epochs of the study, ${more} of the follow-up's trials`;
  console.log(`Seed ${seed}: ${networks.map(inWords).join(", ")}; ${epochs} (${minutes(started)})`);
  return networks;
}

function retrained(project: string, ...which: readonly string[]): Retrained {
  const output = mkdtempSync(join(project, "retrained-"));
  const epochs = given("--epochs", options["retrain-epochs"]);
  const printed = tunelens(project, "retrain", STUDY, ...epochs, ...which, "--output", join(output, "model"));
  const { history } = JSON.parse(readFileSync(join(output, "model", "tunelens.json"), "utf8")) as {
    readonly history: { readonly loss: readonly number[] };
  };
  return { accuracy: accuracyOf(printed), epochs: history.loss.length };
}

/** How many epochs a study's trials have trained, with those that a follow-up starts with. */
function epochsOf(project: string, study: string): number {
  const { trials } = JSON.parse(tunelens(project, "export", "--json", study)) as {
    readonly trials: readonly { readonly intermediate_values: object }[];
  };
  return trials.reduce((sum, trial) => sum + Object.keys(trial.intermediate_values).length, 0);
}

function tunelens(cwd: string, ...args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, "dist/cli/main.js"), ...args], {
    cwd,
    encoding: "utf8",
    maxBuffer: 2 ** 28,
  });
  if (status !== 0) throw new Error(`tunelens ${args.join(" ")} ended with ${status}:\n${stdout}${stderr}`);
  return stdout;
}

function accuracyOf(output: string): number {
  const [, accuracy] = /^Accuracy on \d+ test images: ([\d.]+)$/m.exec(output) ?? [];
  if (accuracy === undefined) throw new Error(`The retraining printed no accuracy:\n${output}`);
  return Number(accuracy);
}

function tableOf(networks: readonly (readonly Retrained[])[]): Table.Table {
  const table = new Table({
    head: ["", ...networks.map((_, i) => `seed ${i + 1}`), "mean", "p, step before", "p, first"],
  });
  for (const [step, name] of steps.entries()) {
    const accuracies = (of: number) => networks.map((network) => network[of]!.accuracy);
    const values = accuracies(step);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const chances = [step - 1, 0].map((of) => (step === 0 ? "" : mannWhitney(accuracies(of), values).toFixed(4)));
    table.push([name, ...networks.map((of) => inWords(of[step]!)), mean.toFixed(4), ...chances]);
  }
  return table;
}

function inWords({ accuracy, epochs }: Retrained): string {
  return `${accuracy.toFixed(4)} (${epochs})`;
}

function given(name: string, value: string | undefined): readonly string[] {
  return value === undefined ? [] : [name, value];
}

function minutes(since: number): string {
  return `${((performance.now() - since) / 60_000).toFixed(1)} min`;
}
