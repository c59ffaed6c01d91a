import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import * as tar from "tar";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { useBackend } from "../../../src/tensorflow/backends/use-backend.js";
import { cifar10 } from "../../../src/tensorflow/datasets/cifar10.js";
import { temporaryFolder } from "../../temporary-folder.js";

beforeAll(() => useBackend("wasm"));

const servers: Server[] = [];
afterEach(() => servers.splice(0).forEach((server) => server.closeAllConnections()));

const PER_BATCH = 20;

/** Image i of a batch has label i % 10; red is its number, green the row, blue the column. */
function batch(first: number): Buffer {
  const record = (i: number) => {
    const plane = (value: (p: number) => number) => Uint8Array.from({ length: 1024 }, (_, p) => value(p));
    return Buffer.concat([Buffer.from([i % 10]), plane(() => first + i), plane((p) => p >> 5), plane((p) => p & 31)]);
  };
  return Buffer.concat(Array.from({ length: PER_BATCH }, (_, i) => record(i)));
}

const files = [
  "data_batch_1.bin",
  "data_batch_2.bin",
  "data_batch_3.bin",
  "data_batch_4.bin",
  "data_batch_5.bin",
  "test_batch.bin",
];

function writeBatches(folder: string, names = files): void {
  mkdirSync(folder, { recursive: true });
  names.forEach((name, i) => writeFileSync(join(folder, name), batch(i * PER_BATCH)));
}

async function archive(names = files): Promise<{ bytes: Buffer; sha256: string }> {
  const folder = temporaryFolder();
  writeBatches(join(folder, "cifar-10-batches-bin"), names);
  writeFileSync(join(folder, "cifar-10-batches-bin", "readme.html"), "not needed");
  await tar.create({ file: join(folder, "a.tar.gz"), cwd: folder, gzip: true }, ["cifar-10-batches-bin"]);
  const bytes = readFileSync(join(folder, "a.tar.gz"));
  return { bytes, sha256: createHash("sha256").update(bytes).digest("hex") };
}

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/cifar-10-binary.tar.gz`;
}

const quiet = () => undefined;

describe("cifar10", () => {
  it("reads the binary format", async () => {
    const dir = join(temporaryFolder(), "cifar");
    writeBatches(dir);
    const { train, validation, test, classes, imageShape } = await cifar10({ dir, validation: 0.1, download: false });
    expect([train, validation, test].map(({ x }) => x.shape)).toEqual([
      [90, 32, 32, 3],
      [10, 32, 32, 3],
      [20, 32, 32, 3],
    ]);
    expect([classes[3], imageShape]).toEqual(["cat", [32, 32, 3]]);
    const pixel = (image: number) =>
      Array.from(train.x.slice([image, 5, 9, 0], [1, 1, 1, 3]).mul(255).round().dataSync());
    const labels = train.y.argMax(1).dataSync();
    for (const image of [0, 17, 89]) {
      const [red, green, blue] = pixel(image);
      expect([red! % 10, green, blue]).toEqual([labels[image], 5, 9]);
    }
  });

  it("downloads once, with progress, and keeps the files and nothing else", async () => {
    const { bytes, sha256 } = await archive();
    let requests = 0;
    const url = await serve((_, response) => {
      requests++;
      response.writeHead(200, { "content-length": bytes.length }).end(bytes);
    });
    const cache = temporaryFolder();
    const dir = join(cache, "cifar-10");
    const progress: { loaded: number; total: number | undefined }[] = [];
    const options = {
      dir,
      archive: { url, sha256 },
      onProgress: (event: (typeof progress)[number]) => void progress.push(event),
    };
    expect((await cifar10(options)).train.x.shape[0]).toBe(80);
    expect(progress.at(-1)).toEqual({ loaded: bytes.length, total: bytes.length });
    expect(readdirSync(cache)).toEqual(["cifar-10"]);
    expect(readdirSync(dir).sort()).toEqual(files);
    expect((await cifar10({ ...options, seed: 1 })).train.x.shape[0]).toBe(80);
    expect(requests).toBe(1);
  });

  it.each<[string, (bytes: Buffer) => RequestListener, RegExp]>([
    [
      "is another file",
      (bytes) => (_, response) => response.end(bytes.subarray(0, -10)),
      /damaged or different file: SHA-256/,
    ],
    [
      "is not found",
      () => (_, response) => response.writeHead(404).end(),
      /HTTP 404.*Put these files there: data_batch_1\.bin/,
    ],
    [
      "breaks off",
      (bytes) => (_, response) => {
        response.writeHead(200, { "content-length": bytes.length });
        response.write(bytes.subarray(0, 100), () => response.destroy());
      },
      /cannot be downloaded: .*Put these files there/,
    ],
  ])("leaves nothing behind where the file %s", async (_, listener, message) => {
    const { bytes, sha256 } = await archive();
    const cache = temporaryFolder();
    const url = await serve(listener(bytes));
    await expect(cifar10({ dir: join(cache, "c"), archive: { url, sha256 }, onProgress: quiet })).rejects.toThrow(
      message,
    );
    expect(readdirSync(cache)).toEqual([]);
  });

  it("refuses an archive that lacks a file", async () => {
    const { bytes, sha256 } = await archive(files.slice(1));
    const cache = temporaryFolder();
    const url = await serve((_, response) => response.end(bytes));
    const failure = cifar10({ dir: join(cache, "c"), archive: { url, sha256 }, onProgress: quiet });
    await expect(failure).rejects.toThrow(/does not contain CIFAR-10's six/);
    expect(readdirSync(cache)).toEqual([]);
  });

  it("names folder, files and source where there is no network", async () => {
    const dir = join(temporaryFolder(), "cifar-10");
    const url = "http://127.0.0.1:9/cifar-10-binary.tar.gz";
    const failure = cifar10({ dir, archive: { url, sha256: "" } });
    await expect(failure).rejects.toThrow(`CIFAR-10 is not in ${dir} and cannot be downloaded`);
    await expect(failure).rejects.toThrow(/[^.]\. Put these files there: data_batch_1\.bin.*test_batch\.bin/);
    await expect(cifar10({ dir, download: false })).rejects.toThrow(`CIFAR-10 is not in ${dir}. Put`);
  });

  it("stops when aborted", async () => {
    const cache = temporaryFolder();
    const controller = new AbortController();
    const url = await serve((_, response) => void response.writeHead(200).write("x", () => controller.abort()));
    const failure = cifar10({
      dir: join(cache, "c"),
      archive: { url, sha256: "" },
      onProgress: quiet,
      signal: controller.signal,
    });
    await expect(failure).rejects.toThrow(/abort/i);
    expect(readdirSync(cache)).toEqual([]);
  });

  it("completes a folder that has some of the files, and names a file that is cut", async () => {
    const { bytes, sha256 } = await archive();
    const dir = join(temporaryFolder(), "cifar-10");
    writeBatches(dir, files.slice(0, 2));
    const url = await serve((_, response) => response.end(bytes));
    expect((await cifar10({ dir, archive: { url, sha256 }, onProgress: quiet })).test.x.shape[0]).toBe(20);
    writeFileSync(join(dir, "test_batch.bin"), batch(0).subarray(1));
    await expect(cifar10({ dir, seed: 2 })).rejects.toThrow(/test_batch\.bin is not a complete CIFAR-10 file/);
  });
});
