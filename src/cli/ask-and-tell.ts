import { InvalidArgumentError, TunelensError } from "../engine/errors.js";
import type { Json } from "../engine/trial/trial-snapshot.js";
import { auto } from "../engine/samplers/auto.js";
import { bruteForce } from "../engine/samplers/brute-force.js";
import { cmaEs } from "../engine/samplers/cma-es/cma-es.js";
import { gaussianProcess } from "../engine/samplers/gaussian-process/gaussian-process.js";
import { nsga2 } from "../engine/samplers/nsga2.js";
import { nsga3 } from "../engine/samplers/nsga3.js";
import { quasiRandom } from "../engine/samplers/quasi-random.js";
import { random } from "../engine/samplers/random.js";
import type { Sampler } from "../engine/samplers/sampler.js";
import { tpe } from "../engine/samplers/tpe/tpe.js";
import type { Distribution, ParamValue } from "../engine/distribution.js";
import type { Direction } from "../engine/storage.js";
import { createOrLoadStudy } from "../engine/study/create-study.js";
import { loadStudy } from "../engine/study/load-study.js";
import type { Study } from "../engine/study/study.js";
import { distributionFromJson } from "../storage/distribution-json.js";
import { plural } from "../format/plural.js";
import { enqueueTrials } from "../storage/enqueue.js";
import { openStorage } from "../storage/open.js";
import { exitCodes } from "./exit-codes.js";
import { formatParams } from "./format.js";
import { toJsonText } from "./json.js";
import { findStudy, withReadOnlyStorage } from "./study-report.js";
import { print, printData, printError, shown } from "./terminal.js";

/** The commands that write to a storage without a study file, like Optuna's of the same names: for objectives in any language. */

const samplers = {
  auto,
  tpe,
  random,
  gaussianProcess,
  cmaEs,
  nsga2,
  nsga3,
  quasiRandom,
  bruteForce,
} satisfies Record<string, () => Sampler>;
export const samplerNames = Object.keys(samplers);

export interface CreateOptions {
  readonly storage: string;
  readonly directions: readonly Direction[];
  readonly skipIfExists: boolean;
}

/** `tunelens create NAME` */
export function createStudy(name: string, { storage, directions, skipIfExists }: CreateOptions): number {
  const opened = openStorage(storage);
  try {
    createOrLoadStudy({ storage: opened, name, directions, loadIfExists: skipIfExists });
  } finally {
    opened.close();
  }
  printData(`${name}\n`);
  return exitCodes.done;
}

export interface AskCommandOptions {
  readonly storage: string;
  /** JSON: names, each with Optuna's JSON of a distribution. */
  readonly searchSpace?: string;
  readonly sampler: string;
  readonly seed?: number;
}

/** `tunelens ask [STUDY]` */
export function ask(name: string | undefined, options: AskCommandOptions): number {
  const { storage, searchSpace = "{}", sampler, seed } = options;
  const distributions = readSearchSpace(searchSpace);
  return changing(name, storage, { sampler: samplers[sampler as keyof typeof samplers](), seed }, (study) => {
    const { number, params } = study.storage.getTrial(study.ask({ distributions }).id);
    printData(toJsonText({ number, params }));
  });
}

function readSearchSpace(text: string): Record<string, Distribution> {
  const read = readObject("--search-space", text, '{"x": {"name": "FloatDistribution", "attributes": {…}}}');
  return Object.fromEntries(
    Object.entries(read).map(([name, distribution]) => {
      try {
        return [name, distributionFromJson(JSON.stringify(distribution))];
      } catch (cause) {
        const why = cause instanceof Error ? cause.message : String(cause);
        throw new InvalidArgumentError(`--search-space, parameter "${name}": ${why}`);
      }
    }),
  );
}

export interface EnqueueOptions {
  readonly storage: string;
  /** JSON: an object of values by flat name. */
  readonly params: string;
}

/** `tunelens enqueue [STUDY]` */
export function enqueue(name: string | undefined, { storage, params: text }: EnqueueOptions): number {
  const read = readObject("--params", text, '{"learningRate": 0.01, "optimizer": "adam"}');
  // Their values are checked when they are enqueued.
  const params = read as Record<string, ParamValue>;
  return changing(name, storage, {}, (study) => {
    enqueueTrials(study.storage, { study: study.name, trials: [params] });
    print(`Enqueued a trial of "${shown(study.name)}": ${formatParams(params) || "all parameters are sampled"}\n`);
  });
}

/** The JSON of an option. @throws InvalidArgumentError */
function readObject(option: string, text: string, example: string): object {
  let read: unknown;
  try {
    read = JSON.parse(text);
  } catch (cause) {
    throw new InvalidArgumentError(`${option} is not valid JSON: ${(cause as Error).message}.`);
  }
  if (typeof read !== "object" || read === null || Array.isArray(read))
    throw new InvalidArgumentError(`${option} must be an object: ${example}.`);
  return read;
}

export interface TellCommandOptions {
  readonly storage: string;
  readonly trial: number;
  readonly values?: readonly number[];
  readonly state?: "complete" | "pruned" | "fail";
  readonly skipIfFinished: boolean;
}

/** `tunelens tell [STUDY]` */
export function tell(name: string | undefined, options: TellCommandOptions): number {
  const { storage, trial, values, state, skipIfFinished } = options;
  return changing(name, storage, {}, (study) => {
    const told = study.tell(trial, values?.length === 1 ? values[0] : values, {
      ...(state === undefined ? {} : { state: state.toUpperCase() as "COMPLETE" | "PRUNED" | "FAIL" }),
      skipIfFinished,
    });
    print(`Trial ${trial} of "${shown(study.name)}" is ${told.state}.\n`);
  });
}

export interface SetAttrOptions {
  readonly storage: string;
  readonly key: string;
  readonly value: Json;
  readonly trial?: number;
}

/** `tunelens set-attr [STUDY]` */
export function setAttr(name: string | undefined, { storage, key, value, trial: number }: SetAttrOptions): number {
  return changing(name, storage, {}, (study) => {
    if (number === undefined) study.setUserAttr(key, value);
    else {
      const trial = study.trials[number];
      if (!trial)
        throw new TunelensError(
          "trial-not-found",
          `Study "${study.name}" has no trial ${number}: it has ${plural(study.trials.length, "trial")}.`,
        );
      study.storage.setTrialUserAttr(trial.id, key, value);
    }
  });
}

/** Changes an existing study; a missing one creates no file. */
function changing(
  name: string | undefined,
  url: string,
  settings: { readonly sampler?: Sampler; readonly seed?: number | undefined },
  change: (study: Study) => void,
): number {
  const found = withReadOnlyStorage(url, (opened) => findStudy(opened, name).name);
  const storage = openStorage(url);
  try {
    const warn = (message: string) => void printError(`Warning: ${message}\n`);
    change(loadStudy({ storage, name: found, listener: { warn }, ...settings }));
  } finally {
    storage.close();
  }
  return exitCodes.done;
}
