import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import assert from "node:assert/strict";
import * as tf from "@tensorflow/tfjs";
import { loadModel } from "../../src/tensorflow/saved-model.js";
import { type Attack, choose, pick } from "./attack.js";
import {
  allGone,
  type Command,
  describe,
  endAll,
  processesOf,
  type Role,
  signal,
  start,
  tunelens,
  tunelensWords,
} from "./commands.js";
import { pause, until } from "../wait.js";
import { acknowledged } from "./stored.js";
import { AttackedStudy, DATABASE, STUDY, STUDY_FILE, studyText } from "./studied.js";

const READER = fileURLToPath(new URL("../storage/children/optuna_reader.py", import.meta.url));
const dist = new URL("../../dist/", import.meta.url);
const ANY_MOMENT = "harm comes at any moment";

/** Does harm to a command that has just begun, or begins it in a harmful way. @returns the command. */
type Harm = (study: AttackedStudy, words: readonly string[]) => Promise<Command>;

/** A process of a study is ended at any moment, in any way; then the study is resumed, and is as if nothing had been. */
export const killRounds: Attack = {
  name: "kill rounds",
  shortRounds: 4,
  share: 4,
  lacks: () => (existsSync("/proc/self/environ") ? undefined : "a /proc to find processes in"),
  start: async () => {
    // For the models that are loaded; other attacks set others up.
    await tf.setBackend("cpu");
    const harms = availableHarms();
    const python = process.env["TUNELENS_PYTHON"];
    return {
      async round({ number, rng, folder }) {
        const study = new AttackedStudy(folder, rng);
        const trains = pick(rng, 8) === 0;
        try {
          study.write(trains ? trainingStudy() : studyText(rng));
          for (let left = 1 + pick(rng, 2); left > 0; left--)
            await study.survived(await choose(rng, harms)(study, study.words));
          await study.resume();
          if (trains) await retrained(study, choose(rng, harms));
          if (python && number % 10 === 0) readByOptuna(python, study);
        } finally {
          endAll(folder);
        }
      },
    };
  },
};

/** One that has a model to be retrained. */
function trainingStudy(): string {
  return `import * as tf from "@tensorflow/tfjs";
import { defineStudy, float, random } from "tunelens";
import { fit } from "tunelens/training";
export default defineStudy({
  name: ${JSON.stringify(STUDY)}, sampler: random(), backend: "cpu", epochs: { study: 1, retrain: 2 },
  space: { x: float(0.001, 0.1) },
  async objective(trial) {
    const xs = tf.range(0, 8).reshape([8, 1]);
    const model = tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [1] })] });
    model.compile({ optimizer: tf.train.sgd(trial.params.x / 100), loss: "meanSquaredError" });
    await fit(trial, model, { train: { x: xs, y: xs }, validation: { x: xs, y: xs } }, { monitor: "val_loss" });
    return { value: trial.params.x * 2, model };
  },
});
`;
}

/** A retraining is ended, and done again: whatever folder says that it holds a model holds one. */
async function retrained(study: AttackedStudy, harm: Harm): Promise<void> {
  const { folder, rng, stored } = study;
  const complete = stored.some(({ state }) => state === "COMPLETE");
  const words = ["retrain", STUDY_FILE, "--storage", DATABASE, "--output", "model"];
  if (pick(rng, 2) === 0 && complete) assert.equal((await tunelens(folder, ...words)).code, 0);
  const had = models(folder);
  const command = await harm(study, tunelensWords(...words));
  await command.finished;
  await allGone(folder);
  const left = models(folder);
  assert.ok(left.length >= had.length, `a model that was there (${had.join()}) is gone: ${left.join()}`);
  for (const model of left) await load(model);
  const again = await tunelens(folder, ...words);
  assert.equal(again.code === 0, complete, describe(again));
  for (const model of models(folder)) await load(model);
}

function models(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith("tunelens.json"))
    .map((name) => join(folder, name, ".."));
}

async function load(folder: string): Promise<void> {
  const { model } = await loadModel(folder);
  model.dispose();
}

function readByOptuna(python: string, { database, stored }: AttackedStudy): void {
  const { stdout, stderr } = spawnSync(python, [READER, "list", database], { input: "\n", encoding: "utf8" });
  const line = stdout.split("\n").find((text) => text.startsWith("{"));
  assert.ok(line, `Optuna cannot read it: ${stderr}`);
  const { trials } = JSON.parse(line) as { trials: { number: number; state: string }[] };
  const pairs = (list: readonly { number: number; state: string }[]) =>
    list.map(({ number, state }) => [number, state]);
  assert.deepEqual(pairs(trials), pairs(stored));
}

function availableHarms(): Harm[] {
  const harms = [killAtMoment, killAtMoment, killAtLine, signaled, frozen, watched];
  const has = (program: string, ...args: string[]) => spawnSync(program, args, { stdio: "ignore" }).status === 0;
  if (has("strace", "-o", "/dev/null", "true")) harms.push(killAtSystemCall, killAtSystemCall, killAtSystemCall);
  if (has("script", "--version")) harms.push(closedTerminal);
  return harms;
}

/** One of the living processes of a kind; undefined where there is none now. */
function victim({ folder, rng }: AttackedStudy, role: Role): number | undefined {
  const pids = processesOf(folder).flatMap((each) => (each.role === role ? [each.pid] : []));
  return pids.length > 0 ? choose(rng, pids) : undefined;
}

async function killAtMoment(study: AttackedStudy, words: readonly string[]): Promise<Command> {
  const command = start(study.folder, words);
  const role = choose(study.rng, ["terminal", "training", "training"] as const);
  await pause(pick(study.rng, 900), ANY_MOMENT);
  const pid = victim(study, role);
  if (pid !== undefined) signal(pid, "SIGKILL");
  return command;
}

/** Soon after a trial has been told. */
async function killAtLine(study: AttackedStudy, words: readonly string[]): Promise<Command> {
  const command = start(study.folder, words);
  const lines = pick(study.rng, study.trials);
  const role = choose(study.rng, ["terminal", "training"] as const);
  await linesOf(command, lines);
  await pause(pick(study.rng, 15), ANY_MOMENT);
  const pid = victim(study, role);
  if (pid !== undefined) signal(pid, "SIGKILL");
  return command;
}

/** Until it has said that many trials are finished, or is over. */
async function linesOf({ child, printed }: Command, count: number): Promise<void> {
  const over = () => child.exitCode !== null || child.signalCode !== null;
  await until(`${count} trials`, () => over() || acknowledged(printed.stdout).size >= count, 60);
}

/** Every process that writes dies at its Nth call of a kind, before the call is done. */
async function killAtSystemCall({ folder, rng }: AttackedStudy, words: readonly string[]): Promise<Command> {
  const [call, most] = choose(rng, [
    ["pwrite64", 200],
    ["pwrite64", 60],
    ["fsync,fdatasync", 12],
    ["ftruncate", 3],
    ["unlink,unlinkat", 3],
    ["rename,renameat,renameat2", 4],
    ["mkdir,mkdirat", 3],
    ["write", 60],
  ] as const);
  const inject = `inject=${call}:signal=SIGKILL:when=${1 + pick(rng, most)}`;
  const under = ["strace", "-f", "--seccomp-bpf", "-qq", "-o", "/dev/null", "-e", `trace=${call}`, "-e", inject];
  return start(folder, words, { under });
}

/** One to three signals to the terminal, at any moment. */
async function signaled(study: AttackedStudy, words: readonly string[]): Promise<Command> {
  const { rng } = study;
  const command = start(study.folder, words);
  if (pick(rng, 2) === 0) await linesOf(command, pick(rng, study.trials));
  else await pause(pick(rng, 900), ANY_MOMENT);
  for (let left = 1 + pick(rng, 3); left > 0; left--) {
    const pid = victim(study, "terminal");
    if (pid !== undefined) signal(pid, choose(rng, ["SIGTERM", "SIGINT", "SIGHUP"] as const));
    await pause(pick(rng, 100), ANY_MOMENT);
  }
  return command;
}

/** A training process that cannot do anything any more, and a parent that ends. */
async function frozen(study: AttackedStudy, words: readonly string[]): Promise<Command> {
  const { rng } = study;
  const command = start(study.folder, words);
  await pause(200 + pick(rng, 600), ANY_MOMENT);
  const pid = victim(study, "training");
  if (pid !== undefined) signal(pid, "SIGSTOP");
  await pause(pick(rng, 50), ANY_MOMENT);
  const parent = victim(study, "terminal");
  if (parent !== undefined) signal(parent, choose(rng, ["SIGKILL", "SIGHUP"] as const));
  return command;
}

/** The window that shows it is closed. */
async function closedTerminal(study: AttackedStudy, words: readonly string[]): Promise<Command> {
  const { rng } = study;
  const typed = words.map((word) => `'${word}'`).join(" ");
  const command = start(study.folder, ["script", "-qec", typed, "/dev/null"]);
  await pause(pick(rng, 900), ANY_MOMENT);
  command.child.kill(choose(rng, ["SIGKILL", "SIGHUP", "SIGTERM"] as const));
  return command;
}

/** An inspector looks at the database all the while, and is ended, or loses its parent, also while it is stopped. */
async function watched(study: AttackedStudy, words: readonly string[]): Promise<Command> {
  const { rng, folder, database } = study;
  const window = start(folder, [process.execPath, "--input-type=module", "-e", windowScript(database)]);
  await until(
    "the inspector is there",
    () => window.printed.stdout.includes("watching") || window.child.exitCode !== null,
  );
  assert.equal(window.child.exitCode, null, describe(window.printed));
  const command = start(folder, words);
  await pause(pick(rng, 900), ANY_MOMENT);
  const inspector = victim(study, "inspector");
  const stopped = pick(rng, 2) === 0;
  if (inspector !== undefined) signal(inspector, stopped ? "SIGSTOP" : "SIGKILL");
  await command.finished;
  window.child.kill("SIGKILL");
  return command;
}

/** A window that shows a storage and reads it again and again. */
function windowScript(database: string): string {
  const inspector = fileURLToPath(new URL("inspector/main.js", dist));
  return `import { startInspector } from ${JSON.stringify(new URL("supervisor/inspector-process.js", dist).href)};
const runtime = { kind: "node", execPath: process.execPath, version: process.versions.node, env: {} };
const { functions } = await startInspector({
  runtime, entry: ${JSON.stringify(inspector)}, cwd: process.cwd(), events: { storageChanged() {}, reading() {} },
});
const storage = ${JSON.stringify(database)};
await functions.watch(storage);
console.log("watching");
try {
  for (;;) {
    for (const { name } of await functions.listStudies(storage)) {
      await functions.listTrials(storage, name, { offset: 0, limit: 100 });
      await functions.getChart(storage, name, { chart: "history" });
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
} catch (error) {
  console.log("the inspector is gone:", error.message);
}
setInterval(() => {}, 1_000);
`;
}
