import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { recordedTrainer } from "./recorded-trainer.js";
import { studyFolder } from "./study-folder.js";

const HEAD = `import * as tf from "@tensorflow/tfjs";
import { defineStudy, random } from "tunelens";
import { fit, trialCallback } from "tunelens/training";
`;

async function runText(text: string, request: object = {}) {
  const folder = studyFolder();
  writeFileSync(join(folder, "own.study.ts"), HEAD + text);
  const recorded = await recordedTrainer(folder);
  const ran = await recorded.run("own.study.ts", { ...request }).catch((error: unknown) => error as Error);
  return { ran, recorded, values: recorded.finished.map(({ values }) => values?.[0]) };
}

describe.each(["wasm", "cpu"])("on %s, what a module made lives as long as the module", (backend) => {
  it("keeps data, datasets in the making, and models that get weights and optimizer slots in a trial", async () => {
    const { ran, recorded } = await runText(`
const x = tf.tensor2d([[0], [1], [2], [3]]);
const later = new Promise((resolve) => setTimeout(resolve, 300)).then(() => tf.tensor2d([[1], [3], [5], [7]]));
const unbuilt = tf.layers.dense({ units: 1 });
const compiled = tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [1] })] });
compiled.compile({ optimizer: tf.train.adam(0.1), loss: "meanSquaredError" });
export default defineStudy({
  name: "kept", trials: 3, sampler: random(), seed: 1, backend: "${backend}",
  objective: async (trial) => {
    const y = await later;
    tf.tidy(() => (unbuilt.apply(x) as tf.Tensor).dataSync());
    const history = await fit(trial, compiled, { train: { x, y } }, { epochs: 2 });
    return history.last("loss");
  },
});`);
    expect(ran).toMatchObject({ counts: { COMPLETE: 3 } });
    const warnings = recorded.logs.filter(({ level }) => level !== "info").map(({ message }) => message);
    // Trials that go on from one another are allowed, but hardly ever meant.
    expect(warnings).toEqual([
      expect.stringContaining("trial 1: the model was trained by trial 0 and goes on from there"),
    ]);
  });

  it.each([
    ["variables", "tf.train.sgd(0.1).minimize(() => slope.mul(x).sub(y).square().mean().asScalar())"],
    [
      "variables whose gradients are applied",
      "tf.tidy(() => tf.train.adam(0.1).applyGradients(tf.variableGrads(() => slope.mul(x).sub(y).square().mean().asScalar()).grads))",
    ],
    [
      "a model that each trial compiles",
      `network.compile({ optimizer: tf.train.sgd(0.1), loss: "meanSquaredError" }); await network.fit(x, y, { verbose: 0 });`,
    ],
  ])("keeps %s that trials train, and says that they do", async (_, step) => {
    const { ran, recorded } = await runText(`
const x = tf.tensor2d([[1], [2]]), y = tf.tensor2d([[2], [4]]);
const slope = tf.variable(tf.scalar(0));
const network = tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [1] })] });
export default defineStudy({
  name: "trained", trials: 3, sampler: random(), seed: 1, backend: "${backend}",
  objective: async () => {
    ${step}
    return tf.tidy(() => slope.add((network.predict(x) as tf.Tensor).sum()).dataSync()[0]);
  },
});`);
    expect(ran).toMatchObject({ counts: { COMPLETE: 3 } });
    expect(recorded.logs.filter(({ level }) => level === "warn")).toEqual([
      expect.objectContaining({
        message: expect.stringMatching(
          /trial 1: variables that trial 0 has trained are trained further.* See own\.study\.ts:(8|11)\.$/,
        ),
      }),
    ]);
  });

  it("says nothing of variables that each trial sets before it trains them", async () => {
    const { ran, recorded } = await runText(`
const slope = tf.variable(tf.scalar(0));
export default defineStudy({
  name: "set", trials: 3, sampler: random(), backend: "${backend}",
  objective: () => {
    tf.tidy(() => slope.assign(tf.scalar(0)));
    tf.train.sgd(0.1).minimize(() => slope.sub(3).square());
    return slope.dataSync()[0]!;
  },
});`);
    expect(ran).toMatchObject({ counts: { COMPLETE: 3 } });
    expect(
      recorded.finished.map(({ values }) => values![0]).every((value) => Math.abs(Number(value) - 0.6) < 1e-6),
    ).toBe(true);
    expect(recorded.logs.filter(({ level }) => level === "warn")).toEqual([]);
  });

  it.each([
    ["a tensor", "data ??= tf.ones([4]); return tf.tidy(() => data.sum().dataSync()[0]);"],
    [
      "a model",
      "data ??= tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [1] })] }); return tf.tidy(() => data.predict(tf.ones([1, 1])).dataSync()[0]);",
    ],
  ])("says why %s of another trial is gone", async (_, body) => {
    const { ran } = await runText(`
let data: any;
export default defineStudy({ name: "lazy", trials: 2, backend: "${backend}", objective: () => { ${body} } });`);
    expect(String(ran as Error)).toMatch(/A tensor from trial 0 was used.*top of the study file.*tf\.keep\(\)/s);
  });
});

describe("the seed of a study", () => {
  const text = (options: string) => `
const split = Math.random();
const numbers = tf.data.array(Array.from({ length: 20 }, (_, i) => i)).shuffle(20);
export default defineStudy({
  name: "seeded", ${options} sampler: random(),
  objective: async () => {
    const [first, second] = [await numbers.toArray(), await numbers.toArray()];
    if (String(first) === String(second)) throw new Error("the order is the same in each epoch");
    return split + Number(first[0]) + 100 * Number(second[0]) + Math.random();
  },
});`;

  it("reaches what modules draw and how data sets are shuffled, also over a resume", async () => {
    const whole = await runText(text("trials: 4, seed: 7,"));
    const again = await runText(text("trials: 4, seed: 7,"));
    expect(again.values).toEqual(whole.values);
    const asked = await runText(text("trials: 4,"), { seed: 7 });
    expect(asked.values).toEqual(whole.values);
    const other = await runText(text("trials: 4, seed: 8,"));
    expect(other.values).not.toEqual(whole.values);
    const isolated = await runText(text('trials: 1, seed: 7, isolation: "trial",'));
    expect(isolated.values).toEqual(whole.values.slice(0, 1));
    const resumed = await recordedTrainer(isolated.recorded.folder);
    await resumed.run("own.study.ts", { trials: 2 });
    expect(resumed.finished.map(({ values }) => values?.[0])).toEqual(whole.values.slice(1, 2));
  });

  it("that cannot be read in the file is said where modules drew", async () => {
    const { recorded } = await runText(text("trials: 1, seed: Number('7'),"));
    expect(recorded.logs.map(({ message }) => message).join("\n")).toContain("Write the seed as a literal number");
  });
});

describe("a metric that is better the other way than the study's direction", () => {
  const text = (direction: string) => `
const x = tf.ones([8, 1]), y = tf.ones([8, 1]);
export default defineStudy({
  name: "other way", trials: 2, ${direction}
  objective: async (trial) => {
    const model = tf.sequential({ layers: [tf.layers.dense({ units: 1, activation: "sigmoid", inputShape: [1] })] });
    model.compile({ optimizer: "sgd", loss: "binaryCrossentropy", metrics: ["accuracy"] });
    const history = await fit(trial, model, { train: { x, y }, validation: { x, y } }, { epochs: 1, monitor: "val_acc" });
    return history.last("val_acc");
  },
});`;

  it("is an error before the first epoch where no direction is given", async () => {
    const { ran, recorded } = await runText(text(""));
    expect(String(ran as Error)).toMatch(/own\.study\.ts:\d+.*sets no direction.*val_acc.*Set direction: "maximize"/s);
    expect(recorded.epochs).toEqual([]);
  });

  it("is warned of once where the direction is given", async () => {
    const { ran, recorded } = await runText(text('direction: "minimize",'));
    expect(ran).toMatchObject({ counts: { COMPLETE: 2 } });
    expect(recorded.logs.filter(({ message }) => message.includes('direction: "minimize"'))).toHaveLength(1);
  });

  it("is none with the right direction", async () => {
    const { recorded } = await runText(text('direction: "maximize",'));
    expect(recorded.logs.filter(({ level }) => level === "warn")).toEqual([]);
  });
});
