import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Rng } from "../../src/engine/math/rng.js";
import { choose, pick } from "./attack.js";
import { allGone, type Command, start, tunelensWords } from "./commands.js";
import {
  acknowledged,
  assertAcknowledged,
  assertKept,
  countsAsRun,
  integrity,
  type StoredTrial,
  storedTrials,
} from "./stored.js";

/** The study that `optuna_reader.py` reads. */
export const STUDY = "shared ✓";
export const STUDY_FILE = "attacked.study.js";
export const DATABASE = "studies.db";

/** A study that is attacked while real processes run it, what is known of it, and what a person has read of it. */
export class AttackedStudy {
  readonly database: string;
  /** How `run` is typed. */
  readonly words: readonly string[];
  /** How many are asked for. */
  readonly trials: number;
  private readonly messages = new Map<number, string>();
  private results: readonly StoredTrial[] = [];

  /** @param database relative to the folder. */
  constructor(
    readonly folder: string,
    readonly rng: Rng,
    { trials = 2 + pick(rng, 6), database = DATABASE }: { readonly trials?: number; readonly database?: string } = {},
  ) {
    this.trials = trials;
    this.database = join(folder, database);
    const limits = ["--trials", `${trials}`, "--parallel", `${1 + pick(rng, 3)}`, "--storage", database];
    this.words = tunelensWords("run", STUDY_FILE, ...limits);
  }

  /** Its trials when they were last looked at. */
  get stored(): readonly StoredTrial[] {
    return this.results;
  }

  get told(): ReadonlyMap<number, string> {
    return this.messages;
  }

  write(text: string, file = STUDY_FILE): void {
    writeFileSync(join(this.folder, file), text);
  }

  /** Waits for the end of a command that was attacked, and of all it started. @throws where something finished is lost. */
  async survived({ finished, printed }: Command): Promise<void> {
    await finished;
    await allGone(this.folder);
    this.look(printed.stdout);
  }

  /** Nothing of what was finished, or told as finished, is another now. */
  look(stdout: string): void {
    this.hear(stdout);
    const now = storedTrials(this.database, STUDY);
    assertKept(this.results, now, "before");
    assertAcknowledged(this.messages, now);
    this.results = now;
  }

  hear(stdout: string): void {
    for (const [number, state] of acknowledged(stdout)) this.messages.set(number, state);
  }

  /** Runs what is left. @throws where the study is not in the end as if nothing had been. */
  async resume(): Promise<void> {
    const { code, stdout, stderr } = await start(this.folder, this.words).finished;
    const all = `${stdout}\n${stderr}`;
    // Where every trial was killed, all have failed.
    assert.ok(code === 0 || stdout.includes(" finished after "), `the resume ended with ${code}:\n${all}`);
    await allGone(this.folder);
    this.look(stdout);
    this.assertWhole(all);
  }

  private assertWhole(printed: string): void {
    const stored = this.results;
    const numbers = stored.map(({ number }) => number);
    assert.deepEqual(numbers, [...numbers.keys()], "numbers have a gap or a double");
    const open = stored.filter(({ state }) => state === "RUNNING" || state === "WAITING");
    assert.deepEqual(open, [], `trials are left open:\n${printed}`);
    const counted = stored.filter(countsAsRun).length;
    const reasons = stored.map(({ number, state, failReason = "" }) => `${number} ${state} ${failReason}`).join("\n");
    assert.equal(counted, this.trials, `so many trials count as run:\n${reasons}\n${printed}`);
    for (const { number, state, value, params } of stored)
      if (state === "COMPLETE") assert.equal(value, params["x"]! * 2, `trial ${number} has another's value`);
    assert.deepEqual(integrity(this.database), ["ok"]);
  }
}

export interface StudyText {
  readonly name?: string;
  /** Lines at the beginning of the objective. */
  readonly before?: string;
  /** Milliseconds of a step. */
  readonly step?: number;
  readonly isolation?: "study" | "trial";
  /** What its trials say of the code they ran. */
  readonly code?: string;
}

/** A study file whose trials take some ten milliseconds, and have a value that says whether it is theirs. */
export function studyText(rng: Rng, { name = STUDY, before = "", ...text }: StudyText = {}): string {
  const isolation = text.isolation ?? choose(rng, ["study", "study", "trial"] as const);
  const sampler = choose(rng, ["", "sampler: random(),", "sampler: tpe(),"]);
  const seed = choose(rng, ["", "seed: 7,"]);
  const failing = pick(rng, 4) === 0 ? 'if (trial.number % 3 === 1) throw new Error("as it happens");' : "";
  const step = text.step ?? 1 + pick(rng, 3);
  const wait = choose(rng, [`await pause(${step});`, `for (const end = Date.now() + ${step}; Date.now() < end;);`]);
  return `import { defineStudy, float, random, tpe } from "tunelens";
const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
export default defineStudy({
  name: ${JSON.stringify(name)}, ${sampler} ${seed} isolation: "${isolation}", catch: true,
  enqueue: [{ x: 0.5 }],
  space: { x: float(0, 1) },
  async objective(trial) {
    console.log("user output of", trial.number);
    trial.setUserAttr("study", ${JSON.stringify(name)});
    trial.setUserAttr("code", ${JSON.stringify(text.code ?? "first")});
    ${before}
    for (let step = 0; step < ${pick(rng, 5)}; step++) {
      ${wait}
      trial.report(trial.params.x + step, step);
      if (trial.shouldPrune()) return trial.params.x * 2;
    }
    ${failing}
    return trial.params.x * 2;
  },
});
`;
}
