import assert from "node:assert/strict";
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Rng } from "../../src/engine/math/rng.js";
import { checkpointOf } from "../../src/engine/trial/checkpoint.js";
import { countFinished, failReasonOf, STOPPED_REASON } from "../../src/engine/trial/fail-reason.js";
import { retryHistory } from "../../src/engine/trial/retry.js";
import { lastStep, type TrialSnapshot } from "../../src/engine/trial/trial-snapshot.js";
import { openStorage } from "../../src/storage/open.js";
import { temporaryFolder } from "../temporary-folder.js";
import { pause, until } from "../wait.js";
import { type Attack, choose, pick } from "./attack.js";
import { allGone, describe, endAll, processesOf, signal, start, tunelens, tunelensWords } from "./commands.js";

const FILE = "interrupted.study.js";
const STUDY = "interrupted";
/** Of each of a trial's trainings. */
const EPOCHS = 6;
const TRIALS = 3;
/** How often a round kills. */
const KILLS = 4;
/** More than any round's trials and their retries. */
const MOST_TRIALS = 24;

const words = ["run", FILE, "--storage", "studies.db", "--trials"];

/**
 * A training process, its run process, the terminal that shows them, or all are killed in the middle of a trial, again and again; each trial ends
 * as if nothing had been, and nothing runs that cannot be found.
 */
export const interruptedTrainings: Attack = {
  name: "interrupted trainings",
  shortRounds: 1,
  share: 2,
  lacks: () => (existsSync("/proc/self/environ") ? undefined : "a /proc to find processes in"),
  start: async () => {
    const expected = await uninterrupted();
    let kills = 0;
    return {
      kills: () => kills,
      async round({ rng, folder }) {
        try {
          writeFileSync(join(folder, FILE), studyText(40));
          const parallel = ["--parallel", `${1 + pick(rng, 2)}`];
          for (let left = KILLS; left > 0; left--) kills += await killed(folder, rng, parallel);
          const resumed = await tunelens(folder, ...words, `${TRIALS}`, ...parallel);
          assert.equal(resumed.code, 0, describe(resumed));
          await allGone(folder);
          check(storedTrials(folder), expected);
          assert.deepEqual(checkpoints(folder), [], "checkpoints that nobody owns");
        } finally {
          endAll(folder);
        }
      },
    };
  },
};

/** Trials that differ by their number alone, of two trainings each. They keep a checkpoint after each epoch. */
function studyText(epochMs: number): string {
  return `import { setTimeout } from "node:timers/promises";
import * as tf from "@tensorflow/tfjs";
import { defineStudy, float, nopPruner, random } from "tunelens";
import { fit } from "tunelens/training";
export default defineStudy({
  name: "${STUDY}", sampler: random(), pruner: nopPruner(), seed: 3, backend: "cpu", epochs: ${EPOCHS}, pauseAfter: 1000,
  space: { rate: float(0.001, 0.1) }, checkpoints: { interval: 0 },
  async objective(trial) {
    let sum = 0;
    for (const units of [4, 2]) {
      const x = tf.randomUniform([32, 3]);
      const layers = [tf.layers.dense({ units, inputShape: [3] }), tf.layers.dropout({ rate: 0.2 }), tf.layers.dense({ units: 1 })];
      const model = tf.sequential({ layers });
      model.compile({ optimizer: tf.train.adam(trial.params.rate), loss: "meanSquaredError" });
      const callbacks = [{ onEpochBegin: () => setTimeout(${epochMs}) }];
      const history = await fit(trial, model, { train: { x, y: x.sum(1, true) } }, { callbacks, batchSize: 8 });
      sum += history.last("loss") + model.getWeights()[0].sum().dataSync()[0];
    }
    return sum;
  },
});
`;
}

/** By number, what trials give that nobody interrupts. */
async function uninterrupted(): Promise<readonly TrialSnapshot[]> {
  const folder = temporaryFolder();
  writeFileSync(join(folder, FILE), studyText(0));
  const ran = await tunelens(folder, ...words, `${MOST_TRIALS}`);
  assert.equal(ran.code, 0, describe(ran));
  return storedTrials(folder);
}

/** @returns how many processes it killed. */
async function killed(folder: string, rng: Rng, parallel: readonly string[]): Promise<number> {
  const before = checkpoints(folder).join();
  const detaches = pick(rng, 2) === 0;
  const detached = detaches ? ["--detach"] : [];
  const command = start(folder, tunelensWords(...words, `${TRIALS}`, ...parallel, ...detached));
  if (detaches) await command.finished;
  const isOver = () => !processesOf(folder).some(({ role }) => role === "terminal" || role === "run");
  await until("a checkpoint is written", () => isOver() || checkpoints(folder).join() !== before, 60, 30);
  await pause(pick(rng, 400), "harm comes at any moment");
  const role = choose(rng, ["terminal", "run", "training", "training", "all"] as const);
  if (role === "terminal" && detaches) await viewerKilled(folder);
  const living = processesOf(folder).filter((each) => role === "all" || each.role === role);
  const victims = role === "all" || living.length === 0 ? living : [choose(rng, living)];
  for (const { pid } of victims) signal(pid, "SIGKILL");
  // Where the run goes on, it is found, and stopped as a person would.
  if (detaches) await tunelens(folder, "stop");
  await command.finished;
  await allGone(folder);
  return victims.length;
}

/** Whoever looks at a run that is not its own is killed: the run goes on. */
async function viewerKilled(folder: string): Promise<void> {
  const viewer = start(folder, tunelensWords("attach"));
  const isOver = () => viewer.child.exitCode !== null;
  await until("the run is shown", () => isOver() || viewer.printed.stdout.includes("Study "), 60);
  viewer.child.kill("SIGKILL");
  await viewer.finished;
  await until("each run that is alive is listed", async () => {
    const { stdout } = await tunelens(folder, "runs", "--json");
    const listed = (JSON.parse(stdout) as { pid: number }[]).map(({ pid }) => pid);
    return processesOf(folder).every(({ role, pid }) => role !== "run" || listed.includes(pid));
  });
}

function check(trials: readonly TrialSnapshot[], expected: readonly TrialSnapshot[]): void {
  assert.deepEqual(
    trials.map(({ number }) => number),
    trials.map((_, i) => i),
  );
  assert.equal(countFinished(trials), TRIALS);
  for (const trial of trials) {
    const history = retryHistory(trial);
    const original = expected[history[0] ?? trial.number]!;
    // One that was killed as it started has none yet.
    const hasBegun = trial.state === "COMPLETE" || Object.keys(trial.params).length > 0;
    if (hasBegun) assert.deepEqual(trial.params, original.params, `trial ${trial.number}`);
    if (trial.state === "COMPLETE") checkComplete(trial, original);
    else checkInterrupted(trial, trials);
  }
}

function checkComplete(trial: TrialSnapshot, original: TrialSnapshot): void {
  assert.deepEqual(trial.values, original.values, `trial ${trial.number}`);
  assert.deepEqual([...trial.intermediateValues], [...original.intermediateValues], `trial ${trial.number}`);
}

/** Of the epochs that were reported, only the last may be trained again: it was not saved yet. */
function checkInterrupted(trial: TrialSnapshot, trials: readonly TrialSnapshot[]): void {
  const { number } = trial;
  assert.equal(trial.state, "FAIL", `trial ${number}`);
  const last = lastStep(trial) ?? -1;
  const checkpoint = checkpointOf(trial);
  const saved = checkpoint?.step ?? -1;
  assert.ok(saved >= last - 1, `trial ${number} reported epoch ${last}, and continues after ${saved}`);
  const retries = trials.filter((other) => retryHistory(other).at(-1) === number);
  // One whose process died there twice is given up; to be stopped there is no death.
  const deaths = [number, ...retryHistory(trial)]
    .map((one) => trials[one]!)
    .filter((one) => checkpointOf(one)?.name === checkpoint?.name && failReasonOf(one) !== STOPPED_REASON);
  const wanted = saved < 0 || deaths.length > 1 ? 0 : 1;
  assert.equal(retries.length, wanted, `trial ${number} is continued by ${retries.length} trials`);
}

function storedTrials(folder: string): readonly TrialSnapshot[] {
  const storage = openStorage("studies.db", { cwd: folder, readOnly: true });
  try {
    return storage.getTrials(storage.findStudy(STUDY)!);
  } finally {
    storage.close();
  }
}

/** `interrupted-…/7/4` */
function checkpoints(folder: string): string[] {
  try {
    return readdirSync(join(folder, "checkpoints"), { recursive: true, encoding: "utf8" }).sort();
  } catch {
    return [];
  }
}
