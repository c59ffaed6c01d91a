import { cpSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";

const fixtures = fileURLToPath(new URL("../fixtures/studies", import.meta.url));

/** A folder of its own for a test, with the fixture studies: a workspace that has installed nothing. */
export function studyFolder(): string {
  const folder = mkdtempSync(join(realpathSync(tmpdir()), "tunelens-"));
  cpSync(fixtures, folder, { recursive: true });
  onTestFinished(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  return folder;
}
