import {
  categoricalDistribution,
  floatDistribution,
  intDistribution,
  type Distribution,
} from "../../src/engine/distribution.js";
import type { TrialSnapshot, Json, TrialState } from "../../src/engine/trial/trial-snapshot.js";
import { SeededRng } from "../../src/engine/math/rng.js";
import type { TrialTemplate } from "../../src/engine/storage.js";

const extremes = [
  0,
  5e-324,
  -5e-324,
  2.2250738585072014e-308,
  Number.MAX_VALUE,
  -Number.MAX_VALUE,
  0.1 + 0.2,
  1e21,
  1e-7,
];
const texts = [
  "",
  "ключ",
  "😀",
  '"quoted" \\ ',
  "line\nbreak\t\u0000\u007f\u2028",
  "__proto__",
  "constructor",
  "x".repeat(700),
];

/** Trials that hold whatever a storage has to keep, the same ones for the same seed. */
export class RandomTrials {
  private readonly rng: SeededRng;
  private readonly choices = [
    categoricalDistribution(["a"]),
    categoricalDistribution(["ç", 7, 2.5, true, null]),
    categoricalDistribution([false, "false", ...texts]),
  ];

  constructor(seed: number) {
    this.rng = new SeededRng(seed);
  }

  template(objectives: number): TrialTemplate {
    const state = this.pick<TrialState>(["RUNNING", "COMPLETE", "COMPLETE", "PRUNED", "FAIL", "WAITING"]);
    const start = state === "WAITING" ? null : new Date(this.whole(0, 4e12));
    const isFinished = state === "COMPLETE" || state === "PRUNED" || state === "FAIL";
    const distributions: Record<string, Distribution> = {};
    const internalParams: Record<string, number> = {};
    for (const [name, [distribution, internal]] of Object.entries(this.params())) {
      distributions[name] = distribution;
      internalParams[name] = internal;
    }
    const steps = Array.from(
      { length: this.whole(0, 6) },
      () => [this.whole(0, 2 ** 31 - 1), this.number(true)] as const,
    );
    return {
      state,
      values: state === "COMPLETE" ? Array.from({ length: objectives }, () => this.number(false)) : null,
      distributions,
      internalParams,
      intermediateValues: new Map(steps),
      userAttrs: this.attrs(),
      systemAttrs: this.attrs(),
      datetimeStart: start,
      datetimeComplete: isFinished ? new Date(start!.getTime() + this.whole(0, 1e9)) : null,
    };
  }

  attrs(): Record<string, Json> {
    const entries = Array.from({ length: this.whole(0, 4) }, () => [this.pick(texts), this.json(3)] as const);
    return Object.fromEntries(entries);
  }

  /** Class, log and choices belong to the name; the range may change from trial to trial. */
  private params(): Record<string, [Distribution, number]> {
    const low = this.rng.next() * 10 ** this.whole(-12, 12);
    const span = this.rng.next() * 10 ** this.whole(-3, 12);
    const whole = this.whole(1, 2 ** 40);
    const step = this.whole(1, 1000);
    const width = this.rng.next() * 3;
    const all: Record<string, () => [Distribution, number]> = {
      x: () => [floatDistribution(-low, span), -low + this.rng.next() * (span + low)],
      "log ✓": () => [floatDistribution(low, low + span, { log: true }), low],
      stepped: () => [floatDistribution(0, width * 9, { step: width }), width * this.whole(0, 8)],
      int: () => [
        intDistribution(-whole, whole, { step }),
        -whole + step * this.whole(0, Math.floor((2 * whole) / step)),
      ],
      intLog: () => [intDistribution(1, whole, { log: true }), this.whole(1, whole)],
      "": () => [this.choices[0]!, 0],
      mixed: () => [this.choices[1]!, this.whole(0, 4)],
      "text '\"": () => [this.choices[2]!, this.whole(0, this.choices[2]!.choices.length - 1)],
    };
    const some = Object.entries(all).filter(() => this.rng.next() < 0.5);
    some.sort(() => this.rng.next() - 0.5);
    return Object.fromEntries(some.map(([name, make]) => [name, make()]));
  }

  private number(nan: boolean): number {
    return this.pick([
      ...extremes,
      Infinity,
      -Infinity,
      ...(nan ? [NaN] : []),
      this.rng.next(),
      -1e6 * this.rng.next(),
    ]);
  }

  private json(depth: number): Json {
    const kind = this.whole(0, depth > 0 ? 6 : 4);
    const few = { length: this.whole(0, 3) };
    if (kind === 0) return null;
    if (kind === 1) return this.rng.next() < 0.5;
    if (kind === 2) return this.pick([this.number(true), -0, this.whole(-(2 ** 52), 2 ** 52)]);
    if (kind <= 4) return this.pick(texts);
    if (kind === 5) return Array.from(few, () => this.json(depth - 1));
    return Object.fromEntries(Array.from(few, () => [this.pick(texts), this.json(depth - 1)]));
  }

  private whole(low: number, high: number): number {
    return low + Math.floor(this.rng.next() * (high - low + 1));
  }

  private pick<T>(from: readonly T[]): T {
    return from[this.whole(0, from.length - 1)]!;
  }
}

/** A trial as `optuna_reader.py` tells it. */
export function asPythonTells(trial: TrialSnapshot): Record<string, unknown> {
  const time = (date: Date | null): number | null => date && date.getTime();
  return {
    number: trial.number,
    state: trial.state,
    values: trial.values,
    params: trial.params,
    distributions: Object.fromEntries(
      Object.entries(trial.distributions).map(([name, distribution]) => [name, tellDistribution(distribution)]),
    ),
    intermediate_values: Object.fromEntries(trial.intermediateValues),
    user_attrs: trial.userAttrs,
    system_attrs: trial.systemAttrs,
    start: time(trial.datetimeStart),
    complete: time(trial.datetimeComplete),
  };
}

function tellDistribution(distribution: Distribution): Record<string, unknown> {
  const { type, ...attributes } = distribution;
  const names = { float: "FloatDistribution", int: "IntDistribution", categorical: "CategoricalDistribution" };
  return { name: names[type], ...attributes };
}

const floats: Record<string, number> = { nan: NaN, inf: Infinity, "-inf": -Infinity };

/** What Python told, with JavaScript's numbers, and times in milliseconds. */
export function fromPython(told: Record<string, unknown>): Record<string, unknown> {
  const revived = JSON.parse(JSON.stringify(told), (_key, value: unknown) => {
    if (typeof value !== "object" || value === null || !("$float" in value)) return value;
    return floats[String(value.$float)] ?? Number(value.$float);
  }) as Record<string, unknown>;
  const time = (seconds: unknown): number | null =>
    typeof seconds === "number" ? Math.floor(seconds * 1000 + 0.0005) : null;
  return { ...revived, start: time(told["start"]), complete: time(told["complete"]) };
}
