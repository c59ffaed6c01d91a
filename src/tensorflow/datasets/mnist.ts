import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { checkOptions } from "../../engine/option-names.js";
import { DatasetError } from "./dataset-error.js";
import { datasetCache } from "./folders.js";
import { classNames, readIdxImages } from "./idx.js";
import { type ImageSet, loadedOnce, type SplitOptions, splitOptionNames, withOwnTest } from "./image-set.js";

const fileNames = {
  trainImages: "train-images-idx3-ubyte",
  trainLabels: "train-labels-idx1-ubyte",
  testImages: "t10k-images-idx3-ubyte",
  testLabels: "t10k-labels-idx1-ubyte",
};

/**
 * MNIST, or any set with the same four IDX files (gzipped or not): 28 × 28 × 1, 60,000 images for training, part of which is held
 * out for validation, and 10,000 for testing. `limit` also limits the test images.
 * @param dir folder with the four files. Default: the cache.
 * @throws DatasetError naming the files that are missing.
 */
export function mnist(dir: string = datasetCache("mnist"), options: SplitOptions = {}): Promise<ImageSet> {
  checkOptions<SplitOptions>("mnist", options, splitOptionNames);
  return fourFiles("MNIST", [resolve(dir)], "https://yann.lecun.com/exdb/mnist/", options);
}

export interface FashionMnistOptions extends SplitOptions {
  /** Folder with the four files. Default: the folder of Debian's package, then the cache. */
  readonly dir?: string;
}

const fashionClasses = [
  "T-shirt/top",
  "Trouser",
  "Pullover",
  "Dress",
  "Coat",
  "Sandal",
  "Shirt",
  "Sneaker",
  "Bag",
  "Ankle boot",
];

/**
 * Fashion-MNIST: pictures of clothes, 28 × 28 × 1, ten classes; split like {@link mnist}. Nothing is downloaded.
 *
 * Source: Zalando Research, MIT license. Debian and Ubuntu have it as the package `dataset-fashion-mnist`.
 * @throws DatasetError if the files are missing, saying where to put them.
 */
export function fashionMnist({ dir, ...options }: FashionMnistOptions = {}): Promise<ImageSet> {
  checkOptions<SplitOptions>("fashionMnist", options, splitOptionNames);
  const folders =
    dir === undefined ? ["/usr/share/datasets/fashion-mnist", datasetCache("fashion-mnist")] : [resolve(dir)];
  const source =
    "https://github.com/zalandoresearch/fashion-mnist (on Debian and Ubuntu: apt install dataset-fashion-mnist)";
  return fourFiles("Fashion-MNIST", folders, source, options, fashionClasses);
}

function fourFiles(
  name: string,
  folders: readonly string[],
  source: string,
  options: SplitOptions,
  named?: readonly string[],
): Promise<ImageSet> {
  return loadedOnce(name, { folders, options }, async () => {
    const path = filesIn(name, folders, source);
    const [learned, tested] = await Promise.all([
      readIdxImages({ images: path.trainImages, labels: path.trainLabels }),
      readIdxImages({ images: path.testImages, labels: path.testLabels }),
    ]);
    return withOwnTest(learned, tested, named ?? classNames(learned.labels), options);
  });
}

/** The paths of the four files in the first folder that has them all. */
function filesIn(name: string, folders: readonly string[], source: string): Record<keyof typeof fileNames, string> {
  for (const folder of folders) {
    const found = Object.entries(fileNames).flatMap(([key, file]): [string, string][] => {
      const path = [join(folder, file), join(folder, `${file}.gz`)].find(existsSync);
      return path === undefined ? [] : [[key, path]];
    });
    if (found.length === 4) return Object.fromEntries(found) as Record<keyof typeof fileNames, string>;
  }
  const files = Object.values(fileNames).join(", ");
  throw new DatasetError(
    "dataset-missing",
    `${name} is not in ${folders.join(" nor in ")}. Put these files (as they are, or with .gz) into ${folders.at(-1)}: ` +
      `${files}. They come from ${source}.`,
  );
}
