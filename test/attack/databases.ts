import { createHash } from "node:crypto";
import { copyFileSync, existsSync, lstatSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import assert from "node:assert/strict";
import type { Rng } from "../../src/engine/math/rng.js";
import { createStudy } from "../../src/engine/study/create-study.js";
import type { Study } from "../../src/engine/study/study.js";
import { RemoteError } from "../../src/protocol/channel.js";
import type { InspectorFunctions, StudySummary } from "../../src/protocol/inspector.js";
import { openSqliteStorage } from "../../src/storage/sqlite/sqlite-storage.js";
import { type InspectorProcess, startInspector } from "../../src/supervisor/inspector-process.js";
import { RandomTrials } from "../storage/random-trials.js";
import { type Attack, choose, pick } from "./attack.js";
import { endAll, type Finished, start, tunelensWords } from "./commands.js";
import { damage, type Damage } from "./damage.js";
import { integrity, isFinished, type StoredTrial, storedTrials } from "./stored.js";
import { temporaryFolder } from "../temporary-folder.js";

const FIXTURES = fileURLToPath(new URL("../fixtures/optuna/", import.meta.url));
const INSPECTOR = fileURLToPath(new URL("../../dist/inspector/main.js", import.meta.url));
const STUDY_FILE = "resumed.study.js";
/** The study that the study file defines. */
const RESUMED = "resumed";
/** How long anything may take, whatever the file holds. */
const LIMIT_MS = 10_000;

/** A database as it was before it was damaged. */
interface Original {
  readonly path: string;
  /** What was read of each study, by its name. */
  readonly studies: ReadonlyMap<string, unknown>;
}

/** What is read of a database, or why not. */
type Outcome<T> = { readonly value: T } | { readonly refusal: string };

/**
 * Databases of Tunelens and Optuna, damaged in all ways, are looked at and gone on with: each look ends soon, with what is there or with
 * an error that says where, and changes nothing; what is not damaged stays readable; and nothing is lost by going on.
 */
export const damagedDatabases: Attack = {
  name: "damaged databases",
  shortRounds: 10,
  share: 3,
  // Its damages have FIFOs and devices among them.
  lacks: () => (process.platform === "win32" ? "special files" : undefined),
  start: async () => {
    const folder = temporaryFolder();
    const window = new Window();
    const originals: Original[] = [];
    for (const path of databases(folder)) originals.push({ path, studies: await read(window, path) });
    return {
      async round({ rng, folder }) {
        const original = choose(rng, originals);
        const path = join(folder, "studies.db");
        copyWithLog(original.path, path);
        const done = damage(path, rng);
        try {
          await attack(window, original, path, done, rng);
        } catch (error) {
          throw new Error(`${basename(original.path)}, ${done.what}: ${String(error)}`, { cause: error });
        } finally {
          await window.forget(path);
          endAll(folder);
        }
      },
      async end() {
        await window.close();
        rmSync(folder, { recursive: true, force: true });
      },
    };
  },
};

async function attack(window: Window, original: Original, path: string, done: Damage, rng: Rng): Promise<void> {
  const before = fingerprint(path);
  const broken = damagedIndexes(path);
  await look(window, original, path, done);
  await window.forget(path);
  await lookInTerminal(original, path, rng);
  assert.deepEqual(fingerprint(path), before, "a look has changed the file, or what is beside it");
  if (original.studies.has(RESUMED) && pick(rng, 2) === 0) await resume(path, broken);
}

/** Ours, also one that somebody has not closed, and copies of those that Optuna wrote. */
function databases(folder: string): string[] {
  const ours = join(folder, "ours.db");
  const storage = openSqliteStorage(ours);
  const random = new RandomTrials(1);
  const study = createStudy({ storage, name: RESUMED });
  for (let i = 0; i < 20; i++) tellOne(study, i);
  const beside = storage.createStudy("beside ✓", ["maximize"]);
  for (let i = 0; i < 30; i++) storage.createTrial(beside, random.template(1));
  const logged = join(folder, "logged.db");
  copyWithLog(ours, logged);
  storage.close();
  const optuna = ["variety.db", "heartbeat.db", join("older", "v2.4.0.a.db"), join("older", "v3.2.0.a.db")];
  const theirs = optuna.map((name) => {
    const copy = join(folder, basename(name));
    copyFileSync(join(FIXTURES, name), copy);
    return copy;
  });
  return [ours, ours, logged, logged, ...theirs];
}

function tellOne(study: Study, i: number): void {
  const trial = study.ask();
  trial.suggestFloat("x", 0, 1);
  for (let step = 0; step < 3; step++) trial.report(i + step, step);
  trial.setUserAttr("note", { i });
  study.tell(trial, i % 5 === 4 ? { state: "FAIL" } : i);
}

function copyWithLog(from: string, to: string): void {
  copyFileSync(from, to);
  if (existsSync(`${from}-wal`)) copyFileSync(`${from}-wal`, `${to}-wal`);
}

/** An inspector as a window has one: started anew where it hung. */
class Window {
  private inspector: Promise<InspectorProcess> | undefined;

  /** @throws RemoteError what the inspector threw; another error: it ended, or it hung. */
  async call<T>(make: (functions: InspectorFunctions) => Promise<T>): Promise<T> {
    this.inspector ??= startInspector({
      runtime: { kind: "node", execPath: process.execPath, version: process.version, env: {} },
      entry: INSPECTOR,
      cwd: tmpdir(),
      events: { storageChanged() {}, reading() {} },
    });
    const { functions } = await this.inspector;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`the inspector has not answered for ${LIMIT_MS / 1000} s`)), LIMIT_MS);
    });
    try {
      return await Promise.race([make(functions), late]);
    } catch (error) {
      if (!(error instanceof RemoteError)) await this.close();
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  async forget(path: string): Promise<void> {
    await this.call((functions) => functions.unwatch(path));
  }

  async close(): Promise<void> {
    const inspector = await this.inspector;
    this.inspector = undefined;
    await inspector?.dispose();
  }
}

/** @returns what was read of each study of a sound file. */
async function read(window: Window, path: string): Promise<Map<string, unknown>> {
  const studies = await window.call((functions) => functions.listStudies(path));
  const entries: [string, unknown][] = [];
  for (const { name } of studies) entries.push([name, await readStudy(window, path, name)]);
  await window.forget(path);
  return new Map(entries);
}

/** All that the tree and the dashboard ask for of a study. */
function readStudy(window: Window, path: string, name: string): Promise<unknown> {
  return window.call(async (functions) => {
    const summary = { ...(await functions.getStudy(path, name)), storage: "anywhere" };
    const { rows } = await functions.listTrials(path, name, { offset: 0, limit: 1_000 });
    const first = rows[0] && (await functions.getTrial(path, name, rows[0].number));
    const history = await functions.getChart(path, name, { chart: "history" });
    const curves = await functions.getChart(path, name, { chart: "curves" });
    const [param] = summary.params;
    const values = param && (await functions.getParamValues(path, name, param.name));
    return { summary, rows, first, history, curves, values, importances: await importances(functions, path, name) };
  });
}

/** Of several objectives there are none. */
async function importances(functions: InspectorFunctions, path: string, name: string): Promise<unknown> {
  try {
    return await functions.getChart(path, name, { chart: "importance" });
  } catch (error) {
    if (error instanceof RemoteError && error.code === "invalid-argument") return undefined;
    throw error;
  }
}

async function look(window: Window, original: Original, path: string, { study, isNameLost }: Damage): Promise<void> {
  const listed = await outcome(path, [], () => window.call((functions) => functions.listStudies(path)));
  await outcome(path, [], () => window.call((functions) => functions.watch(path)));
  if ("value" in listed)
    for (const name of namesOf(listed.value)) await outcome(path, [name], () => readStudy(window, path, name));
  if (study === undefined) return;
  assert.ok("value" in listed, `one study's damage hides all: ${"refusal" in listed ? listed.refusal : ""}`);
  const names = namesOf(listed.value);
  for (const [name, was] of original.studies) {
    assert.ok(names.includes(name) || (isNameLost && name === study), `study "${name}" is not listed`);
    if (name !== study) await assertReadAs(was, window, path, name);
  }
}

async function assertReadAs(was: unknown, window: Window, path: string, name: string): Promise<void> {
  const now = await outcome(path, [name], () => readStudy(window, path, name));
  assert.deepEqual("value" in now ? now.value : now.refusal, was, `study "${name}", which is not damaged`);
}

function namesOf(studies: readonly StudySummary[]): string[] {
  return studies.map(({ name }) => name);
}

/** @throws where it fails in another way than with an error that says what cannot be read. */
async function outcome<T>(path: string, names: readonly string[], ask: () => Promise<T>): Promise<Outcome<T>> {
  try {
    return { value: await ask() };
  } catch (error) {
    if (!(error instanceof RemoteError)) throw error;
    assert.notEqual(error.code, "unknown", `a raw error: ${error.remoteStack ?? error.message}`);
    assertNamed(error.message, path, names);
    return { refusal: error.message };
  }
}

function assertNamed(message: string, path: string, names: readonly string[]): void {
  const isNamed = [basename(path), ...names].some((name) => message.includes(name));
  assert.ok(isNamed, `the error does not say where: ${message}`);
  assertNotRaw(message);
}

function assertNotRaw(text: string): void {
  assert.doesNotMatch(text, /SqliteError|TypeError|RangeError|ReferenceError|^\s+at .*\.[jt]s/m);
}

async function lookInTerminal({ studies }: Original, path: string, rng: Rng): Promise<void> {
  const names = [...studies.keys()];
  const name = names.length > 0 ? choose(rng, names) : RESUMED;
  const words = choose(rng, [
    ["studies"],
    ["studies"],
    ["best", name],
    ["export", name, "--csv"],
    ["export", name, "--json"],
    ["importances", name],
  ]);
  const { code, stderr } = await command(path, ...words, "--storage", path);
  if (code === 0) assertNotRaw(stderr);
  else assertRefused(words.join(" "), { code, stderr }, path, names);
}

function command(path: string, ...words: string[]): Promise<Finished> {
  return start(join(path, ".."), tunelensWords(...words), { limit: LIMIT_MS }).finished;
}

function assertRefused(
  what: string,
  { code, stderr }: Pick<Finished, "code" | "stderr">,
  path: string,
  names: readonly string[],
): void {
  assert.equal(code, 1, `${what} ended with ${code}: ${stderr}`);
  assert.match(stderr, /^Error: /m, what);
  assertNamed(stderr, path, names);
}

const STUDY = `import { defineStudy, float, random } from "tunelens";
export default defineStudy({
  name: "${RESUMED}", space: { x: float(0, 1) }, sampler: random(), trials: 23,
  objective: (trial) => trial.params.x,
});
`;

/** Goes on with the study: it has all trials that it had, or is refused. */
async function resume(path: string, broken: readonly string[]): Promise<void> {
  writeFileSync(join(path, "..", STUDY_FILE), STUDY);
  const before = readable(path);
  const finished = await command(path, "run", STUDY_FILE, "--storage", path);
  if (finished.code !== 0) {
    assertRefused("run", finished, path, [RESUMED]);
    assertLossless(before, readable(path));
    return;
  }
  assert.deepEqual(broken, [], "a study was gone on with in a file that SQLite finds damaged");
  const after = readable(path);
  assert.ok(after, "after a run that was done nothing can be read");
  assertLossless(before, after);
  const numbers = after.map(({ number }) => number);
  if (before?.every(({ number }, index) => number === index))
    assert.deepEqual(
      numbers,
      numbers.map((_, index) => index),
      "numbers have a gap or a double",
    );
}

/** The study's trials; undefined where SQLite cannot read them any more. */
function readable(path: string): readonly StoredTrial[] | undefined {
  try {
    return lstatSync(path).isFile() ? storedTrials(path, RESUMED) : undefined;
  } catch {
    return undefined;
  }
}

function assertLossless(before: readonly StoredTrial[] | undefined, after: readonly StoredTrial[] | undefined): void {
  if (!before) return;
  assert.ok(after, "what could be read before the run cannot be now");
  const text = (trials: readonly StoredTrial[]) => trials.filter(isFinished).map(({ state, rows }) => state + rows);
  const now = new Set(text(after));
  assert.deepEqual(
    text(before).filter((trial) => !now.has(trial)),
    [],
    "trials that were finished before the run are gone",
  );
}

/** What SQLite finds wrong with a file it can open; nothing where it cannot. */
function damagedIndexes(path: string): readonly string[] {
  try {
    return lstatSync(path).isFile() ? integrity(path).filter((finding) => finding !== "ok") : [];
  } catch {
    return [];
  }
}

/**
 * What lies in the folder, to the byte. Where SQLite has made an empty log to look into a damaged file, it cannot take it away again: that
 * is nothing to a writer.
 */
function fingerprint(path: string): [name: string, content: string][] {
  const folder = join(path, "..");
  const names = readdirSync(folder).filter((name) => name.startsWith(basename(path)) && !name.endsWith("-shm"));
  return names
    .map((name) => [name, lstatSync(join(folder, name))] as const)
    .filter(([name, { size }]) => size > 0 || !name.endsWith("-wal"))
    .map(([name, stats]) => [name, stats.isFile() ? hashOf(join(folder, name)) : `${stats.mode} ${stats.ino}`]);
}

function hashOf(path: string): string {
  return createHash("sha256").update(readFileSync(path)).digest("hex");
}
