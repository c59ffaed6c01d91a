import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, rename, rm } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import * as tar from "tar";
import { checkOptions, type NamesOf } from "../../engine/option-names.js";
import { DatasetError } from "./dataset-error.js";
import { type DownloadProgress, withDownload } from "./download.js";
import { datasetCache } from "./folders.js";
import {
  type ImageSet,
  loadedOnce,
  type RawImages,
  type SplitOptions,
  withOwnTest,
  splitOptionNames,
} from "./image-set.js";

export interface Cifar10Options extends SplitOptions {
  /** Folder with the six `.bin` files. Default: `cifar-10` in the cache. */
  readonly dir?: string;
  /** Whether to download missing files (162 MB). Default: true. */
  readonly download?: boolean;
  /** Called with the download's progress. Default: prints a line to stderr every 10%. */
  readonly onProgress?: (progress: DownloadProgress) => void;
  /** Aborts the download. Default: nothing does. */
  readonly signal?: AbortSignal;
  /** Another place to download from. */
  readonly archive?: { readonly url: string; readonly sha256: string };
}

const cifar10OptionNames: NamesOf<Cifar10Options> = {
  ...splitOptionNames,
  dir: true,
  download: true,
  onProgress: true,
  signal: true,
  archive: true,
};

const official = {
  url: "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz",
  sha256: "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
};

const trainFiles = [1, 2, 3, 4, 5].map((batch) => `data_batch_${batch}.bin`);
const TEST_FILE = "test_batch.bin";
const classes = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"];
const imageShape = [32, 32, 3] as const;

/**
 * CIFAR-10 in its binary format: photographs, 32 × 32 × 3, ten classes; 50,000 for training, part of which is held out for
 * validation, and 10,000 for testing. `limit` also limits the test images.
 *
 * Downloaded once, verified, and cached; no partial file remains. Source: Alex Krizhevsky, Learning Multiple Layers of
 * Features from Tiny Images, 2009.
 * @throws DatasetError if the files are missing and cannot be downloaded, saying where to put them.
 */
export function cifar10(options: Cifar10Options = {}): Promise<ImageSet> {
  checkOptions<Cifar10Options>("cifar10", options, cifar10OptionNames);
  const { dir, download = true, onProgress, signal, archive = official, ...split } = options;
  const folder = dir === undefined ? datasetCache("cifar-10") : resolve(dir);
  return loadedOnce("cifar10", { folder, split }, async () => {
    if (!isComplete(folder)) {
      if (!download) throw missing(folder, archive.url);
      await fetchInto(folder, archive, onProgress ?? printTenths(), signal);
    }
    return imageSet(folder, split);
  });
}

async function imageSet(folder: string, options: SplitOptions): Promise<ImageSet> {
  const [learned, tested] = await Promise.all([readBatches(folder, trainFiles), readBatches(folder, [TEST_FILE])]);
  return withOwnTest(learned, tested, classes, options);
}

function isComplete(folder: string): boolean {
  return [...trainFiles, TEST_FILE].every((file) => existsSync(join(folder, file)));
}

function missing(folder: string, url: string, cause?: Error): DatasetError {
  const files = [...trainFiles, TEST_FILE].join(", ");
  const reason = cause ? ` and cannot be downloaded: ${cause.message.replace(/\.?$/, ".")}` : ".";
  return new DatasetError(
    "dataset-missing",
    `CIFAR-10 is not in ${folder}${reason} Put these files there: ${files}. They are in ${url}.`,
    { cause },
  );
}

/** The folder appears with all files in it, or not at all, also when two processes fetch at once. */
async function fetchInto(
  folder: string,
  archive: { readonly url: string; readonly sha256: string },
  onProgress: (progress: DownloadProgress) => void,
  signal: AbortSignal | undefined,
): Promise<void> {
  const unpacked = join(dirname(folder), `.unpack-${randomUUID()}`);
  try {
    await withDownload({ ...archive, folder: dirname(folder), onProgress, signal }, async (file) => {
      await mkdir(unpacked);
      await tar.extract({ file, cwd: unpacked, strip: 1, filter: (path) => path.endsWith(".bin") });
    });
    if (!isComplete(unpacked)) {
      throw new DatasetError("dataset-invalid", `${archive.url} does not contain CIFAR-10's six .bin files.`);
    }
    await moveInto(unpacked, folder);
  } catch (error) {
    if (error instanceof DatasetError && error.code === "download-failed") throw missing(folder, archive.url, error);
    throw error;
  } finally {
    await rm(unpacked, { recursive: true, force: true });
  }
}

async function moveInto(unpacked: string, folder: string): Promise<void> {
  if (!existsSync(folder)) {
    try {
      return await rename(unpacked, folder);
    } catch (error) {
      if (!isComplete(folder)) throw error;
      return;
    }
  }
  for (const file of [...trainFiles, TEST_FILE]) await rename(join(unpacked, file), join(folder, file));
}

/** A record is its label, then 1,024 bytes of red, of green and of blue. */
async function readBatches(folder: string, files: readonly string[]): Promise<RawImages> {
  const plane = imageShape[0] * imageShape[1];
  const record = 1 + 3 * plane;
  const bytes = Buffer.concat(await Promise.all(files.map((file) => readBatch(join(folder, file), record))));
  const count = bytes.length / record;
  const [labels, pixels] = [new Uint8Array(count), new Uint8Array(count * 3 * plane)];
  for (let i = 0; i < count; i++) {
    labels[i] = bytes[i * record]!;
    for (let p = 0; p < plane; p++) {
      for (let c = 0; c < 3; c++) pixels[(i * plane + p) * 3 + c] = bytes[i * record + 1 + c * plane + p]!;
    }
  }
  return { pixels, labels, imageShape };
}

async function readBatch(path: string, record: number): Promise<Buffer> {
  const bytes = await readFile(path);
  const whole = bytes.length > 0 && bytes.length % record === 0;
  if (
    whole &&
    Array.from({ length: bytes.length / record }, (_, i) => bytes[i * record]!).every((label) => label < 10)
  ) {
    return bytes;
  }
  throw new DatasetError(
    "dataset-invalid",
    `${path} is not a complete CIFAR-10 file (records of ${record} bytes). Delete it to download it again.`,
  );
}

function printTenths(): (progress: DownloadProgress) => void {
  let printed = 0;
  return ({ loaded, total }) => {
    const tenth = total === undefined ? 0 : Math.floor((10 * loaded) / total);
    if (tenth === printed) return;
    printed = tenth;
    process.stderr.write(`Downloading CIFAR-10: ${tenth * 10}%\n`);
  };
}
