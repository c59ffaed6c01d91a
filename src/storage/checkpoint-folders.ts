import { createHash } from "node:crypto";
import { readdirSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";

/**
 * The checkpoints of a study's trials are files beside its storage's file: `checkpoints/<study>/<trial>/<step>/`. The name of a study's
 * folder ends with what tells the storage's file from others in that place, and the study from others in that file.
 */

const LONGEST_NAME = 40;

/** @param path of the storage's file. @param identity as `Storage.identityOf` gives it. */
export function checkpointFolder(path: string, study: string, identity: string): string {
  const readable = study.replaceAll(/[^\w-]+/g, "-").slice(0, LONGEST_NAME);
  return join(placeOf(path), `${readable}-${keyOf(path, identity)}`);
}

/** Removes the checkpoints of studies that this file has no more: another program has deleted them, or the file. */
export function removeForgottenCheckpoints(path: string, identities: readonly string[]): void {
  const keys = identities.map((identity) => keyOf(path, identity));
  for (const name of folders(placeOf(path)))
    if (name.includes(`-${hash(basename(path))}`) && !keys.some((key) => name.endsWith(`-${key}`)))
      removeFolder(join(placeOf(path), name));
}

/** What is in use stays. */
export function removeFolder(folder: string): void {
  try {
    rmSync(folder, { recursive: true, force: true });
  } catch {
    // The next run removes it.
  }
}

function placeOf(path: string): string {
  return join(dirname(path), "checkpoints");
}

function keyOf(path: string, identity: string): string {
  return hash(basename(path)) + hash(identity);
}

function hash(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 8);
}

function folders(place: string): string[] {
  try {
    return readdirSync(place).filter((name) => /-[\da-f]{16}$/.test(name));
  } catch {
    return [];
  }
}
