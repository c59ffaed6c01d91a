import { chmodSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const folders: string[] = [];
process.on("exit", () => folders.forEach(remove));

/** A new folder of a test's own, by its real path. It is removed at the latest when the process or Vitest's run ends. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(realpathSync(tmpdir()), "tunelens-"));
  folders.push(folder);
  return folder;
}

/** Vitest kills its workers, which hear of no exit: all temporary folders of a run lie in one that is removed at its end. */
export default function setup(): (() => void) | undefined {
  // Once for all projects.
  if (process.env.TUNELENS_TEST_FOLDER) return undefined;
  const folder = mkdtempSync(join(realpathSync(tmpdir()), "tunelens-"));
  // As the folder that it stands for: some tests are of other users.
  chmodSync(folder, 0o1777);
  Object.assign(process.env, { TUNELENS_TEST_FOLDER: folder, TMPDIR: folder, TMP: folder, TEMP: folder });
  return () => {
    delete process.env.TUNELENS_TEST_FOLDER;
    remove(folder);
  };
}

function remove(folder: string): void {
  rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
}
