import { describe, expect, it } from "vitest";
import { floatDistribution } from "../../../src/engine/distribution.js";
import type { Objective } from "../../../src/engine/objective.js";
import { auto } from "../../../src/engine/samplers/auto.js";
import { gaussianProcess } from "../../../src/engine/samplers/gaussian-process/gaussian-process.js";
import { createStudy, type CreateStudyOptions } from "../../../src/engine/study/create-study.js";
import type { Trial } from "../../../src/engine/trial/trial.js";
import { MemoryStorage } from "../../../src/storage/memory.js";

function newStudy(options: Partial<CreateStudyOptions> = {}) {
  const messages: string[] = [];
  const study = createStudy({
    storage: new MemoryStorage(),
    sampler: auto(),
    seed: 1,
    name: "s",
    loadIfExists: true,
    listener: { info: (message) => messages.push(message) },
    ...options,
  });
  return { study, messages, picked: () => study.storage.getStudy(study.id).systemAttrs["tunelens:sampler"] };
}

const square = (trial: Trial) => trial.suggestFloat("x", -1, 1) ** 2 + trial.suggestFloat("y", -1, 1) ** 2;

const withChoices =
  (count: number): Objective =>
  (trial) => {
    let sum = square(trial);
    for (let i = 0; i < count; i++) sum += trial.suggestCategorical(`choice${i}`, ["a", "bb"]).length;
    return sum;
  };

/** Adds completed trials of `square`, spread over the square. */
function addTrials(study: ReturnType<typeof newStudy>["study"], count: number, constraints?: Record<string, number>) {
  const distributions = { x: floatDistribution(-1, 1), y: floatDistribution(-1, 1) };
  for (let i = 0; i < count; i++) {
    const params = { x: ((i * 0.618) % 1) * 2 - 1, y: ((i * 0.755) % 1) * 2 - 1 };
    study.addTrial({
      value: params.x ** 2 + params.y ** 2,
      params,
      distributions,
      ...(constraints && { constraints }),
    });
  }
}

describe("auto", () => {
  it("draws at random, then takes a Gaussian process for numbers, and says so", async () => {
    const { study, messages, picked } = newStudy();
    await study.optimize(square, { trials: 5 });
    expect(picked()).toMatchObject({ name: "RandomSampler", since: 0 });
    await study.optimize(square, { trials: 7 });
    expect(picked()).toEqual({
      name: "GPSampler",
      since: 10,
      reason: "all trials have the same parameters and there are few trials",
    });
    expect(messages).toEqual([
      'Study "s": using RandomSampler from trial 0, because there are too few trials to learn from.',
      'Study "s": using GPSampler from trial 10, because all trials have the same parameters and there are few trials.',
    ]);
  });

  it("proposes what the sampler it picked proposes", async () => {
    const { study } = newStudy();
    await study.optimize(square, { trials: 16 });
    const { study: other } = newStudy({ sampler: gaussianProcess() });
    await other.optimize(square, { trials: 16 });
    expect(study.trials.map(({ params }) => params)).toEqual(other.trials.map(({ params }) => params));
  });

  it.each([
    ["one choice in three parameters", withChoices(1), "GPSampler"],
    ["two choices in four", withChoices(2), "GPSampler"],
    [
      "parameters that come and go",
      (trial: Trial) => (trial.suggestInt("n", 1, 2) === 1 ? 0 : trial.suggestFloat("second", 0, 1)),
      "TPESampler",
    ],
    ["a range that changes", (trial: Trial) => trial.suggestFloat("x", 0, 1 + (trial.number % 2)), "TPESampler"],
    ["a parameter with one value", (trial: Trial) => square(trial) + trial.suggestInt("one", 3, 3), "GPSampler"],
  ] as const)("sees %s", async (_, objective, name) => {
    const { study, picked } = newStudy();
    await study.optimize(objective, { trials: 12 });
    expect(picked()).toMatchObject({ name });
  });

  it.each([
    [3, "GPSampler", "all trials have the same parameters and there are few trials"],
    [4, "TPESampler", "there are 4 objectives"],
  ])("sees %i objectives", async (count, name, reason) => {
    const { study, picked } = newStudy({ directions: Array.from({ length: count }, () => "minimize" as const) });
    const values = (trial: Trial) => [square(trial), ...Array<number>(count - 1).fill(trial.suggestFloat("x", -1, 1))];
    await study.optimize(values, { trials: 12 });
    expect(picked()).toMatchObject({ name, reason });
  });

  it("takes TPE after many with several objectives", () => {
    const { study, picked } = newStudy({ directions: ["minimize", "maximize"] });
    for (let i = 0; i < 250; i++)
      study.addTrial({ values: [i, i], params: { x: i / 250 }, distributions: { x: floatDistribution(0, 1) } });
    study.ask().suggestFloat("x", 0, 1);
    expect(picked()).toMatchObject({ name: "TPESampler", reason: "there are many trials" });
  });

  it("sees that most trials are pruned", () => {
    const { study, picked } = newStudy();
    for (let i = 0; i < 14; i++) {
      const trial = study.ask();
      trial.report(square(trial), 0);
      if (i % 2 === 0) study.tell(trial, 1);
      else study.tell(trial, undefined, { state: "PRUNED" });
    }
    square(study.ask());
    expect(picked()).toMatchObject({ name: "TPESampler", reason: "most trials were pruned, and it learns from them" });
  });

  it("takes CMA-ES, from the best trial, after many", () => {
    const { study, picked } = newStudy();
    addTrials(study, 249);
    square(study.ask());
    expect(picked()).toMatchObject({ name: "GPSampler" });
    addTrials(study, 1);
    const trial = study.ask();
    square(trial);
    expect(picked()).toMatchObject({ name: "CmaEsSampler", since: trial.number });
  });

  it("begins sooner where the study shall have few trials", async () => {
    const { study, picked } = newStudy();
    await study.optimize(square, { totalTrials: 20 });
    expect(picked()).toMatchObject({ name: "GPSampler", since: 5 });
  });

  it("is what proposes in a study that names no sampler", () => {
    expect(newStudy({ sampler: undefined }).study.sampler.name).toBe("AutoSampler");
  });

  it("takes TPE after many where more run at once than CMA-ES has in a generation", () => {
    const { study, picked } = newStudy();
    addTrials(study, 250);
    const running = Array.from({ length: 6 }, () => study.ask());
    running.slice(0, 5).forEach(square);
    expect(picked()).toMatchObject({
      name: "TPESampler",
      reason: "there are many trials, and 6 ran at once",
    });
  });

  it("takes TPE after many with constraints", () => {
    const { study, picked } = newStudy();
    addTrials(study, 250, { c: 0 });
    square(study.ask());
    expect(picked()).toMatchObject({ name: "TPESampler" });
  });

  it("says nothing again when the study goes on in another process", async () => {
    const storage = new MemoryStorage();
    await newStudy({ storage }).study.optimize(square, { trials: 12 });
    const { study, messages } = newStudy({ storage });
    await study.optimize(square, { trials: 2 });
    expect(messages).toEqual([]);
  });

  it("goes on with CMA-ES in another process as in one", async () => {
    const whole = newStudy();
    addTrials(whole.study, 250);
    await whole.study.optimize(square, { trials: 14 });
    const storage = new MemoryStorage();
    addTrials(newStudy({ storage }).study, 250);
    for (const trials of [5, 9]) await newStudy({ storage }).study.optimize(square, { trials });
    const paramsOf = ({ study }: typeof whole) => study.trials.slice(250).map(({ params }) => params);
    expect(paramsOf(newStudy({ storage }))).toEqual(paramsOf(whole));
  });
});
