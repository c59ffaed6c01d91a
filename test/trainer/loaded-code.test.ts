import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, it } from "vitest";
import { recordedTrainer } from "./recorded-trainer.js";
import { studyFolder } from "./study-folder.js";

/** A study whose code is spread over modules of all kinds and a package. */
const workspace = {
  "nets/dense.study.ts": `
    import * as tf from "@tensorflow/tfjs";
    import { defineStudy, int, random } from "tunelens";
    import { fit } from "tunelens/training";
    import { half } from "halves";
    import sizes from "../sizes.json";
    import { buildModel } from "./lib/model.js";
    const x = tf.keep(tf.ones([8, 4]));
    const y = tf.keep(tf.ones([8, 1]));
    export default defineStudy({
      name: "spread",
      space: { units: int(sizes.low, sizes.high) },
      sampler: random(),
      trials: 1,
      epochs: 1,
      async objective(trial) {
        const { lossName } = await import("./lib/loss.cjs");
        const model = buildModel(half(trial.params.units), lossName);
        const history = await fit(trial, model, { train: { x, y } });
        return { value: history.last("loss"), model };
      },
    });`,
  "nets/lib/model.ts": `
    import * as tf from "@tensorflow/tfjs";
    export function buildModel(units: number, loss: string) {
      const model = tf.sequential({ layers: [tf.layers.dense({ units, inputShape: [4] }), tf.layers.dense({ units: 1 })] });
      model.compile({ optimizer: "sgd", loss });
      return model;
    }`,
  "nets/lib/loss.cjs": `exports.lossName = require("./name.cjs");`,
  "nets/lib/name.cjs": `module.exports = "meanSquaredError";`,
  "nets/lib/unused.ts": `export {};`,
  "sizes.json": `{ "low": 4, "high": 8 }`,
  "node_modules/halves/package.json": `{ "name": "halves", "version": "2.3.4", "exports": "./lib/index.js", "type": "module" }`,
  "node_modules/halves/lib/package.json": `{ "type": "module" }`,
  "node_modules/halves/lib/index.js": `export { half } from "./half.js";`,
  "node_modules/halves/lib/half.js": `export const half = (x) => Math.floor(x / 2);`,
};

it("says of a saved model which code trained it: each file's hash, each package's version", async () => {
  const folder = studyFolder();
  for (const [path, text] of Object.entries(workspace)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  const { run, trainer } = await recordedTrainer(folder);
  await run("nets/dense.study.ts");
  const { model } = await trainer.functions.retrain({ file: join(folder, "nets/dense.study.ts") });
  const { code, versions } = JSON.parse(readFileSync(join(model!, "tunelens.json"), "utf8")) as {
    code: Record<string, string>;
    versions: Record<string, string>;
  };
  const sha256 = (path: string) =>
    createHash("sha256")
      .update(readFileSync(join(folder, "nets", path)))
      .digest("hex");
  const files = ["../sizes.json", "dense.study.ts", "lib/loss.cjs", "lib/model.ts", "lib/name.cjs"];
  expect(code).toEqual(Object.fromEntries(files.map((path) => [path, sha256(path)])));
  expect(versions).toEqual({
    node: process.versions.node,
    tunelens: "0.1.0",
    "@tensorflow/tfjs": "4.22.0",
    "@tensorflow/tfjs-backend-wasm": "4.22.0",
    halves: "2.3.4",
  });
});
