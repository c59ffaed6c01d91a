import { randomBytes } from "node:crypto";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { connect } from "node:net";
import { hostname, tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import type { RegisteredRun } from "../protocol/run.js";
import type { RunRequest } from "../protocol/trainer.js";

/** Where the runs of a folder are registered. */
export function folderOfRuns(cwd: string): string {
  return join(cwd, ".tunelens", "runs");
}

/** The longest path that every system takes for a socket. */
const LONGEST_SOCKET = 100;
const SOCKET_FOLDER = "tunelens-";
const SOCKET_NAME = "s";
/** How many logs of runs whose end nobody saw are kept. */
const MOST_LOGS = 10;
/** A process that does not take a connection in this time is busy or paused, but alive. */
const CONNECT_MS = 2_000;

/** A name for a socket that only this user can reach: in a folder of its own, or on Windows a pipe that nobody can guess. */
export function newSocket(): string {
  if (process.platform === "win32") return `\\\\.\\pipe\\tunelens-${randomBytes(16).toString("hex")}`;
  const folder = join(tmpdir(), SOCKET_FOLDER);
  return join(mkdtempSync(folder.length + 8 > LONGEST_SOCKET ? `/tmp/${SOCKET_FOLDER}` : folder), SOCKET_NAME);
}

/** Makes the folder of runs, which only this user can read. @throws Error if it cannot be made: others cannot find the run then. */
export function makeFolderOfRuns(cwd: string): string {
  const folder = folderOfRuns(cwd);
  mkdirSync(dirname(folder), { recursive: true });
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return folder;
}

/** @throws Error if the folder cannot be written. */
export function register(run: RegisteredRun): void {
  const file = join(makeFolderOfRuns(run.cwd), `${run.id}.json`);
  writeFileSync(`${file}.new`, `${JSON.stringify(run)}\n`, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

/** A run that is over is not found any more, while those who are attached learn of its end. */
export function unlist({ id, cwd }: Pick<RegisteredRun, "id" | "cwd">): void {
  removeFile(join(folderOfRuns(cwd), `${id}.json`));
}

/** Removes a run's file and its socket, and of the logs all but the latest. Leaves no empty folders. */
export function unregister(run: Pick<RegisteredRun, "id" | "cwd" | "socket">): void {
  const folder = folderOfRuns(run.cwd);
  unlist(run);
  removeSocket(run.socket);
  const logs = entriesOf(folder).filter((name) => name.endsWith(".log"));
  for (const name of logs.sort().slice(0, -MOST_LOGS)) removeFile(join(folder, name));
  for (const empty of [folder, dirname(folder)]) {
    try {
      rmdirSync(empty);
    } catch {
      return; // It is not empty.
    }
  }
}

/** The runs of a folder that are alive. Files of those whose process is gone are removed. */
export async function listRuns(cwd: string): Promise<readonly RegisteredRun[]> {
  const folder = folderOfRuns(cwd);
  const files = entriesOf(folder).filter((name) => name.endsWith(".json"));
  const found = await Promise.all(files.map((name) => livingRun(cwd, join(folder, name))));
  return found.filter((run) => run !== undefined).sort((a, b) => a.startedAt - b.startedAt);
}

/** Whether a run is of the study that is to be run, as far as can be known before its file is loaded. */
export function runsStudy(run: RegisteredRun, { file, study, storage, freeze, learnFrom }: RunRequest): boolean {
  const { kind, request } = run.task;
  if (kind !== "study" || request.file !== file) return false;
  if (storage !== undefined && ![request.storage, run.study?.storage].includes(storage)) return false;
  if (storage === undefined && request.storage !== undefined) return false;
  if (study !== undefined && !freeze && !learnFrom && study === run.study?.name) return true;
  if (JSON.stringify(request.freeze) !== JSON.stringify(freeze)) return false;
  if (JSON.stringify(request.learnFrom) !== JSON.stringify(learnFrom)) return false;
  const { followUpOf, name, exportName } = run.study ?? {};
  const names = [request.study, exportName, followUpOf ?? name];
  return study === undefined || names.includes(study) || names.every((known) => known === undefined);
}

async function livingRun(cwd: string, file: string): Promise<RegisteredRun | undefined> {
  const run = readRun(file);
  // Of another machine, which shares the folder, nobody can tell.
  if (!run || run.host !== hostname() || run.id !== basename(file, ".json")) return undefined;
  if (isOwn(run.socket) && (await takesConnections(run.socket))) return { ...run, cwd };
  unregister({ ...run, cwd });
  return undefined;
}

function readRun(file: string): RegisteredRun | undefined {
  try {
    const run: unknown = JSON.parse(readFileSync(file, "utf8"));
    return isRun(run) ? run : undefined;
  } catch {
    return undefined; // It has just been removed, or somebody else has written it.
  }
}

function isRun(value: unknown): value is RegisteredRun {
  if (typeof value !== "object" || value === null) return false;
  const run = value as Partial<Record<keyof RegisteredRun, unknown>>;
  const texts = [run.id, run.host, run.parent, run.command, run.socket, run.secret];
  if (!texts.every((text) => typeof text === "string") || typeof run.startedAt !== "number") return false;
  const { task, study } = run as {
    task?: { kind?: unknown; request?: { file?: unknown } | null } | null;
    study?: { name?: unknown } | null;
  };
  if (task?.kind !== "study" && task?.kind !== "retrain") return false;
  return typeof task.request?.file === "string" && (study === null || typeof study?.name === "string");
}

/** Whether a socket is in a folder as `newSocket` makes them, which belongs to this user: nobody else can listen there. */
function isOwn(socket: string): boolean {
  if (process.platform === "win32") return socket.startsWith("\\\\.\\pipe\\tunelens-");
  try {
    const folder = dirname(socket);
    const isNamed = basename(folder).startsWith(SOCKET_FOLDER) && basename(socket) === SOCKET_NAME;
    return isNamed && statSync(folder).uid === process.getuid!();
  } catch {
    return false;
  }
}

/** The system answers for a process that is alive, even if it is paused. A process ID would not do: they are given to others. */
function takesConnections(socket: string): Promise<boolean> {
  return new Promise((resolve) => {
    const connection = connect(socket);
    const end = (alive: boolean) => {
      clearTimeout(timer);
      connection.destroy();
      resolve(alive);
    };
    const timer = setTimeout(() => end(true), CONNECT_MS);
    connection.once("connect", () => end(true));
    connection.once("error", (error: NodeJS.ErrnoException) =>
      end(error.code !== "ECONNREFUSED" && error.code !== "ENOENT"),
    );
  });
}

function removeSocket(socket: string): void {
  if (process.platform === "win32" || !isOwn(socket)) return;
  removeFile(socket);
  try {
    rmdirSync(dirname(socket));
  } catch {
    // It is gone.
  }
}

function removeFile(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // What cannot be removed is seen to take no connection.
  }
}

function entriesOf(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
