import { floatDistribution } from "../../src/engine/distribution.js";
import { openStorage } from "../../src/storage/open.js";
import { makeTrial } from "./make-trial.js";

/** A study "many" with four parameters. */
export function storeTrials(path: string, count: number): void {
  const storage = openStorage(path);
  const names = ["a", "b", "c", "d"];
  const distributions = Object.fromEntries(names.map((name) => [name, floatDistribution(0, 1)]));
  const trials = Array.from({ length: count }, (_, number) => {
    const internalParams = Object.fromEntries(names.map((name, i) => [name, Math.abs(Math.sin(number * (i + 1)))]));
    return {
      ...makeTrial(number, { distributions }),
      internalParams,
      values: [internalParams.a! + internalParams.b! ** 2],
    };
  });
  storage.createStudy("many", ["minimize"], { userAttrs: {}, systemAttrs: {}, trials });
  storage.close();
}
