import * as tf from "@tensorflow/tfjs";
import { convertIndexedToRgb, decode as readPng, type DecodedPng } from "fast-png";
import { decode as readJpeg } from "jpeg-js";
import { InvalidArgumentError } from "../../engine/errors.js";
import { valueInWords } from "../../engine/value-in-words.js";
import { native } from "./native.js";

/** Rows of pixels from 0 to 255: gray, gray and alpha, RGB, or RGBA. */
interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  readonly data: ArrayLike<number>;
}

/**
 * As tfjs-node's `tf.node.decodeImage`, of PNG and JPEG images.
 * @throws InvalidArgumentError if the contents are not the bytes of such an image.
 * @throws TunelensError code `needs-tfjs-node` for GIF and BMP.
 */
export function decodeImage(contents: Uint8Array, channels = 0): tf.Tensor3D | tf.Tensor4D {
  refuseOthers("decodeImage", contents);
  const begins = (...bytes: readonly number[]) => bytes.every((byte, i) => contents[i] === byte);
  if (begins(0xff, 0xd8, 0xff)) return decodeJpeg(contents, channels);
  if (begins(0x89, 0x50, 0x4e, 0x47)) return decodePng(contents, channels);
  if (begins(0x47, 0x49, 0x46, 0x38)) return native("decodeGif")(contents);
  if (begins(0x42, 0x4d)) return native("decodeBmp")(contents, channels);
  throw new InvalidArgumentError("tf.node.decodeImage: the bytes are not those of a PNG, JPEG, GIF, or BMP image.");
}

/**
 * As tfjs-node's `tf.node.decodePng`.
 * @throws InvalidArgumentError if the contents are not the bytes of a PNG image.
 */
export function decodePng(contents: Uint8Array, channels = 0): tf.Tensor3D {
  const png = decoded("decodePng", "PNG", contents, () => readPng(contents, { checkCrc: true }));
  return tensorOf("decodePng", pixelsOf(png), channels, [0, 1, 3, 4]);
}

/**
 * As tfjs-node's `tf.node.decodeJpeg`, without its hints about speed. Where colors are stored more coarsely than brightness, pixels may
 * differ from TensorFlow's, which smooths them.
 * @throws InvalidArgumentError if the contents are not the bytes of a JPEG image, and for a `ratio` other than 1.
 */
export function decodeJpeg(
  contents: Uint8Array,
  channels = 0,
  ratio = 1,
  ...[, tryRecoverTruncated = false]: [fancyUpscaling?: boolean, tryRecoverTruncated?: boolean]
): tf.Tensor3D {
  if (ratio !== 1)
    throw new InvalidArgumentError(
      `tf.node.decodeJpeg: ratio must be 1, not ${String(ratio)}. Use tf.image.resizeBilinear() to make the image smaller.`,
    );
  const { data, ...size } = decoded("decodeJpeg", "JPEG", contents, () =>
    readJpeg(contents, { useTArray: true, formatAsRGBA: false, tolerantDecoding: tryRecoverTruncated }),
  );
  const pixels =
    componentsOf(contents) === 1
      ? { ...size, channels: 1, data: data.filter((_, i) => i % 3 === 0) }
      : { ...size, channels: 3, data };
  return tensorOf("decodeJpeg", pixels, channels, [0, 1, 3]);
}

function decoded<Result>(name: string, type: string, contents: unknown, read: () => Result): Result {
  refuseOthers(name, contents);
  try {
    return read();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new InvalidArgumentError(`tf.node.${name}: the bytes are not those of a whole ${type} image: ${reason}.`);
  }
}

function refuseOthers(name: string, contents: unknown): void {
  if (contents instanceof Uint8Array) return;
  const { what } = valueInWords(contents);
  throw new InvalidArgumentError(
    `tf.node.${name}: the image is ${what}. Pass the bytes of its file: fs.readFileSync(path).`,
  );
}

function pixelsOf(png: DecodedPng): Pixels {
  const { width, height, depth, palette } = png;
  if (palette) return { width, height, channels: palette[0]!.length, data: convertIndexedToRgb(png) };
  if (depth === 16) return { ...png, data: Array.from(png.data, (value) => value >> 8) };
  return depth === 8 ? png : { width, height, channels: 1, data: unpacked(png) };
}

/** Gray values of less than a byte; each row begins with a new byte. */
function unpacked({ width, height, depth, data }: DecodedPng): Uint8Array {
  const bytesPerRow = Math.ceil((width * depth) / 8);
  const most = (1 << depth) - 1;
  return Uint8Array.from({ length: width * height }, (_, i) => {
    const bit = (i % width) * depth;
    const byte = data[Math.floor(i / width) * bytesPerRow + (bit >> 3)]!;
    return (((byte >> (8 - depth - (bit & 7))) & most) * 255) / most;
  });
}

/** How many components a JPEG image has: what its frame's header says. */
function componentsOf(contents: Uint8Array): number {
  for (let at = 2; at + 9 < contents.length; at += 2 + ((contents[at + 2]! << 8) | contents[at + 3]!)) {
    const marker = contents[at + 1]!;
    if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)) return contents[at + 9]!;
  }
  return 3;
}

/** @param channels 0: those of the image. */
function tensorOf(name: string, image: Pixels, channels: number, allowed: readonly number[]): tf.Tensor3D {
  if (!allowed.includes(channels))
    throw new InvalidArgumentError(`tf.node.${name}: channels must be one of ${allowed.join(", ")}, not ${channels}.`);
  const { width, height, data } = image;
  const count = channels === 0 ? image.channels : channels;
  const values = new Int32Array(width * height * count);
  for (let pixel = 0; pixel < width * height; pixel++)
    for (let channel = 0; channel < count; channel++)
      values[pixel * count + channel] =
        count === image.channels ? data[pixel * count + channel]! : valueAt(image, pixel, channel, count);
  return tf.tensor3d(values, [height, width, count], "int32");
}

/** @param count of the channels that are asked for. */
function valueAt({ channels, data }: Pixels, pixel: number, channel: number, count: number): number {
  const at = pixel * channels;
  if (channel === 3) return channels % 2 === 0 ? data[at + channels - 1]! : 255;
  if (channels < 3) return data[at]!;
  if (count === 1) return Math.round(0.299 * data[at]! + 0.587 * data[at + 1]! + 0.114 * data[at + 2]!);
  return data[at + channel]!;
}
