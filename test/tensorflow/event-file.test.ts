import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { crc32c, EventFile } from "../../src/tensorflow/tfjs-node/event-file.js";
import { temporaryFolder } from "../temporary-folder.js";

describe("crc32c", () => {
  it("gives the check value that is published with the polynomial", () => {
    expect(crc32c(Buffer.from("123456789"))).toBe(0xe3069283);
  });
});

describe("EventFile", () => {
  it("has one record for each scalar, each with a length and checksums, and the numbers in it", () => {
    const folder = join(temporaryFolder(), "logs");
    const file = new EventFile(folder, ".v2");
    file.scalar("epoch_loss", 0.25, 300);
    const bytes = readFileSync(join(folder, globSync("*.v2", { cwd: folder })[0]!));
    const lengths: number[] = [];
    let event = Buffer.alloc(0);
    for (let at = 0; at < bytes.length; at += 16 + event.length) {
      const length = Number(bytes.readBigUInt64LE(at));
      event = bytes.subarray(at + 12, at + 12 + length);
      lengths.push(event.length);
    }
    expect(lengths).toEqual([9 + 2 + 13, 9 + 3 + 2 + 2 + 2 + 10 + 5]);
    // Wall time, step 300, a summary with one value: its tag and its number.
    const summary = [0x2a, 19, 0x0a, 17, 0x0a, 10, ...Buffer.from("epoch_loss"), 0x15, 0, 0, 0x80, 0x3e];
    expect([...event.subarray(9)]).toEqual([0x10, 0xac, 0x02, ...summary]);
  });
});
