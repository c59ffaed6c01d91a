import { randomUUID } from "node:crypto";
import { createReadStream, existsSync, readdirSync, readFileSync, rmdirSync, statSync } from "node:fs";
import { mkdir, open, readdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { crc32 } from "node:zlib";
import { isBetter } from "../engine/study/best-trials.js";
import type { CheckpointOptions } from "../engine/checkpoint-options.js";
import { TunelensError } from "../engine/errors.js";
import { PROGRAM_KILLED } from "../engine/objective.js";
import { isJsonObject } from "../engine/json-value.js";
import type { Study } from "../engine/study/study.js";
import { checkpointOf, type CheckpointStore } from "../engine/trial/checkpoint.js";
import { isPaused, pausedTrials } from "../engine/trial/paused.js";
import { interruptedTrials } from "../engine/trial/retry.js";
import { type Json, lastStep, type TrialSnapshot } from "../engine/trial/trial-snapshot.js";
import { removeFolder } from "../storage/checkpoint-folders.js";
import { isFatal } from "./objective-error.js";

const BYTES_PER_MEGABYTE = 1e6;

/** In a checkpoint's folder, the CRC-32 of each other file, by name. */
const CHECKSUMS = ".checksums.json";
const CHUNK_BYTES = 2 ** 20;

/** A checkpoint's name may come from a file that anyone wrote. */
const NAME = /^\d+\/\d+$/;

interface FolderOptions {
  readonly limits: Required<CheckpointOptions>;
  /** The files in which the code that a trial ran differs from what runs now; null: nobody knows what it ran. */
  readonly changedSince: (trial: TrialSnapshot) => readonly string[] | null;
  readonly warn: (message: string) => void;
}

/**
 * The checkpoints of a study's trials: `<trial>/<step>/` in its folder, each written beside its place and then renamed.
 * A trial is continued only by the code that it ran before.
 */
export class CheckpointFolder implements CheckpointStore {
  readonly interval: number;
  private readonly told = new Set<string>();
  private readonly checksums = new Map<string, number>();

  constructor(
    private readonly study: Study,
    private readonly folder: string,
    private readonly options: FolderOptions,
  ) {
    this.interval = options.limits.interval;
  }

  async write(trial: number, step: number, write: (folder: string) => void | Promise<void>): Promise<string> {
    const name = `${trial}/${step}`;
    const place = join(this.folder, name);
    const draft = join(dirname(place), `.${randomUUID()}`);
    try {
      await mkdir(draft, { recursive: true });
      await write(draft);
      await this.seal(draft);
      await flush(draft);
      await rm(place, { recursive: true, force: true });
      await rename(draft, place);
    } finally {
      await rm(draft, { recursive: true, force: true });
    }
    this.keepWithinBudget(name);
    return name;
  }

  folderOf(trial: TrialSnapshot, name: string): string | undefined {
    const folder = this.placeOf(name);
    if (folder === undefined || !existsSync(folder)) return undefined;
    // One that runs was found to be of this code when it started.
    if (trial.state === "RUNNING") return folder;
    const changed = this.options.changedSince(trial);
    if (changed?.length === 0) return isWhole(folder) ? folder : undefined;
    this.warnOnce(`code of trial ${trial.number}`, notContinued(trial, changed));
    return undefined;
  }

  isDamaged(name: string): boolean {
    const folder = this.placeOf(name);
    return folder !== undefined && existsSync(folder) && !isWhole(folder);
  }

  remove(name: string): void {
    const folder = this.placeOf(name);
    if (folder !== undefined) removeCheckpoint(folder);
  }

  isInterruption(error: unknown): boolean {
    return isFatal(error) || (error instanceof TunelensError && error.code === PROGRAM_KILLED);
  }

  /** Removes what no trial can be continued from any more. Trials that run look after their own. */
  sweep(): void {
    const { trials } = this.study;
    const running = trials.filter(({ state }) => state === "RUNNING");
    const wanted = new Set([...continuable(trials), ...running].map((trial) => checkpointOf(trial)?.name));
    for (const number of entries(this.folder)) {
      const trial = trials[Number(number)];
      if (!trial || trial.state === "RUNNING") continue;
      for (const step of entries(join(this.folder, number)))
        if (!wanted.has(`${number}/${step}`)) removeCheckpoint(join(this.folder, number, step));
      removeEmpty(join(this.folder, number));
    }
    removeEmpty(this.folder);
  }

  private placeOf(name: string): string | undefined {
    return NAME.test(name) ? join(this.folder, name) : undefined;
  }

  /** Interrupted and paused trials lose theirs, the worst before the others. @throws TunelensError code `checkpoint-too-large` */
  private keepWithinBudget(written: string): void {
    const { budget } = this.options.limits;
    const sizes = new Map(this.sizes());
    let total = [...sizes.values()].reduce((sum, bytes) => sum + bytes, 0);
    const { trials, directions, name: study } = this.study;
    const worstFirst = continuable(trials).sort((a, b) => compareReports(b, a, directions[0] === "maximize"));
    const allowed = budget * BYTES_PER_MEGABYTE;
    const advice = "For more room, set checkpoints: { budget } in its definition.";
    for (const trial of worstFirst) {
      if (total <= allowed) return;
      const { name } = checkpointOf(trial)!;
      total -= sizes.get(name) ?? 0;
      this.remove(name);
      const message = `The checkpoints of study "${study}" take more than ${budget} MB: the worst interrupted and paused trials lose theirs. ${advice}`;
      this.warnOnce("budget", message);
    }
    if (total <= allowed) return;
    this.remove(written);
    throw new TunelensError(
      "checkpoint-too-large",
      `the study's checkpoints would take more than ${budget} MB. ${advice}`,
    );
  }

  /** Writes a checksum of each file, which tells whether the disk has kept it. */
  private async seal(folder: string): Promise<void> {
    const sums: Record<string, number> = {};
    for (const path of await filesIn(folder)) sums[relative(folder, path)] = await this.checksumOf(path);
    await writeFile(join(folder, CHECKSUMS), JSON.stringify(sums));
  }

  /** A file that is in several checkpoints is read once. */
  private async checksumOf(path: string): Promise<number> {
    const { ino, size, mtimeMs } = await stat(path);
    const key = `${ino} ${size} ${mtimeMs}`;
    const sum = this.checksums.get(key) ?? (await checksum(path));
    this.checksums.set(key, sum);
    return sum;
  }

  private *sizes(): Iterable<[string, number]> {
    for (const number of entries(this.folder))
      for (const step of entries(join(this.folder, number))) {
        const folder = join(this.folder, number, step);
        yield [`${number}/${step}`, entries(folder).reduce((sum, file) => sum + sizeOf(join(folder, file)), 0)];
      }
  }

  private warnOnce(topic: string, message: string): void {
    if (this.told.has(topic)) return;
    this.told.add(topic);
    this.options.warn(message);
  }
}

/** The trials that nobody runs and that have a checkpoint to go on from. */
function continuable(trials: readonly TrialSnapshot[]): TrialSnapshot[] {
  return [...interruptedTrials(trials), ...pausedTrials(trials).filter((trial) => checkpointOf(trial) !== undefined)];
}

function notContinued(trial: TrialSnapshot, changed: readonly string[] | null): string {
  const { number } = trial;
  const what =
    changed === null ? "the code has" : changed.length === 1 ? `${changed[0]} has` : `${changed.join(", ")} have`;
  if (isPaused(trial))
    return `Trial ${number} was paused and is trained again from the start, because ${what} changed since.`;
  return (
    `Trial ${number} was interrupted and is not continued, because ${what} changed since: its result would be of neither code. A new ` +
    "trial takes its place. To continue it instead, stop the study, undo the change, and resume."
  );
}

/** Negative where `a` is the better one: a trial without a report is worse than any. */
function compareReports(a: TrialSnapshot, b: TrialSnapshot, maximize: boolean): number {
  const [x, y] = [a, b].map((trial) => trial.intermediateValues.get(lastStep(trial) ?? -1) ?? NaN);
  if (Number.isNaN(x!) || Number.isNaN(y!)) return Number(Number.isNaN(x!)) - Number(Number.isNaN(y!));
  const direction = maximize ? "maximize" : "minimize";
  return Number(isBetter(y!, x!, direction)) - Number(isBetter(x!, y!, direction));
}

/** Has the disk keep a folder's files before its name says that they are whole. */
async function flush(folder: string): Promise<void> {
  for (const path of await filesIn(folder)) {
    const file = await open(path, "r+");
    try {
      await file.sync();
    } finally {
      await file.close();
    }
  }
}

async function filesIn(folder: string): Promise<string[]> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true });
  return found.filter((each) => each.isFile()).map(({ parentPath, name }) => join(parentPath, name));
}

async function checksum(path: string): Promise<number> {
  let sum = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: CHUNK_BYTES })) sum = crc32(chunk as Buffer, sum);
  return sum;
}

/** Whether each file has the content that was written. */
function isWhole(folder: string): boolean {
  try {
    const sums = JSON.parse(readFileSync(join(folder, CHECKSUMS), "utf8")) as Json;
    return (
      isJsonObject(sums) && Object.entries(sums).every(([name, sum]) => crc32(readFileSync(join(folder, name))) === sum)
    );
  } catch {
    return false;
  }
}

function entries(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

/** What is in use stays, for the next sweep. */
function removeCheckpoint(folder: string): void {
  removeFolder(folder);
  removeEmpty(dirname(folder));
}

function removeEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // Something is in it, or it is gone.
  }
}
