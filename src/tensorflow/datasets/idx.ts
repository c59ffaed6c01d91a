import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { checkOptions } from "../../engine/option-names.js";
import { DatasetError } from "./dataset-error.js";
import {
  fractionsOf,
  type ImageSet,
  loadedOnce,
  type RawImages,
  type SplitOptions,
  stratifiedSplit,
  tensorsOf,
  splitOptionNames,
} from "./image-set.js";

export interface IdxFiles {
  /** Path of the images: bytes [images, height, width] or [images, height, width, channels]. May be gzipped. */
  readonly images: string;
  /** Path of the labels: bytes [images]. May be gzipped. */
  readonly labels: string;
}

export interface IdxOptions extends SplitOptions {
  /** Share of the images held out for testing, in (0, 1). Default: 0.2. */
  readonly test?: number;
  /** The value that becomes 1. Default: 255. */
  readonly brightest?: number;
  /** Class names by label. Default: the labels. */
  readonly classes?: readonly string[];
}

/**
 * Reads labeled images in the IDX format, as used by MNIST and similar sets, and splits them.
 * @throws DatasetError naming the missing or invalid file.
 */
export function idx(files: IdxFiles, options: IdxOptions = {}): Promise<ImageSet> {
  checkOptions<IdxOptions>("idx", options, { ...splitOptionNames, test: true, brightest: true, classes: true });
  return loadedOnce("idx", { files, options }, async () => {
    const raw = await readIdxImages(files);
    const { test = 0.2, brightest = 255, seed = 0, sparseLabels } = options;
    const classes = options.classes ?? classNames(raw.labels);
    const fractions = fractionsOf(raw.labels.length, options, test);
    const [train, validation, , tested] = stratifiedSplit(raw.labels, fractions, seed);
    const scale = { brightest, classes: classes.length, sparseLabels };
    return {
      train: tensorsOf(raw, train!, scale),
      validation: tensorsOf(raw, validation!, scale),
      test: tensorsOf(raw, tested!, scale),
      classes,
      imageShape: raw.imageShape,
    };
  });
}

/** "0", "1", … up to the highest label. */
export function classNames(labels: Uint8Array): string[] {
  return Array.from({ length: labels.reduce((a, b) => Math.max(a, b), 0) + 1 }, (_, i) => String(i));
}

export async function readIdxImages({ images, labels }: IdxFiles): Promise<RawImages> {
  const [pixels, names] = await Promise.all([readIdx(images), readIdx(labels)]);
  const [count, height, width, channels = 1] = pixels.shape;
  if (height === undefined || width === undefined || pixels.shape.length > 4) {
    throw new DatasetError(
      "dataset-invalid",
      `${images} contains no images: its shape is [${pixels.shape.join(", ")}].`,
    );
  }
  if (names.shape.length !== 1 || names.shape[0] !== count) {
    const found = `[${names.shape.join(", ")}]`;
    throw new DatasetError(
      "dataset-invalid",
      `${labels} should have one label for each of ${count} images, not ${found}.`,
    );
  }
  return { pixels: pixels.data, labels: names.data, imageShape: [height, width, channels] };
}

/** Reads an IDX file of bytes. http://yann.lecun.com/exdb/mnist/ describes the format. */
export async function readIdx(path: string): Promise<{ data: Uint8Array; shape: number[] }> {
  const bytes = await readBytes(path);
  const invalid = (reason: string) =>
    new DatasetError("dataset-invalid", `${path} is not an IDX file of bytes: ${reason}.`);
  if (bytes.length < 4 || bytes[0] !== 0 || bytes[1] !== 0) throw invalid("its first bytes are wrong");
  if (bytes[2] !== 8) throw invalid(`its values have type ${bytes[2]}`);
  const header = 4 + 4 * bytes[3]!;
  if (bytes.length < header) throw invalid("its header is truncated");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const shape = Array.from({ length: bytes[3]! }, (_, axis) => view.getUint32(4 + 4 * axis));
  const size = shape.reduce((product, length) => product * length, 1);
  if (bytes.length !== header + size) throw invalid(`it should have ${size} values and has ${bytes.length - header}`);
  return { data: bytes.subarray(header), shape };
}

async function readBytes(path: string): Promise<Uint8Array> {
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (cause) {
    throw new DatasetError("dataset-missing", `Cannot read ${path}: ${(cause as Error).message}`, { cause });
  }
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  try {
    return await promisify(gunzip)(bytes);
  } catch (cause) {
    throw new DatasetError("dataset-invalid", `${path} is not a complete gzip file: ${(cause as Error).message}`, {
      cause,
    });
  }
}
