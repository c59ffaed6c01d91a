import { createHash } from "node:crypto";
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../..", import.meta.url));

export interface RunKey {
  readonly problem: string;
  readonly sampler: string;
  readonly trials: number;
  readonly seed: number;
}

export interface RunResult {
  readonly loss: number;
  /** Of a trial; of runs of Tunelens. */
  readonly milliseconds?: number;
  /** How many numbers of the best trial are on a bound; of `bench:spheres`. */
  readonly onBounds?: number;
}

/** Runs that have ended, one a line in a file of `.cache/bench-search`, so that a benchmark that was cut off goes on where it was. */
export class Results {
  private readonly known = new Map<string, RunResult>();
  private readonly file: string;

  /** @param version of what ran: results of another are not found. */
  constructor(version: string) {
    const folder = join(root, ".cache/bench-search");
    mkdirSync(folder, { recursive: true });
    this.file = join(folder, `${version}.jsonl`);
    if (!existsSync(this.file)) return;
    for (const line of readFileSync(this.file, "utf8").split("\n").filter(Boolean)) {
      const run = JSON.parse(line) as RunKey & Omit<RunResult, "loss"> & { loss: number | null };
      this.known.set(nameOf(run), { ...run, loss: run.loss ?? Infinity });
    }
  }

  get(key: RunKey): RunResult | undefined {
    return this.known.get(nameOf(key));
  }

  add(key: RunKey, result: RunResult): void {
    this.known.set(nameOf(key), result);
    appendFileSync(this.file, `${JSON.stringify({ ...key, ...result })}\n`);
  }
}

function nameOf({ problem, sampler, trials, seed }: RunKey): string {
  return [problem, sampler, trials, seed].join();
}

/** Names the text of files and of all files below folders. */
export function hashOf(...paths: readonly string[]): string {
  const hash = createHash("sha256");
  for (const path of paths.map((name) => join(root, name))) {
    const files = statSync(path).isFile() ? [path] : filesBelow(path);
    for (const file of files) hash.update(readFileSync(file));
  }
  return hash.digest("hex").slice(0, 8);
}

function filesBelow(folder: string): string[] {
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".ts"));
  return names.sort().map((name) => join(folder, name));
}
