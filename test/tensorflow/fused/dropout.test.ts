import * as tf from "@tensorflow/tfjs";
import { beforeAll, describe, expect, it } from "vitest";
import { useBackend } from "../../../src/tensorflow/backends/use-backend.js";
import { withSeededRandom } from "../../../src/tensorflow/seed.js";

type DropoutArgs = Parameters<typeof tf.layers.dropout>[0];

beforeAll(() => useBackend("wasm"));

function dropped(x: tf.Tensor, args: DropoutArgs): Float32Array {
  return (tf.layers.dropout(args).apply(x, { training: true }) as tf.Tensor).dataSync() as Float32Array;
}

describe("dropout", () => {
  it("drops its share, independently, and keeps the mean", () => {
    for (const rate of [0.1, 0.5, 0.85]) {
      const size = 200_000;
      const y = dropped(tf.ones([size]), { rate });
      const kept = [...new Set(y)].sort((a, b) => a - b);
      expect(kept).toEqual([0, Math.fround(1 / (1 - rate))]);
      const zeros = y.filter((value) => value === 0).length;
      const deviation = Math.sqrt(size * rate * (1 - rate));
      expect(Math.abs(zeros - size * rate)).toBeLessThan(5 * deviation);
      const pairs = y.filter((value, i) => i > 0 && value === 0 && y[i - 1] === 0).length;
      expect(Math.abs(pairs - size * rate * rate)).toBeLessThan(8 * deviation);
    }
  });

  it("gives the same from the same seed, its own or that of the trial", async () => {
    const x = tf.ones([64]);
    const own = () => dropped(x, { rate: 0.5, seed: 3 });
    expect(own()).toEqual(own());
    const seeded = (seed: number) => withSeededRandom([seed], () => dropped(x, { rate: 0.5 }));
    expect(await seeded(1)).toEqual(await seeded(1));
    expect(await seeded(1)).not.toEqual(await seeded(2));
    expect(dropped(x, { rate: 0.5 })).not.toEqual(dropped(x, { rate: 0.5 }));
  });

  it("draws on wasm what it draws on cpu", async () => {
    for (const [rate, seed] of [
      [0.25, 5],
      [0.5, 0x9e3779b9],
      [0.9, 2 ** 32 - 1],
      [1 - 2 ** -40, 7],
    ] as const) {
      const on = async (backend: "cpu" | "wasm") => {
        await useBackend(backend);
        return dropped(tf.ones([31, 7]), { rate, seed });
      };
      expect(await on("wasm")).toEqual(await on("cpu"));
    }
  });

  it("drops whole channels where its noise shape says so", () => {
    const y = dropped(tf.ones([40, 5, 3]), { rate: 0.5, noiseShape: [40, 1, 3] });
    for (let image = 0; image < 40; image++)
      for (let channel = 0; channel < 3; channel++) {
        const column = [0, 1, 2, 3, 4].map((row) => y[(image * 5 + row) * 3 + channel]);
        expect(new Set(column).size).toBe(1);
      }
  });

  it("hands a gradient to what it kept, and does nothing when nothing is trained", () => {
    const layer = tf.layers.dropout({ rate: 0.5, seed: 9 });
    const x = tf.linspace(1, 2, 50);
    const forward = (input: tf.Tensor) => layer.apply(input, { training: true }) as tf.Tensor;
    const mask = forward(tf.ones([50])).dataSync();
    const slope = tf
      .grad((input) => forward(input).sum())(x)
      .dataSync();
    expect(slope).toEqual(mask);
    expect((layer.apply(x, { training: false }) as tf.Tensor).dataSync()).toEqual(x.dataSync());
    expect(dropped(x, { rate: 0 })).toEqual(x.dataSync());
  });

  it("leaves no tensor behind", () => {
    const x = tf.ones([8]);
    const layer = tf.layers.dropout({ rate: 0.5 });
    const after = () => {
      tf.tidy(() => tf.dispose(layer.apply(x, { training: true }) as tf.Tensor));
      return tf.memory().numTensors;
    };
    expect(after()).toBe(after());
  });
});
