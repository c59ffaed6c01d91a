/**
 * `npm run bench:workflow`: the workflow of docs/workflow.md on Fashion-MNIST, once per seed: the study, the first network and the best one
 * retrained, the follow-up with the number of convolutions frozen, and its best one retrained. Prints each network's accuracy on the test
 * images, and how likely it is that a step is better than the one before by chance.
 *
 * Options: --seeds N (default 5), --trials N, --epochs N, --retrain-epochs N, and --images N; defaults: the example's. Wants a quiet machine.
 */
import Table from "cli-table3";
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { temporaryFolder } from "../../temporary-folder.js";
import { mannWhitney } from "../search/mann-whitney.js";

const { values: options } = parseArgs({
  options: {
    seeds: { type: "string", default: "5" },
    trials: { type: "string" },
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
  const accuracies = Array.from({ length: Number(options.seeds) }, (_, seed) => workflow(seed + 1));
  console.log(`\nAccuracy on the test images, ${minutes(began)} in all\n`);
  console.log(tableOf(accuracies).toString());
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** @returns the accuracy after each step. */
function workflow(seed: number): readonly number[] {
  const started = performance.now();
  const project = join(folder, `seed-${seed}`);
  mkdirSync(project);
  const code = readFileSync(join(root, "examples", STUDY), "utf8");
  const images =
    options.images === undefined ? code : code.replace(/^const IMAGES = .*;$/m, `const IMAGES = ${options.images};`);
  if (options.images !== undefined && images === code) throw new Error(`${STUDY} has no constant IMAGES.`);
  writeFileSync(join(project, STUDY), images);
  cpSync(join(root, "examples", "tsconfig.json"), join(project, "tsconfig.json"));
  const study = [...given("--trials", options.trials), ...given("--epochs", options.epochs), "--seed", String(seed)];
  const retrain = given("--epochs", options["retrain-epochs"]);
  tunelens(project, "run", STUDY, ...study, "--parallel", "auto");
  const first = accuracyOf(tunelens(project, "retrain", STUDY, ...retrain, "--trial", "0"));
  const best = accuracyOf(tunelens(project, "retrain", STUDY, ...retrain));
  tunelens(project, "run", STUDY, ...study, "--parallel", "auto", "--freeze", "convLayers", "--as", "follow-up");
  const frozen = accuracyOf(tunelens(project, "retrain", STUDY, ...retrain, "--study", "follow-up"));
  console.log(
    `Seed ${seed}: ${[first, best, frozen].map((value) => value.toFixed(4)).join(", ")} (${minutes(started)})`,
  );
  return [first, best, frozen];
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

function tableOf(accuracies: readonly (readonly number[])[]): Table.Table {
  const table = new Table({ head: ["", ...accuracies.map((_, i) => `seed ${i + 1}`), "mean", "p, step before"] });
  for (const [step, name] of steps.entries()) {
    const values = accuracies.map((of) => of[step]!);
    const before = step === 0 ? undefined : accuracies.map((of) => of[step - 1]!);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const chance = before ? mannWhitney(before, values).toFixed(4) : "";
    table.push([name, ...values.map((value) => value.toFixed(4)), mean.toFixed(4), chance]);
  }
  return table;
}

function given(name: string, value: string | undefined): readonly string[] {
  return value === undefined ? [] : [name, value];
}

function minutes(since: number): string {
  return `${((performance.now() - since) / 60_000).toFixed(1)} min`;
}
