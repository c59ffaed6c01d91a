import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

/** Bytes in the IDX format. */
export function idxBytes(shape: readonly number[], values: Uint8Array): Buffer {
  const header = Buffer.alloc(4 + 4 * shape.length);
  header.writeUInt8(8, 2);
  header.writeUInt8(shape.length, 3);
  shape.forEach((size, axis) => header.writeUInt32BE(size, 4 + 4 * axis));
  return Buffer.concat([header, values]);
}

/** Writes images of one value each, equal to their number modulo 256, with labels that go round. @returns the paths. */
export function writeIdx(folder: string, name: string, count: number, classes: number, gzip = false) {
  const size = 2 * 3;
  const pixels = Uint8Array.from({ length: count * size }, (_, i) => Math.floor(i / size) % 256);
  const write = (kind: string, bytes: Buffer) => {
    const path = join(folder, `${name}-${kind}${gzip ? ".gz" : ""}`);
    writeFileSync(path, gzip ? gzipSync(bytes) : bytes);
    return path;
  };
  return {
    images: write("images-idx3-ubyte", idxBytes([count, 2, 3], pixels)),
    labels: write(
      "labels-idx1-ubyte",
      idxBytes(
        [count],
        Uint8Array.from({ length: count }, (_, i) => i % classes),
      ),
    ),
  };
}
