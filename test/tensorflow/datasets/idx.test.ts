import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import type * as tf from "@tensorflow/tfjs";
import { beforeAll, describe, expect, it, onTestFinished, vi } from "vitest";
import { useBackend } from "../../../src/tensorflow/backends/use-backend.js";
import { cifar10 } from "../../../src/tensorflow/datasets/cifar10.js";
import { digits } from "../../../src/tensorflow/datasets/digits.js";
import { idx, readIdx } from "../../../src/tensorflow/datasets/idx.js";
import { stratifiedSplit } from "../../../src/tensorflow/datasets/image-set.js";
import { fashionMnist, mnist } from "../../../src/tensorflow/datasets/mnist.js";
import { TensorWatch } from "../../../src/tensorflow/leaks.js";
import { temporaryFolder } from "../../temporary-folder.js";
import { idxBytes, writeIdx } from "./image-files.js";

beforeAll(() => useBackend("wasm"));

const counts = (y: tf.Tensor) => Array.from(y.sum(0).dataSync());

describe("digits", () => {
  it("has 1,797 real images, split by class", async () => {
    const { train, validation, test, classes, imageShape } = await digits();
    expect([train, validation, test].map(({ x, y }) => [x.shape, y.shape])).toEqual([
      [
        [1078, 8, 8, 1],
        [1078, 10],
      ],
      [
        [360, 8, 8, 1],
        [360, 10],
      ],
      [
        [359, 8, 8, 1],
        [359, 10],
      ],
    ]);
    expect(classes).toHaveLength(10);
    expect(imageShape).toEqual([8, 8, 1]);
    // The sum of all pixels that scikit-learn's copy has.
    const sum = [train, validation, test].reduce((total, { x }) => total + x.sum().dataSync()[0]!, 0);
    expect(sum * 16).toBeCloseTo(561718, -1);
    const perClass = [train, validation, test].map(({ y }) => counts(y)).reduce((a, b) => a.map((n, i) => n + b[i]!));
    expect(perClass).toEqual([178, 182, 177, 183, 181, 182, 181, 179, 174, 180]);
    expect(Math.max(...counts(validation.y)) - Math.min(...counts(validation.y))).toBeLessThanOrEqual(3);
  });

  it("splits the same way for one seed and another way for another, whatever Math.random says", async () => {
    const first = (await digits({ validation: 0.3, seed: 5 })).train.x.dataSync();
    const again = (await digits({ validation: 0.3, seed: 5, sparseLabels: true })).train;
    expect(again.x.dataSync()).toEqual(first);
    expect(again.y.shape).toEqual([again.x.shape[0]]);
    expect((await digits({ validation: 0.3, seed: 6 })).train.x.dataSync()).not.toEqual(first);
  });

  it("is loaded once, and is no leak of the trial that loads it", async () => {
    const watch = new TensorWatch();
    const set = await digits({ limit: 100 });
    expect(watch.free().tensors).toBe(0);
    expect(await digits({ limit: 100 })).toBe(set);
    expect(set.train.x.isDisposed).toBe(false);
    expect(set.train.x.shape[0] + set.validation.x.shape[0]).toBe(100);
  });

  it("is loaded anew where somebody disposed of it", async () => {
    const set = await digits({ seed: 9 });
    set.train.x.dispose();
    expect((await digits({ seed: 9 })).train.x.isDisposed).toBe(false);
  });
});

describe("options of data sets", () => {
  const misspelled: object = { validations: 0.3 };

  it.each<[string, () => unknown]>([
    ["digits", () => digits(misspelled)],
    ["idx", () => idx({ images: "a", labels: "b" }, misspelled)],
    ["mnist", () => mnist("a", misspelled)],
    ["fashionMnist", () => fashionMnist(misspelled)],
    ["cifar10", () => cifar10(misspelled)],
  ])("of %s are refused where there is none of the name", (name, load) => {
    expect(load).toThrow(`${name}: unknown option "validations". Did you mean "validation"?`);
  });
});

describe("stratifiedSplit", () => {
  it("puts each image into one part and each class into each part by its share", () => {
    const labels = Uint8Array.from({ length: 200 }, (_, i) => (i % 4 === 0 ? 1 : 7));
    const parts = stratifiedSplit(labels, [0.5, 0.3, 0.2], 1);
    expect(parts.map((part) => part.length)).toEqual([100, 60, 40]);
    expect(parts.map((part) => part.filter((i) => labels[i] === 1).length)).toEqual([25, 15, 10]);
    expect(parts.flat().sort((a, b) => a - b)).toEqual(Array.from({ length: 200 }, (_, i) => i));
  });
});

describe("idx", () => {
  it.each([false, true])("keeps images and labels together, gzipped: %s", async (gzip) => {
    const files = writeIdx(temporaryFolder(), "some", 48, 4, gzip);
    const { train, validation, test, classes } = await idx(files, {
      sparseLabels: true,
      brightest: 1,
      test: 0.25,
      validation: 0.25,
    });
    expect(classes).toEqual(["0", "1", "2", "3"]);
    expect([train, validation, test].map(({ x }) => x.shape)).toEqual([
      [24, 2, 3, 1],
      [12, 2, 3, 1],
      [12, 2, 3, 1],
    ]);
    for (const { x, y } of [train, validation, test]) {
      const numbers = Array.from(x.slice([0, 0, 0, 0], [x.shape[0], 1, 1, 1]).dataSync());
      expect(Array.from(y.dataSync())).toEqual(numbers.map((number) => number % 4));
    }
  });

  it("names a file that is missing, damaged, or does not fit the other", async () => {
    const folder = temporaryFolder();
    const files = writeIdx(folder, "some", 10, 2);
    await expect(idx({ ...files, images: join(folder, "none") })).rejects.toThrow(/Cannot read .*none: ENOENT/);
    const write = (name: string, bytes: Buffer) => {
      writeFileSync(join(folder, name), bytes);
      return join(folder, name);
    };
    await expect(readIdx(write("text", Buffer.from("not an IDX file")))).rejects.toThrow(/text is not an IDX file/);
    await expect(readIdx(write("short", idxBytes([4, 2], new Uint8Array(7))))).rejects.toThrow(/8 values and has 7/);
    await expect(readIdx(write("header", Buffer.from([0, 0, 8, 3, 0])))).rejects.toThrow(/header is truncated/);
    const cut = gzipSync(idxBytes([100], new Uint8Array(100))).subarray(0, 20);
    await expect(readIdx(write("cut.gz", cut))).rejects.toThrow(/cut\.gz is not a complete gzip file/);
    const other = writeIdx(folder, "other", 9, 2);
    await expect(idx({ images: files.images, labels: other.labels })).rejects.toThrow(
      /one label for each of 10 images/,
    );
    await expect(idx(files, { validation: 1.5 })).rejects.toThrow(/between 0 and 1, not 1.5/);
    await expect(idx(files, { validation: 0.6, test: 0.5 })).rejects.toThrow(/leave no images/);
    await expect(idx(files, { limit: -1 })).rejects.toThrow(/limit must be/);
  });
});

describe("mnist", () => {
  it("keeps validation images from the training images, and the test images apart", async () => {
    const folder = temporaryFolder();
    writeIdx(folder, "train", 100, 10);
    writeIdx(folder, "t10k", 20, 10, true);
    const set = await mnist(folder, { validation: 0.1 });
    expect([set.train, set.validation, set.test].map(({ x }) => x.shape[0])).toEqual([90, 10, 20]);
    const limited = await mnist(folder, { validation: 0.5, limit: 40 });
    expect([limited.train, limited.validation, limited.test].map(({ x }) => x.shape[0])).toEqual([20, 20, 20]);
    expect(counts(limited.train.y)).toEqual(Array(10).fill(2));
  });

  it("says where to put which files", async () => {
    const folder = temporaryFolder();
    writeIdx(folder, "train", 10, 10);
    await expect(mnist(folder)).rejects.toThrow(
      new RegExp(`MNIST is not in ${folder}.*t10k-images-idx3-ubyte.*yann.lecun`),
    );
    vi.stubEnv("TUNELENS_CACHE", folder);
    onTestFinished(() => void vi.unstubAllEnvs());
    await expect(mnist()).rejects.toThrow(`MNIST is not in ${join(folder, "datasets", "mnist")}. Put these files`);
    await expect(fashionMnist({ dir: folder })).rejects.toThrow(/Put these files .* apt install dataset-fashion-mnist/);
  });
});
