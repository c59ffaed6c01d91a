import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { openStorage } from "../../src/storage/open.js";
import { tunelens } from "./command.js";
import { studyFolder } from "../trainer/study-folder.js";

const examples = fileURLToPath(new URL("../../examples", import.meta.url));

function exampleFolder(): string {
  const folder = studyFolder();
  for (const name of ["cifar10.study.ts", "fashion-mnist.study.ts"]) cpSync(join(examples, name), join(folder, name));
  return folder;
}

/** Two images of each class per file, in CIFAR-10's binary format. */
function writeMadeCifar10(dir: string): void {
  mkdirSync(dir, { recursive: true });
  const names = [...[1, 2, 3, 4, 5].map((batch) => `data_batch_${batch}.bin`), "test_batch.bin"];
  const record = (label: number) => Buffer.concat([Buffer.from([label]), Buffer.alloc(3072, label * 20)]);
  for (const name of names)
    writeFileSync(join(dir, name), Buffer.concat(Array.from({ length: 20 }, (_, i) => record(i % 10))));
}

it("a trial's network is the published one: its layers, their order, filters that double, and nodes that halve", async () => {
  const folder = exampleFolder();
  writeFileSync(
    join(folder, "layers.study.ts"),
    `import { defineStudy } from "tunelens";
import { buildModel } from "./fashion-mnist.study.js";
const describe = ({ layers }: ReturnType<typeof buildModel>) =>
  layers.map((layer) => {
    const { filters, units, rate, kernelSize, padding, poolSize, activation } = layer.getConfig();
    return [layer.getClassName(), filters ?? units ?? rate ?? poolSize ?? "", kernelSize ?? "", padding ?? "", activation ?? ""].join(" ").trim();
  });
export default defineStudy({ name: "layers", trials: 1, objective: () => {
  const first = buildModel([32, 32, 3], 0.99, { convLayers: 2, convFilters: 32, denseLayers: 1, denseNodes: 64 });
  const deep = buildModel([32, 32, 3], 0.99, { convLayers: 5, convFilters: 16, denseLayers: 5, denseNodes: 128 });
  console.log("LAYERS " + JSON.stringify([describe(first), describe(deep), first.loss, first.optimizer.getConfig(), first.metrics]));
  return 0;
} });`,
  );
  const { stdout, stderr } = await tunelens(folder, "run", "layers.study.ts", "--backend", "cpu");
  const printed = stdout.split("\n").find((line) => line.startsWith("LAYERS "));
  expect(printed, stderr).toBeDefined();
  const [first, deep, loss, optimizer, metrics] = JSON.parse(printed!.slice(7)) as unknown[];
  const conv = (filters: number) => `Conv2D ${filters} 3,3 same relu`;
  const between = ["MaxPooling2D 2,2  valid", "BatchNormalization", "Dropout 0.2"];
  expect(first).toEqual([
    "InputLayer",
    conv(32),
    ...between,
    conv(64),
    "Flatten",
    "Dense 64   relu",
    "Dense 10   softmax",
  ]);
  const convs = [16, 32, 64, 128, 256].flatMap((filters, i) =>
    i === 0 ? [conv(filters)] : [...between, conv(filters)],
  );
  const dense = [
    "Dense 128   relu",
    "Dense 64   relu",
    "Dense 32   relu",
    "Dropout 0.2",
    "Dense 16   relu",
    "Dense 8   relu",
    "Dropout 0.2",
  ];
  expect(deep).toEqual(["InputLayer", ...convs, "Flatten", ...dense, "Dense 10   softmax"]);
  expect([loss, metrics]).toEqual(["categoricalCrossentropy", ["accuracy"]]);
  expect(optimizer).toMatchObject({ learningRate: 0.001, beta1: 0.9, beta2: 0.999 });
});

it("the study on CIFAR-10 is the published one, on made images in its format: first network, study, retraining, and follow-up", async () => {
  const folder = exampleFolder();
  const cache = join(folder, "cache");
  writeMadeCifar10(join(cache, "datasets", "cifar-10"));
  process.env["TUNELENS_CACHE"] = cache;
  try {
    const run = await tunelens(folder, "run", "cifar10.study.ts", "--epochs", "2", "--trials", "1", "--seed", "1");
    expect(run.code, run.stderr).toBe(0);
    expect(run.stdout).toContain('Study "cifar10-cnn": 1 trial; TPESampler, HyperbandPruner');
    const storage = openStorage("sqlite:///.tunelens/studies.db", { cwd: folder, readOnly: true });
    const [first] = storage.getTrials(storage.findStudy("cifar10-cnn")!);
    storage.close();
    expect(first).toMatchObject({
      state: "COMPLETE",
      params: { convLayers: 2, convFilters: 32, denseLayers: 1, denseNodes: 64 },
    });
    // The last epoch's, not the best one's.
    expect(first!.values![0]).toBe(first!.intermediateValues.get(1));
    const retrained = await tunelens(folder, "retrain", "cifar10.study.ts", "--epochs", "1");
    expect(retrained.stdout, retrained.stderr).toContain("Accuracy on 20 test images: ");
    const followUp = ["--freeze", "convLayers=5", "--as", "cifar10-cnn-5-convolutions"];
    const frozen = await tunelens(
      folder,
      "run",
      "cifar10.study.ts",
      ...followUp,
      "--epochs",
      "1",
      "--trials",
      "1",
      "--seed",
      "1",
    );
    expect(frozen.stdout, frozen.stderr).toContain("convLayers=5 frozen");
  } finally {
    delete process.env["TUNELENS_CACHE"];
  }
  const code = readFileSync(join(examples, "cifar10.study.ts"), "utf8");
  for (const part of [
    "tpe({ multivariate: true })",
    "hyperband()",
    "trials: 80",
    "study: 30",
    "sqlite:///",
    "int(1, 5)",
    "[512, 256, 128, 64]",
    "[64, 32, 16]",
  ])
    expect(code).toContain(part);
});
