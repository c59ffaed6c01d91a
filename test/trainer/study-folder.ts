import { cpSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";
import { temporaryFolder } from "../temporary-folder.js";

const fixtures = fileURLToPath(new URL("../fixtures/studies", import.meta.url));

/** A folder of its own for a test, with the fixture studies: a workspace that has installed nothing. */
export function studyFolder(): string {
  const folder = temporaryFolder();
  cpSync(fixtures, folder, { recursive: true });
  onTestFinished(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  return folder;
}
