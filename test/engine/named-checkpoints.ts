import type { CheckpointStore } from "../../src/engine/trial/checkpoint.js";

export class DeviceLost extends Error {}

/** Keeps names alone, as what a step has is a number. */
export class NamedCheckpoints implements CheckpointStore {
  readonly names = new Set<string>();
  readonly damaged = new Set<string>();

  constructor(readonly interval = 0) {}

  async write(trial: number, step: number, write: (folder: string) => void | Promise<void>): Promise<string> {
    const name = `${trial}/${step}`;
    await write(name);
    this.names.add(name);
    return name;
  }

  folderOf(_trial: unknown, name: string): string | undefined {
    return this.names.has(name) && !this.damaged.has(name) ? name : undefined;
  }

  isDamaged(name: string): boolean {
    return this.damaged.has(name);
  }

  remove(name: string): void {
    this.names.delete(name);
  }

  isInterruption(error: unknown): boolean {
    return error instanceof DeviceLost;
  }
}
