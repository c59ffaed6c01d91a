import * as tf from "@tensorflow/tfjs";
import type { NamesOf } from "../../engine/option-names.js";
import { SeededRng } from "../../engine/math/rng.js";
import { DatasetError } from "./dataset-error.js";

/** Images with their labels. */
export interface LabeledImages {
  /** Images [examples, height, width, channels], from 0 to 1. */
  readonly x: tf.Tensor4D;
  /** Labels: one-hot [examples, classes], or indices [examples]. */
  readonly y: tf.Tensor;
}

/** Labeled images, split into parts. All trials of a process share the tensors: do not dispose of them. */
export interface ImageSet {
  /** To train on. */
  readonly train: LabeledImages;
  /** To choose parameters by. */
  readonly validation: LabeledImages;
  /** To judge the chosen model by. */
  readonly test: LabeledImages;
  /** Class names by index. */
  readonly classes: readonly string[];
  /** Height, width, channels. */
  readonly imageShape: readonly [number, number, number];
}

export interface SplitOptions {
  /** Share of the images held out for validation, in (0, 1). Default: 0.2 (of the training images, if the set has its own test images). */
  readonly validation?: number;
  /** Seed of the split, which depends on nothing else. Default: 0. */
  readonly seed?: number;
  /** Maximum number of images for training and validation together; classes keep their shares. Default: all. */
  readonly limit?: number;
  /** Whether labels are indices, for sparse losses, instead of one-hot. Default: false. */
  readonly sparseLabels?: boolean;
}

export const splitOptionNames: NamesOf<SplitOptions> = {
  validation: true,
  seed: true,
  limit: true,
  sparseLabels: true,
};

/** Images as files have them: one byte per value. */
export interface RawImages {
  /** [images, height, width, channels] */
  readonly pixels: Uint8Array;
  readonly labels: Uint8Array;
  readonly imageShape: readonly [number, number, number];
}

/** Splits by class: each part has each class by its share. The parts' order is shuffled. @returns indices, per part. */
export function stratifiedSplit(labels: Uint8Array, fractions: readonly number[], seed: number): number[][] {
  const rng = new SeededRng(seed, labels.length);
  const parts: number[][] = fractions.map(() => []);
  const byClass: number[][] = [];
  labels.forEach((label, i) => (byClass[label] ??= []).push(i));
  for (const inOrder of byClass) {
    const members = shuffled(inOrder ?? [], rng);
    let [from, share] = [0, 0];
    fractions.forEach((fraction, part) => {
      share += fraction;
      const to = Math.round(share * members.length);
      parts[part]!.push(...members.slice(from, to));
      from = to;
    });
  }
  return parts.map((part) => shuffled(part, rng));
}

function shuffled(items: readonly number[], rng: SeededRng): number[] {
  const result = [...items];
  for (let i = result.length - 1; i > 0; i--) {
    const j = Math.floor(rng.next() * (i + 1));
    [result[i], result[j]] = [result[j]!, result[i]!];
  }
  return result;
}

/** Fractions of `count` images for training, validation and, with `test`, testing. @throws DatasetError for a part that cannot be. */
export function fractionsOf(count: number, { validation = 0.2, limit }: SplitOptions, test?: number): number[] {
  for (const [name, part] of Object.entries({ validation, test })) {
    if (part !== undefined && !(part > 0 && part < 1)) {
      throw new DatasetError("dataset-invalid", `The share for ${name} must be between 0 and 1, not ${part}.`);
    }
  }
  if (limit !== undefined && !(Number.isInteger(limit) && limit > 0)) {
    throw new DatasetError("dataset-invalid", `limit must be a number of images, not ${limit}.`);
  }
  const rest = 1 - (test ?? 0) - validation;
  if (rest <= 0) throw new DatasetError("dataset-invalid", "Validation and testing leave no images to train on.");
  const used = Math.min(1, (limit ?? Infinity) / (count * (1 - (test ?? 0))));
  // What a limit leaves out goes to nobody: the last fraction is none of the set's parts.
  return test === undefined
    ? [rest * used, validation * used]
    : [rest * used, validation * used, (rest + validation) * (1 - used), test];
}

/**
 * A set that comes with its own test images, 0 to 255: the others are split into training and validation. A `limit` holds for the test
 * images too.
 */
export function withOwnTest(
  learned: RawImages,
  tested: RawImages,
  classes: readonly string[],
  options: SplitOptions,
): ImageSet {
  const { seed = 0, limit = Infinity, sparseLabels } = options;
  const [train, validation] = stratifiedSplit(learned.labels, fractionsOf(learned.labels.length, options), seed);
  const [test] = stratifiedSplit(tested.labels, [Math.min(1, limit / tested.labels.length)], seed);
  const scale = { brightest: 255, classes: classes.length, sparseLabels };
  return {
    train: tensorsOf(learned, train!, scale),
    validation: tensorsOf(learned, validation!, scale),
    test: tensorsOf(tested, test!, scale),
    classes,
    imageShape: learned.imageShape,
  };
}

/** Tensors of the images with these indices, scaled so that the brightest value there can be is 1. */
export function tensorsOf(
  { pixels, labels, imageShape }: RawImages,
  indices: readonly number[],
  {
    brightest,
    classes,
    sparseLabels = false,
  }: { brightest: number; classes: number; sparseLabels?: boolean | undefined },
): LabeledImages {
  if (indices.length === 0) throw new DatasetError("dataset-invalid", "Too few images: a part of the split is empty.");
  const size = imageShape[0] * imageShape[1] * imageShape[2];
  const values = new Float32Array(indices.length * size);
  indices.forEach((index, i) => {
    for (let p = 0; p < size; p++) values[i * size + p] = pixels[index * size + p]! / brightest;
  });
  const chosen = tf.tensor1d(
    Int32Array.from(indices, (index) => labels[index]!),
    "int32",
  );
  // Kept: a later trial finds them where the first put them.
  const x = tf.keep(tf.tensor4d(values, [indices.length, ...imageShape]));
  const y = tf.keep(tf.tidy(() => (sparseLabels ? chosen.toFloat() : tf.oneHot(chosen, classes).toFloat())));
  chosen.dispose();
  return { x, y };
}

const loaded = new Map<string, ImageSet>();

/** What `load` gave for these arguments before in this process and on this backend, or gives now. */
export async function loadedOnce(name: string, options: object, load: () => Promise<ImageSet>): Promise<ImageSet> {
  const key = JSON.stringify([name, tf.getBackend(), options]);
  const known = loaded.get(key);
  if (known !== undefined && !known.train.x.isDisposed) return known;
  const set = await load();
  loaded.set(key, set);
  return set;
}
