import { randomUUID } from "node:crypto";
import { copyFile, mkdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { closeSync, fstatSync, lstatSync, openSync, readSync, realpathSync, rmSync } from "node:fs";
import { dirname, extname, join } from "node:path";
import { lookup } from "mrmime";
import { InvalidArgumentError } from "../engine/errors.js";
import type { ArtifactFile } from "../engine/storage.js";
import { type Artifact, artifactAttr } from "../protocol/annotations.js";
import type { ArtifactContent } from "../protocol/inspector.js";
import { StorageError } from "./errors.js";

/**
 * Artifacts are files in the folder `artifacts` beside a storage's file, named by their ids, as Optuna's `FileSystemArtifactStore` keeps them.
 * A study's or a trial's attribute says what each is.
 */

/** The most that one may have, as in optuna-dashboard. */
const MAX_BYTES = 128 * 1024 * 1024;
const MEGABYTE = 1024 * 1024;
/** The most that is read to be shown. */
const MAX_SHOWN_BYTES = 10 * MEGABYTE;
/** The most that is read at once: a multiple of three, so that the Base64 of the parts is that of the whole. */
const PART_BYTES = 3 * 2 ** 17;

const UUID = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/;

/** @param path of the storage's file. */
export function artifactFolder(path: string): string {
  return join(dirname(path), "artifacts");
}

/**
 * Writes a file, and registers it once it is complete. If that fails, the file is removed again.
 * @throws InvalidArgumentError where there is nothing to copy, or too much; StorageError where it cannot be written.
 */
export async function writeArtifact(
  folder: string,
  file: ArtifactFile,
  register: (key: string, value: string) => void,
): Promise<void> {
  const { name, content, where } = file;
  const bytes = typeof content === "string" ? await sizeOf(content, file) : content.byteLength;
  if (bytes > MAX_BYTES)
    throw new InvalidArgumentError(
      `${where}, artifact "${name}": ${Math.ceil(bytes / MEGABYTE)} MB are too many. An artifact may have ${MAX_BYTES / MEGABYTE} MB.`,
    );
  const artifact = describeArtifact(name);
  const path = join(folder, artifact.id);
  try {
    await put(folder, path, content);
  } catch (cause) {
    await rm(`${path}.part`, { force: true }).catch(() => {});
    throw notWritten(path, cause);
  }
  const { key, value } = artifactAttr(artifact);
  try {
    register(key, value);
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  }
}

async function put(folder: string, path: string, content: string | Uint8Array): Promise<void> {
  await mkdir(folder, { recursive: true });
  const part = `${path}.part`;
  await (typeof content === "string" ? copyFile(content, part) : writeFile(part, content));
  await rename(part, path);
}

async function sizeOf(path: string, { name, where }: ArtifactFile): Promise<number> {
  const found = await stat(path).catch((cause: unknown) => {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new InvalidArgumentError(`${where}, artifact "${name}": cannot read ${path} (${why}).`);
  });
  if (!found.isFile()) throw new InvalidArgumentError(`${where}, artifact "${name}": ${path} is not a file.`);
  return found.size;
}

function notWritten(path: string, cause: unknown): StorageError {
  const { code, message } = cause as NodeJS.ErrnoException;
  const kind =
    code === "ENOSPC" || code === "EDQUOT" ? "storage-full" : isDenied(code) ? "storage-not-writable" : "storage-io";
  return new StorageError(kind, `Cannot write the artifact ${path} (${message}).`, { cause });
}

function isDenied(code: string | undefined): boolean {
  return code === "EACCES" || code === "EPERM" || code === "EROFS";
}

/** As Python's `mimetypes`: `log.txt.gz` is a text in gzip. */
function describeArtifact(filename: string): Artifact {
  const isZipped = extname(filename).toLowerCase() === ".gz";
  const plain = isZipped ? filename.slice(0, -".gz".length) : filename;
  const mimetype = lookup(extname(plain).toLowerCase()) ?? "application/octet-stream";
  return { id: randomUUID(), filename, mimetype, encoding: isZipped ? "gzip" : null };
}

/** Those that no study has any more. What cannot be removed stays: nothing refers to it. */
export function removeArtifacts(folder: string, ids: readonly string[]): void {
  for (const id of ids) {
    // Whatever else an attribute may name is not ours.
    if (!UUID.test(id)) continue;
    try {
      rmSync(join(folder, id), { force: true });
    } catch {
      // In use, or read-only.
    }
  }
}

/**
 * A part of it, to be shown. Only a plain file in the folder itself is read: an id may come from anyone.
 * @param from the byte from which on it is read.
 */
export function readArtifact(storagePath: string, id: string, from: number): ArtifactContent {
  const path = join(artifactFolder(storagePath), id);
  if (!isIn(storagePath, path, id)) return { kind: "missing", path };
  const file = openSync(path, "r");
  try {
    const { size } = fstatSync(file);
    if (size > MAX_SHOWN_BYTES) return { kind: "large", path, size };
    const part = Buffer.alloc(Math.max(0, Math.min(PART_BYTES, size - from)));
    const read = readSync(file, part, 0, part.length, from);
    return { kind: "content", path, size, base64: part.subarray(0, read).toString("base64") };
  } finally {
    closeSync(file);
  }
}

function isIn(storagePath: string, path: string, id: string): boolean {
  if (!/^[\w-]{1,100}$/.test(id)) return false;
  try {
    const folder = join(realpathSync(dirname(storagePath)), "artifacts");
    return lstatSync(path).isFile() && realpathSync(path) === join(folder, id);
  } catch {
    return false;
  }
}
