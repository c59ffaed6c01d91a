import { readdirSync, readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { functions, rastrigin10, shiftedSphere, sphere, zdt1, type SuggestingTrial } from "./functions.js";
import * as apart from "./judging-functions.js";

/** What is minimized, and how a search of it is judged. */
export interface Problem {
  /** Whether `auto` was tuned on it, or it was kept apart and only judges. */
  readonly use: "tuning" | "judging";
  readonly evaluate: (trial: SuggestingTrial) => number | readonly number[];
  /** Of several objectives: to where the hypervolume reaches. */
  readonly reference?: readonly number[];
  /** The standard deviation of what is added to the value. The search sees it; its judge does not. */
  readonly noise?: number;
}

/** The values of a model on a grid, which `landscapes/make.ts` computed. */
interface Landscape {
  /** Numbers are evenly spaced on the scale on which they are searched. */
  readonly parameters: readonly { readonly name: string; readonly type: "number" | "choice"; readonly count: number }[];
  /** The last parameter changes fastest; of several objectives, those of a point are side by side. */
  readonly values: readonly number[];
  readonly reference?: readonly number[];
}

const judging = (evaluate: Problem["evaluate"], rest: Partial<Problem> = {}): Problem => ({
  use: "judging",
  evaluate,
  ...rest,
});

const tuned: Record<string, Problem> = {
  ...Object.fromEntries(Object.entries(functions).map(([name, evaluate]) => [name, { use: "tuning", evaluate }])),
  sphere15: { use: "tuning", evaluate: sphere(15) },
  sphere30: { use: "tuning", evaluate: sphere(30) },
  shiftedSphere20: { use: "tuning", evaluate: shiftedSphere(20) },
  rastrigin10: { use: "tuning", evaluate: rastrigin10 },
  noisyNetwork7: { use: "tuning", evaluate: functions.network7, noise: 0.03 },
  noisySphere5: { use: "tuning", evaluate: functions.sphere5, noise: 3 },
  zdt1: { use: "tuning", evaluate: zdt1, reference: [1, 3] },
};

const kept: Record<string, Problem> = {
  styblinskiTang12: judging(apart.styblinskiTang12),
  dixonPrice10: judging(apart.dixonPrice10),
  michalewicz5: judging(apart.michalewicz5),
  powell24: judging(apart.powell24),
  switches10: judging(apart.switches10),
  pipeline7: judging(apart.pipeline7),
  boosting8: judging(apart.boosting8),
  optimizers: judging(apart.optimizers),
  noisyHartmann6: judging(functions.hartmann6, { noise: 0.3 }),
  noisyPipeline7: judging(apart.pipeline7, { noise: 0.02 }),
  weldedBeam4: judging(apart.weldedBeam4),
  smallNetwork6: judging(apart.smallNetwork6),
  zdt3: judging(apart.zdt3, { reference: [1, 3] }),
  errorAndSize: judging(apart.errorAndSize, { reference: [1, 6] }),
  binhKorn: judging(apart.binhKorn, { reference: [140, 50] }),
  dtlz2: judging(apart.dtlz2, { reference: [1.5, 1.5, 1.5] }),
};

const folder = new URL("landscapes/", import.meta.url);
const ENDING = ".json.gz";
const landscapes = readdirSync(folder).filter((file) => file.endsWith(ENDING));

/** By name. */
export const problems: ReadonlyMap<string, Problem> = new Map([
  ...Object.entries({ ...tuned, ...kept }),
  ...landscapes.map((file) => [file.slice(0, -ENDING.length), landscapeProblem(file)] as const),
]);

function landscapeProblem(file: string): Problem {
  const text = gunzipSync(readFileSync(new URL(file, folder))).toString("utf8");
  const { parameters, values, reference } = JSON.parse(text) as Landscape;
  const objectives = reference?.length ?? 1;
  const evaluate = (trial: SuggestingTrial) => {
    const index = parameters.reduce((row, parameter) => row * parameter.count + indexOf(trial, parameter), 0);
    const at = values.slice(index * objectives, (index + 1) * objectives);
    return objectives === 1 ? at[0]! : at;
  };
  return judging(evaluate, reference && { reference });
}

function indexOf(trial: SuggestingTrial, { name, type, count }: Landscape["parameters"][number]): number {
  if (type === "number") return trial.suggestInt(name, 0, count - 1);
  return trial.suggestCategorical(name, [...Array(count).keys()]);
}
