import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import assert from "node:assert/strict";
import Database from "better-sqlite3";
import { openSqliteStorage } from "../../src/storage/sqlite/sqlite-storage.js";
import { type Attack, choose, pick } from "./attack.js";
import { allGone, type Command, endAll, type Finished, processesOf, signal, start, tunelens } from "./commands.js";
import { pause, until } from "../wait.js";
import { acknowledged, lookInto, storedTrials } from "./stored.js";
import { AttackedStudy, DATABASE, STUDY, STUDY_FILE, studyText, type StudyText } from "./studied.js";

const faketime = ["x86_64", "aarch64"]
  .map((machine) => `/usr/lib/${machine}-linux-gnu/faketime/libfaketime.so.1`)
  .find((path) => existsSync(path));

/** Something that goes wrong around a study that runs, and how that has to end. */
interface Fault {
  readonly name: string;
  /** Whether it takes longer than the short form has time for. */
  readonly slow?: boolean;
  readonly isPossible?: () => boolean;
  readonly database?: string;
  /** @throws when it has not ended as it must. */
  happen(study: AttackedStudy): Promise<void>;
}

/** The disk, the clock, the files and the pipes of a study fail while it runs: no trial is lost or another's, and each error is named. */
export const runningFaults: Attack = {
  name: "faults while running",
  shortRounds: 6,
  share: 2,
  lacks: () => (existsSync("/proc/self/environ") ? undefined : "a /proc to find processes in"),
  start: async () => {
    const possible = faults.filter(({ isPossible }) => isPossible?.() ?? true);
    return {
      async round({ number, rng, folder }) {
        const quick = possible.filter(({ slow }) => !slow);
        const fault = pick(rng, 25) === 0 && number >= 25 ? choose(rng, possible) : quick[number % quick.length]!;
        const database = fault.database ?? choose(rng, [DATABASE, ".tunelens/studies.db"]);
        const study = new AttackedStudy(folder, rng, { trials: 4 + pick(rng, 5), database });
        try {
          await fault.happen(study);
        } catch (error) {
          throw new Error(`${fault.name}: ${error instanceof Error ? error.stack : String(error)}`, { cause: error });
        } finally {
          endAll(folder);
          if (isMounted(folder)) spawnSync("umount", ["-l", diskOf(folder)]);
        }
      },
    };
  },
};

const faults: readonly Fault[] = [
  { name: "full disk", isPossible: canMount, database: "disk/studies.db", happen: fullDisk },
  { name: "disk made read-only", isPossible: canMount, database: "disk/studies.db", happen: readOnlyDisk },
  { name: "lock", happen: (study) => lock(study, 200 + pick(study.rng, 3_000)) },
  { name: "long lock", slow: true, happen: (study) => lock(study, 35_000) },
  { name: "database gone", happen: databaseGone },
  { name: "database replaced", happen: databaseReplaced },
  { name: "study deleted", happen: studyDeleted },
  { name: "study file edited", happen: fileEdited },
  { name: "few open files", slow: true, happen: fewFiles },
  { name: "closed output", happen: closedOutput },
  { name: "clock set", isPossible: () => faketime !== undefined, happen: clockSet },
  { name: "output without lines", happen: (study) => noLines(study, 1 + pick(study.rng, 20)) },
  { name: "a gigabyte without lines", slow: true, happen: (study) => noLines(study, 1_000) },
  { name: "machine asleep", happen: asleep },
];

/** Starts the study, and waits until some of its trials are told. */
async function begun(study: AttackedStudy, text: StudyText = {}, options: Parameters<typeof start>[2] = {}) {
  study.write(studyText(study.rng, { step: 8, ...text }));
  const command = start(study.folder, study.words, options);
  await told(command, 1 + pick(study.rng, 3));
  return command;
}

async function told({ child, printed }: Command, count: number): Promise<void> {
  const over = () => child.exitCode !== null || child.signalCode !== null;
  await until(`${count} trials told`, () => over() || acknowledged(printed.stdout).size >= count, 60);
}

/** @throws where a command has failed with anything else than an error that says what is wrong, and where. */
function assertNamed({ code, stdout, stderr }: Finished, where: RegExp): void {
  if (code === 0) return;
  assert.match(stderr, /^Error: /m, `it ended with ${code}, and ${JSON.stringify(stdout.slice(-300))}`);
  const error = stderr.slice(stderr.lastIndexOf("\nError: ") + 1);
  assert.match(error, where, "the error does not say where");
  assert.doesNotMatch(stderr, /SqliteError|RangeError|TypeError|^\s+at .*(dist|src)\//m);
}

const STORED = /studies\.db|attacked\.study\.js|shared ✓/;

/** No trial failed of something that is not the objective's. */
function assertNoneBlamed(study: AttackedStudy): void {
  const failed = study.stored.flatMap(({ number, state, failReason = "" }) =>
    state === "FAIL" && !failReason.includes("as it happens") ? [`trial ${number}: ${failReason}`] : [],
  );
  assert.deepEqual(failed, [], "trials that failed though their objective did not");
}

// Disk

function diskOf(folder: string): string {
  return join(folder, "disk");
}

function mount(...args: string[]): boolean {
  return spawnSync("mount", args, { stdio: "ignore" }).status === 0;
}

function canMount(): boolean {
  if (process.platform !== "linux" || process.getuid?.() !== 0) return false;
  return spawnSync("unshare", ["-m", "mount", "-t", "tmpfs", "tmpfs", "/mnt"], { stdio: "ignore" }).status === 0;
}

function isMounted(folder: string): boolean {
  const disk = statSync(diskOf(folder), { throwIfNoEntry: false });
  return disk !== undefined && disk.dev !== statSync(folder).dev;
}

function mountDisk(folder: string, size: string): void {
  mkdirSync(diskOf(folder));
  assert.ok(mount("-t", "tmpfs", "-o", `size=${size}`, "tmpfs", diskOf(folder)), "a disk can be mounted");
}

/** It may wait for room, or end: then there is room, and it goes on. */
async function fullDisk(study: AttackedStudy): Promise<void> {
  const { folder, rng } = study;
  mountDisk(folder, `${200 + 4 * pick(rng, 150)}k`);
  study.write(studyText(rng, { before: 'trial.setUserAttr("ballast", "x".repeat(60_000));' }));
  const command = start(folder, study.words);
  await overOrSaid(command, /room|full/i);
  assert.ok(mount("-o", "remount,size=64m", diskOf(folder)));
  await study.survived(command);
  assertNamed(await command.finished, /disk\/studies\.db/);
  await study.resume();
  assertNoneBlamed(study);
}

/** Until it has ended, has said something on standard error, or some seconds are over. */
async function overOrSaid({ child, printed }: Command, what: RegExp): Promise<void> {
  const deadline = Date.now() + 5_000;
  const over = () => child.exitCode !== null || Date.now() > deadline;
  await until("it is over, or said", () => over() || what.test(printed.stderr));
}

async function readOnlyDisk(study: AttackedStudy): Promise<void> {
  const disk = diskOf(study.folder);
  mountDisk(study.folder, "16m");
  const command = await begun(study);
  // Files that are open for writing keep it from being made read-only: it is another that is seen.
  mount("--bind", disk, disk);
  mount("-o", "remount,bind,ro", disk);
  await overOrSaid(command, /cannot|read-only|permission/i);
  spawnSync("umount", ["-l", disk]);
  await study.survived(command);
  assertNamed(await command.finished, STORED);
  await study.resume();
}

async function lock(study: AttackedStudy, milliseconds: number): Promise<void> {
  const command = await begun(study);
  const database = new Database(study.database, { timeout: 10_000 });
  database.exec(choose(study.rng, ["BEGIN IMMEDIATE", "BEGIN EXCLUSIVE"]));
  await pause(milliseconds, "the lock is held");
  database.exec("ROLLBACK");
  database.close();
  await study.survived(command);
  assert.equal((await command.finished).code, 0, command.printed.stderr);
  await study.resume();
  assertNoneBlamed(study);
}

// Files that go, or are others

/** All that a person was told of is in one of the databases that are there now. */
function assertSomewhere(folder: string, stdout: string): void {
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" });
  const found = new Set<string>();
  for (const name of names.filter((name) => /\.db[^/]*$/.test(name) && !/-(wal|shm|journal)$/.test(name)))
    if (statSync(join(folder, name)).size > 0)
      for (const { number, state } of storedTrials(join(folder, name), STUDY)) found.add(`${number} ${state}`);
  const lost = [...acknowledged(stdout)].map((pair) => pair.join(" ")).filter((trial) => !found.has(trial));
  assert.deepEqual(lost, [], `trials that were told are in none of ${names.join(", ")}`);
}

/** A file that is deleted while no process has it open is gone for good. */
const heldOpen: StudyText = { isolation: "study" };

/** The database, its log and its folder are deleted, or moved. */
async function databaseGone(study: AttackedStudy): Promise<void> {
  const { folder, rng, database } = study;
  const parent = dirname(database);
  const wholeFolder = parent !== folder && pick(rng, 2) === 0;
  const moves = pick(rng, 2) === 0;
  const command = await begun(study, { step: 20, ...(moves ? {} : heldOpen) });
  const names = wholeFolder ? [parent] : [database, `${database}-wal`, `${database}-shm`];
  for (const name of names)
    if (moves) moveAway(name, wholeFolder ? join(folder, "moved") : name.replace("studies.db", "moved.db"));
    else rmSync(name, { recursive: true, force: true });
  const finished = await command.finished;
  await allGone(folder);
  assertNamed(finished, STORED);
  assertSomewhere(folder, finished.stdout);
}

/** What a process has just taken away itself need not be moved. */
function moveAway(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
}

/** Another file takes its place: with another study, or none. */
async function databaseReplaced(study: AttackedStudy): Promise<void> {
  const { folder, rng, database } = study;
  const other = join(folder, "other.db");
  const storage = openSqliteStorage(other);
  const name = choose(rng, ["another", STUDY]);
  const id = storage.createStudy(name, ["minimize"]);
  storage.createTrial(id);
  storage.close();
  const keeps = pick(rng, 2) === 0;
  const command = await begun(study, { step: 20, ...(keeps ? {} : heldOpen) });
  for (const suffix of ["", "-wal", "-shm"])
    if (keeps) moveAway(database + suffix, join(folder, `kept.db${suffix}`));
    else rmSync(database + suffix, { force: true });
  renameSync(other, database);
  const finished = await command.finished;
  await allGone(folder);
  assertNamed(finished, STORED);
  assertSomewhere(folder, finished.stdout);
  const [only, ...more] = storedTrials(database, name);
  assert.equal(only?.state, "RUNNING", `the other file's trial is ${only?.state}`);
  assert.deepEqual(more, [], "trials were written into the other file");
}

/** SQLite gives its id to the next one. */
async function studyDeleted(study: AttackedStudy): Promise<void> {
  const { folder, rng, database } = study;
  const command = await begun(study, { step: 20 });
  const deleted = await tunelens(folder, "delete", STUDY, "--yes", "--storage", database);
  if (deleted.code !== 0) {
    await study.survived(command);
    return study.resume();
  }
  const other = join(folder, "other.study.js");
  writeFileSync(other, studyText(rng, { name: "other" }));
  const next = start(folder, [...study.words.slice(0, 3), other, "--trials", "3", "--storage", database]);
  const [mine, others] = await Promise.all([command.finished, next.finished]);
  await allGone(folder);
  assertNamed(mine, STORED);
  assert.ok(others.code === 0 || others.stdout.includes(" finished after "), others.stderr);
  const owners = lookInto(database, (opened) =>
    opened
      .prepare(
        `SELECT study_name AS study, value_json AS owner FROM studies JOIN trials USING (study_id)
        JOIN trial_user_attributes USING (trial_id) WHERE "key" = 'study'`,
      )
      .all(),
  ) as { study: string; owner: string }[];
  for (const { study: name, owner } of owners) assert.equal(JSON.parse(owner), name, "a trial landed in another study");
  assert.equal(storedTrials(database, "other").length, 3);
}

/** All trials of a run are of the code it began with. */
async function fileEdited(study: AttackedStudy): Promise<void> {
  const { folder, rng } = study;
  const isolation = choose(rng, ["study", "trial", "trial"] as const);
  const command = await begun(study, { isolation, step: 20 });
  const first = studyText(rng, { isolation });
  const name = choose(rng, [STUDY, STUDY, "renamed"]);
  const path = join(folder, STUDY_FILE);
  const how = choose(rng, ["edited", "edited", "removed", "moved", "broken"]);
  if (how === "edited") study.write(studyText(rng, { name, code: "second" }).replace("float(0, 1)", "float(5, 9)"));
  if (how === "removed") rmSync(path);
  if (how === "moved") renameSync(path, join(folder, "moved.study.js"));
  if (how === "broken") study.write("export default defineStudy({");
  // Another process takes its place.
  const [worker] = processesOf(folder).filter(({ role }) => role === "training");
  if (worker && pick(rng, 2) === 0) signal(worker.pid, "SIGKILL");
  await study.survived(command);
  assertNamed(await command.finished, STORED);
  const codes = lookInto(study.database, (opened) =>
    opened.prepare(`SELECT DISTINCT value_json FROM trial_user_attributes WHERE "key" = 'code'`).pluck().all(),
  );
  assert.deepEqual(codes, ['"first"'], `the file was ${how}, and its trials are of this code`);
  study.write(first);
  await study.resume();
}

// Limits, pipes, time

async function fewFiles(study: AttackedStudy): Promise<void> {
  const limit = 12 + pick(study.rng, 50);
  const under = ["bash", "-c", `ulimit -n ${limit}; exec "$@"`, "bash"];
  study.write(studyText(study.rng));
  const command = start(study.folder, study.words, { under });
  await study.survived(command);
  const finished = await command.finished;
  // With fewer, Node.js itself does not start.
  if (limit >= 22 && finished.code !== 0) assertNamed(finished, /Too many open files: .*`ulimit -n 1024`/);
  await study.resume();
}

/** As `| head -1` does. */
async function closedOutput(study: AttackedStudy): Promise<void> {
  const { child, ...command } = await begun(study);
  for (const stream of choose(study.rng, [[child.stdout], [child.stderr], [child.stdout, child.stderr]]))
    stream?.destroy();
  await study.survived({ child, ...command });
  await study.resume();
}

async function clockSet(study: AttackedStudy): Promise<void> {
  const { folder, rng } = study;
  const clock = join(folder, "clock");
  writeFileSync(clock, "+0\n");
  const env = {
    LD_PRELOAD: faketime!,
    FAKETIME_TIMESTAMP_FILE: clock,
    FAKETIME_NO_CACHE: "1",
    FAKETIME_DONT_FAKE_MONOTONIC: "1",
  };
  const command = await begun(study, { step: 30 }, { env });
  for (let left = 1 + pick(rng, 3); left > 0; left--) {
    writeFileSync(clock, `${choose(rng, ["-1h", "+1h", "-400d", "+400d", "-70s", "+70s"])}\n`);
    await pause(pick(rng, 300), "the clock is set at any moment");
  }
  await study.survived(command);
  const { code, stdout, stderr } = await command.finished;
  assert.equal(code, 0, stderr);
  assert.doesNotMatch(stdout, /[-−]\d[\d.,]* (ms|s|min|h|d)\b/, "a time below zero");
  assert.doesNotMatch(stdout, /\d (h|d)\b|\d{3,}(\.\d)? s\b/, "a time that has not gone by");
  await study.resume();
  assertNoneBlamed(study);
}

async function noLines(study: AttackedStudy, megabytes: number): Promise<void> {
  const each = Math.ceil(megabytes / study.trials);
  const end = choose(study.rng, ["x", "\\r", "\\u001b[31m", "✓"]);
  const before = `for (let left = ${each * 16}; left > 0; left--)
      if (!process.stdout.write("${end}".padEnd(65_536, "x"))) await new Promise((resolve) => process.stdout.once("drain", resolve));`;
  study.write(studyText(study.rng, { before }));
  const command = start(study.folder, study.words);
  await study.survived(command);
  assert.equal((await command.finished).code, 0, command.printed.stderr.slice(-2_000));
  await study.resume();
  assertNoneBlamed(study);
}

/** All stand still at once, and go on. */
async function asleep(study: AttackedStudy): Promise<void> {
  const command = await begun(study);
  const all = processesOf(study.folder);
  for (const { pid } of all) signal(pid, "SIGSTOP");
  await pause(pick(study.rng, 4_000), "the machine sleeps");
  for (const { pid } of all) signal(pid, "SIGCONT");
  await study.survived(command);
  assert.equal((await command.finished).code, 0, command.printed.stderr);
  await study.resume();
  assertNoneBlamed(study);
}
