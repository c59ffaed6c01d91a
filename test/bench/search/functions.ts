import type { Trial } from "../../../src/engine/trial/trial.js";

/** What a function asks for: a trial of Tunelens, or one whose parameters Optuna suggests. */
export type SuggestingTrial = Pick<Trial, "suggestFloat" | "suggestInt" | "suggestCategorical" | "setConstraint">;

export const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

export function floats(trial: SuggestingTrial, count: number, low: number, high: number): number[] {
  return Array.from({ length: count }, (_, i) => trial.suggestFloat(`x${i}`, low, high));
}

export const sphere = (d: number) => (trial: SuggestingTrial) => sum(floats(trial, d, -5.12, 5.12).map((x) => x ** 2));

function rosenbrock(trial: SuggestingTrial): number {
  const x = floats(trial, 5, -5, 10);
  return sum(x.slice(1).map((next, i) => 100 * (next - x[i]! ** 2) ** 2 + (1 - x[i]!) ** 2));
}

function rastrigin(trial: SuggestingTrial): number {
  return 50 + sum(floats(trial, 5, -5.12, 5.12).map((x) => x * x - 10 * Math.cos(2 * Math.PI * x)));
}

const hartmannAlpha = [1, 1.2, 3, 3.2];
const hartmannA = [
  [10, 3, 17, 3.5, 1.7, 8],
  [0.05, 10, 17, 0.1, 8, 14],
  [3, 3.5, 1.7, 10, 17, 8],
  [17, 8, 0.05, 10, 0.1, 14],
];
const hartmannP = [
  [1312, 1696, 5569, 124, 8283, 5886],
  [2329, 4135, 8307, 3736, 1004, 9991],
  [2348, 1451, 3522, 2883, 3047, 6650],
  [4047, 8828, 8732, 5743, 1091, 381],
];

function hartmann6(trial: SuggestingTrial): number {
  const x = floats(trial, 6, 0, 1);
  const distance = (i: number) => sum(x.map((value, j) => hartmannA[i]![j]! * (value - 1e-4 * hartmannP[i]![j]!) ** 2));
  return -sum(hartmannAlpha.map((alpha, i) => alpha * Math.exp(-distance(i))));
}

function branin(trial: SuggestingTrial): number {
  const x = trial.suggestFloat("x0", -5, 10);
  const y = trial.suggestFloat("x1", 0, 15);
  const [b, c, t] = [5.1 / (4 * Math.PI ** 2), 5 / Math.PI, 1 / (8 * Math.PI)];
  return (y - b * x * x + c * x - 6) ** 2 + 10 * (1 - t) * Math.cos(x) + 10;
}

function supportVectorMachine(trial: SuggestingTrial): number {
  const kernel = trial.suggestCategorical("svm_kernel", ["linear", "rbf"]);
  const value = 0.1 + 0.02 * (Math.log10(trial.suggestFloat("svm_C", 1e-3, 1e3, { log: true })) - 1) ** 2;
  if (kernel === "linear") return value;
  return value - 0.03 + 0.015 * (Math.log10(trial.suggestFloat("svm_gamma", 1e-5, 1e1, { log: true })) + 2) ** 2;
}

function randomForest(trial: SuggestingTrial): number {
  const trees = trial.suggestInt("rf_n_estimators", 10, 500, { step: 10 });
  const depth = trial.suggestInt("rf_max_depth", 2, 32, { log: true });
  const features = trial.suggestFloat("rf_max_features", 0.1, 1, { step: 0.05 });
  return 0.05 + 0.1 * Math.exp(-trees / 80) + 0.04 * (Math.log2(depth) - 3.5) ** 2 + 0.3 * (features - 0.4) ** 2;
}

function perceptron(trial: SuggestingTrial): number {
  const layers = trial.suggestInt("mlp_n_layers", 1, 3);
  const rate = trial.suggestFloat("mlp_lr", 1e-5, 1e-1, { log: true });
  const dropout = trial.suggestFloat("mlp_dropout", 0, 0.5);
  let value = 0.02 + 0.03 * (Math.log10(rate) + 3) ** 2 + 0.5 * (dropout - 0.2) ** 2 + 0.02 * Math.abs(layers - 2);
  for (let i = 0; i < layers; i++)
    value += 0.01 * (Math.log2(trial.suggestInt(`mlp_units_${i}`, 16, 512, { log: true })) - (7.5 - 0.5 * i)) ** 2;
  return value;
}

/** The model chooses the parameters there are. Least at 0.02, a perceptron of two layers. */
function conditionalModels(trial: SuggestingTrial): number {
  const models = { svm: supportVectorMachine, rf: randomForest, mlp: perceptron };
  return models[trial.suggestCategorical("model", ["svm", "rf", "mlp"])](trial);
}

function griewank(trial: SuggestingTrial): number {
  const x = floats(trial, 10, -60, 60);
  const waves = x.reduce((product, v, i) => product * Math.cos(v / Math.sqrt(i + 1)), 1);
  return 1 + sum(x.map((v) => v * v)) / 4000 - waves;
}

function ackley(trial: SuggestingTrial): number {
  const x = floats(trial, 10, -32.768, 32.768);
  const spread = Math.sqrt(sum(x.map((v) => v * v)) / x.length);
  return 20 + Math.E - 20 * Math.exp(-0.2 * spread) - Math.exp(sum(x.map((v) => Math.cos(2 * Math.PI * v))) / x.length);
}

function levy(trial: SuggestingTrial): number {
  const w = floats(trial, 8, -10, 10).map((x) => 1 + (x - 1) / 4);
  const last = w.at(-1)!;
  const middle = w.slice(0, -1).map((v) => (v - 1) ** 2 * (1 + 10 * Math.sin(Math.PI * v + 1) ** 2));
  return Math.sin(Math.PI * w[0]!) ** 2 + sum(middle) + (last - 1) ** 2 * (1 + Math.sin(2 * Math.PI * last) ** 2);
}

/** A valley turned against every axis, its steepness over four orders of magnitude. */
function rotatedEllipsoid(trial: SuggestingTrial): number {
  const x = floats(trial, 6, -5, 5).map((v, i) => v - (i - 2.5) / 2);
  return sum(x.map((_, i) => 10 ** ((4 * i) / 5) * sum(x.slice(0, i + 1)) ** 2));
}

/** What tuning a network looks like: rates on a logarithmic scale that depend on one another, sizes, choices. Least at 0.05. */
function network(trial: SuggestingTrial): number {
  const rate = Math.log10(trial.suggestFloat("lr", 1e-5, 1, { log: true }));
  const decay = Math.log10(trial.suggestFloat("decay", 1e-7, 1e-1, { log: true }));
  const batch = Math.log2(trial.suggestInt("batch", 8, 512, { log: true }));
  const layers = trial.suggestInt("layers", 1, 8);
  const units = trial.suggestInt("units", 16, 512, { step: 16 });
  const dropout = trial.suggestFloat("dropout", 0, 0.6, { step: 0.05 });
  const optimizer = trial.suggestCategorical("optimizer", ["adam", "sgd", "rmsprop"]);
  const best = { adam: -3, sgd: -1.5, rmsprop: -3.5 }[optimizer] + 0.25 * (batch - 6);
  const loss = 0.05 + 0.06 * (rate - best) ** 2 + 0.01 * (decay + rate / 2 + 2.5) ** 2;
  const size = 0.01 * (layers - 4) ** 2 + 0.03 * (Math.log2(units) - 7.5 + 0.3 * (layers - 4)) ** 2;
  return loss + size + 0.5 * (dropout - 0.25) ** 2 + { adam: 0, sgd: 0.01, rmsprop: 0.02 }[optimizer];
}

/** Eight choices of four to six each: what each is worth, and what some pairs are. Least at 0. */
function choices(trial: SuggestingTrial): number {
  const picked = Array.from({ length: 8 }, (_, i) => {
    const names = Array.from({ length: 4 + (i % 3) }, (_, choice) => `c${choice}`);
    return { index: names.indexOf(trial.suggestCategorical(`p${i}`, names)), best: (3 * i + 1) % names.length };
  });
  const alone = picked.map(({ index, best }, i) =>
    index === best ? 0 : (1 + ((index * 7 + i * 3) % 5)) / (1 + i / 2),
  );
  const right = picked.map(({ index, best }) => index === best);
  return sum(alone) + sum(right.slice(1).map((is, i) => (is === right[i] ? 0 : 0.5)));
}

/** Three choices that move the optimum of four numbers. Least at 0. */
function choicesAndNumbers(trial: SuggestingTrial): number {
  const activation = trial.suggestCategorical("activation", ["relu", "tanh", "gelu", "selu"]);
  const norm = trial.suggestCategorical("norm", ["batch", "layer", "none"]);
  const pool = trial.suggestCategorical("pool", ["max", "average"]);
  const x = floats(trial, 4, 0, 1);
  const shift = { relu: 0.2, tanh: 0.5, gelu: 0.35, selu: 0.8 }[activation];
  const scale = { batch: 1, layer: 1.5, none: 3 }[norm];
  const offset = { relu: 0.05, tanh: 0.2, gelu: 0, selu: 0.3 }[activation] + { max: 0, average: 0.1 }[pool];
  return offset + scale * sum(x.map((v, i) => (v - shift - 0.1 * i) ** 2)) + (scale - 1) * 0.1;
}

/** Zitzler, Deb, Thiele: two objectives, whose front is 1 − √x. */
export function zdt1(trial: SuggestingTrial): [number, number] {
  const x = floats(trial, 6, 0, 1);
  const g = 1 + (9 / 5) * sum(x.slice(1));
  return [x[0]!, g * (1 - Math.sqrt(x[0]! / g))];
}

export function rastrigin10(trial: SuggestingTrial): number {
  return 100 + sum(floats(trial, 10, -5.12, 5.12).map((x) => x * x - 10 * Math.cos(2 * Math.PI * x)));
}

/** Its optimum is nowhere near the middle, nor at the same place in any two numbers. */
export const shiftedSphere = (d: number) => (trial: SuggestingTrial) =>
  sum(floats(trial, d, -5.12, 5.12).map((x, i) => (x - 4 * Math.sin(7 * i + 1)) ** 2));

/** To minimize: those of Optuna's reference, which Optuna's recorded runs were made on in Python, and ours, on which `auto` was tuned. */
export const functions = {
  sphere5: sphere(5),
  rosenbrock5: rosenbrock,
  rastrigin5: rastrigin,
  hartmann6: hartmann6,
  branin: branin,
  cond_mixed: conditionalModels,
  sphere20: sphere(20),
  griewank10: griewank,
  ackley10: ackley,
  levy8: levy,
  ellipsoid6: rotatedEllipsoid,
  network7: network,
  choices8: choices,
  choices3numbers4: choicesAndNumbers,
} satisfies Record<string, (trial: SuggestingTrial) => number>;
