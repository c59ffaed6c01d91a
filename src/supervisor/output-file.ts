import { appendFileSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeFolderOfRuns } from "./run-registry.js";

/** Characters: when it has more, its older half goes. */
const MOST = 8_000_000;

/**
 * A run's log: what it runs, what its training processes print, and what becomes of its trials, for people. The first line stays when older
 * ones go. A file that cannot be written is no reason to end a run.
 */
export class OutputFile {
  private path = "";
  private size: number;

  constructor(
    cwd: string,
    id: string,
    private readonly head: string,
  ) {
    this.size = head.length;
    this.attempt(() => {
      this.path = join(makeFolderOfRuns(cwd), `${id}.log`);
      writeFileSync(this.path, `${head}\n`, { mode: 0o600 });
    });
  }

  write(text: string): void {
    this.attempt(() => appendFileSync(this.path, text));
    this.size += text.length;
    if (this.size > MOST) this.attempt(() => this.forget());
  }

  remove(): void {
    this.attempt(() => rmSync(this.path, { force: true }));
  }

  private forget(): void {
    const text = readFileSync(this.path, "utf8");
    const half = text.slice(text.indexOf("\n", text.length - MOST / 2) + 1);
    writeFileSync(this.path, `${this.head}\n… (earlier lines were removed)\n${half}`);
    this.size = half.length;
  }

  private attempt(write: () => void): void {
    try {
      write();
    } catch {
      // A full disk, a folder that is gone: those who are attached see the output anyway.
    }
  }
}
