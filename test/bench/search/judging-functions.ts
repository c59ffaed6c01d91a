/**
 * Functions kept apart: `auto` was not tuned on them, they only judge it. Whoever changes a sampler because of one of them moves it to
 * `functions.ts`, and adds another here.
 */
import { floats, sum, type SuggestingTrial } from "./functions.js";

export function styblinskiTang12(trial: SuggestingTrial): number {
  return sum(floats(trial, 12, -5, 5).map((x) => (x ** 4 - 16 * x ** 2 + 5 * x) / 2 + 39.16616570377142));
}

export function dixonPrice10(trial: SuggestingTrial): number {
  const x = floats(trial, 10, -10, 10);
  return (x[0]! - 1) ** 2 + sum(x.slice(1).map((next, i) => (i + 2) * (2 * next ** 2 - x[i]!) ** 2));
}

/** Steep valleys that cross: least at −4.687658. */
export function michalewicz5(trial: SuggestingTrial): number {
  const x = floats(trial, 5, 0, Math.PI);
  return -sum(x.map((v, i) => Math.sin(v) * Math.sin(((i + 1) * v ** 2) / Math.PI) ** 20));
}

export function powell24(trial: SuggestingTrial): number {
  const x = floats(trial, 24, -4, 5);
  const blocks = Array.from({ length: 6 }, (_, i) => x.slice(4 * i, 4 * i + 4) as [number, number, number, number]);
  return sum(blocks.map(([a, b, c, d]) => (a + 10 * b) ** 2 + 5 * (c - d) ** 2 + (b - 2 * c) ** 4 + 10 * (a - d) ** 4));
}

/** Ten switches: some help, some harm, some only together. Least at 0. */
export function switches10(trial: SuggestingTrial): number {
  const on = Array.from({ length: 10 }, (_, i) => trial.suggestCategorical(`s${i}`, [false, true]));
  const alone = on.map((is, i) => (is === (i % 3 !== 0) ? 0 : 0.3 + 0.1 * i));
  const together = on.slice(2).map((is, i) => ((is === on[i]) === (i % 2 === 0) ? 0.25 : 0));
  return sum(alone) + sum(together) - 1;
}

/** How images are prepared and a network is built: five choices, two numbers. Least at 0.02. */
export function pipeline7(trial: SuggestingTrial): number {
  const crop = trial.suggestCategorical("crop", ["none", "center", "random"]);
  const flip = trial.suggestCategorical("flip", ["none", "horizontal", "both"]);
  const norm = trial.suggestCategorical("norm", ["batch", "layer", "group", "none"]);
  const activation = trial.suggestCategorical("activation", ["relu", "gelu", "swish", "tanh", "elu"]);
  const schedule = trial.suggestCategorical("schedule", ["constant", "cosine", "step", "warmup"]);
  const rate = Math.log10(trial.suggestFloat("rate", 1e-5, 1, { log: true }));
  const decay = Math.log10(trial.suggestFloat("decay", 1e-6, 1e-1, { log: true }));
  const prepared = { none: 0.05, center: 0.03, random: 0 }[crop] + { none: 0.02, horizontal: 0, both: 0.04 }[flip];
  const built = { batch: 0, layer: 0.015, group: 0.01, none: 0.06 }[norm];
  const active = { relu: 0.01, gelu: 0.002, swish: 0, tanh: 0.04, elu: 0.015 }[activation];
  const shift = { constant: 0.6, cosine: 0, step: 0.3, warmup: -0.2 }[schedule] + (norm === "none" ? 1 : 0);
  const trained = 0.03 * (rate + 2 + shift) ** 2 + { constant: 0.03, cosine: 0, step: 0.01, warmup: 0.005 }[schedule];
  return 0.02 + prepared + built + active + trained + 0.008 * (decay + (crop === "random" ? 4 : 3)) ** 2;
}

/** Trees that are boosted: six numbers and two choices, most of it flat. Least near 0.1. */
export function boosting8(trial: SuggestingTrial): number {
  const rate = Math.log10(trial.suggestFloat("rate", 1e-3, 1, { log: true }));
  const rounds = Math.log10(trial.suggestInt("rounds", 10, 1_000, { log: true }));
  const depth = trial.suggestInt("depth", 1, 12);
  const leaf = Math.log2(trial.suggestInt("leaf", 1, 128, { log: true }));
  const rows = trial.suggestFloat("rows", 0.3, 1);
  const columns = trial.suggestFloat("columns", 0.3, 1, { step: 0.05 });
  const growth = trial.suggestCategorical("growth", ["depth", "loss"]);
  const booster = trial.suggestCategorical("booster", ["tree", "dart", "linear"]);
  const learned = rate + rounds - 0.9;
  const fit = learned < 0 ? 0.25 * learned ** 2 : 0.06 * learned ** 2;
  const size = booster === "linear" ? 0.12 : 0.006 * (depth - (growth === "loss" ? 7 : 5)) ** 2;
  const regular = 0.004 * (leaf - 3) ** 2 + 0.2 * (rows - 0.8) ** 2 + 0.1 * (columns - 0.7) ** 2;
  return 0.1 + 0.1 * (1 - Math.exp(-5 * (fit + size))) + regular + (booster === "dart" ? 0.01 : 0);
}

/** Each optimizer has parameters of its own, beside those that all share. Least at 0. */
export function optimizers(trial: SuggestingTrial): number {
  const batch = Math.log2(trial.suggestInt("batch", 8, 256, { log: true }));
  const width = Math.log2(trial.suggestInt("width", 16, 1_024, { log: true }));
  const shared = 0.02 * (batch - 5) ** 2 + 0.03 * (width - 8) ** 2;
  const log = (name: string, low: number, high: number) =>
    Math.log10(trial.suggestFloat(name, low, high, { log: true }));
  switch (trial.suggestCategorical("optimizer", ["adam", "sgd", "lion"])) {
    case "adam":
      return (
        shared +
        0.1 * (log("adam.rate", 1e-5, 1e-1) + 3) ** 2 +
        2 * (trial.suggestFloat("adam.beta", 0.8, 1) - 0.9) ** 2
      );
    case "sgd":
      return 0.05 + shared + 0.2 * (log("sgd.rate", 1e-4, 1) + 1 - trial.suggestFloat("sgd.momentum", 0, 0.99)) ** 2;
    case "lion":
      return (
        0.02 + shared + 0.1 * (log("lion.rate", 1e-6, 1e-2) + 4) ** 2 + 0.02 * (log("lion.decay", 1e-4, 10) + 0.5) ** 2
      );
  }
}

/** What a beam costs, where it does not break or bend. Least at 1.7249. */
export function weldedBeam4(trial: SuggestingTrial): number {
  const [h, l] = [trial.suggestFloat("h", 0.1, 2), trial.suggestFloat("l", 0.1, 10)];
  const [t, b] = [trial.suggestFloat("t", 0.1, 10), trial.suggestFloat("b", 0.1, 2)];
  const [load, length, elasticity, shear] = [6_000, 14, 30e6, 12e6];
  const primary = load / (Math.SQRT2 * h * l);
  const radius = Math.sqrt(l ** 2 / 4 + ((h + t) / 2) ** 2);
  const inertia = 2 * Math.SQRT2 * h * l * (l ** 2 / 12 + ((h + t) / 2) ** 2);
  const secondary = (load * (length + l / 2) * radius) / inertia;
  const stress = Math.sqrt(primary ** 2 + (primary * secondary * l) / radius + secondary ** 2);
  const slender = Math.sqrt((t ** 2 * b ** 6) / 36);
  const buckling =
    ((4.013 * elasticity * slender) / length ** 2) * (1 - (t / (2 * length)) * Math.sqrt(elasticity / (4 * shear)));
  trial.setConstraint("stress", (stress - 13_600) / 13_600);
  trial.setConstraint("bending", ((6 * load * length) / (b * t ** 2) - 30_000) / 30_000);
  trial.setConstraint("thickness", h - b);
  trial.setConstraint("deflection", ((4 * load * length ** 3) / (elasticity * t ** 3 * b) - 0.25) / 0.25);
  trial.setConstraint("buckling", (load - buckling) / load);
  return 1.10471 * h ** 2 * l + 0.04811 * t * b * (length + l);
}

/** A network that must stay small: two choices and four numbers, and one constraint. Least near 0.05. */
export function smallNetwork6(trial: SuggestingTrial): number {
  const layers = trial.suggestInt("layers", 1, 8);
  const units = trial.suggestInt("units", 16, 1_024, { log: true });
  const rate = Math.log10(trial.suggestFloat("rate", 1e-5, 1, { log: true }));
  const dropout = trial.suggestFloat("dropout", 0, 0.6);
  const kind = trial.suggestCategorical("kind", ["plain", "residual", "dense"]);
  const bits = trial.suggestCategorical("bits", [8, 16, 32]);
  const megabytes = (layers * units ** 2 * bits * { plain: 1, residual: 1.1, dense: 1.6 }[kind]) / 8e6;
  trial.setConstraint("size", megabytes - 0.5);
  const capacity = Math.log2(layers * units ** 1.5) - 13 + { plain: 0, residual: 0.8, dense: 1 }[kind];
  const fit = capacity < 0 ? 0.01 * capacity ** 2 : 0.002 * capacity ** 2;
  return 0.05 + fit + 0.03 * (rate + 3) ** 2 + 0.3 * (dropout - 0.1) ** 2 + { 8: 0.02, 16: 0.002, 32: 0 }[bits];
}

/** Zitzler, Deb, Thiele: a front in five pieces. */
export function zdt3(trial: SuggestingTrial): [number, number] {
  const x = floats(trial, 6, 0, 1);
  const g = 1 + (9 / 5) * sum(x.slice(1));
  const ratio = x[0]! / g;
  return [x[0]!, g * (1 - Math.sqrt(ratio) - ratio * Math.sin(10 * Math.PI * x[0]!))];
}

/** How wrong a network is, and how large. */
export function errorAndSize(trial: SuggestingTrial): [number, number] {
  const layers = trial.suggestInt("layers", 1, 6);
  const units = trial.suggestInt("units", 16, 512, { log: true });
  const rate = Math.log10(trial.suggestFloat("rate", 1e-5, 1, { log: true }));
  const kind = trial.suggestCategorical("kind", ["dense", "convolution", "attention"]);
  const activation = trial.suggestCategorical("activation", ["relu", "tanh", "gelu"]);
  const size = Math.log10(layers * units ** 2 * { dense: 1, convolution: 0.4, attention: 3 }[kind]);
  const best = { dense: -3, convolution: -2.5, attention: -4 }[kind];
  const capacity = 0.5 * Math.exp(-0.7 * (size - { dense: 3, convolution: 2.6, attention: 3.3 }[kind]));
  return [capacity + 0.05 * (rate - best) ** 2 + { relu: 0.01, tanh: 0.05, gelu: 0 }[activation], size];
}

/** Binh, Korn: two objectives with two constraints. */
export function binhKorn(trial: SuggestingTrial): [number, number] {
  const [x, y] = [trial.suggestFloat("x", 0, 5), trial.suggestFloat("y", 0, 3)];
  trial.setConstraint("near", (x - 5) ** 2 + y ** 2 - 25);
  trial.setConstraint("far", 7.7 - (x - 8) ** 2 - (y + 3) ** 2);
  return [4 * x ** 2 + 4 * y ** 2, (x - 5) ** 2 + (y - 5) ** 2];
}

/** Deb, Thiele, Laumanns, Zitzler: three objectives, whose front is an eighth of a sphere. */
export function dtlz2(trial: SuggestingTrial): [number, number, number] {
  const x = floats(trial, 6, 0, 1);
  const radius = 1 + sum(x.slice(2).map((v) => (v - 0.5) ** 2));
  const [a, b] = [(x[0]! * Math.PI) / 2, (x[1]! * Math.PI) / 2];
  return [radius * Math.cos(a) * Math.cos(b), radius * Math.cos(a) * Math.sin(b), radius * Math.sin(a)];
}
