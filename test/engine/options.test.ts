import { expect, it } from "vitest";
import * as tunelens from "../../src/index.js";

/** What takes options, each called with one that nobody knows, as JavaScript may. */
const calls: Readonly<Record<string, (options: never) => unknown>> = {
  tpe: tunelens.tpe,
  cmaEs: tunelens.cmaEs,
  gaussianProcess: tunelens.gaussianProcess,
  nsga2: tunelens.nsga2,
  nsga3: tunelens.nsga3,
  quasiRandom: tunelens.quasiRandom,
  bruteForce: tunelens.bruteForce,
  grid: (options) => tunelens.grid({ x: [1] }, options),
  uniformCrossover: tunelens.uniformCrossover,
  blxAlphaCrossover: tunelens.blxAlphaCrossover,
  spxCrossover: tunelens.spxCrossover,
  sbxCrossover: tunelens.sbxCrossover,
  vsbxCrossover: tunelens.vsbxCrossover,
  undxCrossover: tunelens.undxCrossover,
  polynomialMutation: tunelens.polynomialMutation,
  MedianPruner: tunelens.median,
  PercentilePruner: (options) => tunelens.percentile(25, options),
  HyperbandPruner: tunelens.hyperband,
  SuccessiveHalvingPruner: tunelens.successiveHalving,
  PatientPruner: (options) => tunelens.patient(null, options),
  ThresholdPruner: tunelens.threshold,
  WilcoxonPruner: tunelens.wilcoxon,
  Terminator: tunelens.terminator,
  EMMREvaluator: tunelens.emmr,
  RegretBoundEvaluator: tunelens.regretBound,
  BestValueStagnationEvaluator: tunelens.bestValueStagnation,
  MedianErrorEvaluator: (options) => tunelens.medianError(tunelens.regretBound(), options),
  float: (options) => tunelens.float(0, 1, options),
  int: (options) => tunelens.int(0, 1, options),
  categorical: (options) => tunelens.categorical(["a"], options),
  branch: (options) => tunelens.branch({ a: {} }, options),
};

/** What `PatientPruner` and `ThresholdPruner` need. */
const needed = { PatientPruner: { patience: 1 }, ThresholdPruner: { upper: 1 } };

it.each(Object.entries(calls))("%s refuses an option that it does not know", (name, call) => {
  const known: object = Object.hasOwn(needed, name) ? needed[name as keyof typeof needed] : {};
  expect(() => call({ ...known, nonsense: 1 } as never)).toThrow(tunelens.InvalidArgumentError);
  expect(() => call({ ...known, nonsense: 1 } as never)).toThrow(`${name}: unknown option "nonsense". `);
});
