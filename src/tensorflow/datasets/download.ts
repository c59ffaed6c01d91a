import { createHash, randomUUID } from "node:crypto";
import { createWriteStream } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { DatasetError } from "./dataset-error.js";

/** The progress of a download. `total` is undefined if the server does not send it. */
export interface DownloadProgress {
  /** Bytes so far. */
  readonly loaded: number;
  /** Bytes in all; undefined where the server does not say. */
  readonly total: number | undefined;
}

export interface DownloadRequest {
  readonly url: string;
  /** SHA-256 of the file, in hexadecimal. */
  readonly sha256: string;
  /** Folder for the half-done file; made where it is not there. */
  readonly folder: string;
  readonly onProgress?: ((progress: DownloadProgress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Downloads a file, checks it, and hands it to `use`. Whatever happens, the file is gone afterwards.
 * @throws DatasetError code `download-failed` when it does not arrive, `dataset-invalid` when it is not the file expected.
 */
export async function withDownload<T>(request: DownloadRequest, use: (path: string) => Promise<T>): Promise<T> {
  await mkdir(request.folder, { recursive: true });
  const path = join(request.folder, `.download-${randomUUID()}`);
  try {
    const sha256 = await fetchTo(path, request);
    if (sha256 !== request.sha256) {
      const found = `SHA-256 ${sha256}, not ${request.sha256}`;
      throw new DatasetError("dataset-invalid", `${request.url} sent a damaged or different file: ${found}.`);
    }
    return await use(path);
  } finally {
    await rm(path, { force: true });
  }
}

/** @returns the SHA-256 of what was written. */
async function fetchTo(path: string, { url, onProgress, signal }: DownloadRequest): Promise<string> {
  const hash = createHash("sha256");
  try {
    const response = await fetch(url, signal ? { signal } : {});
    if (!response.ok || response.body === null) throw new Error(`HTTP ${response.status} ${response.statusText}`);
    const total = Number(response.headers.get("content-length")) || undefined;
    let loaded = 0;
    const watch = new Transform({
      transform(chunk: Buffer, _encoding, done) {
        hash.update(chunk);
        loaded += chunk.length;
        onProgress?.({ loaded, total });
        done(null, chunk);
      },
    });
    await pipeline(Readable.fromWeb(response.body), watch, createWriteStream(path), { signal });
  } catch (cause) {
    signal?.throwIfAborted();
    throw new DatasetError("download-failed", `Cannot download ${url}: ${reasonOf(cause)}`, { cause });
  }
  return hash.digest("hex");
}

/** `fetch` hides the reason ("ENOTFOUND …") behind "fetch failed". */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error && error.cause.message ? error.cause.message : error.message;
}
