import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

/** The first look comes at once, because a program may be short; later ones come less and less often. */
const FIRST_MS = 20;
const LONGEST_MS = 500;
/** Starting `ps` takes the time of a process. */
const PS_MS = 2_000;

/** The resident memory of a process tree, without GPU memory. Memory that its processes share counts for each. */
export interface TreeMemory {
  /** In bytes; undefined while it is not known, and on Windows, which has no cheap way to tell. */
  readonly peak: number | undefined;
  stop(): void;
}

/** Follows the memory of a process started with `detached: OWN_GROUP`, and of everything that it started, until it is stopped. */
export function followTreeMemory(pid: number): TreeMemory {
  let peak: number | undefined;
  let timer: NodeJS.Timeout | undefined;
  let isStopped = false;
  const look = async (pause: number) => {
    const held = await treeMemory(pid);
    if (held !== undefined) peak = Math.max(peak ?? 0, held);
    if (isStopped) return;
    timer = setTimeout(() => void look(Math.min(pause * 2, LONGEST_MS)), process.platform === "linux" ? pause : PS_MS);
    timer.unref();
  };
  void look(FIRST_MS);
  return {
    get peak() {
      return peak;
    },
    stop() {
      isStopped = true;
      clearTimeout(timer);
    },
  };
}

/** What a tree holds now; of a process alone, the most that it has held. undefined: nobody knows. */
function treeMemory(pid: number): number | undefined | Promise<number | undefined> {
  if (process.platform === "linux") return linuxMemory(pid);
  return process.platform === "win32" ? undefined : groupMemory(pid);
}

function linuxMemory(pid: number): number | undefined {
  const held = linuxTree(pid).flatMap((one) => statusOf(one));
  if (held.length === 0) return undefined;
  const sum = held.reduce((total, { now }) => total + now, 0);
  return Math.max(sum, ...held.map(({ most }) => most));
}

/** The process and its descendants. */
function linuxTree(pid: number): number[] {
  const tree = [pid];
  // Grows while it is read.
  for (const one of tree) tree.push(...childrenOf(one));
  return tree;
}

/** A thread's children are in a file of the thread. */
function childrenOf(pid: number): number[] {
  try {
    const threads = readdirSync(`/proc/${pid}/task`);
    const texts = threads.map((thread) => readFileSync(`/proc/${pid}/task/${thread}/children`, "latin1"));
    return texts.join(" ").split(" ").filter(Boolean).map(Number);
  } catch {
    return []; // It has ended.
  }
}

function statusOf(pid: number): { readonly now: number; readonly most: number }[] {
  try {
    const status = readFileSync(`/proc/${pid}/status`, "latin1");
    const [most, now] = ["VmHWM", "VmRSS"].map((name) => new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(status)?.[1]);
    // One that has ended holds nothing.
    return most === undefined || now === undefined ? [] : [{ now: Number(now) * 1024, most: Number(most) * 1024 }];
  } catch {
    return [];
  }
}

/** As `ps` tells it of the processes of a group: what macOS and the BSDs have. */
export function groupMemory(group: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    execFile("ps", ["-A", "-o", "pgid=,rss="], (error, text) => {
      const rows = error ? [] : text.split("\n").map((row) => row.trim().split(/\s+/).map(Number));
      const held = rows.flatMap(([pgid, kibibytes]) => (pgid === group ? [kibibytes! * 1024] : []));
      resolve(held.length === 0 ? undefined : held.reduce((total, bytes) => total + bytes, 0));
    });
  });
}
