import { appendFileSync, mkdirSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { systemClock } from "../../engine/clock.js";

/** A file of events for TensorBoard: TFRecords of protocol buffers. */
export class EventFile {
  private readonly path: string;

  constructor(folder: string, suffix = "") {
    mkdirSync(folder, { recursive: true });
    const seconds = Math.floor(systemClock.timeOfDay() / 1000);
    this.path = join(folder, `events.out.tfevents.${seconds}.${hostname()}.${process.pid}${suffix}`);
    this.append(field(3, Buffer.from("brain.Event:2")));
  }

  scalar(tag: string, value: number, step: number): void {
    const number = Buffer.alloc(4);
    number.writeFloatLE(value);
    const summary = Buffer.concat([field(1, Buffer.from(tag)), key(2, FIXED_32), number]);
    this.append(Buffer.concat([key(2, VARINT), varint(step), field(5, field(1, summary))]));
  }

  private append(event: Buffer): void {
    const time = Buffer.alloc(8);
    time.writeDoubleLE(systemClock.timeOfDay() / 1000);
    appendFileSync(this.path, record(Buffer.concat([key(1, FIXED_64), time, event])));
  }
}

const VARINT = 0;
const FIXED_64 = 1;
const DELIMITED = 2;
const FIXED_32 = 5;

function key(field: number, type: number): Buffer {
  return Buffer.from([(field << 3) | type]);
}

function field(number: number, bytes: Buffer): Buffer {
  return Buffer.concat([key(number, DELIMITED), varint(bytes.length), bytes]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (let rest = BigInt(Math.trunc(value)); bytes.length === 0 || rest > 0n; rest >>= 7n)
    bytes.push(Number(rest & 0x7fn) | (rest > 0x7fn ? 0x80 : 0));
  return Buffer.from(bytes);
}

function record(data: Buffer): Buffer {
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(data.length));
  return Buffer.concat([length, checksum(length), data, checksum(data)]);
}

/** CRC-32C, masked as TFRecords have it. */
function checksum(data: Buffer): Buffer {
  const crc = crc32c(data);
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE((((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0);
  return bytes;
}

/** Node.js has another polynomial's. */
export function crc32c(data: Uint8Array): number {
  let crc = ~0;
  for (const byte of data) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0x82f63b78 : 0);
  }
  return ~crc >>> 0;
}
