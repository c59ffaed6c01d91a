import { readFileSync } from "node:fs";
import type * as tf from "@tensorflow/tfjs";
import { describe, expect, it } from "vitest";
import { useBackend } from "../../src/tensorflow/backends/use-backend.js";
import { node } from "../../src/tensorflow/tfjs-node.js";

await useBackend("cpu");

const url = new URL("../fixtures/images/images.json", import.meta.url);
const images = JSON.parse(readFileSync(url, "utf8")) as Record<
  string,
  { readonly file: string; readonly pixels: string }
>;
const bytesOf = (name: string) => Buffer.from(images[name]!.file, "base64");
const pixelsOf = (name: string) => [...Buffer.from(images[name]!.pixels, "base64")];
const [WIDTH, HEIGHT] = [7, 5];

/** How far decoders of JPEG may be apart, which round differently. */
const TOLERANCE = 4;

function expectPixels(image: tf.Tensor, expected: readonly number[], tolerance: number): void {
  expect([image.shape, image.dtype]).toEqual([[HEIGHT, WIDTH, expected.length / WIDTH / HEIGHT], "int32"]);
  const values = image.dataSync();
  expect(expected.filter((pixel, i) => Math.abs(pixel - values[i]!) > tolerance)).toEqual([]);
}

describe("tf.node without the native library", () => {
  it.each(Object.keys(images))("decodes %s as another decoder does", (name) => {
    const isPng = name.endsWith(".png");
    const decode = isPng ? node.decodePng : node.decodeJpeg;
    const tolerance = isPng ? 0 : TOLERANCE;
    expectPixels(decode(bytesOf(name)), pixelsOf(name), tolerance);
    expectPixels(node.decodeImage(bytesOf(name)), pixelsOf(name), tolerance);
  });

  it.each([1, 2, 4, 8])("is tested with %i bits for a gray value, and both black and white", (depth) => {
    const name = `gray${depth}.png`;
    expect(bytesOf(name)[24]).toBe(depth);
    if (depth < 8) expect(pixelsOf(name)).toEqual(expect.arrayContaining([0, 255]));
  });

  it("gives the channels that are asked for", () => {
    const [gray, rgb, rgba] = ["gray8.png", "rgb.png", "rgba.png"].map((name) => pixelsOf(name));
    const color = (pixel: number) => rgb!.slice(3 * pixel, 3 * pixel + 3);
    const pixels = Array.from({ length: WIDTH * HEIGHT }, (_, i) => i);
    expectPixels(
      node.decodePng(bytesOf("gray8.png"), 3),
      gray!.flatMap((value) => [value, value, value]),
      0,
    );
    expectPixels(
      node.decodePng(bytesOf("rgb.png"), 4),
      pixels.flatMap((i) => [...color(i), 255]),
      0,
    );
    expectPixels(
      node.decodePng(bytesOf("rgba.png"), 3),
      rgba!.filter((_, i) => i % 4 < 3),
      0,
    );
    const brightness = pixels.map((i) =>
      color(i).reduce((sum, value, c) => sum + value * [0.299, 0.587, 0.114][c]!, 0),
    );
    expectPixels(node.decodePng(bytesOf("rgb.png"), 1), brightness, 0.5);
    expectPixels(node.decodeJpeg(bytesOf("rgb.jpg"), 1), brightness, TOLERANCE);
    expectPixels(
      node.decodeJpeg(bytesOf("gray.jpg"), 3),
      pixelsOf("gray.jpg").flatMap((v) => [v, v, v]),
      TOLERANCE,
    );
  });

  it.each<[string, () => unknown, string]>([
    ["a path", () => node.decodeImage("cat.png" as never), "Pass the bytes of its file: fs.readFileSync(path)."],
    ["another format", () => node.decodePng(bytesOf("rgb.jpg")), "the bytes are not those of a whole PNG image"],
    ["a part of a PNG", () => node.decodePng(bytesOf("rgb.png").subarray(0, 90)), "not those of a whole PNG image"],
    ["a part of a JPEG", () => node.decodeJpeg(bytesOf("rgb.jpg").subarray(0, 300)), "not those of a whole JPEG image"],
    ["no image", () => node.decodeImage(Buffer.from("<svg>")), "not those of a PNG, JPEG, GIF, or BMP image"],
    ["channels that there are not", () => node.decodeJpeg(bytesOf("rgb.jpg"), 4), "must be one of 0, 1, 3, not 4"],
    ["a ratio", () => node.decodeJpeg(bytesOf("rgb.jpg"), 3, 2), "Use tf.image.resizeBilinear()"],
    [
      "a GIF",
      () => node.decodeImage(Buffer.from("GIF89a")),
      "tf.node.decodeGif() is part of TensorFlow's native library",
    ],
  ])("says what is wrong with %s", (_, decode, says) => {
    expect(decode).toThrow(says);
  });
});
